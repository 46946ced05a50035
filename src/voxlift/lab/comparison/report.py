"""The report on disk: a page that needs nothing but itself, the tables as Markdown, the scores as CSV."""

from __future__ import annotations

from voxlift.errors import DataError
from voxlift.lab.comparison.outcome import Comparison
from voxlift.lab.comparison.page import page
from voxlift.lab.comparison.tables import markdown, save_scores

HTML, MARKDOWN, SCORES = "report.html", "report.md", "scores.csv"


def write_report(comparison: Comparison) -> None:
    """Write the three files into the comparison's folder.

    Raises
    ------
    DataError
        When one cannot be written.
    """
    try:
        (comparison.folder / MARKDOWN).write_text(markdown(comparison), "utf-8")
        save_scores(comparison, comparison.folder / SCORES)
        (comparison.folder / HTML).write_text(page(comparison), "utf-8")
    except OSError as problem:
        raise DataError(f"{comparison.folder}: the report cannot be written ({problem.strerror})") from None
