"""What went wrong with a file, in one sentence that says what to do."""

from __future__ import annotations

import errno
from pathlib import Path

from voxlift.errors import DiskFullError, MediaError

STANDARD_STREAM = Path("-")
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def shown(path: Path) -> str:
    """Name of a file as people may read it, with unprintable characters escaped."""
    if path == STANDARD_STREAM:
        return "standard input"
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in str(path))


def reading_fault(path: Path, error: OSError) -> MediaError:
    """Translate what the system said when a file was opened or read."""
    name = shown(path)
    if isinstance(error, FileNotFoundError):
        return MediaError(f"{name}: no such file; check the spelling, or give the full path")
    if isinstance(error, IsADirectoryError):
        return MediaError(f"{name}: this is a folder; give a file that lies in it")
    if isinstance(error, PermissionError):
        return MediaError(f"{name}: you may not read this file; ask its owner, or change its permissions")
    return MediaError(f"{name}: could not be read ({error.strerror or error}); try a copy of it on another disk")


def writing_fault(path: Path, error: OSError) -> MediaError:
    """Translate what the system said when a file was made, written or renamed."""
    if path == STANDARD_STREAM:
        if isinstance(error, BrokenPipeError):
            return MediaError("standard output was closed before all was written; look at the program that reads it")
        return MediaError(f"standard output could not be written ({error.strerror or error})")
    name, folder = shown(path), shown(path.parent)
    if error.errno in _FULL:
        return DiskFullError(f"{name}: no space left in the folder {folder}; free some, or write to another disk")
    if isinstance(error, FileNotFoundError):
        problem = f"the folder {folder} does not exist; make it first"
    elif isinstance(error, NotADirectoryError):
        problem = f"{folder} is not a folder; give another output"
    elif isinstance(error, IsADirectoryError):
        problem = "this is a folder; give a file name in it"
    elif isinstance(error, PermissionError) or error.errno == errno.EROFS:
        problem = f"you may not write in the folder {folder}; choose another one"
    elif error.errno == errno.ENAMETOOLONG:
        problem = "the name is too long for this disk; choose a shorter one"
    else:
        problem = f"could not be written ({error.strerror or error}); try another folder"
    return MediaError(f"{name}: {problem}")


def not_sound(path: Path) -> MediaError:
    """Say that no decoder knows the file."""
    return MediaError(
        f"{shown(path)}: no sound could be found in this file; it is damaged or of another kind "
        "(wav, flac, ogg, opus, mp3, m4a, mp4, mkv, webm and the like are read)"
    )
