"""What programs and pages are shown of a job: plain values, no paths, no digests of visitors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from voxlift.web.clock import now
from voxlift.web.lifting import BEFORE
from voxlift.web.models import DONE, Feedback, Job
from voxlift.web.progress import progress_view
from voxlift.web.rendering import PEAKS, SPECTROGRAM
from voxlift.web.settings import FORMATS
from voxlift.web.speaking import TIMELINE


@dataclass(frozen=True)
class ModelView:
    """The model that lifted a recording."""

    name: str
    version: str | None
    licence: str | None
    sha256: str | None


@dataclass(frozen=True)
class StemView:
    """One sound of a result; `before` is the recording itself."""

    name: str
    formats: list[str]
    bytes: dict[str, int]
    """By format, of those that were made already; the others are made when they are first asked for."""
    peaks: bool
    spectrogram: bool


@dataclass(frozen=True)
class FeedbackView:
    """A verdict."""

    good: bool
    reasons: list[str]
    comment: str
    updated_at: datetime
    revision: int


@dataclass(frozen=True)
class JobView:
    """A job as its owner sees it."""

    token: str
    state: str
    name: str
    task: str
    model: ModelView
    strength_db: float | None
    speakers: int | None
    progress: float
    seconds_left: float | None
    ahead: int | None
    error: str | None
    ask_again_seconds: float | None
    """After which asking may bring something new; None when the job has ended."""
    created_at: datetime
    finished_at: datetime | None
    expires_at: datetime
    expired: bool
    seconds: float | None
    rate: int | None
    channels: int | None
    gain_db: float | None
    warnings: list[str]
    speakers_heard: int | None
    """For the task `speakers`: how many there are ..."""
    speakers_confidence: float | None
    """... and how sure that is, 0 to 1."""
    stems: list[StemView]
    timeline: list[str]
    """Kinds of table and picture there are of who speaks when."""
    feedback: FeedbackView | None
    consent: bool
    app_version: str


def job_view(session: Session, job: Job, token: str) -> JobView:
    """Show a job."""
    facts, expired = job.facts or {}, job.expires_at <= now()
    moving = progress_view(session, token)
    assert moving is not None
    return JobView(
        token=token, name=job.name, task=job.task,
        model=ModelView(job.model, job.model_version, job.model_licence, job.card_sha256),
        strength_db=job.strength_db, speakers=job.speakers,
        state=moving.state, progress=moving.progress, seconds_left=moving.seconds_left, ahead=moving.ahead,
        error=moving.error, ask_again_seconds=moving.ask_again_seconds,
        created_at=job.created_at, finished_at=job.finished_at, expires_at=job.expires_at, expired=expired,
        seconds=job.seconds, rate=job.rate, channels=job.channels,
        gain_db=facts.get("gain_db"), warnings=list(facts.get("warnings", ())),
        speakers_heard=facts.get("speakers_heard"), speakers_confidence=facts.get("speakers_confidence"),
        stems=[] if expired else stem_views(job), timeline=[] if expired else _timeline_kinds(job),
        feedback=None if job.feedback is None else feedback_view(job.feedback),
        consent=job.consent is not None, app_version=job.app_version,
    )  # fmt: skip


def stem_views(job: Job) -> list[StemView]:
    """Show what a job made, the recording itself first."""
    if job.state != DONE:
        return []
    names = dict.fromkeys(output.stem for output in job.outputs if output.stem != TIMELINE)
    ordered = sorted(names, key=lambda name: name != BEFORE)
    return [
        _stem(name, {output.kind: output.bytes for output in job.outputs if output.stem == name}) for name in ordered
    ]


def _timeline_kinds(job: Job) -> list[str]:
    return [output.kind for output in job.outputs if output.stem == TIMELINE] if job.state == DONE else []


def feedback_view(verdict: Feedback) -> FeedbackView:
    """Show a verdict."""
    return FeedbackView(verdict.good, list(verdict.reasons), verdict.comment, verdict.updated_at, verdict.revision)


def _stem(name: str, sizes: dict[str, int | None]) -> StemView:
    formats = [kind for kind in FORMATS if kind in sizes]
    known = {kind: size for kind in formats if (size := sizes[kind]) is not None}
    return StemView(name, formats, known, PEAKS in sizes, SPECTROGRAM in sizes)


def common_formats(stems: Sequence[StemView]) -> list[str]:
    """List the formats in which all stems can be had."""
    return [kind for kind in FORMATS if stems and all(kind in stem.formats for stem in stems)]
