"""`voxlift models`: the models that are here, what each can do, and whether it is sound."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from voxlift.separate.card import Card, Score

models_app = typer.Typer(help="List the models that are here; show, verify or add one.", rich_markup_mode=None)

JsonOption = Annotated[bool, typer.Option("--json", help="JSON for programs.")]

_HEADINGS = ("model", "task", "parameters", "size", "licence", "scores", "what it does")
_MEASURE_SECONDS = 5.0
# How people write the metrics of `voxlift.metrics`; the first of them that a card has stand in the list.
_METRICS = {"pesq_wb": "PESQ-WB {:.2f}", "estoi": "ESTOI {:.1f}", "si_sdr": "SI-SDR {:.1f} dB", "sdr": "SDR {:.1f} dB",
            "si_sdr_i": "SI-SDRi {:+.1f} dB", "sdr_i": "SDRi {:+.1f} dB", "pesq_nb": "PESQ-NB {:.2f}",
            "stoi": "STOI {:.1f}"}  # fmt: skip


@models_app.callback(invoke_without_command=True)
def models(context: typer.Context, as_json: JsonOption = False) -> None:
    """List the models that are here; show, verify or add one."""
    from voxlift.cli.printing import say, say_json, say_table
    from voxlift.separate.store import added_folder

    if context.invoked_subcommand is not None:
        return
    cards, broken = read_all()
    if as_json:
        say_json([_row_facts(card) for card in cards] + broken, indent=2)
    elif cards or broken:
        rows = [_row(card) for card in cards]
        rows += [(Path(fault["folder"]).name, "broken", "", "", "", "", fault["error"]) for fault in broken]
        say_table(_HEADINGS, rows, right=("parameters", "size"))
        say()
        say("voxlift models show NAME tells all of one, verify NAME how fast it is here; --model NAME uses it.")
    else:
        say(f"no models are here; add one with: voxlift models add FOLDER (it goes to {added_folder()})")


@models_app.command()
def show(
    name: Annotated[str, typer.Argument(help="A model's name, or the path of its card.")], as_json: JsonOption = False
) -> None:
    """Show the whole card of a model: what it is for, its scores, how it was trained, on what, and its licence."""
    from voxlift.cli.printing import say, say_json
    from voxlift.schema import plain
    from voxlift.separate.store import find

    card = find(name)
    if as_json:
        say_json({**plain(card), "folder": str(card.folder), "bytes": _size(card)}, indent=2)
        return
    say(f"{card.name}: {card.summary}")
    say()
    _say_sheet(card)


@models_app.command()
def verify(
    name: Annotated[str | None, typer.Argument(help="A model's name or path; all models if left out.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Check models: the sum of their weights, their graph, and a run through five seconds of noise."""
    from voxlift.cli.failing import INPUT, tell
    from voxlift.cli.printing import say, say_json
    from voxlift.errors import InputError, VoxliftError
    from voxlift.separate.store import find

    cards, broken = ([find(name)], []) if name else read_all()
    if not cards and not broken:
        raise InputError("no models are here to verify; add one with: voxlift models add FOLDER")
    results: list[dict[str, Any]] = [{**fault, "ok": False} for fault in broken]
    failures: list[VoxliftError] = [InputError(fault["error"]) for fault in broken]
    for card in cards:
        try:
            times = trial(card)
            results.append(
                {"name": card.name, "folder": str(card.folder), "ok": True, "times_real_time": round(times, 1)}
            )
            if not as_json:
                say(f"{card.name}: sound (sha256, graph, trial run at {times:.0f} x real time)")
        except VoxliftError as problem:
            failures.append(problem)
            results.append({"name": card.name, "folder": str(card.folder), "ok": False, "error": str(problem)})
    if as_json:
        say_json(results, indent=2)
    statuses = [tell(problem) for problem in failures]
    if statuses:
        raise typer.Exit(max(statuses) if INPUT in statuses else statuses[0])


@models_app.command()
def add(
    folder: Annotated[Path, typer.Argument(metavar="PATH", help="A card: a folder with card.toml and what it names.")],
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a model of that name.")] = False,
) -> None:
    """Check a card and copy it to where Voxlift looks for models."""
    from voxlift.cli.printing import say
    from voxlift.separate.store import add as add_card

    card = add_card(folder, overwrite=overwrite)
    say(f"{card.name}: added to {card.folder}; use it with --model {card.name}")


