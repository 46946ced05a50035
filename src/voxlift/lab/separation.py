"""A net put to sound inside torch, as the product will put its card to sound: view, look-ahead, mask."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from voxlift.lab.nets.contract import Net
from voxlift.lab.stft import analyse, synthesise
from voxlift.separate.front import Front


def _real_imag(spectrum: Tensor) -> Tensor:
    return torch.view_as_real(spectrum)


def _magnitude(spectrum: Tensor) -> Tensor:
    return spectrum.abs()


def _log_magnitude(spectrum: Tensor) -> Tensor:
    return spectrum.abs().clamp_min(1e-5).log()


VIEWS: dict[str, Callable[[Tensor], Tensor]] = {
    "real_imag": _real_imag,
    "magnitude": _magnitude,
    "log_magnitude": _log_magnitude,
}

MASKS: dict[str, Callable[[Tensor], Tensor]] = {
    "ratio": lambda output: output,
    "binary": lambda output: output,  # a threshold has no slope: the net learns the ratio, the product cuts it
    "complex_ratio": lambda output: torch.view_as_complex(output.contiguous()),
}


def estimate(net: Net, front: Front, noisy: Tensor) -> Tensor:
    """Separate `(batch, length)` of sound at the front's rate; return the first stem, `(batch, length)`."""
    spectrum = analyse(front.stft, noisy)
    ahead = front.lookahead_frames
    x = VIEWS[front.view](spectrum)
    if ahead:  # the net hears `ahead` frames more before it answers for a frame
        x = torch.cat([x, torch.zeros_like(x[:, :ahead])], dim=1)
    output, _ = net(x, *(state.to(x) for state in net.initial_state(x.shape[0])))
    gain = MASKS[front.mask](output[:, :, ahead:])
    return synthesise(front.stft, spectrum * gain[:, 0], noisy.shape[-1])
