"""How large the core is on disk: Voxlift and all that it needs; used by `speed.py`."""

from __future__ import annotations

from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import voxlift


def sizes_bytes() -> dict[str, int]:
    """Return the bytes of every package in the core, the compiled Python files left out.

    How many of those there are depends on how it was installed and what has run.
    """
    sizes = {name: _bytes_of(metadata.distribution(name)) for name in _closure("voxlift") - {"voxlift"}}
    package = Path(voxlift.__file__).parent  # of an editable install the metadata names no files
    files = (path for path in package.rglob("*") if path.is_file() and path.suffix != ".pyc")
    return sizes | {"voxlift": sum(path.stat().st_size for path in files)}


def bytecode_bytes() -> int:
    """Return the bytes of the compiled Python files that pip writes when not told otherwise."""
    names = _closure("voxlift")
    return sum(_bytes_of(metadata.distribution(name), compiled=True) for name in names)


def _closure(root: str) -> set[str]:
    """Names of a package and all that it requires here, extras left out."""
    found: set[str] = set()
    waiting = [root]
    while waiting:
        name = canonicalize_name(waiting.pop())
        if name in found:
            continue
        found.add(name)
        needs = map(Requirement, metadata.requires(name) or ())
        waiting += [need.name for need in needs if not need.marker or need.marker.evaluate({"extra": ""})]
    return found


def _bytes_of(distribution: metadata.Distribution, *, compiled: bool = False) -> int:
    paths = (Path(str(file.locate())) for file in distribution.files or () if (file.suffix == ".pyc") == compiled)
    return sum(path.stat().st_size for path in paths if path.is_file())
