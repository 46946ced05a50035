"""What may know what: nothing heavy loads before it is needed, and the layers import downwards only."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HEAVY = {
    "av",
    "dask",
    "distributed",
    "flask",
    "fsspec",
    "lightning",
    "matplotlib",
    "onnx",
    "onnxruntime",
    "pandas",
    "pyarrow",
    "scipy",
    "soundfile",
    "soxr",
    "torch",
}

IMPORT = "import voxlift"
HELP = """
from voxlift.cli import main
try:
    main({arguments})
except SystemExit as done:
    assert not done.code, done.code
"""


@pytest.mark.parametrize(
    "program",
    [
        pytest.param(IMPORT, id="import voxlift"),
        pytest.param(HELP.format(arguments=["--help"]), id="voxlift --help"),
        pytest.param(HELP.format(arguments=["denoise", "--help"]), id="voxlift denoise --help"),
        pytest.param(HELP.format(arguments=["vocals", "--help"]), id="voxlift vocals --help"),
        pytest.param(HELP.format(arguments=["speakers", "--help"]), id="voxlift speakers --help"),
        pytest.param(HELP.format(arguments=["lab", "--help"]), id="voxlift lab --help"),
    ],
)
def test_nothing_heavy_is_loaded(program: str) -> None:
    report = "\nimport json, sys\nprint('\\n' + json.dumps(sorted(sys.modules)))"
    loaded = json.loads(_run("-W", "error", "-c", program + report).splitlines()[-1])
    assert not HEAVY & set(loaded)


def test_the_product_separates_without_the_lab_and_its_torch() -> None:
    program = "import voxlift.separate.load, voxlift.media, sys; print(*sys.modules)"
    loaded = set(_run("-c", program).split())
    assert not {"torch", "lightning", "matplotlib", "flask", "scipy", "voxlift.lab"} & loaded


def test_layers_import_downwards_only() -> None:
    program = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    assert "0 broken" in _run("-c", program)


def _run(*arguments: str) -> str:
    done = subprocess.run([sys.executable, *arguments], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
