"""`voxlift lab`: train, evaluate, export."""

from __future__ import annotations

import signal
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from voxlift.cli.crew import Cluster, crew_of
from voxlift.cli.lab_card import card
from voxlift.cli.lab_compare import compare
from voxlift.cli.lab_data import data_app
from voxlift.cli.lab_plot import lab_plot_app
from voxlift.cli.lab_study import study_app
from voxlift.cli.lab_synthesize import synthesize
from voxlift.cli.lab_tune import tune
from voxlift.cli.needing import need_lab

if TYPE_CHECKING:
    from voxlift.lab.journal import Step

lab_app = typer.Typer(help="Where models are made: train, evaluate, export (extra 'lab').", no_args_is_help=True)
lab_app.add_typer(data_app, name="data")
lab_app.add_typer(study_app, name="study")
lab_app.add_typer(lab_plot_app, name="plot")
lab_app.command()(compare)
lab_app.command()(card)
lab_app.command()(tune)
lab_app.command()(synthesize)

CACHE = typer.Option("--cache", help="Where decoded recordings and simulated rooms are kept between runs.")
DEFAULT_CACHE = Path("cache")


@lab_app.command()
def train(
    recipe: Annotated[Path, typer.Argument(help="A recipe, such as recipes/denoise.toml.")],
    overrides: Annotated[list[str] | None, typer.Argument(help="Changes to it, such as net.width=64.")] = None,
    run: Annotated[Path | None, typer.Option("--run", help="The run's folder; goes on where it stopped.")] = None,
    cache: Annotated[Path, CACHE] = DEFAULT_CACHE,
) -> None:
    """Train a net as a recipe says. Ctrl-C stops it; the same command goes on."""
    need_lab("The lab", "lightning", "torch")
    from voxlift.lab.recipe import read_recipe
    from voxlift.lab.training import Training

    resolved = read_recipe(recipe, overrides or ())
    folder = run or Path("runs") / resolved.name
    training = Training(resolved, folder, cache)
    # A job scheduler stops with SIGTERM, a shell's background job ignores Ctrl-C: both must leave a checkpoint.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.default_int_handler)
    if training.leads:
        typer.echo(f"{folder}: {training.parameters / 1e6:.2f} M parameters, from step {training.step}", err=True)
    training.run(_show)
    if training.leads:
        typer.echo(f"{folder}: done; next: voxlift lab export {folder}", err=True)


def _list_metrics(wanted: bool) -> None:
    if wanted:
        from voxlift.cli.printing import say_pairs
        from voxlift.metrics import METRICS

        say_pairs([(name, f"{metric.heading}: {metric.protocol}") for name, metric in METRICS.items()])
        raise typer.Exit


@lab_app.command()
def evaluate(
    model: Annotated[str, typer.Argument(help="A model's name or a card's folder.")],
    on: Annotated[
        Path,
        typer.Option("--on", help="A folder with noisy/ and clean/, with mix/, s1/ and s2/, or with a folder a song."),
    ],
    *,
    metric: Annotated[
        list[str] | None,
        typer.Option("--metric", help="Score by this instead of what suits the folder; may be repeated."),
    ] = None,
    save: Annotated[Path | None, typer.Option("--save", help="Write every item's scores there, as CSV.")] = None,
    jobs: Annotated[int, typer.Option("--jobs", min=1, help="Processes.")] = 1,
    cluster: Cluster = None,
    list_metrics: Annotated[  # noqa: ARG001  (the callback does it)
        bool,
        typer.Option(
            "--list", callback=_list_metrics, is_eager=True, help="List all metrics and how they are measured."
        ),
    ] = False,
) -> None:
    """Score a model, or a detector, on recordings whose truth is known: means, 95 % intervals, medians, speed."""
    from voxlift.cli.printing import say, say_table
    from voxlift.lab.evaluation import evaluate as evaluate_on
    from voxlift.lab.evaluation import find_set
    from voxlift.metrics import METRICS

    found = find_set(on if cluster is None else on.absolute())
    result = evaluate_on(model, found, crew_of(cluster, jobs, whole=True), metric)
    say(f"{model} on {on} ({found.kind}, {len(found.items)} items)")
    medians, rows = result.medians(), []
    for name, (mean, low, high) in result.means().items():
        mean_, low_, high_, median = (f"{x:.{METRICS[name].digits}f}" for x in (mean, low, high, medians[name]))
        known = str(len(result.values(name)))
        rows.append((name, METRICS[name].heading, mean_, f"{low_} to {high_}", median, known))
    headings = ("name", "metric", "mean", "95 % interval", "median", "items")
    say_table(headings, rows, right=headings[2:])
    say(f"real-time factor {result.realtime:.4f}: processor seconds for a second of sound, on one thread, measured")
    if save:
        result.save(save)


@lab_app.command()
def export(
    run: Annotated[Path, typer.Argument(help="The folder of a run.")],
    *,
    card: Annotated[Path | None, typer.Option("--card", help="The card's folder; default: card/ in the run.")] = None,
    on: Annotated[Path | None, typer.Option("--on", help="Score the card on this folder, as evaluate does.")] = None,
    jobs: Annotated[int, typer.Option("--jobs", min=1, help="Processes that score.")] = 1,
    bits: Annotated[int, typer.Option("--bits", min=2, max=8, help="Of each weight of a matrix.")] = 8,
    cache: Annotated[Path, CACHE] = DEFAULT_CACHE,
) -> None:
    """Make a card of a run: graph, proof of parity, facts, scores."""
    need_lab("The lab", "lightning", "torch")
    from voxlift.lab.export import export_card, score_card

    folder = card or run / "card"
    made = export_card(run, folder, cache=cache, bits=bits)
    typer.echo(f"{folder}: {made.parameters / 1e6:.2f} M parameters, graph and net agree", err=True)
    if on:
        scored = score_card(folder, on, jobs)
        for score in scored.scores:
            typer.echo(f"{score.on}: " + ", ".join(f"{name} {value:.3f}" for name, value in score.metrics.items()))


@lab_app.command()
def shell() -> int:
    """Type words to make data, build a net on binary digits, train it and listen to it; also a script on its input."""
    need_lab("The shell", "torch", "optuna", "safetensors")
    from voxlift.cli.failing import sentence, show_trace
    from voxlift.lab.shell.prompt import run_shell

    def explain(problem: BaseException) -> str:
        show_trace(problem)
        return sentence(problem)

    return run_shell(explain)


def _show(step: Step) -> None:
    watched = "" if step.validation is None else f"  validation {step.validation:.4f}"
    left = timedelta(minutes=max(1, round(60 * step.left_hours)))
    typer.echo(
        f"{100 * step.share:5.1f} %  {str(left)[:-3]} h left  step {step.number}  loss {step.loss:8.4f}  "
        f"{step.seen_hours:.2f} h of sound seen{watched}",
        err=True,
    )
