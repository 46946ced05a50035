"""Laws of the STFT."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voxlift.dsp.stft import STFT, Analyser, Synthesiser

GRIDS = st.sampled_from([(64, 32), (64, 16), (6, 2), (512, 256), (1412, 706)])


@settings(deadline=None, max_examples=40)
@given(grid=GRIDS, length=st.integers(0, 4000), channels=st.integers(1, 2))
def test_synthesis_undoes_analysis(grid: tuple[int, int], length: int, channels: int) -> None:
    stft = STFT(*grid)
    x = np.random.default_rng(length).standard_normal((channels, length)).astype(np.float32)
    spectrum = stft.analyse(x)
    assert spectrum.shape == (channels, stft.frames(length), stft.bins)
    np.testing.assert_allclose(stft.synthesise(spectrum, length), x, atol=3e-6)


@settings(deadline=None, max_examples=40)
@given(grid=GRIDS, sizes=st.lists(st.integers(0, 900), min_size=1, max_size=8))
def test_blocks_give_the_frames_of_the_whole(grid: tuple[int, int], sizes: list[int]) -> None:
    stft = STFT(*grid)
    x = np.random.default_rng(len(sizes)).standard_normal((1, sum(sizes))).astype(np.float32)
    analyser, synthesiser, start = Analyser(stft, 1), Synthesiser(stft, 1), 0
    frames, sound = [], []
    for size in sizes:
        frames.append(analyser.push(x[:, start : start + size]))
        start += size
    frames.append(analyser.flush())
    sound = [synthesiser.push(part) for part in frames]
    np.testing.assert_array_equal(np.concatenate(frames, axis=1), stft.analyse(x))
    np.testing.assert_allclose(np.concatenate(sound, axis=1)[:, : x.shape[1]], x, atol=3e-6)


@pytest.mark.parametrize("rate", [1000, 8000, 11025, 22050, 44100, 48000, 96000, 384000])
@pytest.mark.parametrize("grid", [(512, 256), (512, 128), (768, 256)])
def test_a_scaled_grid_keeps_its_seconds(rate: int, grid: tuple[int, int]) -> None:
    scaled = STFT(*grid).scaled(rate / 16000)
    assert scaled.window // scaled.hop == grid[0] // grid[1]
    assert scaled.hop / rate == pytest.approx(grid[1] / 16000, abs=1 / rate, rel=0.0031)


def test_a_tone_is_as_high_in_a_scaled_grid() -> None:
    """Spectra at two rates agree once divided by the window's length: what lets one net serve all rates."""
    low, high = STFT(512, 256), STFT(512, 256).scaled(3)
    tones = [np.sin(2 * np.pi * 1000 * np.arange(rate) / rate)[None].astype(np.float32) for rate in (16000, 48000)]
    a = np.abs(low.analyse(tones[0]))[0, 10, 32] / low.window
    b = np.abs(high.analyse(tones[1]))[0, 10, 32] / high.window
    assert a == pytest.approx(b, rel=1e-3)


@pytest.mark.parametrize("grid", [(512, 512), (512, 0), (500, 200), (3, 1)])
def test_grids_that_cannot_be_undone_are_refused(grid: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="STFT"):
        STFT(*grid)
