"""Many files on a cluster of separate processes: whatever dies, no file is lost, and none is lifted wrongly."""

from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.cli.command_line import Cli, names, save, sound
from tests.cluster.conftest import recordings
from tests.cluster.processes import PATIENCE_SECONDS, ROOT, Cluster, wait_until
from tests.cluster.tasks import Hard
from tests.processes import held_still
from voxlift.audio import Audio
from voxlift.cli.batch import lift_many
from voxlift.cli.options import LiftOptions
from voxlift.errors import ClusterError

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")


def rows(path: str = "m.csv") -> list[dict[str, str]]:
    with Path(path).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def done(path: str = "m.csv") -> set[str]:
    return {Path(row["input"]).name for row in rows(path) if row["status"] == "done"}


def meanwhile(act: Callable[[], None], when: Callable[[], bool]) -> threading.Thread:
    """Do something as soon as something has happened, beside what the test does."""

    def wait() -> None:
        wait_until(when)
        act()

    thread = threading.Thread(target=wait)
    thread.start()
    return thread


def begun(count: int) -> bool:
    return Path("m.csv").exists() and len(done()) >= count


def options(card: Path, **more: object) -> LiftOptions:
    given = {"model": str(card), "output_dir": "out", "manifest": Path("m.csv"), "quiet": True, **more}
    return LiftOptions(**given)  # type: ignore[arg-type]


def test_a_cluster_gives_what_this_process_gives(cli: Cli, cluster: Cluster, folder: Path) -> None:
    recordings("in", 5)
    Path("in/bad.wav").touch()
    here = cli("denoise", "in", "--output-dir", "here", "--rest")
    there = cli("denoise", "in", "--output-dir", "there", "--rest", "--cluster", cluster.address, "--manifest", "m.csv")
    assert (here.status, there.status) == (2, 2)
    assert "1 of 6 inputs failed" in there.err
    assert "2 workers with 2 slots; dashboard http" in there.err
    assert names(folder / "here") == names(folder / "there")
    for name in names(folder / "here"):
        assert (folder / "here" / name).read_bytes() == (folder / "there" / name).read_bytes()
    assert len(rows()) == 2 * 5 + 1
    assert {row["status"] for row in rows() if "bad" in row["input"]} == {"failed"}


