"""The laws of a separator, held against every card and wrapper."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.laws.separators import CASES, Case
from voxlift import Audio
from voxlift.separate.contract import Separator, latency_samples

RATES = (8000, 16000, 44100, 48000)

every_separator = pytest.mark.parametrize("name", CASES)


@cache
def made(name: str) -> Separator:
    return CASES[name].make()


def case(name: str) -> Case:
    return CASES[name]


def sound(seed: int, channels: int, length: int, rate: int) -> Audio:
    """Noise that swells and falls, so that nets with memory have something to remember."""
    rng = np.random.default_rng(seed)
    swell = 0.1 + np.abs(np.sin(np.arange(length) * 5 / rate))
    return Audio((0.1 * swell * rng.standard_normal((channels, length))).astype(np.float32), rate)


def spoken(rate: int) -> Audio:
    """A second of buzz in syllables, its pitch moving: what a denoiser keeps."""
    at = np.arange(rate) / rate
    phase = 2 * np.pi * np.cumsum(140 + 30 * np.sin(2 * np.pi * 1.3 * at)) / rate
    buzz = sum(np.sin(k * phase) / k for k in range(1, 20)) * np.clip(np.sin(4 * np.pi * at), 0, 1)
    hiss = 0.01 * np.random.default_rng(3).standard_normal(rate)
    return Audio((0.1 * buzz + hiss).astype(np.float32), rate)


@every_separator
@settings(max_examples=12, deadline=None)
@given(
    channels=st.integers(1, 3),
    length=st.one_of(st.integers(1, 400), st.integers(3000, 12000)),
    rate=st.sampled_from(RATES),
)
def test_stems_have_the_form_of_the_input(name: str, channels: int, length: int, rate: int) -> None:
    separator = made(name)
    audio = sound(length, channels, length, rate)
    stems = separator(audio)
    assert tuple(stems) == separator.stems
    for stem in stems.values():
        assert (stem.channels, stem.length, stem.rate) == (channels, length, rate)
        assert stem.samples.dtype == np.float32
        assert np.isfinite(stem.samples).all()


@every_separator
def test_the_same_sound_gives_the_same_stems(name: str) -> None:
    separator, audio = made(name), sound(1, 2, 9000, 16000)
    first, second = separator(audio), separator(audio)
    for stem in separator.stems:
        np.testing.assert_array_equal(first[stem].samples, second[stem].samples)


@every_separator
@pytest.mark.parametrize("rate", [8000, 44100])
def test_silence_stays_silent(name: str, rate: int) -> None:
    for stem in made(name)(Audio(np.zeros((2, 5000), np.float32), rate)).values():
        assert not stem.samples.any()


@every_separator
def test_the_caller_goes_on_with_the_numbers_it_had(name: str) -> None:
    """A runtime that flushes the smallest numbers to zero, to be quick, must not do so in whoever asked."""
    made(name)(sound(1, 1, 2000, 16000))
    smallest = np.full(1, 1e-40, np.float32)
    assert (smallest * np.float32(0.5) > 0).all()


@every_separator
def test_an_empty_sound_gives_empty_stems(name: str) -> None:
    for stem in made(name)(Audio(np.zeros((2, 0), np.float32), 16000)).values():
        assert (stem.channels, stem.length) == (2, 0)


@every_separator
@settings(max_examples=6, deadline=None)
@given(sizes=st.lists(st.integers(0, 2500), min_size=1, max_size=12), seed=st.integers(0, 99))
def test_blocks_of_any_size_give_what_the_whole_gives(name: str, sizes: list[int], seed: int) -> None:
    separator = made(name)
    audio = sound(seed, 2, sum(sizes), 16000)
    stream, start, parts = separator.stream(2, 16000), 0, []
    for size in sizes:
        parts.append(stream.push(audio.samples[:, start : start + size]))
        start += size
        assert len({block.shape for block in parts[-1].values()}) == 1, "stems must advance together"
        assert sum(part[separator.stems[0]].shape[1] for part in parts) <= start, "nothing can be known beforehand"
    parts.append(stream.flush())
    whole = separator(audio)
    for stem in separator.stems:
        joined = np.concatenate([part[stem] for part in parts], axis=1)
        assert joined.shape == audio.samples.shape
        np.testing.assert_allclose(joined, whole[stem].samples, atol=case(name).chunk_tolerance)


@every_separator
@pytest.mark.parametrize("rate", [16000, 44100])
def test_no_stem_comes_late(name: str, rate: int) -> None:
    """The cross-correlation of stem and mixture peaks at lag 0, where the stem resembles the mixture at any lag."""
    # What little a good denoiser leaves of noise resembles nothing: it is asked about what it keeps.
    audio = spoken(rate) if name.startswith(("card", "load")) else sound(3, 1, rate, rate)
    reach = 200
    lags = np.arange(-reach, reach + 1)
    middle, asked = audio.samples[0, reach:-reach], 0
    for name_of_stem, stem in made(name)(audio).items():
        if np.square(stem.samples).mean() < 1e-5 * np.square(audio.samples).mean():
            continue  # a stem with nothing in it is not late
        shifted = np.lib.stride_tricks.sliding_window_view(stem.samples[0], len(middle))
        likeness = np.abs(shifted @ middle) / (np.linalg.norm(shifted, axis=1) * np.linalg.norm(middle) + 1e-20)
        if likeness.max() < 1 / 3:
            continue  # nor is one that resembles nothing, as the rest of what is split between speakers
        assert lags[int(np.argmax(likeness))] == 0, name_of_stem
        asked += 1
    assert asked


@pytest.mark.parametrize("name", [name for name in CASES if "rest" in CASES[name].make().stems])
@settings(max_examples=8, deadline=None)
@given(length=st.integers(1, 9000), rate=st.sampled_from(RATES))
def test_stems_and_rest_add_up_to_the_input(name: str, length: int, rate: int) -> None:
    audio = sound(length, 2, length, rate)
    total = sum(stem.samples for stem in made(name)(audio).values())
    np.testing.assert_allclose(total, audio.samples, atol=1e-6)


@every_separator
def test_channels_keep_their_places(name: str) -> None:
    """A sound in the left channel alone stays there."""
    audio = sound(5, 1, 8000, 16000)
    left = Audio(np.concatenate([audio.samples, np.zeros_like(audio.samples)]), 16000)
    for stem in made(name)(left).values():
        assert np.abs(stem.samples[1]).max() <= 1e-6


@pytest.mark.parametrize("name", [name for name in CASES if name.startswith(("card", "load"))])
@pytest.mark.parametrize("rate", [8000, 22050, 44100, 48000, 96000])
def test_a_card_hears_the_same_at_every_rate(name: str, rate: int) -> None:
    """What a card does to a sound at 16 kHz it does, resampled, to the same sound at another rate."""
    soxr = pytest.importorskip("soxr")
    rng = np.random.default_rng(8)
    low = np.cumsum(rng.standard_normal(16000)) * 0.02  # energy mostly below 3.6 kHz, so that any rate holds it
    low = (low - np.convolve(low, np.ones(200) / 200, "same")).astype(np.float32) * 0.3
    low = soxr.resample(soxr.resample(low, 16000, 7000), 7000, 16000)
    other = soxr.resample(low, 16000, rate)
    stem = made(name).stems[0]
    a = made(name)(Audio(low, 16000))[stem].samples[0]
    b = soxr.resample(made(name)(Audio(other, rate))[stem].samples[0], rate, 16000)[: len(a)]
    difference = np.square(a[: len(b)] - b).sum() / np.square(low).sum()
    assert 10 * np.log10(difference + 1e-12) < -25


@every_separator
def test_the_latency_is_what_a_stream_withholds(name: str) -> None:
    """After the stated latency, a stream owes nothing more than the latency, whatever the block."""
    separator = made(name)
    latency = latency_samples(separator, 1, 16000, 256)
    stream, given_, got = separator.stream(1, 16000), 0, 0
    if latency >= 2 * 16000:
        pytest.skip("answers only at the end")
    for _ in range(100):
        given_ += 256
        got += stream.push(np.zeros((1, 256), np.float32))[separator.stems[0]].shape[1]
        assert given_ - got <= latency
