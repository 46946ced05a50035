"""How examples reach a net: mixed beside it by processes of their own, in batches, each process its share."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from voxlift.lab.mixing import Mixer

AHEAD = 4  # batches that each process mixes beforehand


Batch = tuple[Tensor, Tensor, Tensor]
"""Mixtures, targets, and the numbers of the talkers: `(batch, length)`, `(batch, stems, length)`, `(batch, stems)`; of
talkers whom the mixer does not know, none: `(batch, 0)`."""


class Examples(Dataset[Batch]):
    """Examples of a mixer by their numbers: mixture `(length,)`, targets `(stems, length)`, talkers."""

    def __init__(self, mixer: Mixer, numbers: range, different: int | None = None) -> None:
        self.mixer, self.numbers, self.different = mixer, numbers, different

    def __len__(self) -> int:
        return len(self.numbers)

    def __getitem__(self, index: int) -> Batch:
        number = self.numbers[index]
        example = self.mixer.example(number % self.different if self.different else number)
        talkers = torch.tensor(example.talkers, dtype=torch.long)
        return torch.from_numpy(example.mixture), torch.from_numpy(example.targets), talkers


def batches(examples: Examples, size: int, workers: int = 0, pinned: bool = False) -> Iterator[Batch]:
    """Mix examples by batches.

    Parameters
    ----------
    examples
        Which.
    size
        How many at once; the last batch may be smaller.
    workers
        Processes that mix while the net learns; 0 mixes when asked.
    pinned
        Into memory from which an accelerator fetches by itself.
    """
    loader: DataLoader[Any] = DataLoader(
        examples,
        size,
        num_workers=workers,
        pin_memory=pinned,
        prefetch_factor=AHEAD if workers else None,
        worker_init_fn=_leave_stopping_to_the_parent,
    )
    yield from loader


def _leave_stopping_to_the_parent(_worker: int) -> None:
    """Go on when a signal reaches the whole group: the parent saves first, and then ends its workers itself."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
