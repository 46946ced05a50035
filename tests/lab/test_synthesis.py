"""Made songs and singers: the same for the same seed, in key, at their pitch, and at a level that can be used."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from tests.cli.command_line import Cli, Ran
from tests.lab.conftest import RATE, voice
from voxlift.cli import run
from voxlift.errors import DataError, InputError
from voxlift.lab.corpora import read_corpus
from voxlift.lab.synthesis import fluid, singers
from voxlift.lab.synthesis.arranging import Song, arrange
from voxlift.lab.synthesis.choir import another, moved
from voxlift.lab.synthesis.drumming import GROOVES, drum
from voxlift.lab.synthesis.harmony import MODES, PROGRESSIONS, Scale, draw_chords
from voxlift.lab.synthesis.intonation import Intonation, Sung, midi
from voxlift.lab.synthesis.melody import Manner, draw_melody
from voxlift.lab.synthesis.playing import PLAYERS, Section
from voxlift.lab.synthesis.producing import Plan, plan_jobs, produce, speakers_of
from voxlift.lab.synthesis.rendering import RATE as SONG_RATE
from voxlift.lab.synthesis.rendering import SOUNDFONTS, find_soundfonts, mix, render, render_parts
from voxlift.lab.synthesis.singing import Timbre, sing, words
from voxlift.lab.synthesis.styles import STYLES
from voxlift.lab.synthesis.voice import estimate_pitch
from voxlift.media import read

SEEDS = range(8)
PLAIN = Timbre(formants=1.0, ring_db=0.0, tilt_db=0.0, breath=0.0, dynamics=0.5)
STRAIGHT = Intonation(0.03, 0.0, 5.0, 0.0, 0.0, 0.0)


@pytest.fixture(scope="session")
def soundfont() -> Path:
    try:
        fluid.load()
        return find_soundfonts()[0]
    except InputError as problem:
        pytest.skip(str(problem))


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str]) -> Cli:
    def call(*arguments: object) -> Ran:
        capsys.readouterr()
        status = run([str(word) for word in ("lab", "synthesize", *arguments)])
        return Ran(status, *capsys.readouterr())

    return call


@pytest.mark.parametrize("seed", SEEDS)
def test_a_melody_is_in_its_key_and_range_and_has_one_note_at_a_time(seed: int) -> None:
    rng = np.random.default_rng(seed)
    scale = Scale.draw(rng)
    chords = draw_chords(rng, scale, 8)
    notes = draw_melody(rng, scale, chords, (55, 70), Manner.draw(rng))
    assert len(notes) > 2
    for note, following in zip(notes, [*notes[1:], None], strict=True):
        assert note.key in scale
        assert 55 <= note.key <= 70
        assert 0 <= note.start < note.end <= 8 * 4 + 1e-9
        assert following is None or note.end <= following.start + 1e-9


def test_scales_and_progressions_stay_in_the_scale() -> None:
    for mode, progressions in PROGRESSIONS.items():
        scale = Scale(3, mode)
        assert [scale.step(scale.key(step)) for step in range(20, 50)] == list(range(20, 50))
        assert len(MODES[mode]) == 7
        assert all(0 <= step < 7 for progression in progressions for step in progression)


@pytest.mark.parametrize("name", PLAYERS)
def test_a_player_plays_the_section_and_nothing_impossible(name: str, rng: np.random.Generator) -> None:
    scale = Scale(9, "minor")
    notes = PLAYERS[name](rng, Section(scale, tuple(draw_chords(rng, scale, 4)), 0.8))
    assert notes
    for note in notes:
        assert 0 <= note.start < 16
        assert note.length > 0
        assert 20 <= note.key <= 110
    if name not in ("power_chords", "chug") and not name.startswith("bass"):
        assert all(note.key in scale for note in notes)


@pytest.mark.parametrize("groove", GROOVES)
def test_a_groove_is_a_bar_of_sixteenths(groove: str, rng: np.random.Generator) -> None:
    assert all(len(steps) == 16 and set(steps) <= set("xog.") for steps in GROOVES[groove].values())
    notes = drum(rng, groove, 2, 0.9)
    assert {key for key, steps in GROOVES[groove].items() if "x" in steps[:8]} <= {note.key for note in notes}
    assert max(note.start for note in notes) < 8


@pytest.mark.parametrize("style", STYLES)
def test_every_style_arranges(style: str) -> None:
    assert {role.plays for role in STYLES[style].roles} <= PLAYERS.keys()
    assert set(STYLES[style].grooves) <= GROOVES.keys()
    song = arrange(np.random.default_rng(5), 10.0, style)
    assert song.parts
    assert song == arrange(np.random.default_rng(5), 10.0, style)
    starts = [note.start for part in song.parts for note in part.notes]
    assert min(starts) < 5
    assert max(starts) < 10
    assert all(1 <= note.velocity <= 127 for part in song.parts for note in part.notes)


def test_intonation_is_about_the_notes(rng: np.random.Generator) -> None:
    notes = [Sung(0.2, 1.4, 60, opens=True), Sung(1.4, 2.6, 64), Sung(2.8, 4.0, 57, opens=True)]
    curve = Intonation.draw(rng).curve(rng, notes, 800, 0.005)
    for note in notes:
        held = curve[round(note.start / 0.005) + 60 : round(note.end / 0.005) - 20]
        assert np.median(held) == pytest.approx(note.key, abs=0.5)


def follows(sound: np.ndarray, told: np.ndarray, rate: int) -> tuple[float, float]:
    """Median error in cents, and the share of frames of which the estimator found another pitch."""
    found = estimate_pitch(sound, rate)[: len(told)]
    both = (found > 0) & (told[: len(found)] > 0)
    assert both.mean() > 0.3
    cents = 1200 * np.abs(midi(found[both]) - midi(told[: len(found)][both])) / 12
    return float(np.median(cents)), float(np.mean(cents > 100))


def test_a_made_vowel_sings_its_melody(rng: np.random.Generator) -> None:
    spoken = words(voice(rng, 4.0, 120.0).samples[0], RATE)
    notes = [Sung(0.3, 1.2, 55, opens=True), Sung(1.2, 2.0, 62), Sung(2.2, 3.0, 59, opens=True)]
    take = sing(rng, spoken, notes, 3.2, timbre=PLAIN, intonation=STRAIGHT)
    sound = take.sound()
    assert abs(len(sound) - 3.2 * 2 * RATE) < 0.02 * 2 * RATE
    median, gross = follows(sound, take.pitch_hz, 2 * RATE)
    assert median < 8
    assert gross < 0.05
    for note in notes:
        inside = take.pitch_hz[round(note.start / 0.005) + 20 : round(note.end / 0.005) - 40]
        assert np.median(midi(inside)) == pytest.approx(note.key, abs=0.05)
    rest = sound[int(3.12 * 2 * RATE) :]
    assert np.abs(rest).max() < 0.01 * np.abs(sound).max()


def test_real_speech_sings_its_melody(shared_data: Path) -> None:
    people = speakers_of(shared_data)
    assert len(people) > 200
    assert not any("/dev/" in str(clip) for person in people for clip in person.clips)
    performance = singers.perform(np.random.default_rng(3), people[17].clips, 4.0)
    median, gross = follows(performance.take.sound(), performance.take.pitch_hz, singers.RATE)
    assert median < 15
    assert gross < 0.1


def test_harmony_is_the_same_words_at_its_interval(rng: np.random.Generator) -> None:
    scale = Scale(0, "major")
    notes = [Sung(0.2, 1.5, 60, opens=True), Sung(1.5, 2.5, 65)]
    assert [note.key for note in moved(notes, scale, 2)] == [64, 69]
    assert [note.key for note in moved(notes, scale, -7)] == [48, 53]
    take = sing(rng, words(voice(rng, 3.0, 140.0).samples[0], RATE), notes, 2.8, timbre=PLAIN, intonation=STRAIGHT)
    third = another(rng, take, moved(notes, scale, 2), STRAIGHT)
    both = (take.pitch_hz > 0) & (third.pitch_hz > 0)
    interval = midi(third.pitch_hz[both]) - midi(take.pitch_hz[both])
    assert np.median(interval) == pytest.approx(4.0, abs=0.4)


def test_silence_cannot_be_sung() -> None:
    with pytest.raises(DataError, match="no vowel"):
        words(np.zeros(RATE, np.float32), RATE)


def test_a_song_sounds_and_is_the_same_again(soundfont: Path) -> None:
    song = arrange(np.random.default_rng(1), 4.0, "pop")
    parts = render_parts(song, soundfont)
    assert parts.shape == (len(song.parts), 2, 4 * SONG_RATE)
    np.testing.assert_array_equal(parts, render_parts(song, soundfont))
    for part, sound in zip(song.parts, parts, strict=True):
        assert np.abs(sound).max() > 1e-4, part.role
        first = int(part.notes[0].start * SONG_RATE) - fluid.BLOCK
        assert not np.abs(sound[:, : max(0, first)]).any()
    master = mix(np.random.default_rng(2), song, parts)
    np.testing.assert_array_equal(master, mix(np.random.default_rng(2), song, parts))
    assert np.isfinite(master).all()
    assert np.abs(master).max() <= 0.9701
    level_db = 10 * np.log10(np.square(master).mean())
    assert song.loudness_db - 6 < level_db < song.loudness_db + 1


def test_a_song_of_one_short_part_is_no_special_case(soundfont: Path) -> None:
    whole = arrange(np.random.default_rng(4), 1.0, "folk")
    lone = Song(whole.style, whole.scale, whole.pace, whole.chords, whole.parts[:1], 1.0, -14.0)
    assert np.isfinite(render(np.random.default_rng(0), lone, soundfont)).all()


@pytest.mark.parametrize("kind", ["singers", "sung"])
def test_made_sound_is_a_function_of_seed_and_number(kind: str, corpus: Path, tmp_path: Path, soundfont: Path) -> None:
    people, plan = speakers_of(corpus), Plan(kind, 7, 4.0, () if kind == "singers" else (soundfont,))
    one, two = tmp_path / "one", tmp_path / "two"
    assert produce(plan_jobs(plan, 2, one, people)) == 2
    assert produce(plan_jobs(plan, 3, two, people), processes=2) == 3
    files = sorted(path.relative_to(one) for path in one.rglob("*.flac"))
    assert len(files) == (2 if kind == "singers" else 4)
    for file in files:
        assert (one / file).read_bytes() == (two / file).read_bytes()
        sound = read(one / file)
        assert sound.seconds == pytest.approx(4.0)
        assert 0.02 < np.abs(sound.samples).max() < 1
    gone = two / files[0]
    before = gone.read_bytes()
    gone.unlink()
    others = {path: path.stat().st_mtime_ns for path in two.rglob("*.flac")}
    assert produce(plan_jobs(plan, 3, two, people)) == 1
    assert gone.read_bytes() == before
    assert all(path.stat().st_mtime_ns == then for path, then in others.items() if path.parent != gone.parent)
    rows = list(csv.DictReader((two / "MANIFEST.csv").read_text("utf-8").splitlines()))
    assert [int(row["number"]) for row in rows] == ([0, 1, 2] if kind == "singers" else [0, 0, 1, 1, 2, 2])
    tracks = read_corpus("auto", two, "train")
    assert len(tracks) == 3
    assert {group for track in tracks for group in track.groups} >= {job.speaker.group for job in plan_jobs(
        plan, 3, two, people) if job.speaker}  # fmt: skip


def test_a_folder_holds_one_kind_of_one_seed(corpus: Path, tmp_path: Path) -> None:
    people = speakers_of(corpus)
    plan_jobs(Plan("singers", 1, 4.0), 1, tmp_path, people)
    with pytest.raises(InputError, match="choose another folder"):
        plan_jobs(Plan("singers", 2, 4.0), 1, tmp_path, people)
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs" / "MANIFEST.csv").write_text("path\n", "utf-8")
    with pytest.raises(InputError, match="not made here"):
        plan_jobs(Plan("songs", 1, 4.0), 1, tmp_path / "theirs", people)


def test_the_command(corpus: Path, tmp_path: Path, cli: Cli, soundfont: Path) -> None:
    out = tmp_path / "songs"
    made = cli("songs", "--count", 1, "--seconds", 2, "--seed", 4, "--out", out)
    assert made.status == 0, made.err
    assert "1 made now, 0 were there" in made.out
    assert "data.more" in made.out
    assert "0 made now, 1 were there" in cli("songs", "--count", 1, "--seconds", 2, "--seed", 4, "--out", out).out
    for arguments, told in (
        (("sogns", "--out", out), "did you mean 'songs'?"),
        (("singers", "--out", out), "by --voices"),
        (("songs", "--out", out, "--seconds", 0), "give 1 to 600"),
        (("songs", "--out", out, "--soundfont", tmp_path / "no.sf2"), "no such soundfont"),
        (("singers", "--out", tmp_path / "s", "--voices", tmp_path / "nobody"), "no such folder"),
        (("songs", "--out", out, "--count", 0), "count"),
    ):
        refused = cli(*arguments)
        assert refused.status == 2, arguments
        assert told in refused.err
        assert len(refused.err.splitlines()) == 1 or "count" in told


def test_what_is_missing_is_told_with_what_installs_it(
    tmp_path: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch, soundfont: Path
) -> None:
    broken = tmp_path / "broken.sf2"
    broken.write_bytes(b"no soundfont")
    assert "cannot read this soundfont" in cli("songs", "--out", tmp_path / "a", "--soundfont", broken).err
    fluid.load.cache_clear()
    monkeypatch.setattr(fluid, "NAMES", ("no-such-library",))
    refused = cli("songs", "--out", tmp_path / "b", "--soundfont", soundfont)
    fluid.load.cache_clear()
    assert refused.status == 2
    assert "apt-get install libfluidsynth3" in refused.err
    monkeypatch.setattr("voxlift.lab.synthesis.rendering.SOUNDFONTS", SOUNDFONTS[:0])
    assert "apt-get install fluid-soundfont-gm" in cli("songs", "--out", tmp_path / "c").err
