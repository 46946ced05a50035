"""Commands that are slow or deadly, so that tests have something to break: the workers import them like any other."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass

from voxlift.cli.denoise import Denoise
from voxlift.cli.options import LiftOptions
from voxlift.cli.tasks import Lifting, Run
from voxlift.separate.stream import Lifted

KILLER = "killer"


@dataclass(frozen=True)
class Hard(Denoise):
    """Denoises, after a while; a recording with `killer` in its name takes the process with it."""

    seconds: float = 0.0

    def load(self, options: LiftOptions, threads: int) -> Lifting:
        return HardLifting(super().load(options, threads), self.seconds)


@dataclass(frozen=True)
class HardLifting:
    inner: Lifting
    seconds: float

    @property
    def products(self) -> Sequence[str]:
        return self.inner.products

    def lift(self, run: Run) -> Lifted:
        if KILLER in run.job.source.name:
            os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(self.seconds)
        return self.inner.lift(run)
