"""Every bad input ends in one sentence with the file, the fault and the way out; nothing is left behind."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.unit.media_signals import film, noise, save
from voxlift.audio import Audio
from voxlift.errors import InputError, MediaError
from voxlift.media import Format, open_reader, open_writer, probe, read, write

SUFFIXES = [".wav", ".flac", ".aiff", ".ogg", ".opus", ".mp3", ".m4a", ".aac"]
STEREO = Format("wav", "PCM_16", 16_000, 2)


def drain(path: Path) -> tuple[int, list[str]]:
    with open_reader(path) as reader:
        return sum(block.shape[1] for block in reader), reader.warnings


@pytest.mark.parametrize(("make", "words"), [
    (lambda path: None, "no such file"), (lambda path: path.mkdir(), "folder"),
    (lambda path: path.touch(), r"empty \(0 bytes\)"),
    (lambda path: path.write_text("Dear reader, this is no sound.\n" * 99), "no sound could be found"),
    (lambda path: path.write_bytes(b"RIFF\x24\0\0\0WAVE"), "no sound could be found"),
    (lambda path: path.write_text("#EXTM3U\n#EXTINF:1,\n/etc/passwd\n"), "no sound could be found"),
    (lambda path: path.write_text(f"ffconcat version 1.0\nfile '{__file__}'\n"), "no sound could be found"),
    (lambda path: path.symlink_to(path), "could not be read"),
])  # fmt: skip
def test_what_is_no_sound_is_refused(tmp_path: Path, make, words: str) -> None:
    path = tmp_path / "bad.wav"
    make(path)
    for use in (probe, read):
        with pytest.raises(MediaError, match=words) as caught:
            use(path)
        assert str(path) in str(caught.value)
        assert "\n" not in str(caught.value)


def test_a_name_with_a_zero_byte_is_refused() -> None:
    for use in (probe, read):
        with pytest.raises(MediaError, match="file name"):
            use(Path("a\0b.wav"))


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_cut_file_is_read_up_to_the_cut_and_says_so(tmp_path: Path, suffix: str) -> None:
    whole = save(tmp_path / f"whole{suffix}", Audio(noise(1, 160_000), 16_000))
    cut = tmp_path / f"cut{suffix}"
    data = whole.read_bytes()
    cut.write_bytes(data[: len(data) * 6 // 10])
    if suffix == ".m4a":  # its index lies at the end
        with pytest.raises(MediaError, match="no sound could be found"):
            read(cut)
        return
    length, warnings = drain(cut)
    assert 0.3 * 160_000 < length < 0.7 * 160_000
    if suffix != ".aac":  # a bare stream does not know how long it should be
        assert any("cut" in warning for warning in warnings)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_damage_in_the_middle_does_not_hide_what_follows(tmp_path: Path, suffix: str) -> None:
    path = save(tmp_path / f"sound{suffix}", Audio(noise(1, 320_000), 16_000))
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 400] = bytes(byte ^ 0x5A for byte in data[middle : middle + 400])
    path.write_bytes(data)
    length, warnings = drain(path)
    assert length > 0.85 * 320_000
    assert warnings or length >= 0.99 * 320_000


@pytest.mark.parametrize("claimed", [0xFFFF_FFFF, 0x7FFF_FFFF, 1 << 28])
def test_a_wav_whose_header_claims_more_gives_what_is_there(tmp_path: Path, claimed: int) -> None:
    path = save(tmp_path / "sound.wav", Audio(noise(1, 5_000), 16_000))
    data = bytearray(path.read_bytes())
    place = data.index(b"data")
    data[place + 4 : place + 8] = claimed.to_bytes(4, "little")
    data[4:8] = min(claimed + place, 0xFFFF_FFFF).to_bytes(4, "little")
    path.write_bytes(data)
    length, warnings = drain(path)
    assert length == 5_000
    # The two largest are what ffmpeg and sox write where a pipe hides the length: nothing is wrong with those.
    assert bool(warnings) == (claimed == 1 << 28)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_samples_that_are_no_numbers_are_named_by_their_time(tmp_path: Path, value: float) -> None:
    samples = noise(1, 400_000)
    samples[0, 200_000] = value
    soundfile.write(tmp_path / "bad.wav", samples.T, 16_000, subtype="FLOAT")
    with pytest.raises(MediaError, match=r"12\.500 s"):
        read(tmp_path / "bad.wav")


@pytest.mark.parametrize("subtype", ["PCM_16", "FLOAT"])
def test_no_samples_can_be_probed_but_not_read(tmp_path: Path, subtype: str) -> None:
    path = tmp_path / "none.wav"
    soundfile.write(path, np.zeros((0, 2)), 16_000, subtype=subtype)
    assert probe(path).length == 0
    with pytest.raises(InputError, match="no samples"):
        open_reader(path)


@pytest.mark.parametrize(("channels", "rate"), [(33, 16_000), (1, 768_000), (1, 500)])
def test_impossible_channels_and_rates_are_refused(tmp_path: Path, channels: int, rate: int) -> None:
    path = tmp_path / "odd.wav"
    soundfile.write(path, np.zeros((100, channels)), rate, subtype="PCM_16")
    for use in (probe, open_reader):
        with pytest.raises(MediaError, match=r"odd\.wav.*Voxlift takes"):
            use(path)


def test_a_film_without_sound_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="film has no sound"):
        read(film(tmp_path / "mute.mp4", "aac", None))


def test_what_may_not_be_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = save(tmp_path / "secret.wav", Audio(noise(1, 100), 16_000))
    path.chmod(0)
    if os.geteuid() == 0:  # nothing is forbidden to root, so the system's answer is played

        def refuse(*_: object, **__: object) -> None:
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(MediaError, match="may not read"):
        read(path)


def test_a_fault_of_the_disk_while_reading_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = save(tmp_path / "sound.wav", Audio(noise(1, 200_000), 16_000))
    with open_reader(path) as reader:
        reader._bytes.file.close()

        class Broken:
            def read(self, count: int) -> bytes:
                raise OSError(5, "Input/output error")

            def seek(self, offset: int, whence: int = 0) -> int:
                return offset

            def tell(self) -> int:
                return 0

            def close(self) -> None:
                pass

        reader._bytes.file._raw = Broken()  # type: ignore[union-attr, assignment]
        with pytest.raises(MediaError, match="Input/output error"):
            list(reader)


@pytest.mark.parametrize(("out", "words"), [
    ("missing/out.wav", "make it first"), ("file.txt/out.wav", "is not a folder"), ("folder.wav", "this is a folder"),
])  # fmt: skip
def test_an_output_that_cannot_be_made_is_refused(tmp_path: Path, out: str, words: str) -> None:
    (tmp_path / "file.txt").touch()
    (tmp_path / "folder.wav").mkdir()
    with pytest.raises(MediaError, match=words):
        write(tmp_path / out, Audio(noise(1, 100), 16_000))


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a folder in which not even root may write")
def test_an_unwritable_folder_is_refused() -> None:
    with pytest.raises(MediaError, match="/proc"):
        write(Path("/proc/out.wav"), Audio(noise(1, 100), 16_000))


def test_an_existing_file_stays_unless_told_otherwise(tmp_path: Path) -> None:
    path = tmp_path / "out.wav"
    path.write_bytes(b"precious")
    with pytest.raises(InputError, match="--overwrite"):
        open_writer(path, STEREO)
    assert path.read_bytes() == b"precious"
    path.chmod(0o640)
    with open_writer(path, STEREO, overwrite=True) as writer:
        writer.write(noise(2, 100))
        assert path.read_bytes() == b"precious"
    assert read(path).length == 100
    assert path.stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("fault", [RuntimeError, KeyboardInterrupt])
def test_an_interrupted_file_leaves_nothing(tmp_path: Path, suffix: str, fault: type[BaseException]) -> None:
    kind = probe(save(tmp_path / f"model{suffix}", Audio(noise(2, 9_000), 16_000))).format
    (tmp_path / f"model{suffix}").unlink()
    with pytest.raises(fault), open_writer(tmp_path / f"out{suffix}", kind) as writer:  # noqa: PT012
        writer.write(noise(2, 9_000))
        assert [path.name.startswith(f".out{suffix}.part-") for path in tmp_path.iterdir()] == [True]
        raise fault
    assert list(tmp_path.iterdir()) == []


def test_a_link_keeps_pointing_to_the_file_that_is_replaced(tmp_path: Path) -> None:
    save(tmp_path / "real.wav", Audio(noise(1, 10), 16_000))
    (tmp_path / "link.wav").symlink_to("real.wav")
    write(tmp_path / "link.wav", Audio(noise(1, 77), 16_000), overwrite=True)
    assert (tmp_path / "link.wav").is_symlink()
    assert read(tmp_path / "real.wav").length == 77


@pytest.mark.parametrize(("block", "words"), [
    (np.full((2, 5), np.nan, np.float32), "NaN"), (np.zeros((3, 5), np.float32), "2 channels"),
])  # fmt: skip
def test_impossible_blocks_are_refused_and_nothing_is_left(tmp_path: Path, block: np.ndarray, words: str) -> None:
    with pytest.raises(MediaError, match=words), open_writer(tmp_path / "out.wav", STEREO) as writer:
        writer.write(block)
    assert list(tmp_path.iterdir()) == []


FILL_THE_DISK = """
import resource, sys
import numpy as np
from voxlift.errors import MediaError
from voxlift.media import Format, open_writer
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
for kind in sys.argv[2:]:
    try:
        with open_writer(sys.argv[1], Format(*kind.split(","), 16_000, 2, 128_000)) as writer:
            for _ in range(20):
                writer.write(np.random.default_rng(0).uniform(-1, 1, (2, 16_000)).astype(np.float32))
    except MediaError as error:
        print(error)
