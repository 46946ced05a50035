"""The words of the shell: how each is written, and what is said when it is written otherwise."""

from __future__ import annotations

import difflib
import math
import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from voxlift.errors import InputError
from voxlift.lab.shell.data import DIGITS, PARTS, PIECE


@dataclass(frozen=True)
class Word:
    """A word, how it is written in full, and what it does."""

    name: str
    usage: str
    summary: str
    examples: tuple[str, ...]
    details: str = ""


WORDS: tuple[Word, ...] = (
    Word(
        "createDataSet", "createDataSet train|test COUNT", "makes simple data: X in 0..1, Y = sin X, as binary digits",
        ("createDataSet train 1000", "createDataSet test 100"),
        f"X is drawn evenly from 0..1; X and its sine are both written as {DIGITS} binary digits, the most\n"
        "significant first. The net has to find the digits of Y from those of X.",
    ),
    Word(
        "loadDataSet", "loadDataSet train|test COUNT [FOLDER | FILE | NOISY CLEAN]",
        "cuts recordings into pieces: X = samples, Y = their digits",
        ("loadDataSet train 1000", "loadDataSet test 100"),
        f"A piece is {PIECE} samples, mapped from -1..1 to 0..1; Y is the {DIGITS} digits of each. Without a name the\n"
        "project's examples are cut. Of a pair, X is the noisy recording and Y the digits of the clean one; so it is\n"
        "of a folder that holds noisy/ and clean/. 4 in 5 places of a recording are for train, the others for test.",
    ),
    Word(
        "autoBuild", "autoBuild [FIRST] [LAST]", "finds the number of hidden layers (0 to 8) and the learning rate",
        ("autoBuild", "autoBuild 1 4"),
        "Many small trainings on the train set; those that fall behind are given up early. A fifth of the set is held\n"
        "back, and the score is the share of its digits predicted right. The same data give the same answer.",
    ),
    Word(
        "model", "model train|test", "trains the net, or tests it",
        ("model train", "model test"),
        "Accuracy is the share of digits predicted right; 1 is perfect, and a guess is right half the time (0.5). The\n"
        "first digits are learnt best, the last ones are close to chance. `model train` again goes on where it was,\n"
        "with the same data; Ctrl-C stops it, and what was learned is kept.",
    ),
    Word("plot", "plot [FILE.png]", "draws how it learned and what it predicts, as a picture", ("plot",)),
    Word(
        "save", "save [NAME] [overwrite]", "keeps the net in a file", ("save", "save mine"),
        "NAME.safetensors: numbers and a description, no code. An existing file stays, unless you add `overwrite`.",
    ),
    Word("load", "load [NAME]", "takes a saved net up again", ("load mine",)),
    Word(
        "listen", "listen FILE", "sends a recording through the net, and plays what comes out",
        ("listen examples/interview.flac",),
        "The net must have learned from recordings (loadDataSet, model train). What it says is written beside the\n"
        "recording, as NAME.net.wav.",
    ),
    Word("help", "help [WORD]", "shows this, or more about a word", ("help", "help model")),
    Word("quit", "quit", "leaves (so do exit and Ctrl-D)", ("quit",)),
)  # fmt: skip

BY_NAME = {word.name.lower(): word for word in WORDS} | {"exit": WORDS[-1]}
_TOKEN = re.compile(r'"([^"]*)"|\'([^\']*)\'|((?:\\ |\S)+)')
_MOST_SHOWN = 60


def split(line: str) -> list[str]:
    r"""Split a line at spaces; names with spaces stand in quotes, or have `\ ` in them as some terminals paste them.

    Raises
    ------
    InputError
        On a quote that is not closed.
    """
    tokens = []
    for double, single, bare in (match.groups() for match in _TOKEN.finditer(line)):
        if bare is None:
            tokens.append(double if double is not None else single)
        elif bare[0] in "\"'":
            raise InputError(f"{shown(bare)}: the quote is not closed; put another {bare[0]} behind the name")
        else:
            tokens.append(bare if os.name == "nt" else bare.replace("\\ ", " "))
    return tokens


def find_word(text: str) -> Word:
    """Look a word up, however its letters are cased.

    Raises
    ------
    InputError
        With the nearest word, and all there are.
    """
    word = BY_NAME.get(text.lower())
    if word is None:
        all_of_them = ", ".join(known.name for known in WORDS)
        raise InputError(
            f"{shown(text)}: no such word{meant(text, [known.name for known in WORDS])}; "
            f"you can type: {all_of_them}; `help` says what they do"
        )
    return word


def meant(text: str, known: Iterable[str]) -> str:
    """Suggest the nearest of the known words, if one is near."""
    by_lower = {name.lower(): name for name in known}
    close = difflib.get_close_matches(text.lower(), by_lower, n=1)
    return f" (did you mean {by_lower[close[0]]}?)" if close else ""


def wrong(word: Word, problem: str) -> InputError:
    """Make the error for a word that was written otherwise than it is."""
    return InputError(f"{problem}; type {' or '.join(word.examples)}")


def part_of(word: Word, arguments: Sequence[str]) -> str:
    """Read `train` or `test`.

    Raises
    ------
    InputError
        When it is something else.
    """
    if not arguments:
        raise wrong(word, f"{word.name}: train or test must follow")
    if arguments[0].lower() not in PARTS:
        raise wrong(word, f"{word.name} {shown(arguments[0])}: train or test must follow{meant(arguments[0], PARTS)}")
    return arguments[0].lower()


def count_of(word: Word, text: str, what: str, least: int) -> int:
    """Read a whole number; 1e3 is one too.

    Raises
    ------
    InputError
        When it is none, or below `least`.
    """
    try:
        value = float(text)
    except ValueError:
        raise wrong(word, f"{word.name}: {shown(text)} is not {what}") from None
    if not math.isfinite(value) or value != int(value) or value < least:
        raise wrong(word, f"{word.name}: {shown(text)} is not {what}, a whole number from {least} on")
    return int(value)


def no_more(word: Word, arguments: Sequence[str], most: int) -> None:
    """Refuse more arguments than a word takes.

    Raises
    ------
    InputError
        With those that are too many.
    """
    if len(arguments) > most:
        surplus = " ".join(shown(text) for text in arguments[most:])
        raise wrong(word, f"{word.name}: {surplus} is too much (it is written {word.usage})")


def shown(text: str) -> str:
    """Quote what was typed: cut if long, with unprintable characters escaped."""
    cut = text if len(text) <= _MOST_SHOWN else text[:_MOST_SHOWN] + "..."
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode() for c in cut)


def help_text(word: Word | None = None) -> str:
    """Tell all words, or one of them at length."""
    if word is not None:
        details = f"\n{word.details}" if word.details else ""
        return f"{word.usage}\n{word.summary}{details}\nfor example: {', '.join(word.examples)}"
    width = max(len(known.usage) for known in WORDS if len(known.usage) < 40)
    lines = [f"  {known.usage:<{width}}  {known.summary}" for known in WORDS]
    return "\n".join(
        [
            "You can type (capital letters do not matter; TAB completes, arrow up brings back what you typed):",
            *lines,
            "For a start: createDataSet train 1000, createDataSet test 100, autoBuild, model train, model test.",
            "Accuracy is the share of binary digits predicted right: a random guess gives 0.5.",
        ]
    )
