"""The tables. The one of jobs is the truth: what the queue forgets, or says twice, is put right from it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Boolean, Float, ForeignKey, Index, Integer, MetaData, String, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from voxlift.web.clock import Moment

QUEUED, RUNNING, DONE, FAILED, CANCELLED = "queued", "running", "done", "failed", "cancelled"
STATES = (QUEUED, RUNNING, DONE, FAILED, CANCELLED)
OPEN = (QUEUED, RUNNING)
REASONS = ("noise_left", "voice_damaged", "wrong_voice", "other")


class Table(DeclarativeBase):
    """What all tables share: constraints have names, so that migrations can change them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: Moment, dict[str, Any]: JSON, list[str]: JSON, int: Integer, float: Float}  # noqa: RUF012


class ApiKey(Table):
    """A key of the API; only its digest is kept."""

    __tablename__ = "api_key"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    sha256: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class Job(Table):
    """One recording, and what became of it."""

    __tablename__ = "job"
    __table_args__ = (Index("ix_job_state_queued_at", "state", "queued_at"), Index("ix_job_expires_at", "expires_at"))
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    """Names the folder; never shown."""
    token_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    """Digest of the private link's token."""
    submission: Mapped[str | None] = mapped_column(String(64), unique=True)
    """Digest of who sent it and the key of the submission: the same twice is one job."""
    client: Mapped[str] = mapped_column(String(32), index=True)
    """Keyed digest of the address, or of the API key's name: counts, but cannot be turned back."""
    api_key_id: Mapped[int | None] = mapped_column(ForeignKey("api_key.id", ondelete="SET NULL"))
    language: Mapped[str] = mapped_column(String(16))

    name: Mapped[str] = mapped_column(String(255))
    """What the visitor called the file; shown, and never used as a path."""
    upload_bytes: Mapped[int] = mapped_column(BigInteger)
    upload_sha256: Mapped[str] = mapped_column(String(64))

    task: Mapped[str] = mapped_column(String(32))
    model: Mapped[str] = mapped_column(String(80))
    strength_db: Mapped[float | None]
    speakers: Mapped[int | None]

    state: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    queued_at: Mapped[datetime]
    not_before: Mapped[datetime | None]
    announced_at: Mapped[datetime | None]
    """When the queue was last told."""
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    lease: Mapped[str | None] = mapped_column(String(32))
    """Token of the attempt that holds the job; it also names the attempt's folder."""
    lease_until: Mapped[datetime | None]
    cancel_requested: Mapped[bool] = mapped_column(Boolean, default=False)
    progress: Mapped[float] = mapped_column(default=0.0)
    """0 to 1."""
    error: Mapped[str | None] = mapped_column(Text)
    """One sentence."""

    attempt: Mapped[str | None] = mapped_column(String(32))
    """The attempt whose folder holds the result."""
    seconds: Mapped[float | None]
    rate: Mapped[int | None]
    channels: Mapped[int | None]
    container: Mapped[str | None] = mapped_column(String(16))
    facts: Mapped[dict[str, Any] | None]
    """Gain, levels and warnings, as they were reported."""
    model_version: Mapped[str | None] = mapped_column(String(32))
    model_licence: Mapped[str | None] = mapped_column(String(80))
    card_sha256: Mapped[str | None] = mapped_column(String(64))
    app_version: Mapped[str] = mapped_column(String(32))

    outputs: Mapped[list[Output]] = relationship(order_by="Output.id", passive_deletes=True)
    feedback: Mapped[Feedback | None] = relationship(passive_deletes=True, lazy="joined")
    consent: Mapped[Consent | None] = relationship(passive_deletes=True, lazy="joined")


class Output(Table):
    """One file of a result: a stem in one format, its peaks, or its spectrogram."""

    __tablename__ = "output"
    id: Mapped[int] = mapped_column(primary_key=True)
    job_id: Mapped[str] = mapped_column(ForeignKey("job.id", ondelete="CASCADE"), index=True)
    stem: Mapped[str] = mapped_column(String(32))
    kind: Mapped[str] = mapped_column(String(16))
    file: Mapped[str] = mapped_column(String(80))
    bytes: Mapped[int | None] = mapped_column(BigInteger)
    """None: nobody asked for it yet, so it was not made."""


class Feedback(Table):
    """A verdict. Once its job has expired it belongs to nobody, and its comment is gone."""

    __tablename__ = "feedback"
    id: Mapped[int] = mapped_column(primary_key=True)
    job_id: Mapped[str | None] = mapped_column(ForeignKey("job.id", ondelete="SET NULL"), unique=True)
    good: Mapped[bool]
    reasons: Mapped[list[str]]
    comment: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    revision: Mapped[int]
    """1, and one more each time the visitor thought otherwise."""
    task: Mapped[str] = mapped_column(String(32))
    model: Mapped[str] = mapped_column(String(80))
    model_version: Mapped[str] = mapped_column(String(32))
    card_sha256: Mapped[str] = mapped_column(String(64))
    strength_db: Mapped[float | None]
    speakers: Mapped[int | None]
    app_version: Mapped[str] = mapped_column(String(32))


class Consent(Table):
    """That a recording may be kept to learn from, in the words the visitor saw."""

    __tablename__ = "consent"
    id: Mapped[int] = mapped_column(primary_key=True)
    job_id: Mapped[str] = mapped_column(ForeignKey("job.id", ondelete="CASCADE"), unique=True)
    version: Mapped[str] = mapped_column(String(32))
    language: Mapped[str] = mapped_column(String(16))
    text: Mapped[str] = mapped_column(Text)
    given_at: Mapped[datetime]
