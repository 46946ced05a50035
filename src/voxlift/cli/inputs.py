"""From what was given on the command line to the recordings that are meant."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from voxlift.cli.options import PIPE
from voxlift.errors import InputError, VoxliftError

SUFFIXES = frozenset({
    ".wav", ".wave", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".m4a", ".m4b", ".aac", ".mp4", ".m4v", ".mkv", ".mka",
    ".webm", ".weba", ".mov", ".aiff", ".aif", ".aifc", ".au", ".snd", ".caf", ".w64", ".rf64", ".wma", ".avi", ".amr",
    ".3gp", ".ac3", ".ape", ".wv", ".tta", ".mts", ".m2ts", ".mpg", ".mpeg",
})  # fmt: skip
"""What a folder is searched for; a file that is named may be called as it likes."""

_RESULT = re.compile(r"(.+)\.(voice|vocals|rest|speaker-?\d+)", re.DOTALL)


@dataclass(frozen=True)
class Found:
    """A recording, and the folder whose sub-folders are kept under `--output-dir`."""

    path: Path
    root: Path


@dataclass
class Findings:
    """What an expansion of the command line found."""

    found: list[Found] = field(default_factory=list)
    failed: list[tuple[Path, VoxliftError]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def find_inputs(given: Sequence[str]) -> Findings:
    """Expand folders and patterns; each recording comes once.

    Earlier results (`NAME.voice.EXT`, `NAME.speaker-1.EXT`, `NAME.rest.EXT` ...) are passed over in folders and
    patterns, and where a shell expanded the pattern: beside the recording that they were made of.
    """
    if str(PIPE) in given and len(given) > 1:
        raise InputError("standard input (-) cannot be mixed with files; give it alone")
    findings = Findings()
    several = sum(_is_folder(Path(text)) for text in given) > 1
    for text in given:
        try:
            findings.found += _expanded(text, several)
        except VoxliftError as problem:
            findings.failed.append((Path(text), problem))
    findings.found = _once(findings.found)
    _pass_over_results(findings)
    return findings


def plain_name(path: Path) -> str:
    """Give the name without what says its kind; dots that belong to the name stay."""
    return path.stem if path.suffix.lower() in SUFFIXES else path.name.rstrip(".") or path.name


def _expanded(text: str, several_folders: bool) -> Iterator[Found]:
    path = Path(text)
    if _is_folder(path):
        # Of several folders each keeps its own name, as `cp -r` does, or their files would meet.
        root = path.parent if several_folders and path.name not in ("", "..") else path
        files = [Found(file, root) for file in _walk(path)]
        if not files:
            raise InputError(
                f"{text}: no recordings in this folder; name a file to have it tried whatever it is called"
            )
        yield from files
    elif glob.has_magic(text) and not os.path.lexists(text):
        yield from _matching(text)
    else:
        yield Found(path, path.parent)


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:  # a name too long, a folder above that may not be entered: whoever opens it will say so
        return False


def _walk(folder: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(folder, onerror=_complain):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if _is_candidate(Path(name)):
                yield Path(place, name)


def _complain(error: OSError) -> None:
    raise InputError(f"{error.filename}: this folder cannot be read ({error.strerror}); leave it out") from None


def _matching(pattern: str) -> Iterator[Found]:
    fixed = Path(*_before_magic(Path(pattern).parts))
    matches = [Path(match) for match in sorted(glob.glob(pattern, recursive=True))]  # noqa: PTH207 - any pattern
    files = [file for match in matches for file in (_walk(match) if match.is_dir() else _if_no_result(match))]
    if not files:
        raise InputError(f"{pattern}: no file has a name of this pattern; check the folder and the spelling")
    yield from (Found(file, fixed) for file in files)


def _before_magic(parts: Sequence[str]) -> Iterator[str]:
    for part in parts[:-1]:
        if glob.has_magic(part):
            return
        yield part


def _if_no_result(path: Path) -> list[Path]:
    return [] if _RESULT.fullmatch(plain_name(path)) else [path]


def _is_candidate(path: Path) -> bool:
    hidden = path.name.startswith(".")
    return not hidden and path.suffix.lower() in SUFFIXES and not _RESULT.fullmatch(plain_name(path))


def _once(found: Iterable[Found]) -> list[Found]:
    return list({os.path.abspath(item.path): item for item in reversed(list(found))}.values())[::-1]  # noqa: PTH100


def _pass_over_results(findings: Findings) -> None:
    names = {(item.path.parent, plain_name(item.path)) for item in findings.found}
    results = [item for item in findings.found if _made_of(item.path) in names]
    findings.found = [item for item in findings.found if item not in results]
    if results:
        count = "1 input" if len(results) == 1 else f"{len(results)} inputs"
        findings.notes.append(f"{count} passed over, as made of others before: {results[0].path} ...")


def _made_of(path: Path) -> tuple[Path, str] | None:
    result = _RESULT.fullmatch(plain_name(path))
    return (path.parent, result[1]) if result else None
