"""How often visitors said yes, by the model that did the work."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Integer, cast, func, select

from voxlift.metrics.intervals import share_and_interval
from voxlift.web.database import Database
from voxlift.web.models import Feedback


@dataclass(frozen=True)
class Rate:
    """What visitors said of one version of a model."""

    task: str
    model: str
    version: str
    card_sha256: str
    yes: int
    count: int

    @property
    def share_and_interval(self) -> tuple[float, float, float]:
        """Share of yes, and its 95 % interval."""
        return share_and_interval(self.yes, self.count)


def rates(database: Database) -> list[Rate]:
    """Count verdicts, also those whose recordings have gone."""
    model = (Feedback.task, Feedback.model, Feedback.model_version, Feedback.card_sha256)
    counted = select(*model, func.sum(cast(Feedback.good, Integer)), func.count()).group_by(*model).order_by(*model)
    with database.reading() as session:
        return [Rate(*row) for row in session.execute(counted)]
