"""`voxlift lab compare` and `voxlift lab card`: two tiny nets and one that cannot be, from recipes to report."""

from __future__ import annotations

import csv
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from tests.lab.conftest import RECIPE, voice
from voxlift import Audio, write
from voxlift.cli import run
from voxlift.errors import DataError, RecipeError
from voxlift.lab.comparison import Comparison, compare
from voxlift.lab.comparison.entrants import gates_first, gather
from voxlift.lab.comparison.outcome import ALWAYS, MIXTURE

NETS = {
    "band_gru": ("real_imag", "complex_ratio", 'kind = "band_gru"\nwidth = 8\nhidden = 16\nlayers = 1'),
    "huge": ("real_imag", "complex_ratio", 'kind = "band_gru"\nhidden = 2000000'),
    "vad": ("log_magnitude", "activity", 'kind = "vad_spectral"\n\n[losses]\nactivity_entropy = 1.0'),
}
"""View, mask and table of nets for tests."""
GRU = "gru <small>"
"""A name that HTML would take for a tag."""
VOID = {"img", "source", "br", "meta", "link", "input", "hr"}


def recipe(name: str, root: Path, net: str = "band_gru", head: str = "") -> str:
    """The recipe of all tests, with another name and net, and a line more at its head."""
    view, mask, table = NETS[net]
    text = RECIPE.format(root=root.as_posix()).replace('name = "tiny"', f'name = "{name}"\n{head}')
    text = text.replace('"real_imag"', f'"{view}"').replace('"complex_ratio"', f'"{mask}"')
    return re.sub(r"\n\[net\].*?(?=\n\[)", lambda _: f"\n[net]\n{table}\n", text, flags=re.DOTALL)


@dataclass
class Ladder:
    """A comparison that was run once, and all it said."""

    recipes: Path
    held_out: Path
    out: Path
    cache: Path
    said: list[str] = field(default_factory=list)
    comparison: Comparison | None = None

    def run(self) -> Comparison:
        self.said.clear()
        return compare(
            [self.recipes], [self.held_out], self.out, ["schedule.steps=4"],
            cache=self.cache, say=self.said.append, command="voxlift lab compare <recipes>",
        )  # fmt: skip


@pytest.fixture(scope="module")
def held_out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder, rng = tmp_path_factory.mktemp("held") / "out", np.random.default_rng(7)
    for number in range(2):
        clean = voice(rng, 2.0, 130 + 50 * number)
        noise = (0.04 * rng.standard_normal(clean.length)).astype(np.float32)
        write(_made(folder / "clean") / f"{number}.wav", clean)
        write(_made(folder / "noisy") / f"{number}.wav", Audio(clean.samples + noise, clean.rate))
    return folder


@pytest.fixture(scope="module")
def ladder(tmp_path_factory: pytest.TempPathFactory, corpus: Path, cache: Path, held_out: Path) -> Ladder:
    folder = tmp_path_factory.mktemp("ladder")
    recipes = _made(folder / "recipes")
    (recipes / "01-gru.toml").write_text(recipe(GRU, corpus, head='gate = "vad"'), "utf-8")
    (recipes / "02-vad.toml").write_text(recipe("vad", corpus, "vad"), "utf-8")
    (recipes / "03-huge.toml").write_text(recipe("huge", corpus, "huge"), "utf-8")
    made = Ladder(recipes, held_out, folder / "out", cache)
    made.comparison = made.run()
    return made


