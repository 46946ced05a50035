"""What is written comes back: same samples, length, place in time, rate, channels, depth and tags."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.unit.media_signals import lag, noise, save
from voxlift.audio import Audio
from voxlift.errors import InputError
from voxlift.media import Format, open_reader, open_writer, output_format, probe, read, sound_suffix, write

EXACT = [
    ("wav", "PCM_U8"), ("wav", "PCM_16"), ("wav", "PCM_24"), ("wav", "PCM_32"), ("wav", "FLOAT"), ("wav", "DOUBLE"),
    ("flac", "PCM_16"), ("flac", "PCM_24"), ("aiff", "PCM_16"), ("aiff", "PCM_24"), ("aiff", "FLOAT"), ("au", "PCM_24"),
    ("caf", "PCM_24"), ("w64", "PCM_16"), ("rf64", "FLOAT"), ("m4a", "ALAC_16"), ("m4a", "ALAC_24"),
]  # fmt: skip
LOSSY = [(".mp3", 48_000), (".mp3", 44_100), (".mp3", 16_000), (".mp3", 8_000), (".ogg", 44_100), (".ogg", 8_000)]
LOSSY += [(".opus", 48_000), (".opus", 16_000), (".m4a", 48_000), (".m4a", 44_100), (".m4a", 16_000)]
TAGS = {"title": "Lied für Ü", "artist": "한글 가수", "album": "Ål", "date": "2024", "comment": "take 3", "track": "7"}
TAGS |= {"genre": "Folk"}


@pytest.mark.parametrize(("container", "subtype"), EXACT)
@pytest.mark.parametrize("channels", [1, 2])
def test_lossless_files_hold_exactly_the_rounded_samples(
    tmp_path: Path, container: str, subtype: str, channels: int
) -> None:
    path = tmp_path / f"sound.{container}"
    samples = np.random.default_rng(1).uniform(-1.05, 1.05, (channels, 30_011)).astype(np.float32)
    with open_writer(path, Format(container, subtype, 44_100, channels)) as writer:
        for start in range(0, 30_011, 7_000):
            writer.write(samples[:, start : start + 7_000])
        promised = writer.rounded(samples)
    audio, info = read(path), probe(path)
    np.testing.assert_array_equal(audio.samples, promised)
    assert (info.format, info.length) == (Format(container, subtype, 44_100, channels), 30_011)


@pytest.mark.parametrize(("container", "subtype"), EXACT)
def test_a_second_round_trip_changes_nothing(tmp_path: Path, container: str, subtype: str) -> None:
    first = tmp_path / f"first.{container}"
    with open_writer(first, Format(container, subtype, 48_000, 2)) as writer:
        writer.write(noise(2, 10_000))
    with open_reader(first) as reader, open_writer(tmp_path / "second", output_format(reader.info)) as writer:
        for block in reader:
            writer.write(block)
    assert probe(tmp_path / "second").format == probe(first).format
    np.testing.assert_array_equal(read(tmp_path / "second").samples, read(first).samples)


@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_16", "PCM_24"])
def test_voice_and_rest_add_up_to_the_input_in_the_files(tmp_path: Path, subtype: str) -> None:
    kind = Format("wav", subtype, 16_000, 1)
    with open_writer(tmp_path / "in.wav", kind) as writer:
        writer.write(noise(1, 9_000))
    mix = read(tmp_path / "in.wav").samples
    with open_writer(tmp_path / "voice.wav", kind) as voice, open_writer(tmp_path / "rest.wav", kind) as rest:
        estimate = np.float32(0.377) * mix
        voice.write(estimate)
        rest.write(mix - voice.rounded(estimate))
    np.testing.assert_array_equal(read(tmp_path / "voice.wav").samples + read(tmp_path / "rest.wav").samples, mix)


@pytest.mark.parametrize(("suffix", "rate"), LOSSY)
@pytest.mark.parametrize("channels", [1, 2])
def test_lossy_files_keep_length_and_place_in_time(tmp_path: Path, suffix: str, rate: int, channels: int) -> None:
    sound = Audio(noise(channels, rate + 1_237), rate)
    path = save(tmp_path / f"sound{suffix}", sound)
    back = read(path)
    assert (back.length, back.rate, back.channels) == (sound.length, rate, channels)
    assert [lag(a, b) for a, b in zip(sound.samples, back.samples, strict=True)] == [0] * channels
    error = float(np.mean((back.samples - sound.samples) ** 2) / np.mean(sound.samples**2))
    assert error < 0.5
    assert probe(path).length == sound.length


@pytest.mark.parametrize("suffix", [".mp3", ".ogg", ".opus", ".m4a", ".flac", ".wav"])
@pytest.mark.parametrize("length", [1, 2, 700, 1_153])
def test_short_sounds_keep_their_length(tmp_path: Path, suffix: str, length: int) -> None:
    path = save(tmp_path / f"short{suffix}", Audio(noise(2, length), 48_000))
    assert read(path).length == length


def test_a_bare_aac_stream_keeps_its_place_and_grows_by_less_than_a_block(tmp_path: Path) -> None:
    sound = Audio(noise(1, 40_000), 44_100)
    back = read(save(tmp_path / "sound.aac", sound))
    assert 0 <= back.length - sound.length < 1_024
    assert lag(sound.samples[0], back.samples[0]) == 0


@pytest.mark.parametrize("suffix", [".wav", ".flac", ".ogg", ".mp3", ".m4a"])
def test_tags_come_back(tmp_path: Path, suffix: str) -> None:
    path = save(tmp_path / f"sound{suffix}", Audio(noise(1, 8_000), 16_000), tags=TAGS)
    assert dict(probe(path).tags) == TAGS


@pytest.mark.parametrize(("suffix", "rate"), [(".mp3", 44_100), (".ogg", 44_100), (".opus", 48_000), (".m4a", 44_100)])
@pytest.mark.parametrize("bit_rate", [96_000, 192_000])
def test_a_lossy_file_gets_about_the_bit_rate_of_its_source(
    tmp_path: Path, suffix: str, rate: int, bit_rate: int
) -> None:
    sound = Audio(noise(2, 3 * rate), rate)
    kind = output_format(probe(save(tmp_path / f"source{suffix}", sound)))
    wanted = Format(kind.container, kind.subtype, rate, 2, bit_rate)
    with open_writer(tmp_path / "out", wanted) as writer:
        writer.write(sound.samples)
    got = output_format(probe(tmp_path / "out")).bit_rate
    assert got is not None
    assert 0.7 * bit_rate < got < 1.4 * bit_rate


@pytest.mark.parametrize("channels", [3, 8, 32])
@pytest.mark.parametrize("rate", [1_000, 384_000])
def test_extreme_channels_and_rates_work(tmp_path: Path, channels: int, rate: int) -> None:
    path = tmp_path / "wide.wav"
    write(path, Audio(noise(channels, 500), rate))
    assert (probe(path).format.channels, probe(path).format.rate, read(path).length) == (channels, rate, 500)


@pytest.mark.parametrize("seconds", [1e-9, 0.01, 0.3333, 60.0])
@pytest.mark.parametrize("suffix", [".wav", ".flac", ".m4a"])
def test_blocks_have_the_asked_length_and_join_to_the_whole(tmp_path: Path, seconds: float, suffix: str) -> None:
    path = save(tmp_path / f"sound{suffix}", Audio(noise(2, 3_001), 8_000))
    with open_reader(path) as reader:
        blocks = list(reader.blocks(seconds))
        assert reader.length == 3_001
    size = max(1, round(seconds * 8_000))
    assert [block.shape[1] for block in blocks[:-1]] == [size] * (len(blocks) - 1)
    assert all(block.flags.c_contiguous and block.dtype == np.float32 for block in blocks)
    np.testing.assert_array_equal(np.concatenate(blocks, axis=1), read(path).samples)


def test_peak_and_clipping_are_reported(tmp_path: Path) -> None:
    loud = np.array([[0.5, -1.5, 1.25, 1.0]], np.float32)
    for subtype, clipped in (("PCM_16", 2), ("FLOAT", 0)):
        with open_writer(tmp_path / f"{subtype}.wav", Format("wav", subtype, 8_000, 1)) as writer:
            writer.write(loud)
        assert (writer.peak, writer.clipped, writer.length) == (1.5, clipped, 4)


@pytest.mark.parametrize(("source", "suffix", "expected"), [
    (("wav", "PCM_16"), ".flac", ("flac", "PCM_16")), (("wav", "PCM_24"), ".flac", ("flac", "PCM_24")),
    (("wav", "FLOAT"), ".flac", ("flac", "PCM_24")), (("flac", "PCM_24"), ".wav", ("wav", "PCM_24")),
    (("mp3", "MPEG_LAYER_III"), ".wav", ("wav", "PCM_16")), (("wav", "FLOAT"), None, ("wav", "FLOAT")),
    (("wav", "PCM_U8"), ".aiff", ("aiff", "PCM_U8")), (("wav", "PCM_16"), ".m4a", ("m4a", "AAC")),
    (("mp4", "AAC"), None, ("m4a", "AAC")), (("webm", "OPUS"), None, ("opus", "OPUS")),
    (("mkv", "VORBIS"), None, ("ogg", "VORBIS")), (("mkv", "AC3"), None, ("flac", "PCM_16")),
    (("wav", "MS_ADPCM"), None, ("wav", "PCM_16")), (("opus", "OPUS"), ".ogg", ("ogg", "OPUS")),
])  # fmt: skip
def test_the_output_keeps_the_family_or_takes_the_nearest(
    source: tuple[str, str], suffix: str | None, expected: tuple[str, str]
) -> None:
    from voxlift.media import Info

    chosen = output_format(Info(Path("x"), Format(*source, rate=48_000, channels=2), 1, 1.0), suffix)
    assert (chosen.container, chosen.subtype, chosen.rate, chosen.channels) == (*expected, 48_000, 2)


@pytest.mark.parametrize(("suffix", "rate", "channels", "words"), [
    (".opus", 44_100, 2, "write .ogg, .flac or .wav"), (".mp3", 96_000, 2, "MP3 files hold rates"),
    (".flac", 48_000, 9, "up to 8 channels"), (".xyz", 48_000, 2, "use one of .wav"), ("", 48_000, 2, "no suffix"),
])  # fmt: skip
def test_what_a_file_cannot_hold_is_refused_with_a_way_out(suffix: str, rate: int, channels: int, words: str) -> None:
    from voxlift.media import Info

    with pytest.raises(InputError, match=words):
        output_format(Info(Path("x"), Format("wav", "PCM_16", rate, channels), 1, 1.0), suffix)


def test_a_wrong_suffix_is_seen_through(tmp_path: Path) -> None:
    path = save(tmp_path / "sound.mp3", Audio(noise(1, 16_000), 16_000)).rename(tmp_path / "sound.wav")
    info = probe(path)
    assert (info.format.container, sound_suffix(info), read(path).length) == ("mp3", ".mp3", 16_000)


NAMES = ["with space.wav", "한글.flac", "été.ogg", "-dash.wav", "dot..wav", "%s {0} $HOME `x`.m4a", "tab\tend.wav"]


@pytest.mark.parametrize("name", [*NAMES, "n" * 240 + ".wav"])
def test_any_name_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.chdir(tmp_path)
    write(Path(name), Audio(noise(1, 4_000), 16_000))
    assert read(Path(name)).length == 4_000
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_wav_of_another_maker_is_read_as_it_stands(tmp_path: Path) -> None:
    integers = np.random.default_rng(2).integers(-32_768, 32_768, (1_000, 2)).astype(np.int16)
    soundfile.write(tmp_path / "other.wav", integers, 44_100, subtype="PCM_16")
    np.testing.assert_array_equal(read(tmp_path / "other.wav").samples * 32_768, integers.T)
