"""Decodes and lifts one recording, in a process of its own that the worker watches and may kill.

    python -m voxlift.web.lifting < REQUEST

`confined.py` says how they speak.
"""

from __future__ import annotations

import json
import math
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from voxlift.errors import InputError
from voxlift.web.confined import answer, confine, tell

if TYPE_CHECKING:
    from voxlift.media import Info
    from voxlift.separate.card import Card
    from voxlift.separate.contract import Separator
    from voxlift.web.made import Made
    from voxlift.web.speaking import Speaking

PROGRAM = "voxlift.web.lifting"
BEFORE = "before"
SPEAKERS = "speakers"
LIFTING_SHARE = 0.8
"""Of the work; the rest is peaks and spectrograms."""
_TELL_SECONDS = 0.25
_Tell: TypeAlias = Callable[[float, float], Callable[[float, float | None], None]]
_NAMED = "the recording"


@dataclass(frozen=True)
class Request:
    """What to lift, and how much of the machine it may take."""

    upload: str
    folder: str
    name: str
    """What the visitor called it, without the suffix."""
    task: str
    model: str
    strength_db: float | None
    speakers: int | None
    """For the task `speakers`: how many, or None to find out."""
    device: str
    formats: tuple[str, ...]
    max_seconds: float
    max_channels: int
    memory_bytes: int
    cpu_seconds: int


def main() -> None:
    """Do what the request says."""
    request = Request(**json.loads(sys.stdin.readline()))
    confine(request.device, request.memory_bytes, request.cpu_seconds)
    answer(lambda: _lift(request), lambda sentence: " ".join(_named(sentence, request).split()))


def _lift(request: Request) -> dict[str, Any]:
    from voxlift.media import open_reader  # noqa: PLC0415 - not before the limits hold
    from voxlift.separate.store import find  # noqa: PLC0415
    from voxlift.separate.stream import Job, lift_file  # noqa: PLC0415
    from voxlift.web.speaking import Speaking  # noqa: PLC0415
    from voxlift.web.storage import sync  # noqa: PLC0415

    upload, folder = Path(request.upload), Path(request.folder)
    with open_reader(upload) as reader:
        info = reader.info
    check_limits(info, info.seconds or 0.0, request)
    speaking = Speaking() if request.task == SPEAKERS else None
    separator = _separator(request, speaking)
    suffix = master_suffix(info)
    masters = {stem: folder / f"{stem}{suffix}" for stem in separator.stems}
    part = _teller(info, request)
    watch = speaking.watch if speaking else None
    lifted = lift_file(separator, Job(upload, masters), part(0.0, LIFTING_SHARE), watch=watch)
    files = _render({BEFORE: upload, **masters}, suffix, request, part)
    if speaking:
        files += speaking.write(folder, request.name)
    sync(folder)
    return {
        "seconds": lifted.seconds, "rate": lifted.rate, "channels": lifted.channels,
        "container": info.format.container, **_card_facts(find(request.model)),
        "made": [asdict(file) for file in files],
        "facts": {
            "gain_db": lifted.gain_db,
            "levels_db": dict(lifted.levels_db),
            "warnings": [_named(warning, request) for warning in lifted.warnings],
            **(speaking.facts() if speaking else {}),
        },
    }  # fmt: skip


def _render(sources: Mapping[str, Path], suffix: str, request: Request, part: _Tell) -> list[Made]:
    from voxlift.web.rendering import render_stem, write_spectrograms  # noqa: PLC0415

    files, pictures = [], {}
    for number, (stem, source) in enumerate(sources.items()):
        share = (1 - LIFTING_SHARE) / len(sources)
        master = Path(request.folder, f"{stem}{suffix}")
        progress = part(LIFTING_SHARE + number * share, share)
        made, pictures[stem] = render_stem(stem, source, master, request.formats, progress)
        files += made
    return files + write_spectrograms(pictures, Path(request.folder))


def _separator(request: Request, speaking: Speaking | None) -> Separator:
    from voxlift.separate.load import load  # noqa: PLC0415

    strength_db = math.inf if request.strength_db is None else request.strength_db
    if speaking:
        return speaking.separator(request.model, request.device, request.speakers, strength_db)
    return load(request.model, device=request.device, threads=1, strength_db=strength_db)


def check_limits(info: Info, seconds: float, request: Request) -> None:
    """Refuse what is longer, or has more channels or samples, than the service takes.

    Raises
    ------
    InputError
        With the value seen and the limit.
    """
    if info.format.channels > request.max_channels:
        raise InputError(f"{_NAMED} has {info.format.channels} channels: this service takes {request.max_channels}")
    if seconds > request.max_seconds:
        length = f"{seconds / 60:.0f} minutes" if seconds >= 120 else f"{seconds:.0f} seconds"
        limit = request.max_seconds
        most = f"{limit / 60:g} minutes" if limit >= 120 else f"{limit:g} seconds"
        raise InputError(f"{_NAMED} lasts {length}: this service takes {most} at most")
    # A tiny file can unpack to very many samples: an hour of eight channels at 384 kHz would be 44 GB a stem.
    samples = seconds * info.format.rate * info.format.channels
    if samples > request.max_seconds * request.max_channels * 48_000:
        raise InputError(f"{_NAMED} has {samples / 1e6:.0f} million samples: send it at 48 kHz or below")


def master_suffix(info: Info) -> str:
    """Choose the kind of file that loses nothing: FLAC, or WAV for floats and what FLAC cannot hold."""
    from voxlift.media import output_format  # noqa: PLC0415

    if info.format.subtype in ("FLOAT", "DOUBLE"):
        return ".wav"
    try:
        output_format(info, ".flac")
    except InputError:
        return ".wav"
    return ".flac"


def _card_facts(card: Card) -> dict[str, str]:
    return {"model_version": str(card.version), "model_licence": card.licence, "card_sha256": card.sha256}


def _teller(info: Info, request: Request) -> _Tell:
    """Make progress calls for parts of the work; they also stop what turns out to be longer than its header said."""
    last = 0.0

    def part(start: float, share: float) -> Callable[[float, float | None], None]:
        def progress(done: float, total: float | None) -> None:
            nonlocal last
            check_limits(info, done, request)
            if time.monotonic() - last >= _TELL_SECONDS:
                last = time.monotonic()
                of = total or request.max_seconds
                tell(progress=start + share * min(1.0, done / of))

        return progress

    return part


def _named(text: str, request: Request) -> str:
    """Keep the server's paths out of what visitors read."""
    return text.replace(request.upload, _NAMED).replace(request.folder, "the service").replace(f"{_NAMED}: ", "")


if __name__ == "__main__":
    main()
