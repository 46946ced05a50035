"""From what was given on the command line to the recordings that are meant, one after another as they are found."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from voxlift.cli.options import PIPE
from voxlift.cluster.places import is_url, name, parent, plain, size
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
    """A recording, the folder whose sub-folders are kept under `--output-dir`, and how many bytes it has."""

    place: str
    root: str
    size: int
    named: bool = False
    """Given by its own name, as a shell's pattern gives it; not found in a folder."""

    @property
    def made_of(self) -> tuple[str, str] | None:
        """If it is named like an earlier result: folder and name of the recording that it would be of."""
        result = _RESULT.fullmatch(plain_name(name(self.place)))
        return (parent(self.place), result[1]) if result else None


class Inputs:
    """What was given: files, folders, patterns, as paths or URLs, or standard input alone.

    Earlier results (`NAME.voice.EXT`, `NAME.speaker-1.EXT`, `NAME.rest.EXT` ...) in folders and patterns are no inputs.

    Raises
    ------
    InputError
        When standard input is mixed with others.
    """

    def __init__(self, given: Sequence[str]) -> None:
        if PIPE in given and len(given) > 1:
            raise InputError("standard input (-) cannot be mixed with files; give it alone")
        self._given = [plain(text) for text in given]
        self._several: bool | None = None
        self.failed: dict[str, VoxliftError] = {}
        """What was given and cannot be searched, after the first time that all was looked through."""

    @property
    def pipe(self) -> bool:
        """Whether it is standard input."""
        return self._given == [PIPE]

    def __iter__(self) -> Iterator[Found]:
        """Look through all that was given, anew each time; an input given twice comes twice."""
        if self._several is None:
            self._several = sum(_is_folder(text) for text in self._given) > 1
        for text in self._given:
            if text in self.failed:
                continue
            try:
                yield from _expanded(text, self._several)
            except VoxliftError as problem:
                self.failed[text] = problem


def plain_name(file_name: str) -> str:
    """Give a name without what says its kind; dots that belong to the name stay."""
    path = Path(file_name)
    return path.stem if path.suffix.lower() in SUFFIXES else path.name.rstrip(".") or path.name


def _expanded(text: str, several_folders: bool) -> Iterator[Found]:
    if text == PIPE:
        yield Found(PIPE, "", 0)
    elif _is_folder(text):
        # Of several folders each keeps its own name, as `cp -r` does, or their files would meet.
        root = parent(text.rstrip("/") or text) if several_folders and name(text) not in ("", "..") else text
        yield from _some(
            (Found(place, root, bytes_) for place, bytes_ in _below(text)),
            f"{text}: no recordings in this folder; name a file to have it tried whatever it is called",
        )
    elif glob.has_magic(text) and not _is_there(text):
        yield from _some(
            _matching(text), f"{text}: no file has a name of this pattern; check the folder and the spelling"
        )
    else:
        place = text if is_url(text) else str(Path(text))
        yield Found(place, parent(place), size(place), named=True)


def _some(found: Iterator[Found], otherwise: str) -> Iterator[Found]:
    item = None
    for item in found:
        yield item
    if item is None:
        raise InputError(otherwise)


def _is_folder(text: str) -> bool:
    if is_url(text):
        from voxlift.cluster.listing import is_folder

        try:
            return not glob.has_magic(text) and is_folder(text)
        except VoxliftError:  # whoever opens it will say so
            return False
    try:
        return Path(text).is_dir()
    except OSError:  # a name too long, a folder above that may not be entered
        return False


def _is_there(text: str) -> bool:
    return not is_url(text) and os.path.lexists(text)


def _below(folder: str) -> Iterator[tuple[str, int]]:
    if is_url(folder):
        from voxlift.cluster.listing import below

        hidden = len(folder.rstrip("/"))
        yield from (item for item in below(folder) if _is_candidate(item[0]) and "/." not in item[0][hidden:])
        return
    for place, folders, names in os.walk(folder, onerror=_complain):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for file in sorted(names):
            if _is_candidate(file):
                path = str(Path(place, file))
                yield path, size(path)


def _complain(error: OSError) -> None:
    raise InputError(f"{error.filename}: this folder cannot be read ({error.strerror}); leave it out") from None


def _matching(pattern: str) -> Iterator[Found]:
    if is_url(pattern):
        from voxlift.cluster.listing import matching

        root = pattern[: pattern.rindex("/", 0, re.search(r"[*?\[]", pattern).start())]  # type: ignore[union-attr]
        yield from (Found(place, root, bytes_) for place, bytes_ in matching(pattern) if not _is_result(place))
        return
    root = str(Path(*_before_magic(Path(pattern).parts)))
    for match in sorted(glob.glob(pattern, recursive=True)):  # noqa: PTH207 - any pattern
        if Path(match).is_dir():
            yield from (Found(place, root, bytes_) for place, bytes_ in _below(match))
        elif not _is_result(match):
            yield Found(match, root, size(match))


def _before_magic(parts: Sequence[str]) -> Iterator[str]:
    for part in parts[:-1]:
        if glob.has_magic(part):
            return
        yield part


def _is_candidate(place: str) -> bool:
    file = name(place)
    return not file.startswith(".") and Path(file).suffix.lower() in SUFFIXES and not _is_result(file)


def _is_result(place: str) -> bool:
    return _RESULT.fullmatch(plain_name(name(place))) is not None
