"""A card that is damaged, incomplete or mistaken ends the command with one sentence, and nothing is written."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.command_line import Cli, names, save, sound
from voxlift.separate.store import SHIPPED

CARD = SHIPPED / "denoise-best"


def copied_card(edit: Callable[[str], str] = str, **contents: bytes) -> None:
    """The shipped card, changed; the sums fit whatever contents are given for `onnx` and `safetensors`."""
    Path("card").mkdir()
    text = (CARD / "card.toml").read_text()
    for suffix in ("onnx", "safetensors"):
        old = (CARD / f"weights.{suffix}").read_bytes()
        new = contents.get(suffix, old)
        text = text.replace(hashlib.sha256(old).hexdigest(), hashlib.sha256(new).hexdigest())
        Path(f"card/weights.{suffix}").write_bytes(new)
    Path("card/card.toml").write_text(edit(text))


def damaged() -> None:
    copied_card()
    data = bytearray(Path("card/weights.onnx").read_bytes())
    data[len(data) // 2] ^= 1
    Path("card/weights.onnx").write_bytes(data)


def without_weights() -> None:
    copied_card()
    Path("card/weights.onnx").unlink()


def without_parameters() -> None:
    copied_card()
    Path("card/weights.safetensors").unlink()


def twice_the_window(text: str) -> str:
    return re.sub(r"(window|hop) = (\d+)", lambda found: f"{found[1]} = {2 * int(found[2])}", text)


EMPTY_TABLES = b"\x02" + bytes(7) + b"{}"
CARDS = {
    "no such folder": (lambda: None, "cannot be read"),
    "no card in it": (lambda: Path("card").mkdir(), "cannot be read"),
    "no weights": (without_weights, "cannot be read"),
    "no parameters": (without_parameters, "cannot be read"),
    "wrong sha256": (damaged, "sha256"),
    "short sha256": (lambda: copied_card(lambda text: text.replace('sha256 = "', 'sha256 = "00')), "sha256"),
    "unknown key": (lambda: copied_card(lambda text: f"licens = 'MIT'\n{text}"), "licence"),
    "missing key": (lambda: copied_card(lambda text: text.replace("task =", "# task =")), "task"),
    "wrong type": (lambda: copied_card(lambda text: text.replace("version = ", "version = -0.1 # ")), "version"),
    "unknown mask": (lambda: copied_card(lambda text: text.replace('mask = "', 'mask = "x')), "mask"),
    "no TOML": (lambda: copied_card(lambda text: "{"), "TOML"),
    "no graph": (lambda: copied_card(onnx=b"no graph"), "not a graph"),
    "no tables": (lambda: copied_card(safetensors=b"no tables"), "no file of safetensors"),
    "other tables": (lambda: copied_card(safetensors=EMPTY_TABLES), "not a graph that"),
    "a graph that does not fit": (lambda: copied_card(twice_the_window), "fit"),
}


@pytest.mark.parametrize("case", CARDS)
def test_a_bad_card_ends_in_one_sentence(cli: Cli, folder: Path, case: str) -> None:
    build, words = CARDS[case]
    build()
    save("a.wav", sound(400))
    before = names(folder)
    ran = cli("denoise", "a.wav", "--model", "./card")
    assert (ran.status, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert ran.err.startswith("voxlift: card")
    assert words in ran.err
    assert names(folder) == before


def test_a_good_card_of_ones_own_is_used(cli: Cli) -> None:
    copied_card()
    save("a.wav", sound(4_000))
    assert cli("denoise", "a.wav").status == 0
    assert cli("denoise", "a.wav", "--model", "./card", "-o", "own.wav").status == 0
    assert Path("own.wav").read_bytes() == Path("a.voice.wav").read_bytes()
