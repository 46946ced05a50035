"""Whether an extra's libraries are there, asked before they are loaded: that takes seconds."""

from __future__ import annotations

from importlib.util import find_spec

from voxlift.errors import MissingExtraError


def need_lab(part: str, *libraries: str) -> None:
    """Refuse a part of the lab whose libraries are not installed, as `need` does."""
    need(part, "lab", *libraries)


def need(part: str, extra: str, *libraries: str) -> None:
    """Refuse what needs the libraries of an extra where they are not installed.

    Raises
    ------
    MissingExtraError
        With the command that installs them.
    """
    if any(find_spec(library) is None for library in libraries):
        raise MissingExtraError(part, extra)