def trial(card: Card, seconds: float = _MEASURE_SECONDS) -> float:
    """Verify a card and run it over noise; return how many times faster than real time it ran.

    Raises
    ------
    CardError
        When it is not sound.
    NetError
        When the net fails, or what it gives is no sound.
    """
    import time

    import numpy as np

    from voxlift.audio import Audio
    from voxlift.errors import NetError
    from voxlift.separate.card import separator_of
    from voxlift.separate.nets import Machine

    separator = separator_of(card, Machine())
    noise = np.random.default_rng(0).normal(0, 0.05, (1, round(seconds * card.front.rate)))
    sound = Audio(noise.astype(np.float32), card.front.rate)
    start = time.perf_counter()
    stems = separator(sound)
    elapsed = time.perf_counter() - start
    for stem in card.stems:  # a NaN was refused on the way
        if stems[stem].samples.shape != sound.samples.shape:
            raise NetError(f"{card.name}: {stem} has the shape {stems[stem].samples.shape}, not {sound.samples.shape}")
    return sound.seconds / elapsed


def read_all() -> tuple[list[Card], list[dict[str, str]]]:
    """Read every card by itself, so that a broken one does not hide the others."""
    from voxlift.separate.store import survey

    cards, broken = survey()
    faults = [{"name": folder.name, "folder": str(folder), "error": str(problem)} for folder, problem in broken.items()]
    return cards, faults


def _row(card: Card) -> tuple[str, ...]:
    scores = f"{_in_words(card.scores[0])} on {card.scores[0].on}" if card.scores else "not measured"
    size = f"{_size(card) / 1e6:.1f} MB"
    return (card.name, card.task, _count(card.parameters), size, card.licence, scores, card.summary)


def _row_facts(card: Card) -> dict[str, Any]:
    from voxlift.schema import plain
    from voxlift.separate.store import SHIPPED

    names = ("name", "task", "summary", "version", "licence", "parameters", "stems", "sha256")
    return {
        **{name: plain(getattr(card, name)) for name in names},
        "bytes": _size(card),
        "folder": str(card.folder),
        "shipped": card.folder is not None and card.folder.parent == SHIPPED,
        "scores": plain(card.scores),
    }


def _say_sheet(card: Card) -> None:
    from voxlift.cli.printing import say, say_pairs

    training, front = card.training, card.front
    ahead_ms = 1000 * (front.window + front.lookahead_frames * front.hop) / front.rate
    say_pairs(
        [
            ("task", card.task),
            ("gives", ", ".join(card.stems)),
            ("version", str(card.version)),
            ("licence", card.licence),
            ("parameters", f"{_count(card.parameters)} ({_size(card) / 1e6:.1f} MB)"),
            ("hears", f"up to {front.rate / 2000:g} kHz; what lies above follows the octave below"),
            ("how", _how(card)),
            (
                "works",
                f"live too, {ahead_ms:.0f} ms behind"
                if card.chunk is None
                else f"in chunks of {card.chunk.seconds:g} s",
            ),
            ("scores", "\n".join(_score_lines(card)) or "not measured"),
            ("trained", f"{training.hours:g} h on {training.machine}"),
            ("saw", f"{training.seen_hours:g} h of sound in {training.steps} steps"),
            ("made by", training.command),
            ("data", "\n".join(_data_lines(card)) or "none"),
            ("sha256", card.sha256),
            ("folder", str(card.folder)),
        ]
    )
    say()


def _how(card: Card) -> str:
    front = card.front
    window_ms, hop_ms = (1000 * samples / front.rate for samples in (front.window, front.hop))
    frames = f"every {hop_ms:g} ms" if front.any_rate else "side by side"
    kind = "STFT" if front.any_rate else front.transform
    gate = "" if card.gate is None else f", gated by {card.gate}"
    voices = "" if card.voices is None else f", put right by {card.voices}"
    head = f"{kind} of {window_ms:g} ms {frames}, {front.view} in, {front.mask} mask, channels {front.channels}"
    return f"{head}{gate}{voices}"


def _score_lines(card: Card) -> Iterator[str]:
    for score in card.scores:
        yield f"{score.on}: {_in_words(score, len(score.metrics))}"
        yield f"  ({score.protocol})"


def _data_lines(card: Card) -> Iterator[str]:
    total = sum(source.hours for source in card.data)
    if card.data:
        yield f"{len(card.data)} corpora, {total:.1f} h"
    width = max((len(source.corpus) for source in card.data), default=0)
    for source in sorted(card.data, key=lambda source: -source.hours):
        yield f"{source.corpus:<{width}}  {source.hours:6.2f} h  {source.licence}"


def _in_words(score: Score, most: int = 3) -> str:
    known = [form.format(score.metrics[name]) for name, form in _METRICS.items() if name in score.metrics]
    others = [f"{name} {value:.3g}" for name, value in score.metrics.items() if name not in _METRICS]
    return ", ".join((known + others)[:most])


def _count(parameters: int) -> str:
    if parameters >= 1_000_000:
        return f"{parameters / 1e6:.2f} M"
    return f"{parameters / 1e3:.1f} k" if parameters >= 1000 else str(parameters)


def _size(card: Card) -> int:
    from voxlift.errors import CardError

    try:
        return card.size_bytes
    except (OSError, CardError):
        return 0