class Page(HTMLParser):
    """Checks that all that opens closes, in order, and collects what it refers to."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""

    def handle_starttag(self, name: str, attributes: Sequence[tuple[str, str | None]]) -> None:
        self.tags.append((name, dict(attributes)))
        if name not in VOID:
            self.open.append(name)

    def handle_endtag(self, name: str) -> None:
        assert self.open.pop() == name

    def handle_data(self, data: str) -> None:
        self.text += data

    def named(self, name: str) -> list[dict[str, str | None]]:
        return [attributes for found, attributes in self.tags if found == name]


@pytest.fixture(scope="module")
def page(ladder: Ladder) -> Page:
    parsed = Page()
    parsed.feed((ladder.out / "report.html").read_text("utf-8"))
    assert not parsed.open
    return parsed


def test_the_page_needs_nothing_but_itself(page: Page) -> None:
    for _, attributes in page.tags:
        for key in ("src", "href", "srcset", "data", "poster"):
            value = attributes.get(key)
            assert value is None or value.startswith(("data:", "#")), (key, value[:80])
    style = page.text.partition("}")[0]
    assert "url(" not in style
    assert not page.named("script")


def test_whoever_cannot_see_is_told(page: Page) -> None:
    images = page.named("img")
    assert images
    assert all(image.get("alt") for image in images)
    assert all(sound.get("aria-label") for sound in page.named("audio"))
    assert all(head.get("scope") in ("row", "col") for head in page.named("th"))


def test_every_net_has_its_row_and_its_sound(ladder: Ladder, page: Page) -> None:
    for name in (MIXTURE, ALWAYS, GRU, "vad", "huge"):
        assert name in page.text
    assert "GiB" in page.text, "the sentence of what failed"
    assert len(page.named("audio")) == 4, "mixture, truth, and the two nets that have a card"
    table = (ladder.out / "report.md").read_text("utf-8")
    for row in (rf"{GRU} \|.*\(.* to .*\)", r"vad \|.*\(.* to .*\)", rf"\*{MIXTURE}\* \|", rf"\*{ALWAYS}\* \|"):
        assert re.search(rf"^\| {row}", table, re.MULTILINE), row
    assert re.search(r"^\| huge \| failed", table, re.MULTILINE)


def test_the_document_shows_its_pictures(ladder: Ladder) -> None:
    shown = re.findall(r"^!\[(.+)\]\((.+)\)$", (ladder.out / "report.md").read_text("utf-8"), re.MULTILINE)
    assert {path for _, path in shown} == {f"figures/{path.name}" for path in (ladder.out / "figures").iterdir()}
    kinds = {Path(path).name.split("-")[0] for _, path in shown}
    assert kinds == {"scores", "costs", "losses.svg", "clip"}
    assert all((ladder.out / path).stat().st_size > 1000 for _, path in shown)


def test_the_page_says_how_to_make_it_again(page: Page) -> None:
    assert "voxlift lab compare <recipes>" in page.text
    assert page.text.count("schedule.steps=4") == 3, "the command of each recipe"
    assert 'kind = "band_gru"' in page.text
    assert page.text.count("seed 1") == 3


def test_scores_are_written_for_every_recording(ladder: Ladder) -> None:
    with (ladder.out / "scores.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["net"] for row in rows[::2]] == [MIXTURE, GRU, ALWAYS, "vad"]
    assert len(rows) == 4 * 2
    assert all(0 <= float(row["accuracy"]) <= 100 for row in rows[4:])
    untouched = [float(row["si_sdr_i"]) for row in rows if row["net"] == MIXTURE]
    assert untouched == pytest.approx([0.0, 0.0], abs=1e-6)


def test_a_failing_recipe_fails_alone(ladder: Ladder) -> None:
    assert ladder.comparison is not None
    assert list(ladder.comparison.failures) == ["huge"]
    assert not (ladder.out / "cards" / "huge").exists()
    assert (ladder.out / "cards" / GRU / "gate" / "card.toml").is_file(), "the detector was trained before its user"


def test_the_same_command_again_takes_what_is_there(
    ladder: Ladder, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("voxlift.lab.comparison.comparing.with_samples", lambda round_: round_)
    monkeypatch.setattr("voxlift.lab.comparison.comparing.write_report", lambda _: None)  # drawn before: it takes long
    watched = [*(ladder.out / "runs").glob("*/checkpoint.pt"), *(ladder.out / "cards").glob("*/card.toml")]
    assert len(watched) == 4
    before = {path: path.stat().st_mtime_ns for path in watched}
    words = ["schedule.steps=4", "--on", str(ladder.held_out), "--cache", str(ladder.cache), "--out", str(ladder.out)]
    assert run(["lab", "compare", str(ladder.recipes), *words]) == 1
    told = capfd.readouterr()
    assert "huge failed: " in told.err
    assert "report.html" in told.out
    assert {path: path.stat().st_mtime_ns for path in watched} == before
    assert "scoring" not in told.err
    assert "% " not in told.err, "no step was trained"


def test_the_run_of_another_recipe_is_refused(ladder: Ladder, capfd: pytest.CaptureFixture[str], corpus: Path) -> None:
    words = ["schedule.steps=4", "--on", str(ladder.held_out), "--out", str(ladder.out), "--cache", str(ladder.cache)]
    given = ["--data", str(corpus), "--corpus", "auto", "--minutes", "1"]
    assert run(["lab", "compare", str(ladder.recipes / "02-vad.toml"), *words, *given]) == 2
    assert "differ in data.corpus, run.minutes" in capfd.readouterr().err


def test_a_card_and_a_run_are_read_out(ladder: Ladder, capfd: pytest.CaptureFixture[str]) -> None:
    for place, words in (("cards", ("licence", "hours", "seed")), ("runs", ("4 (100 %", "losses", "seed"))):
        folder = str(ladder.out / place / "vad")
        assert run(["lab", "card", folder]) == 0
        plain = capfd.readouterr().out
        assert all(word in plain for word in words), plain
        assert run(["lab", "card", folder, "--markdown"]) == 0
        page = capfd.readouterr().out
        assert page.startswith("# vad")
        assert "```toml" in page
    assert run(["lab", "card", str(ladder.out)]) == 2
    assert "neither" in capfd.readouterr().err


def test_two_recipes_of_one_name_are_refused(corpus: Path, held_out: Path, tmp_path: Path) -> None:
    for name in ("a.toml", "b.toml"):
        (tmp_path / name).write_text(recipe("same", corpus), "utf-8")
    with pytest.raises(RecipeError, match=r"a\.toml and .*b\.toml are both called 'same'"):
        compare([tmp_path], [held_out], tmp_path / "out")


def test_a_folder_without_recipes_is_refused(held_out: Path, tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="holds no recipe"):
        compare([tmp_path], [held_out], tmp_path / "out")


@pytest.mark.parametrize("how", ["path", "contents"])
def test_a_set_that_is_trained_on_is_refused(how: str, corpus: Path, held_out: Path, tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(recipe("a", corpus), "utf-8")
    shutil.copytree(held_out, tmp_path / "on")
    trained = _trained_on(corpus)
    for side in ("clean", "noisy"):
        place = tmp_path / "on" / side / "stolen.wav"
        if how == "path":
            place.symlink_to(trained)
        else:
            shutil.copyfile(trained, place)
    with pytest.raises(DataError, match=r"is no held-out set.*stolen"):
        compare([tmp_path / "a.toml"], [tmp_path / "on"], tmp_path / "out")


def test_a_set_that_chooses_the_best_does_not_score_it(corpus: Path, held_out: Path, tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(recipe("a", corpus), "utf-8")
    words = ["schedule.patience=3", f"data.validation_root={held_out}"]
    with pytest.raises(RecipeError, match="stops early by"):
        compare([tmp_path / "a.toml"], [held_out], tmp_path / "out", words)


@pytest.mark.parametrize(
    ("gate", "words"), [("vat", "did you mean 'vad'"), ("plain", "must be a detector"), ("vad", "")]
)
def test_a_gate_is_trained_before_what_it_gates(gate: str, words: str, corpus: Path, tmp_path: Path) -> None:
    gated = recipe("gated", corpus, head=f'gate = "{gate}"')
    texts = {"1": gated, "2": recipe("vad", corpus, "vad"), "3": recipe("plain", corpus)}
    for name, text in texts.items():
        (tmp_path / f"{name}.toml").write_text(text, "utf-8")
    if words:
        with pytest.raises(RecipeError, match=words):
            gather([tmp_path])
    else:
        assert [entrant.name for entrant in gates_first(gather([tmp_path]))] == ["vad", "gated", "plain"]


def _trained_on(corpus: Path) -> Path:
    from voxlift.lab.corpora import read_corpus

    return next(part.path for track in read_corpus("folders", corpus, "train") for part in track.parts.values())


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder
