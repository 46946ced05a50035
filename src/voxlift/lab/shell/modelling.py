"""The words that need torch: autoBuild, model train, model test, plot, save, load, listen."""

from __future__ import annotations

import math
import time
from pathlib import Path

import numpy as np

from voxlift.dsp.bits import from_digits
from voxlift.errors import InputError
from voxlift.lab.shell.builder import auto_build
from voxlift.lab.shell.data import DIGITS, PARTS, PIECE, SOUND, DigitSet
from voxlift.lab.shell.learning import accuracy_of_digits, learn, make_net, one_thread, probabilities, values
from voxlift.lab.shell.listening import listen
from voxlift.lab.shell.pictures import Prediction, draw
from voxlift.lab.shell.plan import Plan
from voxlift.lab.shell.playing import play
from voxlift.lab.shell.saving import load_model, save_model
from voxlift.lab.shell.state import Console, Model, Point, State
from voxlift.media.sinks import Sink

ITERATIONS, EVERY = 1000, 100
_WATCHED = 1000
"""Rows on which accuracy is looked at while a net learns."""
_PLOTTED_PIECES = 4
TRAIN, TEST = PARTS


def build(state: State, console: Console, layers: range, began: float) -> None:
    """`autoBuild`: find a plan; it was typed when the clock said `began`.

    Raises
    ------
    InputError
        Without a train set.
    """
    data = state.train_set()
    console.say(
        f"looking for the best of {layers[0]} to {layers[-1]} hidden layers, on the train set of {len(data)} ..."
    )
    found = auto_build(data, layers, console, began=began)
    state.plan = found.plan
    ending = f" ({found.stopped}: the best so far)" if found.stopped else ""
    console.say(
        f"built: {found.plan}{ending}\n"
        f"score {found.score:.3f} of digits right, on {found.held_back} held back; "
        f"time {found.seconds:.1f} s ({found.tries} nets tried, {found.given_up} given up early)\n"
        "next: model train"
    )


def train(state: State, console: Console) -> None:
    """`model train`: about 1000 iterations; stopped before, the net keeps what it learned.

    Raises
    ------
    InputError
        Without a train set.
    """
    data = state.train_set()
    if state.plan is None:
        state.plan = Plan()
        console.say(f"autoBuild was not typed: the usual net is taken, {state.plan}")
    model = _model_for(state, data, console)
    inputs, outputs = data.shape
    console.say(
        f"training a net of {inputs} inputs, {model.plan.layers} x {model.net.width} hidden units, {outputs} outputs "
        f"({model.net.parameters_count} weights), learning rate {model.plan.rate:.4g}; Ctrl-C stops"
    )
    began, done = time.monotonic(), 0
    with one_thread():
        for done, loss in learn(model.net, data, model.plan.rate, ITERATIONS, seed=model.iterations):
            stopped = console.stop()
            if done % EVERY == 0 or stopped:
                _look(state, console, model, Point(model.iterations + done, loss, 0.0))
            if stopped:
                break
        model.iterations += done
        model.learnt_from, state.model = data, model
        accuracy = accuracy_of_digits(model.net, data, DIGITS).mean()
    if done < ITERATIONS:
        console.say(f"stopped after {done} of {ITERATIONS} iterations; what was learned is kept")
    console.say(
        f"train accuracy {accuracy:.3f} (share of digits predicted right; {_guess(data, data)}), "
        f"time {time.monotonic() - began:.1f} s"
    )


def test(state: State, console: Console) -> None:
    """`model test`: accuracy on both sets.

    Raises
    ------
    InputError
        Without a trained net, or a test set that fits it.
    """
    model = state.trained()
    test_set = state.sets.get(TEST)
    if test_set is None:
        raise InputError(f"there is no test set yet; type {_make(model.kind, TEST)}")
    _check_fits(model, test_set, TEST)
    train_set = state.sets.get(TRAIN)
    seen = train_set if train_set is not None and train_set.kind == model.kind else None
    with one_thread():
        accuracy = accuracy_of_digits(model.net, test_set, DIGITS)
        if seen is not None:
            console.say(f"train accuracy {accuracy_of_digits(model.net, seen, DIGITS).mean():.3f}")
    console.say(f"test accuracy {accuracy.mean():.3f} ({_guess(test_set if seen is None else seen, test_set)})")
    console.say("digit by digit, on the test set: " + "  ".join(f"{share:.2f}" for share in accuracy))


