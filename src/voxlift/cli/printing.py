"""Answers on standard output: lines, tables and JSON that any terminal, pipe and code page takes."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Any


def say(text: str = "") -> None:
    """Write a line, or several; what the terminal lacks, or would obey, is escaped."""
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(_tame(text).encode(encoding, "backslashreplace").decode(encoding) + "\n")


def say_json(value: Any, *, indent: int | None = None) -> None:
    """Write a value as JSON, in ASCII."""
    sys.stdout.write(json.dumps(value, indent=indent) + "\n")


def say_table(headings: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[str] = ()) -> None:
    """Write a table: ruled for people on a terminal, plain columns for pipes.

    Parameters
    ----------
    headings, rows
        Text; all rows have as many cells as there are headings.
    right
        Headings of the columns that hold numbers.
    """
    if not sys.stdout.isatty():
        for line in _columns(headings, rows, right):
            say(line)
        return
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for heading in headings:
        table.add_column(heading, justify="right" if heading in right else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(_tame(cell)) for cell in row))
    Console(file=sys.stdout).print(table)


def say_pairs(pairs: Sequence[tuple[str, str]], indent: str = "") -> None:
    """Write names and what they are, aligned; longer texts go on under themselves."""
    width = max((len(name) for name, _ in pairs), default=0)
    for name, text in pairs:
        first, *others = text.split("\n")
        say(f"{indent}{name:<{width}}  {first}".rstrip())
        for line in others:
            say(f"{indent}{'':<{width}}  {line}")


def _tame(text: str) -> str:
    """Escape control characters: tags and names come from files, and could drive a terminal."""
    return "".join(
        char if char.isprintable() or char == "\n" else char.encode("unicode_escape").decode() for char in text
    )


def _columns(headings: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[str]) -> list[str]:
    table = [list(headings), *map(list, rows)]
    widths = [max(len(row[place]) for row in table) for place in range(len(headings))]
    return [
        "  ".join(
            cell.rjust(width) if heading in right else cell.ljust(width)
            for cell, width, heading in zip(row, widths, headings, strict=True)
        ).rstrip()
        for row in table
    ]
