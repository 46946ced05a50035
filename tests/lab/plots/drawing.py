"""Sounds and logs to draw, and a look at what was drawn."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from voxlift.audio import Audio

RATE = 16_000


def sound(hz: float, seconds: float = 2.5, channels: int = 1, rate: int = RATE) -> Audio:
    """A buzz in syllables and a little noise."""
    at = np.arange(round(seconds * rate)) / rate
    buzz = sum(np.sin(2 * np.pi * hz * k * at) / k for k in range(1, 10)) * (np.sin(2 * np.pi * 2 * at) > 0)
    noise = np.random.default_rng(int(hz)).standard_normal((channels, len(at)))
    return Audio((0.08 * buzz + 0.01 * noise).astype(np.float32), rate)


def drawn(path: str | Path, size: tuple[int, int] | None = None) -> bool:
    """Whether a picture has its size and is not blank: many of its pixels differ from the paper, in many colours."""
    from matplotlib.image import imread

    pixels = imread(path)[..., :3]
    inked = (np.abs(pixels - 1).max(axis=-1) > 0.1).mean()
    colours = len(np.unique((pixels[::3, ::3] * 15).astype(int).reshape(-1, 3), axis=0))
    fits = size is None or pixels.shape[:2] == size
    return fits and bool(inked > 0.01) and bool(pixels.std() > 0.04) and colours > 8


def made(path: str) -> Path:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    return Path(path)


def log(run_folder: str, rows: list[tuple[object, ...]], header: str = "step,loss,hours,seen_hours,share") -> Path:
    path = made(f"{run_folder}/log.csv")
    path.write_text("\n".join([header, *(",".join(map(str, row)) for row in rows)]) + "\n", "utf-8")
    return path.parent


def rows(count: int = 40, scale: float = 5.0) -> list[tuple[object, ...]]:
    return [(10 * n, scale / n, n / 60, n / 4, n / count) for n in range(1, count + 1)]
