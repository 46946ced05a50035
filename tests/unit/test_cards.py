"""Cards and the store: what is refused, and with which words."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.cards import put_inside, splitter_card, voices_card
from voxlift import Audio, CardError, InputError, VoxliftError, load
from voxlift.separate import store
from voxlift.separate.card import CARD, WEIGHTS, read_card, verify
from voxlift.separate.nets import Machine, OnnxNet


@pytest.fixture
def card(tmp_path: Path) -> Path:
    """A sound card of another name."""
    folder = tmp_path / "mine"
    shutil.copytree(store.SHIPPED / "logistic", folder)
    change(folder, 'name = "logistic"', 'name = "mine"')
    return folder


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VOXLIFT_MODELS", str(tmp_path / "models"))
    return tmp_path / "models"


def change(folder: Path, old: str, new: str) -> None:
    path = folder / CARD
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


SCORED = {
    "denoise": {"pesq_wb", "estoi", "si_sdr"},
    "vocals": {"bss_sdr", "sdr", "si_sdr"},
    "speakers": {"si_sdr_i", "pesq_wb", "stoi"},
}
"""By what a shipped card of each task is measured, at least."""


def test_shipped_cards_are_sound_and_free() -> None:
    """Sum, graph, trial run; data with licences that let anyone use the weights; scores with their protocol."""
    shipped = [card for card in store.survey()[0] if card.folder and card.folder.parent == store.SHIPPED]
    assert {"denoise", "logistic", "vocals", "speakers"} <= {card.name for card in shipped}
    for card in shipped:
        verify(card)
        assert card.licence == "MIT"
        assert card.data
        assert all(
            any(word in source.licence for word in ("CC0", "CC BY", "public domain", "Public Domain", "MIT", "Apache"))
            for source in card.data
        )
        assert all("NC" not in source.licence for source in card.data)
        assert card.scores
        assert all(SCORED[card.task] <= score.metrics.keys() and score.protocol for score in card.scores)
        assert card.training.hours > 0
        assert card.training.seen_hours > 0


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("summary =", "sumary =", "did you mean 'summary'"),
        ('task = "denoise"', 'task = "clean"', "known: denoise"),
        ("parameters =", "# parameters =", "'parameters' is missing"),
        ("hop = 256", "hop = 100", "STFT"),
        ('view = "log_magnitude"', 'view = "photo"', "known: real_imag"),
        ("hop = 256", 'hop = "256"', "expected int"),
        ('stems = ["voice"]', "stems = []", "no stem"),
        ('sha256 = "', 'sha256 = "0', "65 characters"),
        ("[front]", "[front", "not a TOML"),
    ],
)
def test_a_mistake_in_a_card_is_named(card: Path, old: str, new: str, words: str) -> None:
    change(card, old, new)
    with pytest.raises(CardError, match=words):
        read_card(card)


def test_missing_files_are_named(card: Path, tmp_path: Path) -> None:
    with pytest.raises(CardError, match="a model is a folder"):
        read_card(tmp_path)
    (card / WEIGHTS).unlink()
    with pytest.raises(CardError, match=WEIGHTS):
        load(str(card))


def test_changed_weights_are_refused(card: Path) -> None:
    with (card / WEIGHTS).open("ab") as file:
        file.write(b"\0")
    with pytest.raises(CardError, match="sha256"):
        load(str(card))


@pytest.mark.parametrize(
    ("old", "new"),
    [('view = "log_magnitude"', 'view = "real_imag"'), ("window = 512", "window = 1024"), ('["voice"]', '["a", "b"]')],
)
def test_a_graph_that_does_not_fit_its_card_is_refused(card: Path, old: str, new: str) -> None:
    change(card, old, new)
    with pytest.raises(CardError, match=r"weights\.onnx"):
        load(str(card))


def test_what_is_no_graph_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "weights.onnx"
    for content in (b"", b"not a graph", bytes(range(256)) * 9):
        path.write_bytes(content)
        with pytest.raises(CardError, match="ONNX Runtime"):
            OnnxNet(path, Machine())


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_card_crashes_the_reader(tmp_path: Path, data: st.DataObject) -> None:
    """Any bytes, and any cut or change of a sound card: a card, or a sentence."""
    good = (store.SHIPPED / "logistic" / CARD).read_bytes()
    start = data.draw(st.integers(0, len(good)))
    noise = data.draw(st.binary(max_size=30))
    kept = data.draw(st.sampled_from([good[:start] + noise, good[:start] + noise + good[start + len(noise) :], noise]))
    folder = tmp_path / "fuzzed"
    folder.mkdir(exist_ok=True)
    (folder / CARD).write_bytes(kept)
    try:
        read_card(folder)
    except VoxliftError as problem:
        sentence = str(problem)
    else:
        sentence = "card read"
    assert "card" in sentence


def test_an_added_model_is_found_by_its_name(card: Path, own_home: Path) -> None:
    store.add(card)
    assert {"mine", "denoise"} <= {found.name for found in store.survey()[0]}
    audio = Audio(np.full((1, 800), 0.1, np.float32), 8000)
    a, b = (load(name)(audio)["voice"].samples for name in ("mine", str(card)))
    np.testing.assert_array_equal(a, b)
    with pytest.raises(InputError, match="--overwrite"):
        store.add(card)
    store.add(card, overwrite=True)
    assert sorted(path.name for path in own_home.iterdir()) == ["mine"]


def test_files_that_are_links_are_followed(tmp_path: Path) -> None:
    """As installers make them that keep one copy for many environments, each file in a folder of its own."""
    folder = tmp_path / "card"
    folder.mkdir()
    for number, path in enumerate(sorted((store.SHIPPED / "denoise").iterdir())):
        (tmp_path / str(number)).mkdir()
        (folder / path.name).symlink_to(shutil.copy(path, tmp_path / str(number) / "content"))
    verify(read_card(folder))


@pytest.mark.parametrize("name", ["denoise", "../x", ".hidden", ""])
def test_a_name_that_is_taken_or_none_is_refused(card: Path, name: str, own_home: Path) -> None:
    change(card, 'name = "mine"', f'name = "{name}"')
    with pytest.raises(InputError):
        store.add(card)
    assert not own_home.exists()


def test_a_broken_card_does_not_hide_the_others(card: Path, own_home: Path) -> None:
    store.add(card)
    (own_home / "mine" / CARD).write_text("nonsense", "utf-8")
    assert load("denoise").stems == ("voice", "rest")
    with pytest.raises(CardError, match="not a TOML"):
        load("mine")


def test_a_broken_card_is_not_added(card: Path, own_home: Path) -> None:
    (card / WEIGHTS).write_bytes(b"x")
    with pytest.raises(CardError):
        store.add(card)
    assert not own_home.exists()


def test_an_unknown_model_is_answered_with_the_known_ones() -> None:
    with pytest.raises(CardError, match="did you mean 'denoise'"):
        load("denoize")
    with pytest.raises(CardError, match="known: denoise, denoise-best, logistic"):
        load("zzz")


def test_a_device_that_is_not_there_is_named() -> None:
    with pytest.raises(InputError, match="choose auto, cpu, cuda"):
        load("denoise", device="tpu")
    with pytest.raises(InputError, match="-1"):
        load("denoise", threads=-1)


def test_a_card_may_know_voices(tmp_path: Path) -> None:
    """What lies inside is verified, counted and used, and must be of the right kind."""
    outer = splitter_card(tmp_path / "mine")
    alone = read_card(outer)
    inner = voices_card(outer / "voices")
    put_inside(outer, "voices", "voices")
    card = read_card(outer)
    assert set(card.files) == {*alone.files, *read_card(inner).files}
    assert card.size_bytes > alone.size_bytes
    audio = Audio(0.1 * np.random.default_rng(3).standard_normal((2, 16_000)).astype(np.float32), 16_000)
    stems = load(str(outer))(audio)
    np.testing.assert_allclose(sum(stem.samples for stem in stems.values()), audio.samples, atol=1e-6)
    with pytest.raises(CardError, match="knows voices and lifts none"):
        load(str(inner))
    (inner / WEIGHTS).write_bytes(b"changed")
    with pytest.raises(CardError, match="the card says"):
        verify(card)


def test_a_card_inside_another_is_of_the_right_kind(tmp_path: Path) -> None:
    outer = splitter_card(tmp_path / "mine")
    splitter_card(outer / "other")
    put_inside(outer, "voices", "other")
    with pytest.raises(CardError, match="it knows no voices"):
        load(str(outer))
    put_inside(outer / "other", "gate", "more")
    with pytest.raises(CardError, match="uses others itself"):
        verify(read_card(outer))