def plot(state: State, console: Console, path: Path) -> None:
    """`plot`: the picture.

    Raises
    ------
    InputError
        Without a trained net or data that fit it, or when the file exists.
    """
    model = state.trained()
    sets = {part: state.sets[part] for part in PARTS if part in state.sets and state.sets[part].kind == model.kind}
    if not sets:
        raise InputError(f"there is no data to draw; type {_make(model.kind, TEST)}")
    shown = sets.get(TEST, sets.get(TRAIN))
    assert shown is not None
    with Sink(path) as sink:
        by_digit = {part: accuracy_of_digits(model.net, data, DIGITS) for part, data in sets.items()}
        title = f"{model.kind}: {model.plan}, {model.iterations} iterations"
        sink.write(draw(model.points, by_digit, _prediction(model, shown), title))
    console.say(f"drawn: {path}")


def save(state: State, console: Console, path: Path, overwrite: bool) -> None:
    """`save`: write the net.

    Raises
    ------
    InputError
        Without a trained net, or when the file exists.
    """
    model = state.trained()
    if path.exists() and not overwrite:
        raise InputError(f"{path}: exists already; type another name, or save {path} overwrite")
    save_model(model, path, overwrite)
    console.say(f"saved: {path}")


def load(state: State, console: Console, path: Path) -> None:
    """`load`: take a net up again.

    Raises
    ------
    InputError
        When the file is missing, damaged, or no net.
    """
    state.model = load_model(path)
    state.plan = state.model.plan
    console.say(f"loaded: {path}: {state.plan}, {state.model.iterations} iterations, made for {state.model.kind}")


def hear(state: State, console: Console, path: Path) -> None:
    """`listen`: a recording through the net.

    Raises
    ------
    InputError
        Without a net that learned from recordings, or when the file cannot be read.
    """
    model = state.trained()
    if model.kind != SOUND:
        raise InputError(f"the net learned from {model.kind}; type loadDataSet train 1000, then model train")
    with one_thread():
        heard = listen(model.net, path, console)
    ratio = "it is silent" if math.isnan(heard.si_sdr_db) else f"SI-SDR {heard.si_sdr_db:.1f} dB"
    console.say(f"written: {heard.path}\naccuracy {heard.accuracy:.3f} of its digits, {ratio} against the recording")
    problem = play(heard.path, console.stop)
    if problem:
        console.say(problem)


def _model_for(state: State, data: DigitSet, console: Console) -> Model:
    """Go on with the net at hand if it is of this plan and data; else make a new one."""
    assert state.plan is not None
    model = state.model
    at_hand = model is not None and model.plan == state.plan and model.kind == data.kind
    if model is not None and at_hand and (model.learnt_from is None or model.learnt_from is data):
        console.say(f"going on from iteration {model.iterations}")
        return model
    return Model(make_net(data, state.plan), state.plan, data.kind)


def _look(state: State, console: Console, model: Model, point: Point) -> None:
    """Show how far the net is, and note it for `plot`."""
    shares = {}
    for part, data in state.sets.items():
        if data.kind == model.kind:
            rows = DigitSet(data.x[:_WATCHED], data.y[:_WATCHED], data.kind)
            shares[part] = float(accuracy_of_digits(model.net, rows, DIGITS).mean())
    model.points.append(Point(point.iteration, point.loss, shares[TRAIN], shares.get(TEST)))
    console.say(f"  iteration {point.iteration:5d}  loss {point.loss:.3f}  accuracy {shares[TRAIN]:.3f}")


def _prediction(model: Model, data: DigitSet) -> Prediction:
    rows = data.x[:_PLOTTED_PIECES] if model.kind == SOUND else data.x[:_WATCHED]
    found = values(probabilities(model.net, rows), DIGITS)
    wanted = values(data.y[: len(rows)], DIGITS)
    if model.kind == SOUND:
        time_samples = np.arange(found.size, dtype=np.float32)
        return Prediction(time_samples, wanted.ravel(), found.ravel(), f"sample ({PIECE} a piece)", joined=True)
    return Prediction(from_digits(rows), wanted.ravel(), found.ravel(), "X", joined=False)


def _check_fits(model: Model, data: DigitSet, part: str) -> None:
    if data.kind != model.kind:
        raise InputError(
            f"the net learned from {model.kind}, the {part} set holds {data.kind}; "
            f"type {_make(model.kind, part)}, or train another net: {_make(data.kind, TRAIN)}, then model train"
        )


def _make(kind: str, part: str) -> str:
    return f"{'loadDataSet' if kind == SOUND else 'createDataSet'} {part} {1000 if part == TRAIN else 100}"


def _guess(learnt: DigitSet, asked: DigitSet) -> str:
    return f"always guessing the commoner digit gives {float((asked.y == learnt.guess).mean()):.3f}"
