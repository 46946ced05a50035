"""A process of its own: it gives what the function gives, raises what it raises, and its death is told."""

from __future__ import annotations

import os
import signal
import sys

import pytest

from voxlift.cluster.quarantine import apart
from voxlift.errors import InputError, KilledError

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")


def die(number: int) -> None:
    os.kill(os.getpid(), number)


def refuse(text: str) -> None:
    raise InputError(text)


def test_it_gives_what_the_function_gives() -> None:
    assert apart(abs, -3) == 3


def test_what_the_function_raises_is_raised_and_its_death_told() -> None:
    with pytest.raises(InputError, match="no sound"):
        apart(refuse, "no sound")
    with pytest.raises(KilledError, match="SIGSEGV"):
        apart(die, signal.SIGSEGV)
