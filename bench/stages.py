"""Where the time of a denoising goes, stage by stage, measured inside this process; used by `speed.py`."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from unittest.mock import patch

import voxlift
from voxlift.dsp.stft import Analyser, Synthesiser
from voxlift.media import Reader, Writer
from voxlift.separate.nets import OnnxNet
from voxlift.separate.stream import Job, lift_file

METHODS: dict[str, tuple[tuple[type, str], ...]] = {
    "decode": ((Reader, "__init__"),),
    "analyse": ((Analyser, "push"), (Analyser, "flush")),
    "net": ((OnnxNet, "__call__"),),
    "synthesise": ((Synthesiser, "push"),),
    "encode": ((Writer, "write"), (Writer, "rounded"), (Writer, "close")),
}
OTHER = "mask and the rest"


def shares(source: Path, target: Path, model: str) -> dict[str, float]:
    """Return each stage's part of the processor time of one run with one thread, the model loaded before. Sums to 1."""
    spent = dict.fromkeys(METHODS, 0.0)
    separator = voxlift.load(model, threads=1)
    with ExitStack() as stack:
        for stage, methods in METHODS.items():
            for owner, name in methods:
                stack.enter_context(patch.object(owner, name, _timed(getattr(owner, name), stage, spent)))
        stack.enter_context(patch.object(Reader, "blocks", _timed_iterator(Reader.blocks, spent)))
        start = time.process_time()
        lift_file(separator, Job(source, {"voice": target}, overwrite=True))
        total = time.process_time() - start
    spent[OTHER] = max(0.0, total - sum(spent.values()))
    return {stage: seconds / sum(spent.values()) for stage, seconds in spent.items()}


def _timed(function: Callable[..., Any], stage: str, spent: dict[str, float]) -> Callable[..., Any]:
    def wrapper(*arguments: Any, **options: Any) -> Any:
        start = time.process_time()
        try:
            return function(*arguments, **options)
        finally:
            spent[stage] += time.process_time() - start

    return wrapper


def _timed_iterator(function: Callable[..., Iterator[Any]], spent: dict[str, float]) -> Callable[..., Iterator[Any]]:
    def wrapper(*arguments: Any, **options: Any) -> Iterator[Any]:
        advance = _timed(function(*arguments, **options).__next__, "decode", spent)
        while True:
            try:
                block = advance()
            except StopIteration:
                return
            yield block

    return wrapper
