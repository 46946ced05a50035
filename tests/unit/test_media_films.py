"""Films: their sound is read, and goes back in while the pictures stay as they are."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from tests.unit.media_signals import film, lag, noise, save
from voxlift.audio import Audio
from voxlift.errors import InputError, MediaError
from voxlift.media import open_reader, probe, read, replace_sound, sound_suffix

LENGTH = 72_000
FILMS = [(".mp4", "aac", ".m4a"), (".mov", "aac", ".m4a"), (".mkv", "libopus", ".opus"), (".mkv", "libmp3lame", ".mp3")]
FILMS += [(".mkv", "flac", ".flac"), (".webm", "libopus", ".opus")]


def pictures(path: Path) -> list[tuple[float, bytes]]:
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        return [(float(p.pts * p.time_base), bytes(p)) for p in container.demux(stream) if p.pts is not None]


def onset_seconds(path: Path, samples: np.ndarray) -> float:
    """The time on the film's clock at which the known sound begins."""
    with av.open(str(path)) as container:
        first = next(container.decode(audio=0))
        return float(first.pts * first.time_base) + lag(samples[0], read(path).samples[0]) / read(path).rate


@pytest.mark.parametrize(("suffix", "codec", "sound"), FILMS)
def test_the_sound_of_a_film_is_read_in_place(tmp_path: Path, suffix: str, codec: str, sound: str) -> None:
    samples = noise(2, LENGTH)
    path = film(tmp_path / f"film{suffix}", codec, samples)
    info, back = probe(path), read(path)
    assert (info.has_video, sound_suffix(info), info.format.container) == (True, sound, suffix[1:])
    assert (back.length, lag(samples[0], back.samples[0])) == (LENGTH, 0)


@pytest.mark.parametrize(("suffix", "codec", "_sound"), FILMS)
@pytest.mark.parametrize("delay_seconds", [0.0, 0.4])
def test_new_sound_takes_the_place_of_the_old_and_pictures_stay(
    tmp_path: Path, suffix: str, codec: str, _sound: str, delay_seconds: float
) -> None:
    old = noise(2, LENGTH)
    path = film(tmp_path / f"film{suffix}", codec, old, delay_seconds=delay_seconds)
    before = onset_seconds(path, old)
    # What a separator would give: another sound, of just the film's length.
    whole = read(path)
    new = noise(2, whole.length, seed=9)
    replace_sound(path, save(tmp_path / "new.wav", Audio(new, 48_000)), tmp_path / f"out{suffix}")
    out = tmp_path / f"out{suffix}"
    assert pictures(out) == pictures(path)
    shift = lag(old[0], whole.samples[0]) / 48_000
    assert onset_seconds(out, new) == pytest.approx(before - shift, abs=0.002)
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted([path.name, out.name, "new.wav"])


def test_webm_takes_sound_of_any_rate(tmp_path: Path) -> None:
    path = film(tmp_path / "film.webm", "libopus", noise(2, LENGTH))
    new = noise(2, 66_150, seed=3)
    replace_sound(path, save(tmp_path / "new.wav", Audio(new, 44_100)), tmp_path / "out.webm")
    assert (read(tmp_path / "out.webm").rate, read(tmp_path / "out.webm").length) == (48_000, 72_000)


def test_a_missing_stretch_of_time_is_silence(tmp_path: Path) -> None:
    samples = noise(2, LENGTH)
    with av.open(str(tmp_path / "hole.mkv"), "w") as container:
        stream = container.add_stream("flac", rate=48_000, layout="stereo")
        for start in (0, 48_000):
            frame = av.AudioFrame.from_ndarray(
                np.ascontiguousarray(samples[:, :24_000]), format="fltp", layout="stereo"
            )
            frame.sample_rate, frame.pts = 48_000, start
            container.mux(stream.encode(frame))
            container.mux(stream.encode(None)) if start else None
    back = read(tmp_path / "hole.mkv")
    assert back.length in range(71_000, 73_000)
    assert not back.samples[:, 30_000:45_000].any()
    assert back.samples[:, 49_000:71_000].any()


def test_what_is_no_film_is_refused(tmp_path: Path) -> None:
    sound = save(tmp_path / "sound.m4a", Audio(noise(2, 9_000), 48_000))
    with pytest.raises(MediaError, match="no pictures"):
        replace_sound(sound, sound, tmp_path / "out.mp4")
    picture = film(tmp_path / "film.mp4", "aac", noise(2, LENGTH))
    with pytest.raises(InputError, match=r"\.mkv"):
        replace_sound(picture, sound, tmp_path / "out.gif")
    with pytest.raises(InputError, match="--overwrite"):
        replace_sound(picture, sound, picture)
    with pytest.raises(MediaError, match="no such file"):
        replace_sound(picture, tmp_path / "none.wav", tmp_path / "out.mp4")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["film.mp4", "sound.m4a"]


def test_a_cover_does_not_make_a_film(tmp_path: Path) -> None:
    path = tmp_path / "cover.mp3"
    sound = save(tmp_path / "plain.mp3", Audio(noise(1, 44_100), 44_100)).read_bytes()
    png = b"\x89PNG\r\n\x1a\n" + bytes(50)
    picture = b"\0image/png\0\x03\0" + png
    frame = b"APIC" + len(picture).to_bytes(4, "big") + b"\0\0" + picture
    size = bytes([0, 0, len(frame) >> 7, len(frame) & 0x7F])
    path.write_bytes(b"ID3\x03\0\0" + size + frame + sound)
    assert not probe(path).has_video
    with open_reader(path) as reader:
        assert sum(block.shape[1] for block in reader) == 44_100
