"""A net that knows voices: what it learns from, and that it learns."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from tests.lab import layouts
from tests.lab.test_mixing import RATE, two_speakers
from tests.lab.test_mixing import recipe as mixing_recipe
from voxlift.errors import CardError, RecipeError
from voxlift.lab.export import export_card
from voxlift.lab.losses import total_loss
from voxlift.lab.mixing import make_mixer
from voxlift.lab.mixing.talkers import Talkers
from voxlift.lab.recipe import Objective, Recipe, resolve
from voxlift.lab.separation import Estimate
from voxlift.lab.training import Training
from voxlift.separate.card import separator_of, verify
from voxlift.separate.front import Front
from voxlift.separate.nets import Machine

FRONT = Front(8000, 256, 128, "magnitude", "voice")


def recipe(root: Path, mask: str = "voice", steps: int = 4) -> Recipe:
    net = {"kind": "voice_tdnn", "bands": 16, "width": 16, "spacings": [1, 2], "size": 8}
    table = {
        "name": "voice",
        "task": "speakers",
        "summary": "",
        "stems": ["s1", "s2"],
        "front": {"rate": 8000, "window": 256, "hop": 128, "view": "magnitude", "mask": mask},
        "net": net if mask == "voice" else {"kind": "unet", "width": 4, "depth": 3},
        "losses": {"same_voice": 1.0} if mask == "voice" else {"snr": 1.0},
        "enrolment": {},
        "chunk": {"seconds": 4.0, "overlap_seconds": 1.0},
        "data": {"corpus": "auto", "root": str(root), "seconds": 2.0, "rooms": 0, "validation": 0, "workers": 0},
        "mix": {"turns": 1.0, "takes": 2, "statures": 2, "tilt": 0.0, "bandlimit": 0.0, "noisy_talkers": 0.0},
        "optimiser": {"ema": 0.0, "rate": 0.01},
        "schedule": {"steps": steps, "batch": 4, "warmup": 1},
    }
    return resolve(table)


def talkative(root: Path) -> None:
    """Speakers who say enough to be known."""
    two_speakers(root)
    for speaker in ("100", "200", "300"):
        path = root / f"LibriSpeech/train-clean-100/{speaker}/1/{speaker}-1-0000.flac"
        layouts.save(path, layouts.tone(int(speaker) // 7, 48_000, rate=16_000), 16_000)
        (path.parent / f"{speaker}-1.trans.txt").write_text(f"{speaker}-1-0000 LA\n", "utf-8")


def said(voices: torch.Tensor) -> tuple[Estimate, torch.Tensor]:
    """Four talkers in two examples, one after the other; frames of each say `voices` `(4, size)` and a little more."""
    half = 60 * FRONT.hop
    target = torch.zeros(2, 2, 2 * half)
    noise = 0.1 * torch.randn(4, half, generator=torch.Generator().manual_seed(1))
    target[0, 0, :half], target[0, 1, half:], target[1, 0, :half], target[1, 1, half:] = noise
    frames = FRONT.grid.frames(2 * half)
    first = torch.arange(frames) < frames // 2
    output = torch.where(first[None, :, None], voices[[0, 2], None], voices[[1, 3], None])[:, None]
    jitter = 0.1 * torch.randn(output.shape, generator=torch.Generator().manual_seed(2))
    mixture = target.sum(1)
    return Estimate(FRONT, mixture, mixture[:, None], output + jitter), target


def test_voices_that_lie_apart_cost_least() -> None:
    losses = []
    for likeness in (0.0, 0.5, 1.0):
        voices = torch.eye(4) * (1 - likeness) + likeness
        losses.append(float(total_loss(*said(voices), {"same_voice": 1.0}, Objective())))
    assert losses[0] < 0.01 < losses[1] < losses[2]


def test_who_is_not_heard_costs_nothing() -> None:
    estimate, target = said(torch.ones(4, 4))
    silent = torch.zeros_like(target)
    silent[0, 0] = target[0, 0]
    assert float(total_loss(estimate, silent, {"same_voice": 1.0}, Objective())) == pytest.approx(0, abs=1e-6)


def test_talkers_have_numbers_one_for_each_size(tmp_path: Path, cache: Path) -> None:
    two_speakers(tmp_path)
    mixer = make_mixer(mixing_recipe("speakers", tmp_path, statures=2, takes=2, turns=1.0, noisy_talkers=0.0), cache)
    assert isinstance(mixer, Talkers)
    examples = [mixer.example(number) for number in range(30)]
    pairs = {example.talkers for example in examples}
    assert {one for pair in pairs for one in pair} == set(range(mixer.people))
    assert all(a // 2 != b // 2 for a, b in pairs), "the same speaker, larger, is no partner"
    for example in examples:
        np.testing.assert_allclose(example.targets.sum(axis=0), example.mixture, atol=1e-5)


def test_a_smaller_person_is_higher(tmp_path: Path, cache: Path) -> None:
    two_speakers(tmp_path)
    for speaker, pitch in (("100", 200), ("200", 320)):
        voice = np.sin(2 * np.pi * pitch * np.arange(32_000) / 16_000).astype(np.float32)
        path = tmp_path / f"LibriSpeech/train-clean-100/{speaker}/1/{speaker}-1-0000.flac"
        layouts.save(path, 0.1 * voice[None], 16_000)
    mixer = make_mixer(mixing_recipe("speakers", tmp_path, statures=2, stature_semitones=12.0), cache)
    heard: dict[int, list[float]] = {}
    for number in range(30):
        example = mixer.example(number)
        for talker, target in zip(example.talkers, example.targets, strict=True):
            peak = np.abs(np.fft.rfft(target * np.hanning(len(target)))).argmax() * RATE / len(target)
            heard.setdefault(talker, []).append(peak)
    pitches = [float(np.median(heard[talker])) for talker in sorted(heard)]
    for low, high in zip(pitches[::2], pitches[1::2], strict=True):
        assert high == pytest.approx(2 * low, rel=0.12)


def test_it_learns_who_is_who_and_goes_on_where_it_stopped(tmp_path: Path, cache: Path) -> None:
    root = tmp_path / "corpus"
    talkative(root)
    training = Training(recipe(root, steps=80), tmp_path / "whole", cache)
    before = training.measure(training.mixer, range(16))
    training.run()
    assert training.measure(training.mixer, range(16)) < before - 0.3
    stopped = Training(recipe(root, steps=80), tmp_path / "halves", cache)
    stopped.run(pause=lambda: stopped.step >= 30)
    again = Training(recipe(root, steps=80), tmp_path / "halves", cache)
    assert again.step == 30
    again.run()
    for (name, one), other in zip(training.net.state_dict().items(), again.net.state_dict().values(), strict=True):
        torch.testing.assert_close(one, other, msg=name)


def test_its_card_knows_voices_and_lifts_none(tmp_path: Path, cache: Path) -> None:
    root = tmp_path / "corpus"
    two_speakers(root)
    Training(recipe(root), tmp_path / "run", cache).run()
    card = export_card(tmp_path / "run", tmp_path / "card", cache=cache)
    verify(card)
    with pytest.raises(CardError, match="knows voices and lifts none"):
        separator_of(card, Machine("cpu", 1))


def test_only_a_net_that_knows_voices_enrols_talkers(tmp_path: Path, cache: Path) -> None:
    two_speakers(tmp_path)
    with pytest.raises(RecipeError, match=r"\[enrolment\] is for nets"):
        Training(recipe(tmp_path, mask="ratio"), tmp_path / "run", cache)
