"""The report on disk: a page that needs nothing but itself, Markdown with pictures beside it, the scores as CSV."""

from __future__ import annotations

from collections.abc import Mapping

from voxlift.errors import DataError
from voxlift.lab.comparison.figures import Figure, draw_figures
from voxlift.lab.comparison.outcome import Comparison
from voxlift.lab.comparison.page import page
from voxlift.lab.comparison.tables import markdown, save_scores

HTML, MARKDOWN, SCORES, FIGURES = "report.html", "report.md", "scores.csv", "figures"


def write_report(comparison: Comparison) -> None:
    """Write three files and a folder of pictures into the comparison's folder.

    Raises
    ------
    DataError
        When one cannot be written.
    """
    figures = draw_figures(comparison)
    try:
        pictures = _save_pictures(comparison, figures)
        (comparison.folder / MARKDOWN).write_text(markdown(comparison, pictures), "utf-8")
        save_scores(comparison, comparison.folder / SCORES)
        (comparison.folder / HTML).write_text(page(comparison, figures), "utf-8")
    except OSError as problem:
        raise DataError(f"{comparison.folder}: the report cannot be written ({problem.strerror})") from None


def _save_pictures(comparison: Comparison, figures: Mapping[str, Figure]) -> dict[str, str]:
    """Write what documents may show, and give the words for each by its path from the comparison's folder."""
    folder, words = comparison.folder / FIGURES, {}
    folder.mkdir(exist_ok=True)
    for name, figure in figures.items():
        (folder / f"{name}.svg").write_bytes(figure.wide)
        words[f"{FIGURES}/{name}.svg"] = figure.words
    for round_ in comparison.rounds:
        for sample in round_.samples:
            name = f"clip-{round_.slug}-{sample.name}.png"
            (folder / name).write_bytes(sample.picture)
            words[f"{FIGURES}/{name}"] = f"{round_.clip}: {sample.name}, {sample.note}"
    return words
