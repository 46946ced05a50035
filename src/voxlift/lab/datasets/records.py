"""What long works take down on the way: a record an item and a table of all, each there whole or not at all."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from voxlift.atomic import atomic


def write_json(path: Path, value: object) -> None:
    """Write a record."""
    with atomic(path) as part:
        part.write_text(json.dumps(value), "utf-8")


def read_json(path: Path) -> Any | None:
    """Read a record; None where it was not made yet, or was stopped while it was written down."""
    try:
        return json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return None


def write_table(path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
    """Write a table as CSV."""
    with atomic(path) as part, part.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(rows)
