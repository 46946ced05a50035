"""Losses: what they hear, what they do not, and that the truth is where they are least."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from pesq import pesq
from pystoi import stoi

from voxlift import read
from voxlift.lab.losses import SOUND_LOSSES, total_loss
from voxlift.lab.losses.intelligibility import intelligibility
from voxlift.lab.losses.perceptual import disturbance
from voxlift.lab.losses.sound import si_sdr, snr
from voxlift.lab.recipe import Objective
from voxlift.lab.separation import Estimate
from voxlift.separate.front import Front

INTERVIEW = Path(__file__).parents[2] / "examples" / "interview.flac"


@pytest.mark.parametrize("name", ["snr", "si_sdr"])
def test_a_loss_hears_level_or_does_not(name: str) -> None:
    """SNR is lost by half a voice, SI-SDR is not; neither is moved by a silent target."""
    target = torch.randn(2, 1, 8000) * 0.1
    noisy = target + 0.01 * torch.randn(2, 1, 8000)
    loss = {"snr": snr, "si_sdr": si_sdr}[name]
    whole, half = (loss(x, target).mean() for x in (noisy, 0.5 * noisy))
    assert (half - whole > 6) == (name == "snr")
    assert not loss(noisy, torch.zeros_like(target)).any()


@pytest.mark.parametrize("name", SOUND_LOSSES)
def test_every_loss_on_sound_is_least_at_the_truth(name: str) -> None:
    front = Front(16000, 512, 256, "magnitude", "ratio")
    target = 0.1 * torch.randn(2, 2, 16000, generator=torch.Generator().manual_seed(2))
    noise = torch.randn(2, 2, 16000, generator=torch.Generator().manual_seed(3))
    values = [SOUND_LOSSES[name](target + k * noise, target, front, Objective()).mean() for k in (0.0, 0.01, 0.1)]
    assert values[0] < values[1] < values[2]
    assert SOUND_LOSSES[name](noise, torch.zeros_like(target), front, Objective()).isfinite().all()


def test_stems_in_another_order_cost_nothing_where_order_is_free() -> None:
    front = Front(8000, 256, 256, "identity", "direct", "each", transform="waveform")
    targets = torch.randn(3, 2, 8192, generator=torch.Generator().manual_seed(2))
    swapped = targets.clone()
    swapped[1] = targets[1, [1, 0]]
    said = Estimate(front, targets.sum(1), targets.sum(1)[:, None], swapped.reshape(3, 2, 32, 256))
    free, fixed = (float(total_loss(said, targets, {"snr": 1.0}, Objective(permute=p))) for p in (True, False))
    assert free < -29
    assert fixed > free + 5


def test_the_disturbance_is_what_pesq_says() -> None:
    """The points are nearly PESQ's own, over all that may be done to a voice."""
    voice, done = done_to_a_voice()
    said, points = [], []
    for sound in done:
        said.append(pesq(16000, voice.numpy(), sound.numpy(), "wb"))
        # P.862.2 maps raw points to those of listeners.
        points.append(0.999 + 4 / (1 + np.exp(3.8224 - 1.3669 * (4.5 - float(disturbance(sound, voice))))))
    assert np.abs(np.array(said) - points).max() < 0.4
    assert np.corrcoef(said, points)[0, 1] > 0.97


def test_intelligibility_is_what_estoi_says() -> None:
    """It counts what is not understood, at another rate than the measure's, with pauses in the voice."""
    voice, done = done_to_a_voice()
    pause = torch.zeros(12000)
    voice, done = torch.cat([voice, pause, voice]), [torch.cat([x, pause + 0.01, x]) for x in done]
    said = np.array([stoi(voice.numpy(), sound.numpy(), 16000, extended=True) for sound in done])
    lost = intelligibility(torch.stack(done), voice.expand(len(done), -1), 16000).numpy()
    assert np.abs(1 - lost - said).max() < 0.03
    assert np.corrcoef(said, lost)[0, 1] < -0.99
    assert not intelligibility(done[0][:4000], voice[:4000], 16000), "too short to say"


def done_to_a_voice() -> tuple[torch.Tensor, list[torch.Tensor]]:
    """A voice, and sounds of all that may be done to it."""
    voice = read(INTERVIEW).samples[0][:96000]
    rng = np.random.default_rng(4)
    hiss, hum = rng.standard_normal(len(voice)), np.sin(2 * np.pi * 300 * np.arange(len(voice)) / 16000)
    quiet, muffled = 0.3 * voice, np.convolve(voice, np.ones(8) / 8, "same")
    done = [quiet, muffled, *(voice + level * x for level in (0.001, 0.01, 0.1) for x in (hiss, hum))]
    return torch.tensor(voice), [torch.tensor(np.asarray(x, np.float32)) for x in done]
