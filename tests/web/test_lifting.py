"""The process that decodes: its limits, its refusals, and that it never outlives who watches it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

import voxlift
from tests.cards import splitter_card
from tests.cli.command_line import film, save, sound
from tests.web.serving import lifting_processes, wait_until
from voxlift.web.child import Ended, run
from voxlift.web.encoding import PROGRAM, Order
from voxlift.web.lifting import Request


@pytest.fixture
def request_(tmp_path: Path, talk: Path) -> Request:
    folder = tmp_path / "attempt"
    folder.mkdir()
    return Request(
        upload=str(talk), folder=str(folder), name="talk", task="denoise", model="logistic", strength_db=None,
        speakers=None, device="cpu",
        formats=("flac", "wav", "mp3"), max_seconds=60.0, max_channels=2, memory_bytes=4_000_000_000, cpu_seconds=100,
    )  # fmt: skip


def lift(request: Request, **changed: Any) -> Ended:
    return run(replace(request, **changed), 100, lambda _: True)


def test_a_result_is_whole(request_: Request, talk: Path) -> None:
    seen: list[float] = []
    ended = run(request_, 100, lambda progress: seen.append(progress) is None)
    assert ended.result is not None, ended
    folder, result = Path(request_.folder), ended.result
    assert {(made["stem"], made["kind"]) for made in result["made"]} == {
        (stem, kind) for stem in ("before", "voice", "rest") for kind in ("flac", "wav", "mp3", "peaks", "spectrogram")
    }
    promised = {made["file"]: f"{made['stem']}.flac" for made in result["made"] if made["bytes"] is None}
    assert {Path(file).suffix for file in promised} == {".wav", ".mp3"}
    assert (result["seconds"], result["rate"], result["channels"], result["container"]) == (1.0, 16_000, 1, "wav")
    assert seen == sorted(seen)

    before = voxlift.read(talk).samples
    stems = {stem: voxlift.read(folder / f"{stem}.flac").samples for stem in ("before", "voice", "rest")}
    np.testing.assert_array_equal(stems["before"], before)
    np.testing.assert_allclose(stems["voice"] + stems["rest"], before, atol=1e-7)
    assert {path.name for path in folder.iterdir()} == {made["file"] for made in result["made"]} - promised.keys()
    written = run(Order(str(folder), promised, 4_000_000_000, 100), 100, lambda _: True, PROGRAM).result
    assert written == {name: (folder / name).stat().st_size for name in promised}
    for stem, samples in stems.items():
        np.testing.assert_array_equal(voxlift.read(folder / f"{stem}.wav").samples, samples)
        assert voxlift.read(folder / f"{stem}.mp3").seconds == pytest.approx(1.0)
        peaks = json.loads((folder / f"{stem}.json").read_text())
        assert peaks["seconds"] == 1.0
        assert max(peaks["highest"]) == pytest.approx(samples.max(), abs=1e-3)
        assert (folder / f"{stem}.png").read_bytes()[:4] == b"\x89PNG"
    wanted = voxlift.load("logistic", threads=1)(voxlift.read(talk))["voice"].samples
    np.testing.assert_allclose(stems["voice"], wanted, atol=1e-4)


@pytest.mark.parametrize(
    "data", [b"just a text\n" * 100, b"\x00" * 5000, b"RIFF\xff\xff\xff\x7fWAVEfmt ", b"%PDF-1.7 x"]
)
def test_what_is_no_sound_is_refused_in_a_sentence(request_: Request, tmp_path: Path, data: bytes) -> None:
    (tmp_path / "upload").write_bytes(data)
    ended = lift(request_, upload=str(tmp_path / "upload"))
    assert ended.refused is not None, ended
    assert str(tmp_path) not in ended.refused
    assert "\n" not in ended.refused
    assert list(Path(request_.folder).iterdir()) == []


def test_a_film_gives_its_sound(request_: Request, tmp_path: Path) -> None:
    ended = lift(request_, upload=str(film(tmp_path / "film.mp4")))
    assert ended.result is not None, ended
    assert ended.result["seconds"] == pytest.approx(1.5, abs=0.1)


def test_ten_hours_in_a_tiny_file_are_refused(request_: Request, tmp_path: Path) -> None:
    path = tmp_path / "upload.flac"
    with soundfile.SoundFile(path, "w", 1000, 1, "PCM_16") as file:
        for _ in range(60):
            file.write(np.zeros(600_000, np.int16))
    assert path.stat().st_size < 3_000_000
    ended = lift(request_, upload=str(path))
    assert ended.refused is not None, ended
    assert "600 minutes" in ended.refused
    assert "60 seconds" in ended.refused


def test_what_hides_its_length_is_stopped_on_the_way(request_: Request, tmp_path: Path) -> None:
    """A stream's header may claim any length: this one says nothing, and unpacks to two minutes."""
    path = save(tmp_path / "long.flac", sound(16_000 * 120))
    data = bytearray(path.read_bytes())
    place = data.index(b"fLaC") + 8
    data[place + 13] &= 0xF0  # the number of samples is 36 bits in the middle of the header: 0 is "unknown"
    data[place + 14 : place + 18] = bytes(4)
    path.write_bytes(data)
    ended = lift(request_, upload=str(path))
    assert ended.refused is not None, ended
    assert "60 seconds" in ended.refused
    assert list(Path(request_.folder).iterdir()) == []


