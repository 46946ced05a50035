"""The two studies: what a lower rate costs, and what a mel spectrogram cannot give back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import voxlift
from voxlift.audio import Audio
from voxlift.cli import run
from voxlift.errors import DataError
from voxlift.lab.studies import resampling, spectrograms
from voxlift.lab.studies.excerpt import loudest_excerpt
from voxlift.lab.studies.mel import mel_filters, middles_hz

RATE = 44_100


def tone(hz: float, rate: int = RATE, seconds: float = 1.0) -> np.ndarray:
    """A tone that fades in and out, so that its ends are no clicks. `(1, length)`"""
    at = np.arange(round(seconds * rate)) / rate
    return (0.5 * np.sin(2 * np.pi * hz * at) * np.hanning(len(at)))[None].astype(np.float32)


def loudest_hz(samples: np.ndarray, rate: int) -> float:
    power = np.abs(np.fft.rfft(samples[0])) ** 2
    return float(np.fft.rfftfreq(samples.shape[1], 1 / rate)[power.argmax()])


def voice(rate: int = 22_050, seconds: float = 2.0) -> np.ndarray:
    """Many harmonics of a moving pitch, and a little noise."""
    at = np.arange(round(seconds * rate)) / rate
    phase = 2 * np.pi * 180 * at + 4 * np.sin(2 * np.pi * 1.5 * at)
    buzz = sum(np.sin(k * phase) / k for k in range(1, 40))
    return (0.1 * buzz + 0.002 * np.random.default_rng(0).standard_normal(len(at)))[None].astype(np.float32)


@pytest.mark.parametrize(("new_rate", "hz"), [(22_050, 15_000), (11_025, 8_000), (11_025, 12_000), (8_000, 5_000)])
def test_a_tone_above_half_the_new_rate_folds_down_by_decimation_and_vanishes_by_the_filter(new_rate, hz):
    returned = resampling.there_and_back(tone(hz), RATE, new_rate)
    folded = abs(hz - new_rate * round(hz / new_rate))
    assert loudest_hz(returned.plain, RATE) == pytest.approx(folded, abs=2)
    assert resampling.level_db(returned.filtered, tone(hz)) < -80
    result = resampling.study(tone(hz), RATE, "tone", [new_rate])[0]
    assert result.filtered.error_db == pytest.approx(0, abs=0.1)  # all is lost
    assert result.plain.error_db == pytest.approx(3, abs=1)  # and as much is put in a wrong place
    assert result.aliased_db == pytest.approx(0, abs=1)


@pytest.mark.parametrize("new_rate", [22_050.0, 11_025.0])
def test_a_sound_below_half_the_new_rate_survives_both_ways(new_rate):
    for loss in (result := resampling.study(tone(1_000), RATE, "tone", [new_rate])[0]).plain, result.filtered:
        assert loss.error_db < -60
        assert loss.si_sdr_db > 60
    assert result.aliased_db < -60


def test_any_length_channels_and_rate_come_back_as_they_were():
    draw = np.random.default_rng(0)
    for rate, length, channels in ((48_000, 4_801, 2), (16_000, 1_000, 1), (11_025, 999, 3)):
        samples = draw.normal(0, 0.1, (channels, length)).astype(np.float32)
        for new_rate in resampling.lower_rates(rate):
            returned = resampling.there_and_back(samples, rate, new_rate)
            assert returned.plain.shape == returned.filtered.shape == samples.shape


def test_the_aliases_of_the_bands_add_up_to_all_of_them():
    noise = np.random.default_rng(0).normal(0, 0.1, (1, RATE)).astype(np.float32)
    for result in resampling.study(noise, RATE, "noise"):
        total = 10 * np.log10(sum(10 ** (band.aliased_db / 10) for band in result.bands))
        assert total == pytest.approx(result.aliased_db, abs=0.2)
        assert result.bands[-1].high_hz == result.new_rate / 2


def test_rates_go_down_to_the_telephone_and_not_below():
    assert resampling.lower_rates(44_100) == [22_050, 11_025, 8_000]
    assert resampling.lower_rates(16_000) == [8_000, 4_000]
    with pytest.raises(DataError, match="8000 Hz"):
        resampling.lower_rates(8_000)


def test_silence_has_nothing_to_lose():
    for study in (resampling.study, spectrograms.study):
        with pytest.raises(DataError, match="silent"):
            study(np.zeros((1, 8_192), np.float32), 16_000, "nothing")


def test_the_stft_comes_back_and_mel_does_not():
    result, spectra = spectrograms.study(voice(), 22_050, "voice")
    exact, no_phase, shortest, positive, worst = result.inverses
    assert exact.error_db < -100
    assert exact.si_sdr_db == 100
    for mel in (shortest, positive):
        assert 3 < mel.si_sdr_db < 30
    assert no_phase.si_sdr_db < 0
    assert worst.si_sdr_db < 0
    assert result.rank <= 128
    assert spectra.stft.shape[-1] == spectra.back.shape[-1] == 513


def test_what_lies_in_the_null_space_is_what_no_linear_inverse_finds():
    result, spectra = spectrograms.study(voice(), 22_050, "voice")
    filters = mel_filters(22_050, 513, 128)
    linear = spectra.mel @ np.linalg.pinv(filters).T.astype(np.float32)
    error_db = resampling.level_db(linear - spectra.stft, spectra.stft)
    assert error_db == pytest.approx(result.null_db, abs=0.05)
    assert result.inverses[2].magnitude_db <= result.null_db + 0.01  # cutting negatives can only help


def test_the_non_negative_inverse_has_the_bands_it_was_given():
    _, spectra = spectrograms.study(voice(), 22_050, "voice")
    again = spectra.back @ mel_filters(22_050, 513, 128).T.astype(np.float32)
    assert (spectra.back >= 0).all()
    assert resampling.level_db(again - spectra.mel, spectra.mel) < -30


def test_mel_filters_are_triangles_in_the_right_places():
    filters, middles = mel_filters(16_000, 513, 40), middles_hz(16_000, 40)
    assert filters.shape == (40, 513)
    assert (filters >= 0).all()
    assert filters.max() <= 1
    peaks = filters.argmax(axis=1) * 16_000 / 1024
    np.testing.assert_allclose(peaks, middles, atol=16_000 / 1024)
    inside = (np.linspace(0, 8_000, 513) > middles[0]) & (np.linspace(0, 8_000, 513) < middles[-1])
    assert filters.sum(axis=0)[inside].max() < 1.01


def test_the_excerpt_is_the_loudest_piece(tmp_path):
    samples = np.concatenate([0.01 * tone(300), tone(300), 0.1 * tone(300)], axis=1)
    voxlift.write(tmp_path / "a.wav", Audio(samples, RATE))
    excerpt = loudest_excerpt(tmp_path / "a.wav", 1.0)
    assert excerpt.start_seconds == 1.0
    assert excerpt.audio.length == RATE


@pytest.fixture
def song(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    voxlift.write("voice.wav", Audio(np.concatenate([voice(), 0.5 * voice()]), 22_050))
    return tmp_path


@pytest.mark.parametrize(("study", "word"), [("resampling", "aliases, dB"), ("spectrogram", "independent numbers")])
def test_the_command_prints_a_table_and_draws(song, capsys, study, word):
    pytest.importorskip("matplotlib")
    assert run(["lab", "study", study, "voice.wav", "--save", "p.png", "--seconds", "1", "--size", "900x600"]) == 0
    assert word in capsys.readouterr().out
    assert drawn("p.png", (600, 900))


def drawn(path: str, size: tuple[int, int]) -> bool:
    """Whether a picture has its size and is not blank: many of its pixels differ from the paper, in many colours."""
    from matplotlib.image import imread

    pixels = imread(path)[..., :3]
    inked = (np.abs(pixels - 1).max(axis=-1) > 0.1).mean()
    colours = len(np.unique((pixels[::3, ::3] * 15).astype(int).reshape(-1, 3), axis=0))
    return pixels.shape[:2] == size and bool(inked > 0.02) and bool(pixels.std() > 0.05) and colours > 8


def test_files_of_one_name_are_told_apart(song, capsys):
    for folder in ("A", "B"):
        Path(folder).mkdir()
        voxlift.write(f"{folder}/vocals.wav", Audio(voice(), 22_050))
    assert run(["lab", "study", "resampling", "A/vocals.wav", "B/vocals.wav", "--rate", "16000"]) == 0
    out = capsys.readouterr().out
    assert "A/vocals.wav" in out
    assert "B/vocals.wav" in out
    assert " 16000" in out


@pytest.mark.parametrize("study", ["resampling", "spectrogram"])
@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["missing.wav"], "no such file"),
        (["short.wav"], "too short"),
        (["silent.wav"], "silent"),
        (["text.wav"], "no sound"),
        (["voice.wav", "--save", "p.gif"], ".png or .svg"),
        (["voice.wav", "--save", "no/p.png"], "does not exist"),
        (["voice.wav", "--save", "taken.png"], "--overwrite"),
        (["voice.wav", "--save", "p.png", "--size", "big"], "1600x800"),
        (["voice.wav", "--rate", "50"], "50 Hz"),
    ],
)
def test_wrong_input_is_one_sentence(song, capsys, study, words, message):
    voxlift.write("short.wav", Audio(voice()[:, :500], 22_050))
    voxlift.write("silent.wav", Audio(np.zeros((1, 44_100), np.float32), 22_050))
    Path("text.wav").write_text("Dear reader.\n" * 99)
    Path("taken.png").touch()
    assert run(["lab", "study", study, *words]) == 2
    err = capsys.readouterr().err
    assert message in err
    assert err.count("\n") == 1
    assert not Path("p.png").exists()
    assert not Path("taken.png").stat().st_size
