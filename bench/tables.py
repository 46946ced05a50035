"""Markdown tables, and the machine that figures were measured on; used by the other scripts here."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any


def markdown(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Lay out a table; the first column is text, the others are figures."""
    lines = [header, ["---", *["---:"] * (len(header) - 1)], *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def machine() -> str:
    """Describe this machine: date, processor, cores, load, Python."""
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    today = datetime.now(UTC).date().isoformat()
    return f"{today}, {_processor()}, {os.cpu_count()} cores, load {load:.1f}, Python {platform.python_version()}"


def save(path: Path | None, figures: dict[str, Any]) -> None:
    """Write figures as JSON, with the machine; nothing if there is no path."""
    if path is not None:
        path.write_text(json.dumps({"machine": machine(), **figures}, indent=1) + "\n", "utf-8")


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
