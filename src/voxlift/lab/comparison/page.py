"""The report as one page: scores, curves, costs, sounds, recipes; readable without a script, and without a network."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from datetime import date
from html import escape
from pathlib import Path
from string import Template

from voxlift import __version__
from voxlift.lab.comparison.cells import score_table, text_table
from voxlift.lab.comparison.figures import LOSSES, Figure, figure_name
from voxlift.lab.comparison.html import Markup, data_uri, join, tag
from voxlift.lab.comparison.listening import LAYOUT
from voxlift.lab.comparison.outcome import Comparison, Outcome, Round, Sample
from voxlift.lab.comparison.tables import NONE, contests, cost_rows, finding, listed
from voxlift.lab.recipe import dump_recipe

PHONE = "(max-width: 40rem)"


def page(comparison: Comparison, figures: Mapping[str, Figure]) -> str:
    """Write the page."""
    here = Path(__file__)
    title = f"{len(comparison.outcomes)} nets on {listed([round_.label for round_ in comparison.rounds])}"
    body = join(
        _head(comparison, title),
        tag(
            "main",
            *(_round(round_, figures, number) for number, round_ in enumerate(comparison.rounds)),
            _learning(figures.get(LOSSES)),
            _cost(comparison),
            _recipes(comparison),
            id="main",
        ),
    )
    template = Template(here.with_name("page.html").read_text("utf-8"))
    return template.substitute(title=escape(title), style=here.with_name("page.css").read_text("utf-8"), body=body)


def _head(comparison: Comparison, title: str) -> Markup:
    facts = [
        ("Budget", _agreed([_budget(outcome) for outcome in comparison.outcomes])),
        ("Trained on", _agreed([_data(outcome) for outcome in comparison.outcomes])),
        *((f"Scored on {round_.label}", _set(round_)) for round_ in comparison.rounds),
        ("Machine", f"{platform.machine()}, {platform.system()}, Python {platform.python_version()}"),
        ("Made", f"{date.today().isoformat()} with Voxlift {__version__}"),
    ]
    links = [(f"round-{number}", round_.label) for number, round_ in enumerate(comparison.rounds)]
    links += [("learning", "Learning"), ("cost", "Cost"), ("recipes", "Recipes")]
    failed = comparison.failures
    return tag(
        "header",
        tag("p", "Voxlift lab: comparison", class_="kind"),
        tag("h1", title),
        *(tag("p", finding(round_), class_="finding") for round_ in comparison.rounds),
        tag("p", f"Failed: {listed(list(failed))}; the tables say why.", class_="failed") if failed else "",
        tag("dl", *(join(tag("dt", name), tag("dd", text)) for name, text in facts)),
        tag("p", "Made again by ", tag("code", comparison.command), class_="note") if comparison.command else "",
        tag(
            "nav", tag("ul", *(tag("li", tag("a", text, href=f"#{place}")) for place, text in links)),
            aria_label="Contents",
        ),
    )  # fmt: skip


def _round(round_: Round, figures: Mapping[str, Figure], number: int) -> Markup:
    parts: list[str] = [tag("h2", f"Scores on {round_.label}", id=f"round-{number}")]
    for title, baseline, results, metrics in contests(round_):
        parts += [
            tag("h3", title),
            score_table(round_, baseline, results, metrics),
            _figure(figures.get(figure_name("scores", round_, title))),
            _figure(figures.get(figure_name("costs", round_, title))),
        ]
    parts += [_orphans(round_), _protocol(round_), _listening(round_)]
    return tag("section", *parts)


def _orphans(round_: Round) -> Markup:
    """Tell of failures that no table has a place for, as none of their kind came to a score."""
    told = {outcome.entrant.detector for outcome in round_.outcomes if round_.label in outcome.results}
    rows = [
        (outcome.name, outcome.failure)
        for outcome in round_.outcomes
        if outcome.failure and outcome.entrant.detector not in told
    ]
    return text_table("Failed before they could be scored", ("net", "why"), rows) if rows else Markup()


def _protocol(round_: Round) -> Markup:
    lines = dict.fromkeys(
        line for detectors in (False, True) for result in round_.results(detectors=detectors).values()
        for line in result.protocol
    )  # fmt: skip
    if not lines:
        return Markup()
    return tag(
        "details",
        tag("summary", "How it was measured"),
        tag("ul", *(tag("li", line) for line in lines), class_="protocol"),
    )


def _listening(round_: Round) -> Markup:
    if not round_.samples:
        return Markup()
    return join(
        tag("h3", "One recording through every net"),
        tag(
            "p",
            f"{round_.clip}: of all mixtures, the one of median SI-SDR, neither the kindest nor the worst. All are "
            "played at one gain and drawn on one scale.",
            class_="note",
        ),
        tag("ul", *(_clip(sample) for sample in round_.samples), class_="clips"),
    )


def _clip(sample: Sample) -> Markup:
    words, width, height = f"Waveform and spectrogram: {sample.name}", str(LAYOUT.width), str(LAYOUT.height)
    return tag(
        "li",
        tag("h4", sample.name),
        tag("p", sample.note),
        tag("img", src=data_uri(sample.picture, "image/png"), alt=words, width=width, height=height),
        tag("audio", controls=True, preload="metadata", src=data_uri(sample.sound, "audio/ogg"),
            aria_label=f"Listen: {sample.name}"),
    )  # fmt: skip


def _learning(figure: Figure | None) -> Markup:
    if figure is None:
        return Markup()
    return tag("section", tag("h2", "How they learnt", id="learning"), _figure(figure))


def _cost(comparison: Comparison) -> Markup:
    headings, rows = cost_rows(comparison.outcomes)
    return tag(
        "section",
        tag("h2", "What they cost", id="cost"),
        text_table(
            "Size, processor seconds for a second of sound on one thread, and what the training took. A gate is "
            "counted in the card and in the time, not in the parameters.",
            headings,
            rows,
            numbers=len(headings) - 1,
        ),
    )


def _recipes(comparison: Comparison) -> Markup:
    return tag(
        "section",
        tag("h2", "The recipes", id="recipes"),
        tag("p", "Each as it was trained, every default filled in, and the command that trains it again."),
        *(_recipe(outcome) for outcome in comparison.outcomes),
    )


def _recipe(outcome: Outcome) -> Markup:
    recipe = outcome.entrant.recipe
    return tag(
        "details",
        tag("summary", outcome.name, " ", tag("span", f"{recipe.summary}; seed {recipe.run.seed}")),
        tag("p", outcome.failure, class_="failed") if outcome.failure else "",
        tag("pre", tag("code", outcome.entrant.command), tabindex="0"),
        tag("pre", tag("code", dump_recipe(recipe)), tabindex="0"),
    )


def _figure(figure: Figure | None) -> Markup:
    if figure is None:
        return Markup()
    return tag(
        "figure",
        tag(
            "picture",
            tag("source", media=PHONE, srcset=data_uri(figure.narrow, "image/svg+xml")),
            tag("img", src=data_uri(figure.wide, "image/svg+xml"), alt=figure.words),
        ),
        tag("figcaption", figure.caption),
    )


def _set(round_: Round) -> str:
    return f"{len(round_.found.items)} recordings ({round_.found.kind}) in {round_.found.folder}"


def _budget(outcome: Outcome) -> str:
    recipe = outcome.entrant.recipe
    if recipe.run.minutes is None:
        return f"{recipe.schedule.steps} steps"
    return f"{recipe.run.minutes:g} min of training, or its recipe's steps if they end first"


def _data(outcome: Outcome) -> str:
    data = outcome.entrant.recipe.data
    noise = f", noise in {data.noise}" if data.noise else ""
    return ", ".join([f"{data.corpus} in {data.root}{noise}", *data.more])


def _agreed(texts: Sequence[str]) -> str:
    """Say once what all have in common, and own up where they have not."""
    different = list(dict.fromkeys(texts))
    if len(different) == 1:
        return f"{different[0]}, the same for all"
    return "not the same for all: " + "; ".join(different) if different else NONE
