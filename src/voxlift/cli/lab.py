"""`voxlift lab`: train, evaluate, export."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from voxlift.errors import MissingExtraError

if TYPE_CHECKING:
    from voxlift.lab.training import Step

lab_app = typer.Typer(help="Where models are made: train, evaluate, export (extra 'lab').", no_args_is_help=True)

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
    _need_lab()
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


@lab_app.command()
def evaluate(
    model: Annotated[str, typer.Argument(help="A model's name or a card's folder.")],
    pairs: Annotated[Path, typer.Option("--pairs", help="A folder with noisy/ and clean/.")] = Path(
        "../shared/data/dev/denoise"
    ),
    save: Annotated[Path | None, typer.Option("--save", help="Write every pair's scores there, as CSV.")] = None,
    jobs: Annotated[int, typer.Option("--jobs", min=1, help="Processes.")] = 1,
) -> None:
    """Score a model on pairs: SI-SDR and its improvement, SDR, PESQ, STOI, with 95 % intervals."""
    _need_lab()
    from voxlift.lab.evaluation import evaluate as evaluate_pairs
    from voxlift.lab.evaluation import find_pairs

    result = evaluate_pairs(model, find_pairs(pairs), jobs)
    typer.echo(f"{model} on {len(result.scores)} pairs of {pairs}")
    for metric, (mean, low, high) in result.means().items():
        typer.echo(f"{metric:>9}  {mean:8.3f}  ({low:.3f} to {high:.3f})")
    if save:
        result.save(save)


@lab_app.command()
def export(
    run: Annotated[Path, typer.Argument(help="The folder of a run.")],
    card: Annotated[Path | None, typer.Option("--card", help="The card's folder; default: card/ in the run.")] = None,
    pairs: Annotated[Path | None, typer.Option("--pairs", help="Score the card on these pairs.")] = None,
    jobs: Annotated[int, typer.Option("--jobs", min=1, help="Processes that score.")] = 1,
    cache: Annotated[Path, CACHE] = DEFAULT_CACHE,
) -> None:
    """Make a card of a run: graph, proof of parity, facts, scores."""
    _need_lab()
    from voxlift.lab.export import export_card, score_card

    folder = card or run / "card"
    made = export_card(run, folder, cache=cache)
    typer.echo(f"{folder}: {made.parameters / 1e6:.2f} M parameters, graph and net agree", err=True)
    if pairs:
        scored = score_card(folder, pairs, jobs)
        for score in scored.scores:
            typer.echo(f"{score.on}: " + ", ".join(f"{name} {value:.3f}" for name, value in score.metrics.items()))


def _show(step: Step) -> None:
    typer.echo(
        f"step {step.number}  loss {step.loss:8.3f}  {step.hours:6.2f} h  "
        f"{step.seen_hours:8.2f} h of sound seen  {100 * step.share:5.1f} %",
        err=True,
    )


def _need_lab() -> None:
    try:
        import lightning  # noqa: F401
        import torch  # noqa: F401
    except ImportError:
        raise MissingExtraError("The lab", "lab") from None
