"""Where a training runs: processor, one device, several, or several hosts; Lightning's Fabric does the work."""

from __future__ import annotations

import atexit
import gc
import logging
import os
import platform
from pathlib import Path
from typing import Any, cast

import lightning
import torch

from voxlift.errors import MissingExtraError, RecipeError
from voxlift.lab.recipe import Run


def make_fabric(run: Run, folder: Path) -> lightning.Fabric:
    """Prepare the machine that `[run]` describes.

    Raises
    ------
    RecipeError
        When this machine is another.
    MissingExtraError
        When TensorBoard is asked for and not there.
    """
    logging.getLogger("lightning.fabric").setLevel(logging.WARNING)
    torch.set_float32_matmul_precision("high")  # accelerators may multiply in TF32, as their recurrent layers do
    processes = run.devices * run.hosts
    if run.hosts > 1 and "MASTER_ADDR" not in os.environ:
        raise RecipeError(
            f"run.hosts = {run.hosts}: start the same command on every host, MASTER_ADDR, MASTER_PORT and "
            "NODE_RANK set (see docs/lab.md)"
        )
    if processes > 1:
        atexit.register(_part)
    try:
        return lightning.Fabric(
            accelerator=run.accelerator,
            devices=run.devices,
            num_nodes=run.hosts,
            strategy="ddp" if processes > 1 else "auto",
            precision=cast("Any", run.precision),
            loggers=_tensorboard(folder) if run.tensorboard else None,
        )
    except (ValueError, RuntimeError) as problem:
        raise RecipeError(f"[run] of the recipe does not fit this machine: {problem}") from None


def described(run: Run, device: torch.device) -> str:
    """Name the machine of a training, as its card tells it."""
    if device.type == "cuda":
        return f"{torch.cuda.get_device_name(device)} x {run.devices * run.hosts}, {run.precision}"
    return f"{device.type}, {run.threads} thread(s), {platform.machine()}"


def _part() -> None:
    """End the threads by which processes share gradients: left running, they may abort Python as it ends.

    Fabric does it for NCCL alone. See pytorch/pytorch#190489.
    """
    if torch.distributed.is_initialized():
        gc.collect()  # a net that has gone holds on to them in circles
        torch.distributed.destroy_process_group()


def _tensorboard(folder: Path) -> Any:
    from lightning.fabric.loggers.tensorboard import TensorBoardLogger  # noqa: PLC0415  (optional)

    try:
        return TensorBoardLogger(folder, name="", version="tensorboard")
    except ModuleNotFoundError:
        raise MissingExtraError("run.tensorboard", "lab") from None