"""
KINDS = [
    "wav,PCM_16",
    "wav,FLOAT",
    "flac,PCM_16",
    "ogg,VORBIS",
    "opus,OPUS",
    "mp3,MPEG_LAYER_III",
    "m4a,AAC",
    "aac,AAC",
]


@pytest.mark.skipif(sys.platform == "win32", reason="no limits on the size of a file")
def test_a_full_disk_is_told_and_leaves_nothing(tmp_path: Path) -> None:
    # One process for all kinds: starting Python is most of the time.
    command = [sys.executable, "-c", FILL_THE_DISK, str(tmp_path / "out"), *KINDS]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    expected = f"{tmp_path}/out: no space left in the folder {tmp_path}; free some, or write to another disk"
    assert done.stderr == ""
    assert done.stdout.splitlines() == [expected] * len(KINDS)
    assert list(tmp_path.iterdir()) == []


def test_damaged_files_print_nothing(tmp_path: Path) -> None:
    for suffix in SUFFIXES:
        path = save(tmp_path / f"sound{suffix}", Audio(noise(1, 48_000), 16_000))
        data = bytearray(path.read_bytes())
        data[len(data) // 3 :: 97] = bytes(len(data[len(data) // 3 :: 97]))
        path.write_bytes(data[: len(data) * 8 // 10])
    script = (
        "import sys, contextlib\nfrom pathlib import Path\nfrom voxlift.errors import VoxliftError\n"
        "from voxlift.media import read\n"
        "for name in sys.argv[1:]:\n    with contextlib.suppress(VoxliftError):\n        read(Path(name))\n"
    )
    command = [sys.executable, "-c", script, *sorted(map(str, tmp_path.iterdir()))]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)
