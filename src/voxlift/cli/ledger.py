"""What became of each input as rows of a manifest, and what an earlier run's rows say is done."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

from voxlift.cli.failing import sentence
from voxlift.cli.options import LiftOptions
from voxlift.cli.reporting import Outcome
from voxlift.cli.station import Claim
from voxlift.cli.tasks import Task
from voxlift.cluster.manifest import Manifest
from voxlift.cluster.rows import DONE, FAILED, KILLED, SKIPPED, Row
from voxlift.errors import InputError, KilledError


class Ledger:
    """The manifest of a run.

    Raises
    ------
    InputError
        When it cannot be written, or belongs to another model's run.
    """

    def __init__(self, task: Task, options: LiftOptions) -> None:
        assert options.manifest is not None
        self._model, self._card_sha256 = _model_of(options.model_for(task.name))
        self._manifest = Manifest(options.manifest, resume=options.resume, overwrite=options.overwrite)
        before = self._manifest.first()
        if before is not None and (before.model, before.card_sha256) != (self._model, self._card_sha256):
            self._manifest.close()
            raise InputError(
                f"{options.manifest}: is of a run with {before.model} (sha256 {before.card_sha256[:12] or 'none'}), "
                f"and this one uses {self._model} ({self._card_sha256[:12] or 'none'}); give another --manifest"
            )

    def claims(self, place: str) -> tuple[Claim, ...]:
        """Say which outputs of a recording are there, if all that it says holds."""
        rows = self._manifest.rows_of(place)
        if not rows or any(row.status not in (DONE, SKIPPED) for row in rows):
            return ()
        return tuple(Claim(row.output, row.bytes, row.checksum) for row in rows)

    def suspects(self, place: str) -> bool:
        """Say whether a recording brought down its workers."""
        return any(row.status == KILLED for row in self._manifest.rows_of(place))

    def write(self, outcome: Outcome) -> None:
        """Write down what became of a recording, unless that is what stands there."""
        if not outcome.kept:
            self._manifest.write(list(self._rows(outcome)))

    def _rows(self, outcome: Outcome) -> Iterator[Row]:
        now = datetime.now(UTC).isoformat(timespec="microseconds")
        row = Row(outcome.source, "", None, None, "", SKIPPED, "", now, self._model, self._card_sha256)
        if outcome.problem is not None:
            status = KILLED if isinstance(outcome.problem, KilledError) else FAILED
            yield replace(row, status=status, error=sentence(outcome.problem))
        elif outcome.lifted is not None:
            for made in outcome.made:
                yield replace(
                    row, output=made.output, seconds=outcome.lifted.seconds, bytes=made.bytes, checksum=made.checksum,
                    status=DONE,
                )  # fmt: skip
        else:
            yield from (replace(row, output=place) for place in outcome.targets.values())

    def __enter__(self) -> Ledger:
        return self

    def __exit__(self, *_: object) -> None:
        self._manifest.close()


def _model_of(name: str) -> tuple[str, str]:
    """Find what a model is called, and the sum of its weights; an engine's are its own affair."""
    from voxlift.separate.engines import is_engine
    from voxlift.separate.store import find

    if is_engine(name):
        return name, ""
    card = find(name)
    return card.name, card.sha256
