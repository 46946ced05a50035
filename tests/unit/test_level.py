"""What the meter says of sounds whose levels are known."""

from __future__ import annotations

import numpy as np
import pytest

from voxlift.audio import Samples
from voxlift.dsp.level import LevelMeter, Levels
from voxlift.dsp.loudness import QUIETEST_DB

RATE = 48_000


def measured(samples: Samples, rate: int = RATE, depth: int | None = None, block: int = 10**9) -> Levels:
    samples = np.atleast_2d(samples).astype(np.float32)
    meter = LevelMeter(samples.shape[0], rate, depth)
    for start in range(0, samples.shape[1], block):
        meter.push(samples[:, start : start + block])
    return meter.result()


def sine(rms_db: float, hz: float = 997.0, seconds: float = 3.0, rate: int = RATE) -> Samples:
    times = np.arange(round(seconds * rate)) / rate
    return (np.sqrt(2) * 10 ** (rms_db / 20) * np.sin(2 * np.pi * hz * times)).astype(np.float32)


def noise(rms_db: float, seconds: float = 8.0, rate: int = RATE, seed: int = 0) -> Samples:
    return np.random.default_rng(seed).normal(0, 10 ** (rms_db / 20), round(seconds * rate)).astype(np.float32)


@pytest.mark.parametrize("rate", [8_000, 44_100, 96_000])
def test_a_sine_has_the_level_it_was_made_with(rate):
    levels = measured(sine(-20.0, rate=rate), rate)
    assert levels.rms_db == pytest.approx(-20.0, abs=0.05)
    assert levels.peak_db == pytest.approx(-20.0 + 3.01, abs=0.05)


def test_loudness_is_that_of_the_standard():
    # EBU Tech 3341: a stereo sine at 1 kHz whose peaks are at -23 dBFS has -23 LUFS.
    tone = sine(-26.01, hz=1000.0, seconds=5.0)
    assert measured(np.stack([tone, tone])).loudness_lufs == pytest.approx(-23.0, abs=0.1)
    # The same with pauses: silence is gated out.
    paused = np.concatenate([tone, np.zeros_like(tone), tone])
    assert measured(np.stack([paused, paused])).loudness_lufs == pytest.approx(-23.0, abs=0.2)


@pytest.mark.parametrize("floor_db", [-70.0, -50.0, -35.0])
@pytest.mark.parametrize("rate", [8_000, 48_000])
def test_the_noise_floor_is_found_beneath_a_voice_that_pauses(floor_db, rate):
    hiss = noise(floor_db, rate=rate)
    spoken = np.arange(len(hiss)) / rate % 1 < 0.6
    levels = measured(hiss + spoken * sine(-20.0, seconds=8.0, rate=rate), rate)
    assert levels.noise_floor_db == pytest.approx(floor_db, abs=2.0)
    assert levels.snr_db == pytest.approx(-20.0 - floor_db, abs=2.0)


def test_steady_noise_has_no_voice():
    assert measured(noise(-30.0)).snr_db is None


@pytest.mark.parametrize("block", [1_777, 48_000, 200_001])
def test_the_size_of_blocks_does_not_matter(block):
    sound = np.stack([noise(-30.0, 3.0) + 0.01, np.clip(3 * sine(-6.0), -1, 1)])
    whole, cut = measured(sound), measured(sound, block=block)
    for name, value in vars(whole).items():
        assert getattr(cut, name) == pytest.approx(value, abs=1e-6), name


def test_clipped_places_are_counted_also_across_blocks():
    sound = np.zeros(1000, np.float32)
    sound[100:103] = 1.0  # three: clipped
    sound[200:202] = 1.0  # two: a sine may do that
    sound[500:510] = -1.0
    sound[998:] = 1.0
    for block in (1000, 101, 7, 1):
        levels = measured(sound, block=block)
        assert (levels.clipped_runs, levels.clipped_samples) == (2, 13), block


def test_full_scale_is_that_of_the_depth():
    squashed = np.clip(2 * sine(-3.01), -1, 127 / 128)
    assert measured(squashed, depth=8).clipped_runs > 100
    assert measured(sine(-3.02)).clipped_runs == 0


def test_the_offset_is_that_of_the_worst_channel():
    levels = measured(np.stack([sine(-20) + 0.01, sine(-20) - 0.05]))
    assert levels.dc_offset == pytest.approx(-0.05, abs=1e-4)


@pytest.mark.parametrize("edge_hz", [3_400, 8_000, 16_000])
def test_bandwidth_is_where_the_content_ends(edge_hz):
    spectrum = np.fft.rfft(noise(-20.0))
    spectrum[np.fft.rfftfreq(8 * RATE, 1 / RATE) > edge_hz] = 0
    levels = measured(np.fft.irfft(spectrum))
    assert levels.bandwidth_hz == pytest.approx(edge_hz, abs=250)


def test_silence_is_told_as_such():
    levels = measured(np.zeros((2, RATE)))
    assert levels.peak_db == levels.rms_db == QUIETEST_DB
    assert levels.silence_share == 1.0
    assert levels.loudness_lufs is None
    assert levels.bandwidth_hz == 0.0
    assert levels.identical_channels
    half = np.concatenate([np.zeros(4 * RATE), sine(-20, seconds=4.0)])
    assert measured(half).silence_share == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize("length", [1, 2, 100, 959, 960, 5_000])
@pytest.mark.parametrize("rate", [1_000, 48_000, 384_000])
def test_any_length_is_measured(length, rate):
    levels = measured(np.full((3, length), 0.5), rate)
    assert levels.length == length
    assert levels.rms_db == pytest.approx(-6.02, abs=0.01)
    assert 0 <= levels.silence_share <= 1
