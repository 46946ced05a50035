"""What TAB puts in: words, their parts, and names of files."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

from voxlift.errors import InputError
from voxlift.lab.shell.data import PARTS
from voxlift.lab.shell.recordings import SUFFIXES
from voxlift.lab.shell.words import BY_NAME, WORDS, split

_DONE = re.compile(r"""^(?:\s*(?:"[^"]*"(?=\s)|'[^']*'(?=\s)|(?:\\ |[^\s"'])(?:\\ |\S)*(?=\s)))*\s*""")


def complete(line: str) -> list[str]:
    """List the lines that a line may become, sorted; those that are finished end in a space."""
    done = _DONE.match(line)
    before = line[: done.end()] if done else ""
    fragment = line[len(before) :]
    try:
        typed = split(before)
    except InputError:
        return []
    if not typed:
        names = [word.name for word in WORDS] + ["exit"]
        return sorted(f"{before}{name} " for name in names if name.lower().startswith(fragment.lower()))
    word = BY_NAME.get(typed[0].lower())
    if word is None:
        return []
    place = len(typed)
    fixed = _fixed(word.name, place)
    if fixed:
        return sorted(f"{before}{name} " for name in fixed if name.lower().startswith(fragment.lower()))
    suffixes = _suffixes(word.name, place)
    return [f"{before}{name}" for name in _files(fragment, suffixes)] if suffixes else []


def _fixed(word: str, place: int) -> Sequence[str]:
    if place == 1 and word in {"createDataSet", "loadDataSet", "model"}:
        return PARTS
    if place == 1 and word == "help":
        return [known.name for known in WORDS]
    return ["overwrite"] if (word, place) == ("save", 2) else []


def _suffixes(word: str, place: int) -> set[str]:
    if (word == "listen" and place == 1) or (word == "loadDataSet" and place in {3, 4}):
        return SUFFIXES
    if word in {"load", "save"} and place == 1:
        return {".safetensors"}
    return {".png"} if (word, place) == ("plot", 1) else set()


def _files(fragment: str, suffixes: set[str]) -> list[str]:
    """Complete a name that may stand in quotes; folders end in a slash, to go on from."""
    quote = fragment[0] if fragment[:1] in {'"', "'"} else ""
    text = fragment[1:] if quote else fragment if os.name == "nt" else fragment.replace("\\ ", " ")
    folder, start = os.path.split(text)
    found = []
    try:
        entries = sorted(Path(folder or ".").expanduser().iterdir())
    except (OSError, RuntimeError):  # not there, not ours to read; no such user
        return []
    for entry in entries:
        if not entry.name.startswith(start) or (entry.name.startswith(".") and not start):
            continue
        name = os.path.join(folder, entry.name)  # noqa: PTH118 - `./` and `~` stay as they were typed
        mark = quote or ('"' if " " in name else "")
        if entry.is_dir():
            found.append(f"{mark}{name}{os.sep}")
        elif entry.suffix.lower() in suffixes:
            found.append(f"{mark}{name}{mark} ")
    return found
