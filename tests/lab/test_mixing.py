"""Examples of every task: what is wanted lies in the mixture, at its place, and the splits' sounds are all used."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.lab import layouts
from voxlift.errors import DataError
from voxlift.lab.mixing import make_mixer
from voxlift.lab.mixing.noisy_speech import NoisySpeech
from voxlift.lab.mixing.recorded import Recorded
from voxlift.lab.mixing.songs import Songs
from voxlift.lab.mixing.talkers import Talkers
from voxlift.lab.recipe import Recipe, resolve
from voxlift.lab.synthesis.voice import median_pitch

RATE = 8000
PLAIN = {"bandlimit": 0.0, "codec": 0.0, "clipping": 0.0, "tilt": 0.0, "clean": 0.0, "speechless": 0.0}


def two_speakers(root: Path) -> None:
    layouts.librispeech(root)
    layouts.save(root / "LibriSpeech/train-clean-100/200/1/200-1-0000.flac", layouts.tone(77), 16_000)


def recipe(task: str, root: Path, kind: str = "auto", rooms: int = 0, **mix: float) -> Recipe:
    stems = ["a", "b"] if task == "speakers" else ["voice"]
    front = {"rate": RATE, "window": 256, "hop": 128, "view": "log_magnitude", "mask": "ratio"}
    data = {"corpus": kind, "root": str(root), "seconds": 0.25, "rooms": rooms}
    head = {"name": "mixing", "task": task, "summary": "", "stems": stems, "front": front}
    return resolve({**head, "net": {"kind": "logistic"}, "data": data, "mix": PLAIN | mix})


@pytest.mark.parametrize(
    ("task", "layout", "kind"),
    [
        ("denoise", "folders", NoisySpeech),
        ("denoise", "voices", NoisySpeech),
        ("denoise", "paired", Recorded),
        ("denoise", "voicebank_demand", Recorded),
        ("vocals", "dsd100", Songs),
        ("vocals", "musdb18_hq", Songs),
        ("vocals", "stems", Songs),
        ("speakers", "two_speakers", Talkers),
        ("speakers", "librimix", Talkers),
        ("speakers", "speakers", Recorded),
    ],
)
def test_a_corpus_is_used_as_it_serves_the_task(
    task: str, layout: str, kind: type, tmp_path: Path, cache: Path
) -> None:
    (two_speakers if layout == "two_speakers" else getattr(layouts, layout))(tmp_path)
    mixer = make_mixer(recipe(task, tmp_path), cache)
    assert type(mixer) is kind
    assert sum(pool.seconds for pool in mixer.pools) > 0
    for number in range(5):
        a, b = mixer.example(number), mixer.example(number)
        np.testing.assert_array_equal(a.mixture, b.mixture)
        assert a.mixture.shape == (RATE // 4,)
        assert a.targets.shape == (2 if task == "speakers" else 1, RATE // 4)
        assert np.isfinite(a.mixture).all()
        assert np.isfinite(a.targets).all()
        assert np.abs(a.mixture).max() <= 1.0001


def test_a_song_as_it_is_adds_up(tmp_path: Path, cache: Path) -> None:
    """Without remixing, mixture less vocals is the accompaniment of the very moment."""
    layouts.stems(tmp_path)
    mixer = make_mixer(recipe("vocals", tmp_path, remix=0.0), cache)
    assert isinstance(mixer, Songs)
    (vocals,) = mixer.voices.pools
    for number in range(8):
        example = mixer.example(number)
        back = example.mixture - example.targets[0]
        levels = []
        for span in vocals.spans:
            for start in range(span.length - mixer.length + 1):
                cut = vocals.cut(vocals.numbers[span.track.name], start, mixer.length)
                scale = float(cut @ example.targets[0]) / float(cut @ cut + 1e-12)
                if np.abs(scale * cut - example.targets[0]).max() < 1e-3:
                    own = mixer.backs.own(span.track, start, mixer.length)
                    assert own is not None
                    levels.append(np.abs(scale * own - back).max())
        assert levels
        assert min(levels) < 2e-3


def test_a_remix_has_vocals_and_accompaniment_at_the_ratio_asked_for(tmp_path: Path, cache: Path) -> None:
    layouts.musdb18_hq(tmp_path)
    mixer = make_mixer(recipe("vocals", tmp_path, remix=1.0, snr_low_db=-3.0, snr_high_db=-3.0), cache)
    for number in range(5):
        example = mixer.example(number)
        voice, back = example.targets[0], example.mixture - example.targets[0]
        ratio = 10 * np.log10(np.square(voice).sum() / np.square(back).sum())
        assert ratio == pytest.approx(-3.0, abs=1.0)


def test_talkers_are_different_people_and_add_up(tmp_path: Path, cache: Path) -> None:
    two_speakers(tmp_path)
    mixer = make_mixer(recipe("speakers", tmp_path, noisy_talkers=0.0), cache)
    assert isinstance(mixer, Talkers)
    rng = np.random.default_rng(0)
    for number in range(5):
        example = mixer.example(number)
        np.testing.assert_allclose(example.targets.sum(axis=0), example.mixture, atol=1e-5)
        first, second = mixer.speech.strangers(rng, 2)
        assert mixer.speech.spans[first].track.group != mixer.speech.spans[second].track.group


def test_talkers_grow_brighter_where_that_is_asked_for(tmp_path: Path, cache: Path) -> None:
    for speaker in ("100", "200"):
        path = tmp_path / f"LibriSpeech/train-clean-100/{speaker}/1/{speaker}-1-0000.flac"
        hiss = np.random.default_rng(int(speaker)).normal(0, 0.1, (1, 16_000)).astype(np.float32)
        layouts.save(path, hiss, 16_000)
        (path.parent / f"{speaker}-1.trans.txt").write_text(f"{speaker}-1-0000 LA\n", "utf-8")

    def highs_db(number: int, bright: float) -> float:
        voice = make_mixer(recipe("speakers", tmp_path, bright=bright), cache).example(number).targets[0]
        power = np.square(np.abs(np.fft.rfft(voice)))
        return float(10 * np.log10(power[len(power) // 2 :].sum() / power[: len(power) // 2].sum()))

    rises = [highs_db(number, 6.0) - highs_db(number, 0.0) for number in range(12)]
    assert np.median(rises) > 2, "an octave or two above 400 Hz, by 3 dB an octave"
    assert max(rises) < 20


def test_the_deepest_talker_can_be_the_first(tmp_path: Path, cache: Path) -> None:
    for speaker, pitch in (("100", 110), ("200", 220), ("300", 330)):
        voice = sum(np.sin(2 * np.pi * k * pitch * np.arange(16_000) / 16_000) for k in (1, 2, 3))
        path = tmp_path / f"LibriSpeech/train-clean-100/{speaker}/1/{speaker}-1-0000.flac"
        layouts.save(path, 0.1 * np.asarray(voice, np.float32)[None], 16_000)
        (path.parent / f"{speaker}-1.trans.txt").write_text(f"{speaker}-1-0000 LA\n", "utf-8")

    def orders(by_pitch: bool) -> set[bool]:
        mixer = make_mixer(recipe("speakers", tmp_path, by_pitch=by_pitch, noisy_talkers=0.0), cache)
        targets = [mixer.example(number).targets for number in range(12)]
        return {median_pitch(low, RATE) < median_pitch(high, RATE) for low, high in targets}

    assert orders(by_pitch=True) == {True}
    assert orders(by_pitch=False) == {True, False}


def active(targets: np.ndarray) -> np.ndarray:
    """Whether each talker is heard in each 10 ms: `(talkers, pieces)`."""
    pieces = targets[:, : targets.shape[1] // 80 * 80].reshape(len(targets), -1, 80)
    return np.abs(pieces).max(axis=2) > 1e-4


def test_one_talker_may_be_alone(tmp_path: Path, cache: Path) -> None:
    two_speakers(tmp_path)
    mixer = make_mixer(recipe("speakers", tmp_path, lone=1.0, noisy_talkers=0.0), cache)
    examples = [mixer.example(number) for number in range(12)]
    alone = [active(example.targets).any(axis=1) for example in examples]
    assert {tuple(map(bool, heard)) for heard in alone} == {(True, False), (False, True)}
    for example in examples:
        np.testing.assert_allclose(example.targets.sum(axis=0), example.mixture, atol=1e-5)


def test_talkers_may_take_turns(tmp_path: Path, cache: Path) -> None:
    two_speakers(tmp_path)
    mixer = make_mixer(recipe("speakers", tmp_path, turns=1.0, noisy_talkers=0.0), cache)
    assert isinstance(mixer, Talkers)
    rng, mixer.length = np.random.default_rng(0), 10 * RATE
    gates = np.stack([mixer._turns(rng) for _ in range(20)])
    assert gates.min() == 0
    assert gates.max() == 1
    at_once, nobody = (gates.min(axis=1) > 0).mean(), (gates.max(axis=1) == 0).mean()
    assert 0.05 < at_once < 0.4
    assert 0 < nobody < 0.3
    assert np.abs(np.diff(gates, axis=-1)).max() < 0.01, "nobody is cut off within a moment"


def test_talkers_in_a_room_are_wanted_without_its_late_sound(tmp_path: Path, cache: Path) -> None:
    two_speakers(tmp_path)
    mixer = make_mixer(recipe("speakers", tmp_path, rooms=2, room=1.0, noisy_talkers=0.0), cache)
    for number in range(4):
        example = mixer.example(number)
        late = example.mixture - example.targets.sum(axis=0)
        assert 0 < np.square(late).mean() < np.square(example.mixture).mean()


def test_more_talkers_than_there_are_is_refused(tmp_path: Path, cache: Path) -> None:
    two_speakers(tmp_path)
    mixer = make_mixer(recipe("speakers", tmp_path), cache)
    assert isinstance(mixer, Talkers)
    with pytest.raises(DataError, match="speakers are wanted at once"):
        mixer.speech.strangers(np.random.default_rng(0), 1000)


def test_a_corpus_that_does_not_serve_the_task_is_named(tmp_path: Path, cache: Path) -> None:
    layouts.folders(tmp_path)
    with pytest.raises(DataError, match="vocals"):
        make_mixer(recipe("vocals", tmp_path), cache)


def test_what_is_left_out_of_a_pack_is_not_trained_on(tmp_path: Path, cache: Path) -> None:
    rows = [
        (f"{speaker}.wav", "speech", "train", corpus, speaker, "en", "CC0")
        for corpus, speaker in (("sentences", "anna"), ("sentences", "ben"), ("words", "carl"), ("words", "dora"))
    ]
    for number, row in enumerate(rows):
        layouts.save(tmp_path / row[0], layouts.tone(number))
    heading = ("path", "kind", "split", "corpus", "speaker", "language", "licence")
    layouts.table(tmp_path / "MANIFEST.csv", heading, rows)
    whole = recipe("speakers", tmp_path)
    for left_out, there in ((("words", "not there"), {"sentences"}), ((), {"sentences", "words"})):
        mixer = make_mixer(replace(whole, data=replace(whole.data, without=left_out)), cache)
        assert {span.track.corpus for pool in mixer.pools for span in pool.spans} == there
