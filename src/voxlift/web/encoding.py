"""Writes sounds of a result in other formats, in a process of its own that the web process watches and may kill.

    python -m voxlift.web.encoding < ORDER

What it reads are files that `lifting.py` made, and nothing that a visitor sent.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from voxlift.web.confined import answer, confine

PROGRAM = "voxlift.web.encoding"
_BLOCK_SECONDS = 4.0


@dataclass(frozen=True)
class Order:
    """Files to write beside those they are made of: the new one's name, and the name it is read from."""

    folder: str
    files: Mapping[str, str]
    memory_bytes: int
    cpu_seconds: int


def main() -> None:
    """Do what the order says; the result is the size of each new file."""
    order = Order(**json.loads(sys.stdin.readline()))
    confine("cpu", order.memory_bytes, order.cpu_seconds)
    answer(lambda: _encode(order), lambda sentence: sentence.replace(order.folder, "the service"))


def _encode(order: Order) -> dict[str, int]:
    from voxlift.media import open_reader, open_writer, output_format  # noqa: PLC0415 - not before the limits hold
    from voxlift.web.storage import sync  # noqa: PLC0415

    folder, sizes = Path(order.folder), {}
    for name, source in order.files.items():
        target = folder / name
        with open_reader(folder / source) as reader:
            format_ = output_format(reader.info, target.suffix)
            # Two web processes may make the same file: it is the same, and whole under its name at any time.
            with open_writer(target, format_, reader.info.tags, overwrite=True, length=reader.length) as writer:
                for block in reader.blocks(_BLOCK_SECONDS):
                    writer.write(block)
        sizes[name] = target.stat().st_size
    sync(folder)
    return sizes


if __name__ == "__main__":
    main()
