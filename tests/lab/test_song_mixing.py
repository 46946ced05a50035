"""Songs put together from several corpora: who is heard, what a studio does, and that voice and rest still add up."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.lab import layouts
from tests.lab.test_mixing import PLAIN
from voxlift.errors import DataError, RecipeError
from voxlift.lab.augment import rms_db
from voxlift.lab.corpora import read_corpus
from voxlift.lab.corpora.pack import MADE_SINGERS, MADE_SONGS, MADE_SUNG
from voxlift.lab.dynamics import Compressor, limiting_gain
from voxlift.lab.mixing import make_mixer, make_validation
from voxlift.lab.mixing.songs import Songs
from voxlift.lab.mixing.studio import doubled, driven, respeeded
from voxlift.lab.recipe import Recipe, dump_recipe, resolve
from voxlift.lab.reverb import Echo, Reverb

RATE = 8000
HEADING = ("path", "kind", "split", "corpus", "speaker", "language", "licence")
HZ = {"real-song": 150.0, "real-solo": 230.0, "real-speech": 310.0, "made-singer": 410.0, "made-sung": 530.0}
"""Of each kind of voice: what is heard in a target says where it came from."""
BACK_HZ = {"real-song": 900.0, "real-music": 1200.0, "made-song": 1700.0, "made-sung": 2300.0}


def sine(hz: float, seconds: float = 3.0) -> np.ndarray:
    return (0.3 * np.sin(2 * np.pi * hz * np.arange(int(seconds * RATE)) / RATE))[None].astype(np.float32)


@pytest.fixture
def roots(tmp_path: Path) -> tuple[Path, Path]:
    """A pack of real songs, a singer, a track and speech; and one of made ones."""
    real, made = tmp_path / "real", tmp_path / "made"
    for root, rows in (
        (real, [
            ("songs/a/vocals.wav", "vocals", "ours", "act", HZ["real-song"]),
            ("songs/a/accompaniment.wav", "accompaniment", "ours", "act", BACK_HZ["real-song"]),
            ("solo.wav", "singing", "ours", "soloist", HZ["real-solo"]),
            ("track.wav", "instrumental", "ours", "", BACK_HZ["real-music"]),
            ("anna.wav", "speech", "ours", "anna", HZ["real-speech"]),
        ]),
        (made, [
            ("0.flac", "singing", MADE_SINGERS, "ours/anna", HZ["made-singer"]),
            ("songs/0/vocals.flac", "vocals", MADE_SUNG, "ours/anna", HZ["made-sung"]),
            ("songs/0/accompaniment.flac", "accompaniment", MADE_SUNG, "ours/anna", BACK_HZ["made-sung"]),
            ("1.flac", "instrumental", MADE_SONGS, "", BACK_HZ["made-song"]),
        ]),
    ):  # fmt: skip
        for path, _, _, _, hz in rows:
            layouts.save(root / path, sine(hz), RATE)
        table = [(path, kind, "train", corpus, speaker, "", "CC0") for path, kind, corpus, speaker, _ in rows]
        layouts.table(root / "MANIFEST.csv", HEADING, table)
    return real, made


def recipe(roots: tuple[Path, Path], songs: dict[str, Any] | None = None, **mix: float) -> Recipe:
    front = {"rate": RATE, "window": 256, "hop": 128, "view": "log_magnitude", "mask": "ratio"}
    head = {"name": "songs", "task": "vocals", "summary": "", "front": front, "net": {"kind": "logistic"}}
    data = {"corpus": "pack", "root": str(roots[0]), "more": [str(roots[1])], "seconds": 0.5}
    levels = {"level_low_db": -12.0, "level_high_db": -12.0}
    return resolve({**head, "data": data, "mix": {**PLAIN, **levels, **mix, "songs": songs or {}}})


def heard(sound: np.ndarray, known: dict[str, float]) -> set[str]:
    """Which of the known sines are in it."""
    at = np.arange(len(sound)) / RATE
    window = np.hanning(len(sound))
    power = {name: abs(np.sum(sound * window * np.exp(-2j * np.pi * hz * at))) for name, hz in known.items()}
    return {name for name, value in power.items() if value > 0.05 * max(power.values()) > 0}


def test_further_corpora_are_read_with_their_own_names(roots: tuple[Path, Path]) -> None:
    tracks = read_corpus("pack", roots[0], "train", None, [roots[1]])
    assert len({track.name for track in tracks}) == len(tracks) == 7
    anna = [track.name for track in tracks if "ours/anna" in track.groups]
    assert len(anna) == 3
    with pytest.raises(DataError, match=r"data\.more"):
        read_corpus("pack", roots[0], "train", None, [roots[1] / "nowhere"])


def test_a_made_singer_of_a_speaker_who_is_scored_with_is_refused(roots: tuple[Path, Path]) -> None:
    manifest = roots[0] / "MANIFEST.csv"
    manifest.write_text(manifest.read_text("utf-8").replace("speech,train", "speech,dev"), "utf-8")
    with pytest.raises(DataError, match="'ours/anna' is in the splits"):
        read_corpus("pack", roots[0], "train", None, [roots[1]])


@pytest.mark.parametrize(
    ("weights", "expected"),
    [
        ({"sung": 1.0}, {"real-song"}),
        ({"solo": 2.0}, {"real-solo"}),
        ({"speech": 1.0}, {"real-speech"}),
        ({"made": 1.0}, {"made-singer", "made-sung"}),
        ({"sung": 1.0, "made": 1.0, "speech": 0.0}, {"real-song", "made-singer", "made-sung"}),
        ({}, {"real-song", "real-solo", "made-singer", "made-sung"}),
    ],
)
def test_voices_are_drawn_by_the_weights(
    roots: tuple[Path, Path], cache: Path, weights: dict[str, float], expected: set[str]
) -> None:
    mixer = make_mixer(recipe(roots, {"voices": weights}, remix=1.0), cache)
    found = [heard(mixer.example(number).targets[0], HZ) for number in range(40)]
    assert all(len(one) == 1 for one in found)
    assert set.union(*found) == expected


@pytest.mark.parametrize(
    ("weights", "expected"),
    [
        ({"stems": 1.0}, {"real-song"}),
        ({"music": 1.0}, {"real-music"}),
        ({"made": 1.0}, {"made-song", "made-sung"}),
        ({}, set(BACK_HZ)),
    ],
)
def test_accompaniments_are_drawn_by_the_weights(
    roots: tuple[Path, Path], cache: Path, weights: dict[str, float], expected: set[str]
) -> None:
    mixer = make_mixer(recipe(roots, {"backs": weights}, remix=1.0), cache)
    examples = [mixer.example(number) for number in range(40)]
    found = [heard(example.mixture - example.targets[0], BACK_HZ) for example in examples]
    assert all(len(one) == 1 for one in found)
    assert set.union(*found) == expected


def test_a_made_song_keeps_its_own_accompaniment(roots: tuple[Path, Path], cache: Path) -> None:
    mixer = make_mixer(recipe(roots, {"voices": {"made": 1.0}}, remix=0.0), cache)
    pairs = {
        (*heard(one.targets[0], HZ), *heard(one.mixture - one.targets[0], BACK_HZ))
        for one in (mixer.example(number) for number in range(60))
    }
    assert ("made-sung", "made-sung") in pairs
    assert not any(pair[0] == "made-sung" and pair[1] != "made-sung" for pair in pairs)


EVERYTHING = {
    "respeed": 0.5, "double": 0.5, "second": 0.5, "reverb": 0.5, "echo": 0.5, "drive": 0.5, "layer": 0.5, "glue": 0.5,
}  # fmt: skip


def test_an_example_is_a_function_of_seed_and_number_and_fits(roots: tuple[Path, Path], cache: Path) -> None:
    made = recipe(roots, {**EVERYTHING, "voices": {"sung": 1.0, "solo": 1.0, "made": 1.0, "speech": 1.0}}, bright=4.0)
    first, second = make_mixer(made, cache), make_mixer(made, cache)
    for number in range(30):
        one, other = first.example(number), second.example(number)
        np.testing.assert_array_equal(one.mixture, other.mixture)
        np.testing.assert_array_equal(one.targets, other.targets)
        assert one.mixture.shape == (RATE // 2,)
        assert np.isfinite(one.mixture).all()
        assert np.isfinite(one.targets).all()
        assert np.abs(one.mixture).max() <= 0.9901


def test_voice_and_rest_are_held_by_one_gain(roots: tuple[Path, Path], cache: Path) -> None:
    """With glue, voice and rest are those without it, times the same factor at every moment."""
    dry, glued = (
        make_mixer(recipe(roots, {"glue": glue}, remix=1.0, snr_low_db=0.0, snr_high_db=0.0), cache)
        for glue in (1e-9, 1.0)
    )
    moved = 0
    for number in range(20):
        a, b = dry.example(number), glued.example(number)
        rest_a, rest_b = a.mixture - a.targets[0], b.mixture - b.targets[0]
        # v_b / v_a = r_b / r_a, without dividing by what may be zero.
        np.testing.assert_allclose(b.targets[0] * rest_a, rest_b * a.targets[0], atol=3e-6)
        factor = np.abs(b.targets[0]).max() / np.abs(a.targets[0]).max()
        moved += not np.allclose(b.targets[0], a.targets[0] * factor, atol=1e-3)
    assert moved > 10


def test_voices_grow_brighter_over_what_is_played(roots: tuple[Path, Path], cache: Path) -> None:
    """A voice above 400 Hz comes out louder, over its own accompaniment, and never softer."""
    plain, bright = (
        make_mixer(recipe(roots, {"voices": {"made": 1.0}}, remix=0.0, bright=most), cache) for most in (1e-9, 12.0)
    )
    rises = []
    for number in range(40):
        over = [
            rms_db(one.targets[0]) - rms_db(one.mixture - one.targets[0])
            for one in (plain.example(number), bright.example(number))
        ]
        rises.append(over[1] - over[0])
    assert min(rises) > -0.1
    assert np.median(rises) > 1
    assert max(rises) < 12


def test_without_an_accompaniment_the_voice_is_the_mixture(roots: tuple[Path, Path], cache: Path) -> None:
    mixer = make_mixer(recipe(roots, EVERYTHING, clean=1.0), cache)
    for number in range(10):
        example = mixer.example(number)
        np.testing.assert_array_equal(example.mixture, example.targets[0])


def test_validation_draws_from_what_there_is(roots: tuple[Path, Path], cache: Path) -> None:
    made = recipe(roots, {"voices": {"made": 1.0}, "backs": {"made": 1.0}})
    assert make_validation(made, cache) is None
    manifest = roots[0] / "MANIFEST.csv"
    rows = manifest.read_text("utf-8")
    for kind in ("vocals", "accompaniment"):
        rows = rows.replace(f"{kind},train", f"{kind},dev")
    manifest.write_text(rows, "utf-8")
    validation = make_validation(made, cache)
    assert isinstance(validation, Songs)
    assert heard(validation.example(1).targets[0], HZ) == {"real-song"}


def test_a_recipe_says_it_all_and_mistakes_are_named(roots: tuple[Path, Path]) -> None:
    made = recipe(roots, {"voices": {"sung": 3.0, "made": 1.0}, "reverb": 0.5})
    assert "songs = { voices = { sung = 3.0, made = 1.0 }" in dump_recipe(made)
    for songs, told in (
        ({"voices": {"sang": 1.0}}, "did you mean 'sung'"),
        ({"backs": {"made": -1.0}}, "0 or more"),
        ({"voices": {"sung": 0.0}}, "above 0"),
        ({"reverberation": 1.0}, "did you mean 'reverb'"),
    ):
        with pytest.raises(RecipeError, match=told):
            recipe(roots, songs)


def test_what_a_corpus_lacks_is_told(roots: tuple[Path, Path], cache: Path) -> None:
    lacking = recipe(roots, {"backs": {"music": 1.0}})
    manifest = roots[0] / "MANIFEST.csv"
    lines = manifest.read_text("utf-8").splitlines(keepends=True)
    manifest.write_text("".join(line for line in lines if "track.wav" not in line), "utf-8")
    with pytest.raises(DataError, match=r"mix\.songs\.backs asks for music"):
        make_mixer(lacking, cache)


def test_gains_of_dynamics_hold_what_they_promise(rng: np.random.Generator) -> None:
    sound = (rng.standard_normal((2, 20_000)) * np.linspace(0.01, 1, 20_000)).astype(np.float32)
    held = limiting_gain(sound, 0.3)
    assert held.shape == (20_000,)
    assert np.abs(sound * held).max() <= 0.3 + 1e-6
    assert held.min() > 0
    assert held.max() <= 1
    np.testing.assert_array_equal(limiting_gain(sound, 9.0), 1)
    pressed = sound[0] * Compressor(-10.0, 4.0, 0.005, 0.1).gain(sound[0], RATE)
    spread = [np.log(one[15_000:].std() / one[2_000:7_000].std()) for one in (sound[0], pressed)]
    assert spread[1] < 0.75 * spread[0]
    steady = Compressor(6.0, 4.0, 0.005, 0.1).gain(sine(500.0)[0], RATE)  # below the threshold
    np.testing.assert_array_equal(steady, 1)


def test_what_a_studio_does_keeps_length_and_place(rng: np.random.Generator) -> None:
    click = np.zeros(RATE, np.float32)
    click[1000] = 0.5
    for wet in (Reverb.draw(rng).apply(click, RATE), Echo.draw(rng).apply(click, RATE), doubled(rng, click, RATE)):
        assert wet.shape == click.shape
        assert np.argmax(np.abs(wet)) == 1000
        assert np.abs(wet[:1000]).max() < 1e-7
        assert np.abs(wet[1001:]).max() > 1e-4
    stereo = Reverb.draw(rng).apply(np.stack([click, click]), RATE)
    assert np.abs(stereo[0] - stereo[1]).max() > 1e-5
    loud = driven(rng, sine(200.0)[0], 20.0)
    assert np.sqrt(np.square(loud).mean()) == pytest.approx(0.3 / np.sqrt(2), rel=1e-3)
    fast = respeeded(sine(200.0)[0], 1.5, 8000)
    spectrum = np.abs(np.fft.rfft(fast * np.hanning(8000)))
    assert np.argmax(spectrum) * RATE / 8000 == pytest.approx(300, abs=2)
