"""Loudness as people hear it (ITU-R BS.1770), and the histogram that lets levels be ranked without keeping them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Powers = NDArray[np.float64]
"""Mean squares, full scale 1, axes `(frames,)`."""

QUIETEST_DB = -150.0  # below the steps of 24 bits; also what digital silence is reported as
_LOUDEST_DB, _STEP_DB = 60.0, 0.1
_GATE_LUFS, _GATE_BELOW_LU, _CALIBRATION_LU = -70.0, 10.0, -0.691
_STEPS, _STEPS_A_BLOCK = 5, 20  # frames of 20 ms: blocks of 400 ms, a new one every 100 ms


def power_db(power: float) -> float:
    """Turn a mean square into dB of full scale, never below `QUIETEST_DB`."""
    return max(QUIETEST_DB, float(10 * np.log10(max(power, 1e-30))))


class LevelHistogram:
    """Counts powers in steps of 0.1 dB, and keeps each step's sum, so that means over a range are exact."""

    def __init__(self) -> None:
        size = round((_LOUDEST_DB - QUIETEST_DB) / _STEP_DB)
        self._counts = np.zeros(size, np.int64)
        self._sums = np.zeros(size)

    def add(self, powers: Powers) -> None:
        """Count some powers."""
        steps = self._step(10 * np.log10(np.maximum(powers, 1e-30)))
        np.add.at(self._counts, steps, 1)
        np.add.at(self._sums, steps, powers)

    @property
    def count(self) -> int:
        """How many were counted."""
        return int(self._counts.sum())

    def above(self, level_db: float) -> tuple[int, float]:
        """Count those in the steps from a level upwards; return also their mean power."""
        return self._mean(slice(int(self._step(np.array([level_db]))[0]), None))

    def below(self, level_db: float) -> tuple[int, float]:
        """Count those in the steps below a level; return also their mean power."""
        return self._mean(slice(None, int(self._step(np.array([level_db]))[0])))

    def median(self) -> float:
        """Return the mean power of the step that holds the median."""
        place = int(np.searchsorted(np.cumsum(self._counts), (self.count + 1) // 2))
        return float(self._sums[place] / max(1, self._counts[place])) if self.count else 0.0

    def _mean(self, steps: slice) -> tuple[int, float]:
        count = int(self._counts[steps].sum())
        return count, float(self._sums[steps].sum()) / max(1, count)

    def _step(self, levels_db: Powers) -> NDArray[np.intp]:
        steps = np.floor((levels_db - QUIETEST_DB) / _STEP_DB).astype(np.intp)
        return np.clip(steps, 0, len(self._counts) - 1)


class LoudnessMeter:
    """Integrated loudness from the K-weighted power of each 20 ms, summed over the channels."""

    def __init__(self) -> None:
        self._blocks = LevelHistogram()
        self._waiting: Powers = np.zeros(0)

    def push(self, powers: Powers) -> None:
        """Take the powers of the next frames."""
        waiting = np.concatenate([self._waiting, powers])
        count = max(0, (len(waiting) - _STEPS_A_BLOCK) // _STEPS + 1)
        if count:
            blocks = np.lib.stride_tricks.sliding_window_view(waiting, _STEPS_A_BLOCK)[::_STEPS][:count]
            self._blocks.add(blocks.mean(axis=1))
        self._waiting = waiting[count * _STEPS :]

    def lufs(self) -> float | None:
        """Return the loudness of what is not silence, in LUFS; None where all is, or where 400 ms never came."""
        count, mean = self._blocks.above(_GATE_LUFS - _CALIBRATION_LU)
        if not count:
            return None
        gate_db = max(_GATE_LUFS - _CALIBRATION_LU, power_db(mean) - _GATE_BELOW_LU)
        count, mean = self._blocks.above(gate_db)
        return power_db(mean) + _CALIBRATION_LU if count else None


def k_weights(hz: Powers) -> Powers:
    """Power gain of the standard's two filters at some frequencies, taken from their coefficients at 48 kHz."""
    z = np.exp(-2j * np.pi * np.minimum(hz, 24_000) / 48_000)
    shelf = (1.53512485958697 - 2.69169618940638 * z + 1.19839281085285 * z**2) / (
        1 - 1.69065929318241 * z + 0.73248077421585 * z**2
    )
    high_pass = (1 - 2 * z + z**2) / (1 - 1.99004745483398 * z + 0.99007225036621 * z**2)
    weights: Powers = np.abs(shelf * high_pass) ** 2
    return weights
