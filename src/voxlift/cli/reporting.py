"""What is said of each file: a line for people on standard error, a line of JSON for programs on standard output."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from voxlift.cli.failing import INPUT, OURS, sentence, show_trace, status_of
from voxlift.cli.options import PIPE

if TYPE_CHECKING:
    from voxlift.separate.counting import Count
    from voxlift.separate.stream import Lifted


_LISTED = 200
"""Failures that are kept for the table; of more a manifest tells."""


@dataclass(frozen=True)
class Made:
    """An output that is whole where it belongs: its size, and the SHA-256 of its bytes."""

    output: str
    bytes: int
    checksum: str


@dataclass(frozen=True)
class Outcome:
    """What became of one input: lifted, failed, or (neither) done before."""

    source: str
    targets: Mapping[str, str]
    lifted: Lifted | None = None
    problem: Exception | None = None
    made: Sequence[Made] = ()
    kept: bool = False
    """It was done before, and a manifest says so already."""


class Reporter:
    """Tells each outcome when it comes, and the failures once more at the end."""

    def __init__(self, as_json: bool, quiet: bool) -> None:
        self._json, self._quiet = as_json, quiet
        self.told, self.failed = 0, 0
        self._failures: list[Outcome] = []
        self._statuses: set[int] = set()
        self._expected = 1

    @property
    def only_problem(self) -> Exception | None:
        """What is wrong with the input, where there is but one."""
        return self._failures[0].problem if self.told == self._expected == 1 and self._failures else None

    def expect(self, inputs: int) -> None:
        """Learn how many inputs there are."""
        self._expected = inputs

    def tell(self, outcome: Outcome) -> None:
        """Say what became of one input."""
        self.told += 1
        if outcome.problem is not None:
            self.failed += 1
            self._statuses.add(status_of(outcome.problem))
            if self.failed <= _LISTED:
                self._failures.append(outcome)
        if self._json:
            sys.stdout.write(json.dumps(as_record(outcome)) + "\n")
            sys.stdout.flush()
        if outcome.problem is None or self._expected > 1:  # the only failure is told by who called
            self.note(in_words(outcome))
            if outcome.problem is not None:
                show_trace(outcome.problem)

    def note(self, text: str) -> None:
        """Say something in passing."""
        if not self._quiet:
            sys.stderr.write(printable(text) + "\n")

    def status(self) -> int:
        """Tell the status of the whole: 0, or 2 if only inputs were at fault, or 1."""
        return 0 if not self._statuses else INPUT if self._statuses == {INPUT} else OURS

    def summary(self) -> None:
        """List what failed and why."""
        if self.failed:
            more = self.failed - len(self._failures)
            text = failures(self._failures, self.failed, self.told) + (f"\n  ... and {more} more" if more else "")
            sys.stderr.write(printable(text) + "\n")


def in_words(outcome: Outcome) -> str:
    """Say in a line what was written and how; each warning follows on a line of its own."""
    if outcome.problem is not None:
        return f"{shown(outcome.source)}: failed"
    if outcome.lifted is None:
        return f"{shown(outcome.source)}: skipped, done before"
    written = " + ".join("standard output" if path == PIPE else shown(path) for path in outcome.targets.values())
    lifted = outcome.lifted
    levels = dict(lifted.levels_db)
    levels.pop("mixture", None)
    rest = levels.pop("rest", None)
    told = [f"{stem} {level_in_words(level)}" for stem, level in levels.items()]
    told += [f"taken away {level_in_words(rest)}"] if rest is not None else []
    line = (
        f"{written}: {lifted.seconds:.1f} s in {lifted.elapsed_seconds:.1f} s "
        f"({speed(lifted):.0f} x real time), {', '.join(told)}"
    )
    if lifted.speakers is not None:
        line += f"; {speakers_in_words(lifted.speakers)}"
    if lifted.gain_db:
        line += f"; all lowered by {-lifted.gain_db:.1f} dB so that nothing clips"
    return "\n".join([line, *(f"  warning: {warning}" for warning in lifted.warnings)])


def speakers_in_words(count: Count) -> str:
    """Say how many speak, and how sure that is."""
    number = {0: "nobody speaks", 1: "one speaker"}.get(count.speakers, f"{count.speakers} speakers")
    return f"{number} ({100 * count.confidence:.0f} % sure)"


def level_in_words(level_db: float) -> str:
    """Give a level as people read it."""
    return "silent" if level_db < -120 else f"{level_db:.1f} dB"


def speed(lifted: Lifted) -> float:
    """Seconds of sound a second."""
    return lifted.seconds / max(lifted.elapsed_seconds, 1e-6)


def as_record(outcome: Outcome) -> dict[str, object]:
    """Give what a program may want to know, in numbers and plain words."""
    record: dict[str, object] = {"input": outcome.source, "status": "skipped"}
    record["outputs"] = dict(outcome.targets)
    if outcome.problem is not None:
        fault = "input" if status_of(outcome.problem) == INPUT else "voxlift"
        return {**record, "status": "failed", "outputs": {}, "error": sentence(outcome.problem), "fault": fault}
    if outcome.lifted is None:
        return record
    lifted = outcome.lifted
    return {
        **record,
        "status": "done",
        "rate": lifted.rate,
        "channels": lifted.channels,
        "length": lifted.length,
        "seconds": lifted.seconds,
        "elapsed_seconds": round(lifted.elapsed_seconds, 4),
        "times_real_time": round(speed(lifted), 2),
        "gain_db": round(lifted.gain_db, 3),
        "levels_db": {name: round(level, 2) for name, level in lifted.levels_db.items()},
        **({} if lifted.speakers is None else {"speakers": lifted.speakers.speakers}),
        **({} if lifted.speakers is None else {"confidence": round(lifted.speakers.confidence, 3)}),
        "warnings": list(lifted.warnings),
    }


def failures(failed: Sequence[Outcome], count: int, files: int) -> str:
    """Make the table of what failed and why."""
    names = [shown(outcome.source) for outcome in failed]
    width = min(40, max(map(len, names)))
    rows = [
        f"  {name:<{width}}  {sentence(outcome.problem).removeprefix(f'{name}: ')}"
        for name, outcome in zip(names, failed, strict=True)
        if outcome.problem is not None
    ]
    return "\n".join([f"voxlift: {count} of {files} inputs failed:", *rows])


def shown(place: str) -> str:
    """Give a name that fits on one line."""
    name = "standard input" if place == PIPE else place
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in name)


def printable(text: str) -> str:
    """Make text that any terminal takes: names may hold bytes that are no characters, or that its code page lacks."""
    encoding = sys.stderr.encoding or "utf-8"
    return text.encode(encoding, "backslashreplace").decode(encoding)
