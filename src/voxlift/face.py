"""The few calls that most programs need; each loads what it needs when it is called."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from voxlift.audio import Audio
    from voxlift.separate.contract import Separator, Stream
    from voxlift.separate.load import Speakers
    from voxlift.separate.stream import Lifted, Progress

PathLike = str | Path


def read(path: PathLike) -> Audio:
    """Read a recording: wav, flac, ogg, opus, mp3, m4a, or the sound of mp4, mkv, webm, mov.

    Raises
    ------
    MediaError
        When it is no recording, is empty, or holds NaN.
    """
    from voxlift import media  # noqa: PLC0415

    return media.read(Path(path))


def write(path: PathLike, audio: Audio, *, overwrite: bool = False) -> None:
    """Write a recording in the format that the suffix names.

    Raises
    ------
    InputError
        When the file exists already (give `overwrite=True`), or cannot be written.
    """
    from voxlift import media  # noqa: PLC0415

    media.write(Path(path), audio, overwrite=overwrite)


def load(
    model: str = "denoise-best",
    *,
    device: str = "auto",
    threads: int = 0,
    strength_db: float = math.inf,
    gate: bool | None = None,
    speakers: Speakers | None = None,
) -> Separator:
    """Load a separator; see `voxlift.separate.load.load`."""
    from voxlift.separate.load import load as load_separator  # noqa: PLC0415

    return load_separator(model, device=device, threads=threads, strength_db=strength_db, gate=gate, speakers=speakers)


def open_stream(model: str = "denoise", *, channels: int, rate: int, device: str = "auto", threads: int = 0) -> Stream:
    """Open a stream: `push` blocks `(channels, length)` of any size, get blocks by stem; `flush` at the end."""
    return load(model, device=device, threads=threads).stream(channels, rate)


def lift(
    source: PathLike,
    voice: PathLike,
    *,
    rest: PathLike | None = None,
    task: str = "denoise",
    model: str | None = None,
    strength_db: float = math.inf,
    device: str = "auto",
    threads: int = 0,
    overwrite: bool = False,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Lifted:
    """Lift the voice, or whatever stem a model names first, out of a file into another, in bounded memory.

    Parameters
    ----------
    source, voice
        Paths; the suffix of `voice` names its format.
    rest
        Where to write what was taken away, if anywhere: voice + rest == source.
    task, model
        `model` (a name or a card's folder) or else the task's own model.
    strength_db
        By how many dB, at most, what is not voice is lowered.
    device, threads
        As `load`.
    progress
        Called with the seconds done and the seconds in all (None if unknown).
    cancelled
        Asked before every block; once true, the work stops with `CancelledError`.

    Returns
    -------
    Lifted
        What was done: outputs, levels, warnings.

    Raises
    ------
    InputError
        When something given cannot be used; nothing is left half-written.
    """
    from voxlift.separate.card import TASKS  # noqa: PLC0415
    from voxlift.separate.stream import Job, lift_file  # noqa: PLC0415

    separator = load(model or TASKS.get(task, task), device=device, threads=threads, strength_db=strength_db)
    targets = {separator.stems[0]: Path(voice)} | ({"rest": Path(rest)} if rest is not None else {})
    return lift_file(separator, Job(Path(source), targets, overwrite), progress, cancelled)