def test_nobody_at_the_address_is_said(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    recordings("in", 1)
    monkeypatch.setattr("voxlift.cluster.scheduled._CONNECT_SECONDS", 0.5)
    ran = cli("denoise", "in", "--cluster", "tcp://127.0.0.1:1")
    assert (ran.status, ran.err.count("\n")) == (2, 1)
    assert "no scheduler answers there" in ran.err


def test_a_worker_killed_in_the_middle_loses_no_file(card: Path, cluster: Cluster, folder: Path) -> None:
    known = recordings("in", 12)
    victim, *_ = cluster.pids()
    killing = meanwhile(lambda: os.kill(victim, signal.SIGKILL), lambda: begun(2))
    status = lift_many(Hard(0.2), ["in"], options(card, cluster=cluster.address))
    killing.join()
    assert status == 0
    assert done() == set(known)
    assert len(rows()) == len(known)
    assert victim not in cluster.pids()
    assert lift_many(Hard(), ["in"], options(card, output_dir="here", manifest=None)) == 0
    for name in names(folder / "here"):
        assert (folder / "here" / name).read_bytes() == (folder / "out" / name).read_bytes()


def test_an_input_that_kills_its_worker_is_told_and_hurts_no_other(
    card: Path, cluster: Cluster, capsys: pytest.CaptureFixture[str]
) -> None:
    known = recordings("in", 6)
    Path("in/001.flac").rename("in/001-killer.flac")
    assert lift_many(Hard(), ["in"], options(card, cluster=cluster.address)) == 2
    assert done() == set(known) - {"001.flac"}
    (killed,) = [row for row in rows() if row["status"] == "killed"]
    assert killed["input"].endswith("in/001-killer.flac")
    assert "SIGKILL" in killed["error"]
    assert "1 of 6 inputs failed" in capsys.readouterr().err
    again = lift_many(Hard(), ["in"], options(card, cluster=cluster.address, resume=True))
    assert (again, len(rows())) == (2, 6)


def test_a_lost_scheduler_is_told_and_the_run_goes_on_elsewhere(card: Path, cli: Cli, tmp_path: Path) -> None:
    known = recordings("in", 12)
    (tmp_path / "cluster").mkdir()
    lost = Cluster(tmp_path / "cluster", workers=1)
    try:
        lost.start()
        killing = meanwhile(lost.kill_scheduler, lambda: begun(2))
        with pytest.raises(ClusterError, match="of 12 files; the same command with --resume goes on"):
            lift_many(Hard(0.3), ["in"], options(card, cluster=lost.address))
        killing.join()
    finally:
        lost.stop()
    before = done()
    assert 2 <= len(before) < len(known)
    # What the workers published and could not report is taken as it is: it is the same.
    whole = [Path("in").absolute(), "--output-dir", Path("out").absolute()]
    assert cli("denoise", *whole, "--manifest", "m.csv", "--resume").status == 0
    assert done() == set(known)
    assert len(rows()) == len(known)


CLIENT = """
import sys
from pathlib import Path
from tests.cluster.tasks import Hard
from voxlift.audio import Audio
from voxlift.cli.batch import lift_many
from voxlift.cli.options import LiftOptions
lift_many(Hard(0.3), ["in"], LiftOptions(output_dir="out", model=sys.argv[1], manifest=Path("m.csv"), jobs=2))
"""


def test_a_killed_run_goes_on_with_what_is_missing(card: Path, cli: Cli, folder: Path) -> None:
    known = recordings("in", 12)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    client = subprocess.Popen([sys.executable, "-c", CLIENT, str(card)], env=environment)
    wait_until(lambda: begun(3))
    client.kill()
    client.wait(PATIENCE_SECONDS)
    before = {name: (folder / "out" / f"{Path(name).stem}.voice.flac").stat().st_mtime_ns for name in done()}
    assert 3 <= len(before) < len(known)
    refused = cli("denoise", "in", "--output-dir", "out", "--manifest", "m.csv")
    assert (refused.status, "--resume" in refused.err) == (2, True)
    with Path("m.csv").open("ab") as torn:
        torn.write(b"in/011.flac,out/011.voi")
    ran = cli("denoise", "in", "--output-dir", "out", "--manifest", "m.csv", "--resume", "--json")
    assert ran.status == 0
    assert {Path(record["input"]).name for record in ran.records if record["status"] == "skipped"} == set(before)
    assert done() == set(known)
    assert len(rows()) == len(known)
    for name, time in before.items():
        assert (folder / "out" / f"{Path(name).stem}.voice.flac").stat().st_mtime_ns == time
    assert not [name for name in names(folder / "out") if not name.startswith(".") and "voice" not in name]


REMOTE = """
import sys
from voxlift.cli import run
sys.exit(run(["denoise", "in", "--output-dir", "out", "--cluster", sys.argv[1], "--model", sys.argv[2]]))
"""


@pytest.mark.parametrize(("number", "status"), [(signal.SIGKILL, -9), (signal.SIGINT, 130)])
def test_workers_stop_when_nobody_waits(card: Path, cluster: Cluster, folder: Path, number: int, status: int) -> None:
    """A recording is begun, and never done."""
    save("in/long.wav", Audio(np.tile(sound(160_000).samples, (1, 180)), 16_000))
    working = cluster.pids()
    client = subprocess.Popen([sys.executable, "-c", REMOTE, cluster.address, str(card)], stderr=subprocess.DEVNULL)
    wait_until(lambda: bool(list(Path("out").glob(".*.part-*"))))
    with held_still(working):
        client.send_signal(number)
        assert client.wait(PATIENCE_SECONDS) == status
    wait_until(lambda: not list(Path("out").iterdir()))
    with cluster.client() as asking:
        wait_until(lambda: not any(asking.processing().values()))
