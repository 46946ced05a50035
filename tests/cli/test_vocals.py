"""`voxlift vocals`, on small models whose masks are known; a denoiser's options are tested with `denoise`."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import voxlift
from tests.cards import splitter_card, vocals_card
from tests.cli.command_line import Cli, integers, names, save, sound, steps
from voxlift import Audio
from voxlift.media import probe


@pytest.fixture
def model(folder: Path) -> Path:
    return vocals_card(folder / "cards" / "mine")


def song(channels: int = 2, rate: int = 44_100) -> Audio:
    """Loud in the first half, soft in the second; the right channel at half the height."""
    whole = sound(2 * rate, 1, rate).samples * np.where(np.arange(2 * rate) < rate, 3, 0.02)
    sides = np.array([[1.0], [0.5]])[:channels]
    return Audio((0.5 * whole * sides).astype(np.float32), rate)


@pytest.mark.parametrize(
    "form", [("a.wav", 2, 44_100), ("a.flac", 2, 48_000), ("a.wav", 1, 48_000), ("a.mp3", 2, 44_100)]
)
def test_voice_and_accompaniment_have_the_songs_form(cli: Cli, model: Path, form: tuple[str, int, int]) -> None:
    name, channels, rate = form
    source = save(name, song(channels, rate))
    ran = cli("vocals", name, "--model", model, "--rest")
    assert (ran.status, ran.out) == (0, "")
    for stem in ("vocals", "rest"):
        before, after = probe(source), probe(source.with_stem(f"a.{stem}"))
        assert (after.format.rate, after.format.channels) == (rate, channels)
        assert voxlift.read(source.with_stem(f"a.{stem}")).length == voxlift.read(source).length
        assert after.format.subtype == before.format.subtype
    if name.endswith((".wav", ".flac")):
        vocals, rest = (steps(source.with_stem(f"a.{stem}")) for stem in ("vocals", "rest"))
        assert np.array_equal(vocals + rest, steps(source)), "together they are the song, bit for bit"


def test_the_stereo_image_is_kept(cli: Cli, model: Path) -> None:
    save("a.wav", song(), "FLOAT")
    assert cli("vocals", "a.wav", "--model", model).status == 0
    left, right = voxlift.read("a.vocals.wav").samples
    np.testing.assert_allclose(right, 0.5 * left, atol=1e-6)


def test_the_rest_alone_makes_karaoke(cli: Cli, folder: Path, model: Path) -> None:
    save("a.wav", song())
    assert cli("vocals", "a.wav", "--model", model, "--only", "rest").status == 0
    assert cli("vocals", "a.wav", "--model", model, "--only", "rest", "-o", "karaoke.flac").status == 0
    assert [name for name in names(folder) if "cards" not in name] == ["a.rest.wav", "a.wav", "karaoke.flac"]
    assert np.array_equal(integers("karaoke.flac"), integers("a.rest.wav"))
    assert cli("vocals", "a.wav", "--model", model, "--rest", "-o", "both.wav").status == 0
    # Beside the voice, the rest takes up what rounding took from it.
    assert np.abs(integers("both.rest.wav") - integers("a.rest.wav")).max() <= 1


def test_the_gate_mutes_the_voice_where_nobody_sings(cli: Cli, folder: Path) -> None:
    gated = vocals_card(folder / "cards" / "gated", gated=True)
    save("a.wav", song(), "FLOAT")
    for name, *options in (("usual",), ("on", "--gate"), ("off", "--no-gate")):
        assert cli("vocals", "a.wav", "--model", gated, "-o", f"{name}.wav", "--rest", *options).status == 0
    usual, on, off, rest = (voxlift.read(f"{name}.wav").samples for name in ("usual", "on", "off", "on.rest"))
    np.testing.assert_array_equal(usual, on)
    soft = slice(60_000, None)
    assert not on[:, soft].any()
    assert off[:, soft].any()
    np.testing.assert_allclose(on[:, 2_000:9_000], off[:, 2_000:9_000], atol=1e-6)
    np.testing.assert_allclose(rest[:, soft], voxlift.read("a.wav").samples[:, soft], atol=1e-6)


def test_a_gate_may_wait_until_it_is_asked_for(cli: Cli, folder: Path) -> None:
    gated = vocals_card(folder / "cards" / "gated", gated=True)
    card = gated / "card.toml"
    card.write_text(card.read_text("utf-8").replace('gate = "gate"', 'gate = "gate"\ngate_on = false'), "utf-8")
    save("a.wav", song(), "FLOAT")
    for name, *options in (("usual",), ("on", "--gate"), ("off", "--no-gate")):
        assert cli("vocals", "a.wav", "--model", gated, "-o", f"{name}.wav", *options).status == 0
    usual, on, off = (voxlift.read(f"{name}.wav").samples for name in ("usual", "on", "off"))
    np.testing.assert_array_equal(usual, off)
    assert np.abs(usual - on).max() > 0.01


def test_a_gated_model_stays_gated_when_it_is_added(cli: Cli, folder: Path) -> None:
    gated = vocals_card(folder / "cards" / "gated", "mine", gated=True)
    assert cli("models", "add", gated).status == 0
    save("a.wav", song())
    assert cli("vocals", "a.wav", "--model", "mine", "--gate").status == 0


@pytest.mark.parametrize(("options", "words"), [
    (["--gate"], "has no gate"), (["--only", "drums"], "vocals, rest"), (["--only", "rest", "--rest"], "exclude"),
    (["--model", "nowhere"], "denoise"), (["--count", "2"], "--count"),
])  # fmt: skip
def test_what_cannot_be_meant_is_refused(cli: Cli, folder: Path, model: Path, options: list[str], words: str) -> None:
    save("a.wav", sound(400))
    before = names(folder)
    ran = cli("vocals", "a.wav", "--model", model, *options)
    assert (ran.status, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert words in ran.err
    assert names(folder) == before


def test_without_a_model_the_way_to_one_is_told(cli: Cli, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("voxlift.separate.store.SHIPPED", folder / "none-ships")
    save("a.wav", sound(400))
    ran = cli("vocals", "a.wav")
    assert (ran.status, ran.err.count("\n")) == (2, 1)
    assert "no model for vocals ships with Voxlift yet: give one with --model PATH" in ran.err
    assert cli("models", "add", vocals_card(folder / "cards" / "mine", "mine")).status == 0
    assert "there are mine: give --model NAME" in cli("vocals", "a.wav").err
    assert cli("models", "add", splitter_card(folder / "cards" / "two", "two")).status == 0
    notes = {finding["name"] for finding in json.loads(cli("doctor", "--json").out)["findings"]}
    assert "models for denoise" in notes
    assert not {"models for vocals", "models for speakers"} & notes


def test_the_library_gives_what_the_command_gives(cli: Cli, model: Path) -> None:
    save("a.wav", song(), "FLOAT")
    assert cli("vocals", "a.wav", "--model", model).status == 0
    done = voxlift.lift("a.wav", "b.wav", rest="r.wav", task="vocals", model=str(model))
    assert set(done.outputs) == {"vocals", "rest"}
    np.testing.assert_array_equal(voxlift.read("b.wav").samples, voxlift.read("a.vocals.wav").samples)
