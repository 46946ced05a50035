"""Standard input and output: in a pipe with ffmpeg or sox, wav comes and goes without an end in sight."""

from __future__ import annotations

import io
import struct
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from tests.unit.media_signals import lag, noise, save
from voxlift.audio import Audio
from voxlift.errors import MediaError
from voxlift.media import Format, open_reader, open_writer, read


class Pipe(io.RawIOBase):
    """Bytes that come in small lots and cannot be sought."""

    def __init__(self, data: bytes) -> None:
        self._data = io.BytesIO(data)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        return self._data.readinto(memoryview(buffer)[:1_000])


def feed(monkeypatch: pytest.MonkeyPatch, data: bytes) -> io.BufferedReader:
    buffered = io.BufferedReader(Pipe(data))
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=buffered))
    return buffered


@pytest.mark.parametrize(("suffix", "subtype"), [
    (".wav", "PCM_U8"), (".wav", "PCM_16"), (".wav", "PCM_24"), (".wav", "FLOAT"), (".flac", "PCM_16"),
    (".flac", "PCM_24"), (".aiff", "PCM_16"), (".m4a", "ALAC_16"), (".m4a", "PCM_16"), (".ogg", "PCM_16"),
])  # fmt: skip
def test_standard_input_gives_what_the_file_gives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str, subtype: str
) -> None:
    path = save(tmp_path / f"sound{suffix}", Audio(noise(2, 30_001), 44_100), subtype=subtype)
    stdin = feed(monkeypatch, path.read_bytes())
    with open_reader("-") as reader:
        samples = np.concatenate(list(reader), axis=1)
    expected = read(path)
    assert (reader.rate, samples.shape) == (expected.rate, expected.samples.shape)
    assert reader.warnings == []
    if suffix == ".ogg":  # two decoders of one codec differ in the last bits
        np.testing.assert_allclose(samples, expected.samples, atol=1e-4)
    else:
        np.testing.assert_array_equal(samples, expected.samples)
        assert reader.info.format.subtype == (subtype if suffix != ".m4a" or subtype == "ALAC_16" else "AAC")
    assert not stdin.closed


def test_mp3_from_a_pipe_is_in_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sound = Audio(noise(1, 30_001), 44_100)
    feed(monkeypatch, save(tmp_path / "sound.mp3", sound).read_bytes())
    back = read("-")
    assert lag(sound.samples[0], back.samples[0]) == 0
    assert 0 <= back.length - sound.length < 1_152


@pytest.mark.parametrize("claimed", [0, 0xFFFF_FFFF, 0x7FFF_F000])
def test_a_wav_without_a_length_is_read_to_its_end(monkeypatch: pytest.MonkeyPatch, claimed: int) -> None:
    header = (
        b"RIFF" + struct.pack("<I", claimed) + b"WAVEfmt " + struct.pack("<IHHIIHH", 16, 1, 1, 16_000, 32_000, 2, 16)
    )
    integers = (noise(1, 9_999) * 32_767).astype("<i2")
    feed(monkeypatch, header + b"data" + struct.pack("<I", claimed) + integers.tobytes())
    with open_reader("-") as reader:
        assert reader.length is None
        samples = np.concatenate(list(reader), axis=1)
    np.testing.assert_array_equal(samples * 32_768, integers)
    assert reader.warnings == []


def test_a_wav_pipe_that_ends_early_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = save(tmp_path / "sound.wav", Audio(noise(1, 20_000), 16_000)).read_bytes()
    feed(monkeypatch, data[:20_044])
    with open_reader("-") as reader:
        assert reader.length == 20_000
        assert sum(block.shape[1] for block in reader) == 10_000
    assert any("cut short" in warning for warning in reader.warnings)


@pytest.mark.parametrize("data", [b"", b"no sound at all, only words\n" * 50])
def test_standard_input_without_sound_is_refused(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    feed(monkeypatch, data)
    with pytest.raises(MediaError, match="standard input"):
        open_reader("-")


@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE"])
@pytest.mark.parametrize("known", [True, False])
def test_a_streamed_wav_is_a_wav(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, subtype: str, known: bool) -> None:
    kind, samples = Format("wav", subtype, 44_100, 2), noise(2, 10_001) * 5
    out = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", SimpleNamespace(buffer=out))
    with open_writer("-", kind, length=10_001 if known else None) as writer:
        writer.write(samples[:, :4_000])
        assert len(out.getvalue()) > 4_000  # it streams
        writer.write(samples[:, 4_000:])
        promised = writer.rounded(samples)
    assert not out.closed
    (tmp_path / "out.wav").write_bytes(out.getvalue())
    with open_reader(tmp_path / "out.wav") as reader:
        np.testing.assert_array_equal(np.concatenate(list(reader), axis=1), promised)
        assert (reader.info.format, reader.length, reader.warnings) == (kind, 10_001, [])
    assert (out.getvalue()[40:44] == b"\xff" * 4) is not known


@pytest.mark.parametrize(("container", "subtype"), [("flac", "PCM_16"), ("m4a", "AAC"), ("mp3", "MPEG_LAYER_III")])
def test_other_formats_come_out_when_they_are_complete(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, container: str, subtype: str
) -> None:
    out = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", SimpleNamespace(buffer=out))
    with open_writer("-", Format(container, subtype, 44_100, 1)) as writer:
        writer.write(noise(1, 12_345))
        assert out.getvalue() == b""
    (tmp_path / "out").write_bytes(out.getvalue())
    assert read(tmp_path / "out").length == 12_345


def test_a_pipe_that_nobody_reads_ends_in_a_sentence() -> None:
    script = (
        "import numpy as np\nfrom voxlift.errors import MediaError\nfrom voxlift.media import Format, open_writer\n"
        "import sys\ntry:\n    with open_writer('-', Format('wav', 'PCM_16', 16_000, 1)) as writer:\n"
        "        for _ in range(100):\n            writer.write(np.zeros((1, 16_000), np.float32))\n"
        "except MediaError as error:\n    print(error, file=sys.stderr, flush=True)\n"
        "    import os\n    os._exit(2)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    with process.stderr:
        assert b"standard output was closed" in process.stderr.read()
    assert process.wait(timeout=30) == 2