def test_too_many_channels_and_samples_are_refused(request_: Request, tmp_path: Path) -> None:
    many = save(tmp_path / "many.wav", sound(1000, channels=6))
    assert "6 channels" in str(lift(request_, upload=str(many)).refused)
    fast = save(tmp_path / "fast.wav", sound(384_000, channels=2, rate=384_000))
    assert "million samples" in str(lift(request_, upload=str(fast), max_seconds=2.0, max_channels=2).refused)


def test_what_mp3_cannot_hold_comes_in_the_other_formats(request_: Request, tmp_path: Path) -> None:
    wide = save(tmp_path / "wide.wav", sound(4000, channels=6, rate=48_000), subtype="FLOAT")
    ended = lift(request_, upload=str(wide), max_channels=8)
    assert ended.result is not None, ended
    assert {made["kind"] for made in ended.result["made"]} == {"flac", "wav", "peaks", "spectrogram"}
    assert soundfile.info(Path(request_.folder) / "voice.wav").subtype == "FLOAT"


def test_memory_has_a_limit(request_: Request) -> None:
    ended = lift(request_, memory_bytes=200_000_000)
    assert ended.memory, ended


def test_time_has_a_limit(request_: Request, tmp_path: Path) -> None:
    long = replace(request_, upload=str(save(tmp_path / "long.wav", sound(16_000 * 900))), max_seconds=1000.0)
    assert run(long, 0.2, lambda _: True).late
    assert lift(long, cpu_seconds=1).late


def test_who_had_finished_when_the_time_was_over_is_not_late(request_: Request) -> None:
    def watch(_: float) -> bool:
        wait_until(lambda: not lifting_processes(os.getpid()))  # and all that it said waits to be heard
        time.sleep(max(0.0, until - time.monotonic()))
        return True

    until = time.monotonic() + 3.0
    assert run(request_, 2.0, watch).result is not None


def test_speakers_are_counted_and_timed(request_: Request, tmp_path: Path, shipped_models_only: Path) -> None:
    splitter_card(shipped_models_only / "splitter", "splitter")
    talk = save(tmp_path / "talk.wav", sound(16_000 * 3))
    for speakers, stems in ((None, 2), (2, 2)):
        folder = tmp_path / f"attempt{speakers}"
        folder.mkdir()
        ended = lift(
            request_, upload=str(talk), folder=str(folder), task="speakers", model="splitter", speakers=speakers
        )
        assert ended.result is not None, ended
        made = {(made["stem"], made["kind"]): made["file"] for made in ended.result["made"]}
        assert {stem for stem, _ in made} == {"before", "rest", "timeline", *(f"speaker-{k + 1}" for k in range(stems))}
        facts = ended.result["facts"]
        table = json.loads((folder / made["timeline", "json"]).read_text())
        assert table["speakers_heard"] == facts["speakers_heard"] <= 2
        assert table["seconds"] == 3.0
        assert table["turns"]
        assert (folder / made["timeline", "png"]).read_bytes()[:4] == b"\x89PNG"
        assert (folder / made["timeline", "rttm"]).read_text().startswith("SPEAKER talk 1 ")
    assert facts == facts | {"speakers_heard": 2, "speakers_confidence": 1.0}


def test_it_stops_when_told(request_: Request) -> None:
    assert run(request_, 100, lambda _: False).stopped


def test_a_missing_model_is_our_fault(request_: Request) -> None:
    ended = lift(request_, model="none-such")
    assert ended.refused is None
    assert "none-such" in str(ended.fault)


def test_a_full_disk_is_nobodys_fault(request_: Request) -> None:
    code = (
        "import resource, runpy; resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000));"
        "runpy.run_module('voxlift.web.lifting', run_name='__main__')"
    )
    process = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps(asdict(request_)) + "\n")
    process.stdin.flush()
    last = process.stdout.read().splitlines()[-1]
    process.stdin.close()
    process.stdout.close()
    process.wait()
    assert json.loads(last) == {"full": True}
    assert list(Path(request_.folder).iterdir()) == []


def test_it_ends_with_who_started_it(request_: Request, tmp_path: Path) -> None:
    long = save(tmp_path / "long.wav", sound(16_000 * 50))
    process = subprocess.Popen(
        [sys.executable, "-m", "voxlift.web.lifting"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps(asdict(replace(request_, upload=str(long)))) + "\n")
    process.stdin.flush()
    assert "progress" in process.stdout.readline()
    process.stdin.close()  # as the system does for a process that was killed
    assert process.wait(60) == 1
    process.stdout.close()


def test_it_knows_no_secrets(request_: Request, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from voxlift.web import child

    started: dict[str, Any] = {}
    popen = subprocess.Popen

    def remember(*words: Any, **options: Any) -> subprocess.Popen[bytes]:
        started.update(options["env"])
        return popen(*words, **options)

    monkeypatch.setenv("VOXLIFT_SECRET", "s" * 40)
    monkeypatch.setenv("VOXLIFT_DATABASE", "postgresql://user:password@host/name")
    monkeypatch.setattr(child.subprocess, "Popen", remember)
    lift(request_, upload=str(tmp_path / "missing"))
    assert started
    assert not {"VOXLIFT_SECRET", "VOXLIFT_DATABASE"} & set(started)
