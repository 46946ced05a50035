"""How unlike two voices sound: the disturbances that PESQ measures, as a loss.

After ITU-T P.862 and P.862.2 (wide band), as in Martín-Doñas et al., "A deep learning loss function based on the
perceptual evaluation of the speech quality", 2018. Left out is what has no gradient or what training pairs do not
need: the alignment in time, the retries of bad intervals, the weights of long recordings.
"""

from __future__ import annotations

from functools import cache
from itertools import accumulate

import torch
from torch import Tensor

RATE = 16000
"""The standard's."""
BINS = (
    1, 1, 1, 1, 1, 1, 1, 1, 2, 1, 1, 1, 1, 1, 2, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 4, 3, 4, 5, 4, 5, 6, 6, 7,
    8, 9, 9, 12, 12, 15, 16, 18, 21, 25, 20,
)  # fmt: skip
"""Bins of 31.25 Hz in each of the 49 bands."""
THRESHOLDS_DB = (
    77.1, 63.9, 48.5, 36.9, 30.7, 25.9, 20.2, 16.6, 12.5, 9.9, 6.9, 4.9, 2.8, 1.0, -0.1, -1.4, -2.5, -3.4, -4.1, -4.8,
    -5.3, -5.7, -5.9, -6.0, -6.0, -6.0, -6.0, -5.8, -5.4, -5.1, -4.7, -4.3, -4.0, -3.6, -3.3, -3.1, -3.0, -3.0, -2.9,
    -2.8, -2.8, -2.8, -2.9, -3.2, -3.7, -4.3, -4.4, -3.8, -2.7,
)  # fmt: skip
"""Power of the softest sound that is heard in each band."""
EPS = 1e-8
SYLLABLE = 20
"""Frames over which a disturbance is felt as one."""


def disturbance(estimate: Tensor, target: Tensor) -> Tensor:
    """Say how far from its target an estimate sounds, in points of raw PESQ: `(..., length)` to `(...)`.

    Nothing is a voice's like or unlike where nobody speaks: a silent target counts nothing.
    """
    wanted, heard = (_bands(_levelled(sound)) for sound in (target, estimate))
    wanted = _without_colour(wanted, heard)
    heard = heard * _gains(wanted, heard)
    asked, said = _loudness(wanted), _loudness(heard)
    # What differs by less than a quarter of the softer of both is masked.
    masked = 0.25 * torch.minimum(asked, said)
    difference = (said - asked).abs().sub(masked).clamp_min(0)
    # What was added is more annoying than what is missing.
    added = ((heard + 50) / (wanted + 50)) ** 1.2
    added = torch.where(added < 3, torch.zeros_like(added), added.clamp_max(12))
    softness = ((_audible(wanted, 1.0) + 1e5) / 1e7) ** 0.04
    symmetric = (_over_bands(difference, 2) / softness).clamp_max(45)
    asymmetric = (_over_bands(difference * added, 1) / softness).clamp_max(45)
    points = 0.1 * _over_time(symmetric) + 0.0309 * _over_time(asymmetric)
    return points * (target.square().mean(-1) > EPS)


def _levelled(sound: Tensor) -> Tensor:
    """Bring the speech band to the level at which the standard listens."""
    spectrum = torch.fft.rfft(sound)
    hz = torch.fft.rfftfreq(sound.shape[-1], 1 / RATE, device=sound.device)
    speech = torch.where((hz > 300) & (hz < 3250), spectrum.abs().square(), 0.0)
    power = 2 * speech.sum(-1, keepdim=True) / sound.shape[-1] ** 2
    # The filter that the wide-band standard puts before both: a high-pass at 200 Hz.
    through = 2.82 / (1 + (200 / hz.clamp_min(1)) ** 4).sqrt()
    sound = torch.fft.irfft(spectrum * through, sound.shape[-1])
    return sound * (1e7 / (power + 1e-9)).sqrt()


def _bands(sound: Tensor) -> Tensor:
    """Power in each band: `(..., length)` to `(..., frames, bands)`."""
    window, pooling = _tables(sound.device)[:2]
    frames = sound.unfold(-1, 512, 256) * window
    spectrum = torch.fft.rfft(frames)[..., :-1]
    return (spectrum.real.square() + spectrum.imag.square()) @ pooling


def _loudness(power: Tensor) -> Tensor:
    """Zwicker's loudness of each band."""
    threshold, exponent = _tables(power.device)[2:4]
    loud = (threshold / 0.5) ** exponent * ((0.5 + 0.5 * power / threshold) ** exponent - 1)
    return 0.1866055 * loud.clamp_min(0)


def _audible(power: Tensor, factor: float) -> Tensor:
    """Sum what is heard of each frame: `(..., frames, bands)` to `(..., frames)`."""
    threshold = _tables(power.device)[2]
    return torch.where(power > factor * threshold, power, 0.0)[..., 1:].sum(-1)


def _without_colour(wanted: Tensor, heard: Tensor) -> Tensor:
    """Give the target the estimate's mean spectrum, as far as ears forgive a channel its colour."""
    threshold = _tables(wanted.device)[2]
    active = (_audible(wanted, 1e2) > 1e7)[..., None]
    means = [torch.where(active & (x > 1e2 * threshold), x, 0.0).mean(-2, keepdim=True) for x in (wanted, heard)]
    return wanted * ((means[1] + 1e3) / (means[0] + 1e3)).clamp(0.01, 100)


def _gains(wanted: Tensor, heard: Tensor) -> Tensor:
    """Follow slow changes of level that ears forgive: factors `(..., frames, 1)`."""
    ratio = ((_audible(wanted, 1.0) + 5e3) / (_audible(heard, 1.0) + 5e3)).clamp(3e-4, 5.0)
    before = torch.nn.functional.pad(ratio, (1, 0))[..., :-1]
    return (0.8 * ratio + 0.2 * before)[..., None]


def _over_bands(x: Tensor, power: int) -> Tensor:
    widths = _tables(x.device)[4]
    return ((x[..., 1:] * widths + 1e-9) ** power).sum(-1).div(widths.sum()).pow(1 / power) * widths.sum()


def _over_time(x: Tensor) -> Tensor:
    """The worst of a syllable counts most: `(..., frames)` to `(...)`."""
    size = min(SYLLABLE, x.shape[-1])
    syllables = x.unfold(-1, size, max(1, size // 2)).add(1e-6).pow(6).mean(-1).pow(1 / 6)
    return syllables.square().mean(-1).sqrt()


@cache
def _tables(device: torch.device) -> tuple[Tensor, ...]:
    """Window, pooling of bins to bands, thresholds, exponents and widths of the bands."""
    count = len(BINS)
    pooling = torch.zeros(256, count)
    for band, (start, bins) in enumerate(zip(accumulate(BINS, initial=0), BINS, strict=False)):
        # The standard also corrects some bands for their whole numbers of bins; at most by a sixth, so not here.
        pooling[start : start + bins, band] = 6.910853e-6 * 100
    widths = 0.3139 * 1.01306 ** torch.arange(count)  # in Bark; the first band is half a one
    widths[0] = 0.157
    centres = widths.cumsum(0) - widths / 2
    sharper = torch.where(centres < 4, 6 / (centres + 2), 1.0).clamp_max(2.0)
    thresholds = 10 ** (torch.tensor(THRESHOLDS_DB) / 10)
    tables = (torch.hann_window(512), pooling, thresholds, 0.23 * sharper**0.15, widths[1:])
    return tuple(table.to(device) for table in tables)
