"""The state of a run on disk: whole or not at all, whatever happens while it is written."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import torch

from voxlift.atomic import atomic
from voxlift.errors import DataError, RecipeError

CHECKPOINT = "checkpoint.pt"
BEST = "best.pt"
"""The state with the best validation, where a recipe stops early."""


def save_checkpoint(path: Path, state: dict[str, Any]) -> None:
    """Write a state; the one before stays until the new one is whole.

    Raises
    ------
    DataError
        When the disk is full or the folder cannot be written; the checkpoint before is still there.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomic(path) as part:
            torch.save(state, part)
    except (OSError, RuntimeError) as problem:  # torch's own writer tells a full disk as RuntimeError
        reason = getattr(problem, "strerror", None) or str(problem).splitlines()[0]
        kept = "the checkpoint before it is still good" if path.exists() else "there is none yet"
        raise DataError(f"{path}: the checkpoint cannot be written ({reason}); {kept}; make room and go on") from None


def load_checkpoint(path: Path) -> dict[str, Any]:
    """Read a state.

    Raises
    ------
    RecipeError
        When the file is no checkpoint.
    """
    try:
        state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, EOFError, pickle.UnpicklingError, ValueError) as problem:
        reason = (str(problem).splitlines() or ["empty"])[0]
        raise RecipeError(f"{path}: cannot be read as a checkpoint ({reason}); remove it to start anew") from None
    return state
