"""Corpora, pools, augmentation and mixing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from voxlift.errors import DataError
from voxlift.lab.augment import BandLimit, Codec, Equaliser, Rooms, coloured_noise, rms_db
from voxlift.lab.corpora import read_corpus
from voxlift.lab.mixing import make_mixer
from voxlift.lab.recipe import read_recipe
from voxlift.lab.segments import Pool

RATE = 16000


def test_splits_share_no_group_and_hold_everything(tmp_path: Path) -> None:
    for speaker in range(80):
        for take in range(2):
            path = tmp_path / "clean" / f"speaker-{speaker}" / f"{take}.wav"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
    train, dev = (
        {track.name: track.group for track in read_corpus("folders", tmp_path, split)} for split in ("train", "dev")
    )
    assert not set(train.values()) & set(dev.values())
    assert len(train) + len(dev) == 160
    assert 2 <= len(set(dev.values())) <= 20


def test_the_pack_keeps_its_splits_apart(shared_data: Path) -> None:
    train = read_corpus("pack", shared_data, "train")
    dev = read_corpus("pack", shared_data, "dev")
    assert not {track.name for track in train} & {track.name for track in dev}
    assert {part for track in train for part in track.parts} == {
        "speech", "noise", "music", "room", "vocals", "accompaniment",
    }  # fmt: skip
    assert all(track.licence for track in train)
    assert "noice" not in {track.corpus for track in [*train, *dev]}, "sounds without a licence of their own"


def test_a_pack_without_a_manifest_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"MANIFEST\.csv"):
        read_corpus("pack", tmp_path, "train")


@pytest.fixture(scope="module")
def pool(corpus: Path, cache: Path) -> Pool:
    return Pool(read_corpus("folders", corpus, "train"), "speech", RATE, cache)


def test_a_segment_has_its_length_however_short_the_clip(pool: Pool, rng: np.random.Generator) -> None:
    for length in (100, RATE, 7 * RATE):
        assert pool.segment(rng, length).shape == (length,)
        assert pool.utterances(rng, length).shape == (length,)
        assert pool.segment(rng, length).any()


def test_one_utterance_is_of_one_speaker(pool: Pool, rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch) -> None:
    cut, seen = pool.cut, []
    monkeypatch.setattr(
        pool, "cut", lambda number, *rest: (seen.append(pool.spans[number].track.group), cut(number, *rest))[1]
    )
    for _ in range(10):
        seen.clear()
        pool.utterances(rng, 12 * RATE)
        assert len(seen) > 1
        assert len(set(seen)) == 1


def test_an_example_is_a_function_of_its_number(recipe_file: Path, cache: Path) -> None:
    recipe = read_recipe(recipe_file)
    first, second = make_mixer(recipe, cache), make_mixer(recipe, cache)
    for number in range(4):
        a, b = first.example(number), second.example(number)
        np.testing.assert_array_equal(a.mixture, b.mixture)
        np.testing.assert_array_equal(a.targets, b.targets)
    assert not np.array_equal(first.example(0).mixture, first.example(1).mixture)


def test_examples_are_sound(recipe_file: Path, cache: Path) -> None:
    """Whatever was drawn: the right length, finite, within full scale, at a level asked for."""
    recipe = read_recipe(recipe_file, ["mix.codec=0.5", "mix.bandlimit=0.5", "mix.clipping=0.3", "mix.babble=0.3"])
    mixer = make_mixer(recipe, cache)
    for number in range(40):
        example = mixer.example(number)
        assert example.mixture.shape == (RATE,)
        assert example.targets.shape == (1, RATE)
        assert np.isfinite(example.mixture).all()
        assert np.isfinite(example.targets).all()
        assert np.abs(example.mixture).max() <= 1.0001


def test_clean_examples_are_clean_and_speechless_ones_silent(recipe_file: Path, cache: Path) -> None:
    quiet = ["mix.codec=0", "mix.clipping=0", "mix.room=0"]
    clean = make_mixer(read_recipe(recipe_file, [*quiet, "mix.clean=1.0", "mix.speechless=0"]), cache).example(0)
    np.testing.assert_allclose(clean.mixture, clean.targets[0], atol=1e-6)
    speechless = make_mixer(read_recipe(recipe_file, [*quiet, "mix.speechless=1.0", "mix.clean=0"]), cache).example(0)
    assert speechless.mixture.any()
    assert not speechless.targets.any()


def test_the_snr_is_as_drawn(recipe_file: Path, cache: Path) -> None:
    fixed = ["mix.snr_low_db=5", "mix.snr_high_db=5", "mix.room=0", "mix.codec=0", "mix.clipping=0", "mix.bandlimit=0"]
    mixer = make_mixer(read_recipe(recipe_file, [*fixed, "mix.clean=0", "mix.speechless=0"]), cache)
    for number in range(5):
        example = mixer.example(number)
        noise = rms_db(example.mixture - example.targets[0])
        assert rms_db(example.targets) - noise < 5.5  # pauses count in the mean but not in the active level
        assert rms_db(example.targets) - noise > -6


def test_a_room_starts_with_the_direct_sound_and_the_target_is_drier(cache: Path, rng: np.random.Generator) -> None:
    rooms = Rooms(3, RATE, 1, cache)
    click = np.zeros(RATE, np.float32)
    click[100] = 1
    for _ in range(6):
        wet, target, elsewhere = rooms.place(rng, click, click)
        assert np.abs(wet[:100]).max() < 1e-6
        assert np.abs(wet[100:140]).max() > 0.3
        late = slice(100 + int(0.15 * RATE), None)
        assert np.square(target[late]).sum() <= 1e-3 * np.square(wet[late]).sum() + 1e-12
        assert len(elsewhere) == RATE


def test_brighter_sound_stays_as_it_is_below(rng: np.random.Generator) -> None:
    noise = rng.standard_normal(16_000).astype(np.float32)
    change = np.abs(np.fft.rfft(Equaliser.brighter(rng, 3.0).apply(noise, 16_000)) / np.fft.rfft(noise))
    change_db = 20 * np.log10(change)  # a bin is 1 Hz
    np.testing.assert_allclose(change_db[50:300], 0, atol=0.01)
    assert 0 < change_db[1600] <= 6.1
    np.testing.assert_allclose(change_db[[3200, 6400]], change_db[1600] * np.array([1.5, 2.0]), rtol=0.02)


@pytest.mark.parametrize("rate", [RATE, 22_050])
@pytest.mark.parametrize("draw", [Equaliser.draw, BandLimit.draw, Codec.draw])
def test_a_disturbance_keeps_the_length_and_the_place(draw, rate: int, rng: np.random.Generator) -> None:
    x = np.zeros(rate, np.float32)
    x[4000:4400] = np.hanning(400) * np.sin(np.arange(400) * 2 * np.pi * 1000 / rate)
    for _ in range(6):
        drawn = draw(rng, rate) if draw == Codec.draw else draw(rng)
        y = drawn.apply(x, rate)
        assert y.shape == x.shape
        at = int(np.argmax(np.convolve(np.square(y), np.ones(200), "same")))
        assert abs(at - 4200) < 150


def test_coloured_noise_is_loud_as_stated(rng: np.random.Generator) -> None:
    for _ in range(5):
        assert rms_db(coloured_noise(rng, 20000, RATE)) == pytest.approx(0, abs=0.5)
