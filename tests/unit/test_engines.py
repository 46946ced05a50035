"""Separators of others: named only when asked for, refused with the command that gets them, held to the laws."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from voxlift import Audio, CardError, InputError, load
from voxlift.separate.contract import Separator
from voxlift.separate.load import with_rest
from voxlift.separate.nets import Machine


def test_without_demucs_the_command_that_installs_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("voxlift.separate.engines.demucs.find_spec", lambda name: None)
    with pytest.raises(InputError, match="run: pip install demucs"):
        load("demucs:htdemucs")
    with pytest.raises(InputError, match="demucs:NAME"):
        load("demucs:")
    with pytest.raises(CardError, match="no model 'spleeter:2stems'"):
        load("spleeter:2stems")


def test_torch_stays_away_unless_the_engine_is_named() -> None:
    program = (
        "import voxlift, sys; import voxlift.separate.engines.demucs; voxlift.load('denoise'); "
        "print(sorted({'torch', 'demucs'} & set(sys.modules)))"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


@pytest.fixture
def tiny() -> Separator:
    """An HTDemucs of a few thousand parameters that was never trained."""
    htdemucs = pytest.importorskip("demucs.htdemucs", reason="Demucs is not installed: pip install demucs")
    torch = pytest.importorskip("torch")
    from voxlift.separate.engines.demucs import engine_of

    torch.manual_seed(0)
    net = htdemucs.HTDemucs(
        ["drums", "vocals"], channels=8, depth=4, t_layers=1, t_heads=2, bottom_channels=16, nfft=1024, segment=2,
        samplerate=44_100, dconv_comp=4,
    ).eval()  # fmt: skip
    return with_rest(engine_of(net, Machine("cpu", 1)))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("channels", "rate"), [(2, 44_100), (1, 48_000), (3, 16_000)])
def test_demucs_obeys_the_laws(tiny: Separator, rng: np.random.Generator, channels: int, rate: int) -> None:
    audio = Audio((0.1 * rng.standard_normal((channels, 2 * rate + 7))).astype(np.float32), rate)
    first, again = tiny(audio), tiny(audio)
    assert tuple(first) == ("vocals", "rest")
    for stem in first.values():
        assert (stem.channels, stem.length, stem.rate) == (channels, audio.length, rate)
    np.testing.assert_array_equal(first["vocals"].samples, again["vocals"].samples)
    np.testing.assert_allclose(sum(stem.samples for stem in first.values()), audio.samples, atol=1e-6)
    assert np.abs(first["vocals"].samples).max() > 0
    silence = tiny(Audio(np.zeros((channels, rate), np.float32), rate))
    assert not silence["vocals"].samples.any()


@pytest.mark.filterwarnings("ignore")
def test_weights_are_never_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("demucs", reason="Demucs is not installed: pip install demucs")
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    with pytest.raises(InputError, match="not on this machine"):
        load("demucs:htdemucs")
    with pytest.raises(InputError, match="no such folder"):
        load(f"demucs:{tmp_path}/nowhere/htdemucs")
