"""Settings: from the command line, from the environment, checked."""

from __future__ import annotations

from pathlib import Path

import pytest

from voxlift.errors import InputError
from voxlift.web.settings import Settings, gather


def test_the_command_line_goes_before_the_environment() -> None:
    environment = {
        "VOXLIFT_PORT": "9000",
        "VOXLIFT_HOST": "0.0.0.0",
        "VOXLIFT_FORMATS": "wav, mp3",
        "VOXLIFT_HTTPS": "on",
    }
    settings = gather({"port": 9001, "host": None, "storage": Path("there")}, environment)
    assert (settings.port, settings.host, settings.formats) == (9001, "0.0.0.0", ("wav", "mp3"))
    assert (settings.https, settings.storage) == (True, Path("there"))
    assert gather({}, {}) == Settings()


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("VOXLIFT_PORT", "many", "VOXLIFT_PORT is 'many'"),
        ("VOXLIFT_PORT", "70000", "65535"),
        ("VOXLIFT_HTTPS", "maybe", "true or false"),
        ("VOXLIFT_FORMATS", "ogg", "flac, wav, mp3"),
        ("VOXLIFT_MAX_SECONDS", "0", "more than 0"),
        ("VOXLIFT_WORKERS", "0", "1 or more"),
        ("VOXLIFT_DATABASE", "mysql://x", "postgresql"),
        ("VOXLIFT_QUEUE", "amqp://x", "redis://"),
        ("VOXLIFT_API_KEYS", "sometimes", "required"),
        ("VOXLIFT_EVENT_STREAMS", "16", "fewer than threads"),
    ],
)
def test_what_cannot_be_says_what_can(variable: str, value: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        gather({}, {variable: value})


def test_a_short_secret_is_refused_and_not_told() -> None:
    with pytest.raises(InputError) as refused:
        gather({}, {"VOXLIFT_SECRET": "hunter2"})
    assert "hunter2" not in str(refused.value)
    assert "32" in str(refused.value)
