"""From file to files: what adds up, what is refused, what is left behind."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from tests.laws.separators import WholeOnly, toy
from voxlift import Audio, CancelledError, InputError, read
from voxlift.media import Format, Info, open_writer
from voxlift.media import write as write_like
from voxlift.separate.contract import Stems, Stream, latency_samples, separate
from voxlift.separate.stream import BLOCK_SECONDS, Job, LiveStream, lift_file
from voxlift.separate.wrappers import Residual, Strength
from voxlift.separate.wrappers.wrapper import Wrapper

RATE = 16000


@dataclass(frozen=True)
class Louder(Wrapper):
    """Doubles every stem."""

    def stream(self, channels: int, rate: int) -> Stream:
        inner = self.inner.stream(channels, rate)

        class Doubled:
            def push(self, block: np.ndarray) -> Stems:
                return {stem: 2 * x for stem, x in inner.push(block).items()}

            def flush(self) -> Stems:
                return {stem: 2 * x for stem, x in inner.flush().items()}

        return Doubled()

    def __call__(self, audio: Audio) -> dict[str, Audio]:
        return separate(self, audio)


def source(folder: Path, subtype: str, rng: np.random.Generator, level: float = 0.1, seconds: float = 9.3) -> Path:
    path = folder / "in.wav"
    x = (level * rng.standard_normal((2, int(seconds * RATE)))).clip(-0.999, 0.999).astype(np.float32)
    with open_writer(path, Format("wav", subtype, RATE, 2)) as writer:
        writer.write(x)
    return path


@pytest.mark.parametrize("subtype", ["PCM_16", "PCM_24", "FLOAT"])
def test_voice_and_rest_add_up_to_the_input_in_the_files(
    subtype: str, tmp_path: Path, rng: np.random.Generator
) -> None:
    path = source(tmp_path, subtype, rng)
    done = lift_file(Residual(toy), Job(path, {"voice": tmp_path / "v.wav", "rest": tmp_path / "r.wav"}))
    voice, rest, mixture = (read(p).samples for p in (tmp_path / "v.wav", tmp_path / "r.wav", path))
    if subtype == "FLOAT":
        np.testing.assert_allclose(voice + rest, mixture, atol=1e-7)
    else:
        np.testing.assert_array_equal(voice.astype(np.float64) + rest, mixture)
    assert done.length == mixture.shape[1]
    assert done.gain_db == 0
    assert done.levels_db["voice"] < done.levels_db["mixture"]


def test_what_would_clip_is_lowered_together_and_said(tmp_path: Path, rng: np.random.Generator) -> None:
    path = source(tmp_path, "PCM_16", rng, level=0.3)
    targets = {"voice": tmp_path / "v.wav", "rest": tmp_path / "r.wav"}
    done = lift_file(Residual(Louder(WholeOnly())), Job(path, targets))
    assert done.gain_db < -1
    voice, rest = (read(target).samples for target in targets.values())
    assert 0.99 < np.abs(np.concatenate([voice, rest])).max() <= 1
    factor = 10 ** (done.gain_db / 20)
    np.testing.assert_allclose(voice + rest, factor * read(path).samples, atol=1e-4)


def test_what_is_given_all_at_once_is_written_in_parts(tmp_path: Path, rng: np.random.Generator) -> None:
    lengths: list[int] = []
    job = Job(source(tmp_path, "PCM_16", rng, seconds=9.3), {"voice": tmp_path / "v.wav"})
    lift_file(WholeOnly(), job, watch=lambda _rate: lambda stems: lengths.append(stems["voice"].shape[1]))
    assert max(lengths) == round(BLOCK_SECONDS * RATE)
    assert sum(lengths) == round(9.3 * RATE)


def test_a_float_file_is_never_lowered(tmp_path: Path, rng: np.random.Generator) -> None:
    path = source(tmp_path, "FLOAT", rng, level=0.3)
    done = lift_file(Louder(WholeOnly()), Job(path, {"voice": tmp_path / "v.wav"}))
    assert done.gain_db == 0
    assert np.abs(read(tmp_path / "v.wav").samples).max() > 1


def test_the_input_is_never_an_output(tmp_path: Path, rng: np.random.Generator) -> None:
    path = source(tmp_path, "PCM_16", rng)
    before = path.read_bytes()
    (tmp_path / "link.wav").symlink_to(path)
    for target in (path, tmp_path / "link.wav"):
        with pytest.raises(InputError, match="the input itself"):
            lift_file(toy, Job(path, {"voice": target}, overwrite=True))
    assert path.read_bytes() == before


def test_two_stems_never_share_a_file(tmp_path: Path, rng: np.random.Generator) -> None:
    path = source(tmp_path, "PCM_16", rng)
    with pytest.raises(InputError, match="one file"):
        lift_file(Residual(toy), Job(path, {"voice": tmp_path / "v.wav", "rest": tmp_path / "v.wav"}))


def test_a_stem_that_is_not_there_is_named(tmp_path: Path, rng: np.random.Generator) -> None:
    with pytest.raises(InputError, match="this model gives voice"):
        lift_file(toy, Job(source(tmp_path, "PCM_16", rng), {"drums": tmp_path / "d.wav"}))


def test_an_existing_file_stays_unless_asked(tmp_path: Path, rng: np.random.Generator) -> None:
    path = source(tmp_path, "PCM_16", rng)
    target = tmp_path / "v.wav"
    target.write_text("mine")
    with pytest.raises(InputError, match="--overwrite"):
        lift_file(toy, Job(path, {"voice": target}))
    assert target.read_text() == "mine"
    lift_file(toy, Job(path, {"voice": target}, overwrite=True))
    assert read(target).length == read(path).length


def test_a_cancelled_job_leaves_nothing(tmp_path: Path, rng: np.random.Generator) -> None:
    path = source(tmp_path, "PCM_16", rng)
    calls = iter([False, True])
    with pytest.raises(CancelledError):
        lift_file(toy, Job(path, {"voice": tmp_path / "v.wav"}), cancelled=lambda: next(calls))
    assert [file.name for file in tmp_path.iterdir()] == ["in.wav"]


def test_progress_ends_at_the_end(tmp_path: Path, rng: np.random.Generator) -> None:
    path = source(tmp_path, "PCM_16", rng)
    told: list[tuple[float, float | None]] = []
    lift_file(toy, Job(path, {"voice": tmp_path / "v.wav"}), progress=lambda done, total: told.append((done, total)))
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert told[-1] == (9.3, 9.3)


def test_tags_and_format_are_kept(tmp_path: Path, rng: np.random.Generator) -> None:
    audio = Audio((0.1 * rng.standard_normal((2, 22050))).astype(np.float32), 44100)
    like = Info(tmp_path / "x", Format("flac", "PCM_24", 44100, 2), None, None, {"title": "목소리", "artist": "Ö"})
    write_like(tmp_path / "in.flac", audio, like)
    lift_file(toy, Job(tmp_path / "in.flac", {"voice": tmp_path / "v.flac"}))
    from voxlift.media import probe

    info = probe(tmp_path / "v.flac")
    assert (info.format.subtype, info.format.rate, info.format.channels) == ("PCM_24", 44100, 2)
    assert (info.tags["title"], info.tags["artist"]) == ("목소리", "Ö")


@pytest.mark.parametrize("limit_db", [0.0, 6.0, 12.0])
def test_strength_limits_how_far_the_rest_is_lowered(limit_db: float, rng: np.random.Generator) -> None:
    audio = Audio((0.1 * rng.standard_normal((1, 9000))).astype(np.float32), RATE)
    full, some = toy(audio)["voice"].samples, Strength(toy, limit_db)(audio)["voice"].samples
    expected = full + 10 ** (-limit_db / 20) * (audio.samples - full)
    np.testing.assert_allclose(some, expected, atol=1e-6)


def test_a_strength_below_nothing_is_refused() -> None:
    with pytest.raises(InputError, match="-3"):
        Strength(toy, -3.0)


def test_live_sound_comes_out_as_late_as_stated_and_no_later(rng: np.random.Generator) -> None:
    audio = Audio((0.1 * rng.standard_normal((1, RATE))).astype(np.float32), RATE)
    block = 160
    latency = latency_samples(toy, 1, RATE, block)
    live = LiveStream(toy, 1, RATE, block, latency)
    out = [live.push(audio.samples[:, start : start + block]) for start in range(0, audio.length, block)]
    assert all(part.shape == (1, block) for part in out)
    joined = np.concatenate([*out, live.flush()], axis=1)
    late = joined.shape[1] - audio.length
    assert late == latency - block
    np.testing.assert_allclose(joined[:, late:], toy(audio)["voice"].samples, atol=1e-6)
