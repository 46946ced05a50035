"""Demucs (Rouard, Massa and Défossez, "Hybrid Transformers for Music Source Separation", ICASSP 2023), where installed.

This is the one file of the product that may import torch, and it does so only when the engine is named.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from voxlift.audio import Audio, Samples
from voxlift.errors import InputError, NetError
from voxlift.separate.contract import Separator, Stems, Stream, separate
from voxlift.separate.nets import Machine
from voxlift.separate.wrappers import Chunked, FullBand, Resampled

CHUNK_SECONDS, OVERLAP_SECONDS = 30.0, 3.0
"""Demucs cuts these into pieces of its own; ours bound the memory of a long song."""

STEM = "vocals"

Net = Callable[[Samples], Samples]
"""Stereo at the net's rate, `(2, length)`, to its vocals."""


@dataclass(frozen=True)
class Demucs:
    """A stereo net that hears the whole sound; one channel is given as two, others one by one."""

    net: Net
    rate: int
    stems: tuple[str, ...] = (STEM,)

    def stream(self, channels: int, rate: int) -> Stream:  # noqa: ARG002  (Resampled stands before it)
        """Open a stream, which answers at the end."""
        return _WholeStream(self.net, channels)

    def __call__(self, audio: Audio) -> dict[str, Audio]:
        """Separate a whole sound."""
        return separate(self, audio)


class _WholeStream:
    def __init__(self, net: Net, channels: int) -> None:
        self._net, self._blocks = net, [np.zeros((channels, 0), np.float32)]

    def push(self, block: Samples) -> Stems:
        self._blocks.append(block)
        return {STEM: block[:, :0]}

    def flush(self) -> Stems:
        whole = np.concatenate(self._blocks, axis=1)
        pairs = [whole] if len(whole) == 2 else [np.stack([channel, channel]) for channel in whole]
        heard = [self._heard(pair) for pair in pairs]
        return {STEM: heard[0] if len(whole) == 2 else np.stack([pair.mean(axis=0) for pair in heard])}

    def _heard(self, pair: Samples) -> Samples:
        """Give the net sound of the level it was trained on; silence it need not hear."""
        middle = pair.mean(axis=0)
        scale, offset = middle.std(), middle.mean()
        if not scale:  # the channels cancel, or nothing sounds
            scale, offset = max(pair.std(), np.float32(1e-8)), np.float32(0)
        if not pair.any():
            return np.zeros_like(pair)
        return (self._net((pair - offset) / scale) * scale).astype(np.float32)


def load_demucs(name: str, machine: Machine) -> Separator:
    """Load a model of Demucs by name (`htdemucs`, `htdemucs_ft` ...), or `FOLDER/NAME` from a folder of its weights.

    Raises
    ------
    InputError
        When Demucs is not installed, or its weights are not here: Voxlift never fetches them by itself.
    """
    if find_spec("demucs") is None or find_spec("torch") is None:
        raise InputError(f"the model demucs:{name} needs Demucs, which is not installed; run: pip install demucs")
    folder = Path(name).parent if os.sep in name or "/" in name else None
    if folder is not None and not folder.is_dir():
        raise InputError(f"{folder}: no such folder; give demucs:FOLDER/NAME with the folder of Demucs's weights")
    with _offline(name):
        from demucs.pretrained import get_model  # noqa: PLC0415

        try:
            model = get_model(Path(name).name, folder)
        except InputError:
            raise
        except (Exception, SystemExit) as problem:  # some of its faults end Demucs, and with it the program
            raise InputError(
                f"Demucs cannot load {name!r} ({problem}); demucs --list-models names its models"
            ) from None
    return engine_of(model, machine)


def engine_of(model: Any, machine: Machine) -> Separator:
    """Put a loaded model of Demucs behind Voxlift's blocks and rates.

    Raises
    ------
    InputError
        When it knows no vocals, or the device is not there.
    """
    import torch  # noqa: PLC0415
    from demucs.apply import apply_model  # noqa: PLC0415

    if STEM not in model.sources:
        raise InputError(f"this model of Demucs gives {', '.join(model.sources)}, and no {STEM}: name another")
    if machine.device == "cuda" and not torch.cuda.is_available():
        raise InputError("device 'cuda': the torch that Demucs runs on finds none here; use --device cpu")
    device = "cuda" if machine.device != "cpu" and torch.cuda.is_available() else "cpu"
    place = model.sources.index(STEM)
    if machine.threads:
        torch.set_num_threads(machine.threads)

    def net(pair: Samples) -> Samples:
        try:
            with torch.inference_mode():  # without random shifts: the same sound gives the same stems
                found = apply_model(model, torch.from_numpy(pair)[None], shifts=0, device=device)
        except RuntimeError as problem:
            raise NetError(f"Demucs failed while it ran: {problem}") from problem
        return np.asarray(found[0, place].cpu().numpy(), np.float32)

    rate = int(model.samplerate)
    return FullBand(Resampled(Chunked(Demucs(net, rate), CHUNK_SECONDS, OVERLAP_SECONDS)), rate)


@contextmanager
def _offline(name: str) -> Iterator[None]:
    """Let Demucs find weights on this machine only: it would fetch what is missing, and nobody asked for that."""
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    import torch.hub  # noqa: PLC0415

    def refuse(*_: object, **__: object) -> None:
        raise InputError(f"the weights of demucs:{name} are not on this machine; run once: demucs -n {name} SONG")

    fetch, torch.hub.download_url_to_file = torch.hub.download_url_to_file, refuse
    try:
        yield
    finally:
        torch.hub.download_url_to_file = fetch
