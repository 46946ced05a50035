"""Whatever comes in, the command ends with the sound or with one sentence; never with a trace or half a file."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import voxlift
from tests.cli.command_line import Cli, command, names, save, sound


def cut(name: str, share: float) -> None:
    path = save(name, sound(64_000))
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])


def with_value(value: float) -> Callable[[], object]:
    samples = sound(64_000).samples.copy()
    samples[0, 40_000] = value

    def build() -> None:
        import soundfile

        soundfile.write("a.wav", samples.T, 16_000, subtype="FLOAT")

    return build


def lying(claimed: int) -> None:
    path = save("a.wav", sound(8_000))
    data = bytearray(path.read_bytes())
    place = data.index(b"data")
    data[place + 4 : place + 8] = claimed.to_bytes(4, "little")
    data[4:8] = min(claimed + place, 0xFFFF_FFFF).to_bytes(4, "little")
    path.write_bytes(data)


def raw_wav(channels: int, rate: int, length: int = 100) -> None:
    import soundfile

    soundfile.write("a.wav", np.zeros((length, channels)), rate, subtype="PCM_16")


REFUSED = {
    "missing": ("a.wav", lambda: None, "no such file"),
    "empty": ("a.wav", lambda: Path("a.wav").touch(), "empty (0 bytes)"),
    "text": ("a.wav", lambda: Path("a.wav").write_text("Dear reader.\n" * 99), "no sound could be found"),
    "playlist": ("a.mp3", lambda: Path("a.mp3").write_text("#EXTM3U\n/etc/passwd\n"), "no sound could be found"),
    "header only": ("a.wav", lambda: Path("a.wav").write_bytes(b"RIFF\x24\0\0\0WAVE"), "no sound could be found"),
    "m4a without its end": ("a.m4a", lambda: cut("a.m4a", 0.6), "no sound could be found"),
    "NaN": ("a.wav", with_value(np.nan), "2.500 s"),
    "infinity": ("a.wav", with_value(-np.inf), "2.500 s"),
    "0 samples": ("a.wav", lambda: raw_wav(1, 16_000, 0), "no samples"),
    "33 channels": ("a.wav", lambda: raw_wav(33, 16_000), "1 to 32"),
    "999 Hz": ("a.wav", lambda: raw_wav(1, 999), "1000 to 384000 Hz"),
    "768 kHz": ("a.wav", lambda: raw_wav(1, 768_000), "1000 to 384000 Hz"),
    "loop of links": ("a.wav", lambda: Path("a.wav").symlink_to("a.wav"), "could not be read"),
    "name too long": ("a" * 300 + ".wav", lambda: None, "name too long"),
    "name too long with .voice": ("a" * 247 + ".wav", lambda: save("a" * 247 + ".wav"), "too long"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_sound_ends_in_one_sentence(cli: Cli, folder: Path, case: str) -> None:
    name, build, words = REFUSED[case]
    build()
    before = names(folder)
    ran = cli("denoise", name, "--rest")
    assert (ran.status, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert ran.err.startswith(f"voxlift: {name[:200]}")
    assert words.lower() in ran.err.lower()
    assert names(folder) == before


TAKEN = {
    "1 sample": (lambda: save("a.wav", sound(1)), ""),
    "32 channels": (lambda: save("a.wav", sound(9_000, 32)), ""),
    "1 kHz": (lambda: save("a.wav", sound(3_000, 1, 1_000)), ""),
    "384 kHz": (lambda: save("a.wav", sound(99_000, 1, 384_000)), ""),
    "all silent": (lambda: save("a.wav", voxlift.Audio(np.zeros((2, 20_000), np.float32), 16_000)), "voice silent"),
    "clipped": (lambda: save("a.wav", voxlift.Audio(np.sign(sound().samples), 16_000)), ""),
    "beyond full scale": (lambda: save("a.wav", voxlift.Audio(9 * sound().samples, 16_000), "FLOAT"), ""),
    "8 bits": (lambda: save("a.wav", sound(), "PCM_U8"), ""),
    "header claims too much": (lambda: lying(1 << 28), "warning: a.wav: the header promises more"),
    "header leaves it open": (lambda: lying(0xFFFF_FFFF), ""),
    "wav cut short": (lambda: cut("a.wav", 0.5), "warning: a.wav"),
}


@pytest.mark.parametrize("case", TAKEN)
def test_what_is_odd_but_sound_is_lifted(cli: Cli, case: str) -> None:
    build, words = TAKEN[case]
    build()
    ran = cli("denoise", "a.wav", "--rest", "--json")
    assert ran.status == 0
    assert words in ran.err
    assert ("warning" in ran.err) == ("warning" in words)
    before, voice, rest = (voxlift.read(name) for name in ("a.wav", "a.voice.wav", "a.rest.wav"))
    assert (voice.rate, voice.samples.shape) == (before.rate, before.samples.shape)
    gain_db = ran.records[0]["gain_db"]
    assert (gain_db < 0) == ("all lowered by" in ran.err)
    np.testing.assert_allclose(voice.samples + rest.samples, 10 ** (gain_db / 20) * before.samples, atol=2e-4)


def test_the_content_names_the_kind_where_the_name_lies(cli: Cli, folder: Path) -> None:
    save("a.mp3").rename("a.wav")
    assert cli("denoise", "a.wav").status == 0
    assert names(folder) == ["a.voice.mp3", "a.wav"]


@pytest.mark.parametrize("suffix", [".mp3", ".flac", ".ogg", ".opus"])
def test_a_cut_file_is_lifted_up_to_the_cut_with_a_warning(cli: Cli, suffix: str) -> None:
    cut(f"a{suffix}", 0.6)
    ran = cli("denoise", f"a{suffix}")
    assert ran.status == 0
    assert f"warning: a{suffix}" in ran.err
    assert 0.3 * 64_000 < voxlift.read(f"a.voice{suffix}").length < 0.7 * 64_000


@pytest.mark.parametrize("name", [
    "with spaces.wav", "한글 노래.wav", "Árvíztűrő tükörfúrógép.wav", "-dash.wav", "trailing dot.", "no suffix",
    " lead.wav", "new\nline.wav", "'quoted' \"twice\".wav", "%d$HOME.wav", "bytes\udcff.wav",
])  # fmt: skip
def test_any_name_is_a_name(cli: Cli, folder: Path, name: str) -> None:
    save("a.wav", sound(4_000)).rename(name)
    ran = cli("denoise", "--", name)
    assert (ran.status, ran.err.count("\n")) == (0, 1)
    (made,) = set(names(folder)) - {name}
    assert made == f"{name.removesuffix('.wav').rstrip('.')}.voice.wav"
    assert voxlift.read(made).length == 4_000


def test_a_dash_in_front_is_explained(cli: Cli) -> None:
    save("a.wav", sound(400)).rename("-dash.wav")
    ran = cli("denoise", "-dash.wav")
    assert (ran.status, ran.err.count("\n")) == (2, 1)
    assert "./-dash.wav" in ran.err
    assert cli("denoise", "./-dash.wav").status == 0


def test_the_input_is_never_its_own_output(cli: Cli) -> None:
    source = save("a.wav", sound(400))
    Path("link.wav").symlink_to("a.wav")
    os.link("a.wav", "hard.wav")
    before = source.read_bytes()
    for output in ("a.wav", "./a.wav", source.absolute(), "link.wav", "hard.wav"):
        ran = cli("denoise", "a.wav", "-o", output, "--overwrite")
        assert (ran.status, "input itself" in ran.err) == (2, True)
    assert source.read_bytes() == before


AS_NOBODY = """
import os, sys
from voxlift.cli import run
assert run(["denoise", "first.wav", "-q"]) == 0  # loads all that nobody may not load
os.seteuid(65534)
sys.exit(run(["denoise", *sys.argv[1:]]))
"""


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can become somebody else")
@pytest.mark.parametrize(("options", "words"), [
    (["secret.wav"], "may not read"), (["first.wav", "-o", "locked/x.wav"], "may not write"),
    (["first.wav", "--output-dir", "locked/new"], "may not write"), (["locked"], "cannot be read"),
])  # fmt: skip
def test_what_is_forbidden_is_said(monkeypatch: pytest.MonkeyPatch, options: list[str], words: str) -> None:
    # Not in pytest's own folder, which nobody else may enter.
    with tempfile.TemporaryDirectory() as place:
        Path(place).chmod(0o755)
        monkeypatch.chdir(place)
        monkeypatch.setenv("VOXLIFT_MODELS", place)
        save("first.wav", sound(400))
        save("secret.wav", sound(400)).chmod(0)
        Path("locked").mkdir(0o700 if options == ["locked"] else 0o755)
        ran = subprocess.run([sys.executable, "-c", AS_NOBODY, *options], capture_output=True, text=True, check=False)
        assert (ran.returncode, ran.stdout, ran.stderr.count("\n")) == (2, "", 1), ran.stderr
        assert words in ran.stderr
        assert names(Path(place)) == ["first.voice.wav", "first.wav", "locked", "secret.wav"]
        monkeypatch.undo()  # leaves the folder before it goes


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a folder in which not even root may write")
def test_an_unwritable_folder_is_said(cli: Cli) -> None:
    save("a.wav", sound(400))
    ran = cli("denoise", "a.wav", "-o", "/proc/x.wav")
    assert (ran.status, ran.err.count("\n")) == (2, 1)
    assert "folder /proc" in ran.err


LIMITED = """
import resource, sys
from voxlift.cli import run
resource.setrlimit(resource.RLIMIT_FSIZE, (30_000, 30_000))
sys.exit(run(sys.argv[1:]))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no limits on the size of a file")
def test_a_full_disk_is_said_and_nothing_stays(folder: Path) -> None:
    save("a.wav", sound(64_000))
    for suffix in ("wav", "flac"):
        ran = subprocess.run(
            [sys.executable, "-c", LIMITED, "denoise", "a.wav", "--rest", "--format", suffix],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert (ran.returncode, ran.stderr.count("\n")) == (2, 1)
        assert "no space left" in ran.stderr
        assert names(folder) == ["a.wav"]


def test_the_installed_command_ends_the_same_way() -> None:
    """The cases above run in this process; the way out of a real one is tried here."""
    Path("a.wav").write_text("no sound")
    ran = subprocess.run(command("denoise", "a.wav"), capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout, ran.stderr.count("\n")) == (2, "", 1), ran.stderr
    assert "no sound could be found" in ran.stderr
