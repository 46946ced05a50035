"""What all tests share: seeds, and where the big recordings lie, if they lie there."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(20261121)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The pack of real recordings; on a user's machine it is absent and these tests are skipped."""
    data = SHARED / "data"
    if not (data / "MANIFEST.csv").is_file():
        pytest.skip("the pack of real recordings is not on this machine")
    return data
