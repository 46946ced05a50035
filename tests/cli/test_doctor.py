"""`voxlift doctor`."""

from __future__ import annotations

import json
import shutil
import sys

import pytest
import typer

from voxlift.cli.doctor import doctor, examine, requirements, satisfies
from voxlift.separate import store

module = sys.modules["voxlift.cli.doctor"]  # voxlift.cli.doctor itself is the command of that name


def by_name(findings):
    return {finding.name: finding for finding in findings}


@pytest.mark.skipif(not (store.SHIPPED / "denoise").is_dir(), reason="no card is shipped yet")
def test_here_the_core_is_well(capsys):
    doctor("denoise", as_json=True)
    told = json.loads(capsys.readouterr().out)
    found = {finding["name"]: finding for finding in told["findings"]}
    assert told["well"]
    assert found["self-test"]["facts"]["times_real_time"] > 0
    assert found["libraries"]["facts"]["versions"]["numpy"][0].isdigit()
    assert {"wav", "flac", "ogg", "mp3", "m4a"} <= set(found["codecs"]["facts"]["writes"])
    doctor("denoise", as_json=False)
    assert capsys.readouterr().out.rstrip().endswith("All is well.")


def test_a_missing_extra_is_a_note_with_the_command_that_mends_it(monkeypatch):
    real = module.installed_version
    monkeypatch.setattr(module, "installed_version", lambda name: None if name == "matplotlib" else real(name))
    plot = by_name(examine("denoise"))["extra plot"]
    assert (plot.state, plot.mend) == ("note", "pip install 'voxlift[plot]'")


def test_an_old_library_of_the_core_is_a_fault(monkeypatch):
    real = module.installed_version
    monkeypatch.setattr(module, "installed_version", lambda name: "0.1" if name == "soxr" else real(name))
    libraries = by_name(examine("denoise"))["libraries"]
    assert libraries.state == "fault"
    assert "soxr" in libraries.mend


def test_without_models_the_core_does_not_work(monkeypatch, folder, capsys):
    monkeypatch.setattr(store, "SHIPPED", folder / "nothing")
    with pytest.raises(typer.Exit) as stopped:
        doctor("denoise", as_json=False)
    assert stopped.value.exit_code == 2
    assert "FAULT models" in capsys.readouterr().out


@pytest.mark.skipif(not (store.SHIPPED / "denoise").is_dir(), reason="no card is shipped yet")
def test_a_damaged_model_is_named(monkeypatch, folder):
    shutil.copytree(store.SHIPPED / "denoise", folder / "cards" / "denoise")
    (folder / "cards" / "denoise" / "weights.onnx").write_bytes(b"changed")
    monkeypatch.setattr(store, "SHIPPED", folder / "cards")
    found = by_name(examine("denoise"))
    assert found["model denoise"].state == found["self-test"].state == "fault"
    assert "sha256" in found["model denoise"].told


def test_requirements_come_from_the_package_itself():
    assert "numpy" in requirements("")
    assert "matplotlib" not in requirements("")
    assert list(requirements("plot")) == ["matplotlib"]


@pytest.mark.parametrize(
    ("version", "spec", "enough"),
    [
        ("2.10.0", "numpy>=2.9", True),
        ("2.0", "numpy>=2.0", True),
        ("1.26.4", "numpy>=2.0", False),
        ("2.13.0+cpu", "torch>=2.5", True),
        (None, "av>=14", False),
        ("1", "anything", True),
    ],
)
def test_versions_are_compared_as_numbers(version, spec, enough):
    assert satisfies(version, spec) is enough
