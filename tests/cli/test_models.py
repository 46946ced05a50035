"""`voxlift models`, on a copy of a shipped card."""

from __future__ import annotations

import json
import shutil

import pytest

from voxlift.separate.store import SHIPPED

pytestmark = pytest.mark.skipif(not (SHIPPED / "denoise").is_dir(), reason="no card is shipped yet")


@pytest.fixture
def card(folder):
    """A sound card of another name."""
    place = folder / "mine"
    shutil.copytree(SHIPPED / "denoise", place)
    text = (place / "card.toml").read_text("utf-8")
    (place / "card.toml").write_text(text.replace('name = "denoise"', 'name = "mine"', 1), "utf-8")
    return place


def damage(card, name="weights.onnx"):
    data = bytearray((card / name).read_bytes())
    data[len(data) // 2] ^= 1
    (card / name).write_bytes(data)


def test_the_list_has_a_row_for_each_model(cli):
    ran = cli("models")
    heading, *rows = ran.out.splitlines()
    assert ran.status == 0
    assert [word in heading for word in ("model", "task", "parameters", "size", "licence", "scores")] == [True] * 6
    assert any(row.startswith("denoise") and " MIT " in row and " MB " in row for row in rows)


def test_the_list_for_programs(cli):
    row = next(row for row in json.loads(cli("models", "--json").out) if row["name"] == "denoise")
    assert row["shipped"]
    assert row["bytes"] == sum(
        (SHIPPED / "denoise" / name).stat().st_size for name in ("card.toml", "weights.onnx", "weights.safetensors")
    )


def test_show_tells_the_whole_card(cli):
    ran = cli("models", "show", "denoise")
    for word in ("licence", "trained", "data", "sha256", "STFT"):
        assert word in ran.out
    assert json.loads(cli("models", "show", "denoise", "--json").out)["front"]["rate"] > 0


def test_show_teaches_the_right_name(cli):
    ran = cli("models", "show", "denois")
    assert ran.status == 2
    assert "did you mean 'denoise'" in ran.err


def test_verify_finds_sound_models_sound(cli, card):
    assert "denoise: sound" in cli("models", "verify", "denoise").out
    assert "mine: sound" in cli("models", "verify", str(card)).out


@pytest.mark.parametrize("name", ["weights.onnx", "weights.safetensors"])
def test_verify_finds_a_changed_byte(cli, card, name):
    damage(card, name)
    ran = cli("models", "verify", str(card))
    assert ran.status == 2
    assert f"{name}: its sha256" in ran.err
    (result,) = json.loads(cli("models", "verify", str(card), "--json").out)
    assert not result["ok"]


def test_add_makes_a_model_known_by_its_name(cli, card):
    assert cli("models", "add", str(card)).status == 0
    assert "\nmine" in cli("models").out
    assert "mine: sound" in cli("models", "verify", "mine").out
    again = cli("models", "add", str(card))
    assert again.status == 2
    assert "--overwrite" in again.err
    assert cli("models", "add", str(card / "card.toml"), "--overwrite").status == 0


def test_a_broken_card_does_not_hide_the_others(cli, card, folder):
    assert cli("models", "add", str(card)).status == 0
    broken = folder / "no-models" / "mine" / "card.toml"
    broken.write_text("nonsense", "utf-8")
    ran = cli("models")
    assert "denoise" in ran.out
    assert "broken" in ran.out
    verified = cli("models", "verify")
    assert verified.status == 2
    assert "denoise: sound" in verified.out
    assert "mine" in verified.err


def test_a_damaged_card_is_not_added(cli, card, folder):
    damage(card)
    assert cli("models", "add", str(card)).status == 2
    assert not list(folder.glob("no-models/*"))
