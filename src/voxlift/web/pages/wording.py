"""How the pages call things: stems, tasks, reasons, states, lengths and sizes, in the visitor's language."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask_babel import format_datetime, format_decimal, format_timedelta
from flask_babel import gettext as _

from voxlift.web.lifting import BEFORE, SPEAKERS
from voxlift.web.models import CANCELLED, DONE, FAILED, QUEUED
from voxlift.web.pages import pages
from voxlift.web.told import told
from voxlift.web.views import JobView, StemView

VOCALS = "vocals"
_SPEAKER = "speaker-"


@pages.app_template_global()
def stem_label(stem: str, task: str) -> str:
    """Name a stem."""
    if stem.startswith(_SPEAKER):
        return _("Speaker %(number)s", number=stem.removeprefix(_SPEAKER))
    if stem == BEFORE:
        return _("Before")
    if stem == "rest":
        return _("Accompaniment") if task == VOCALS else _("What was taken away")
    return {"voice": _("Voice"), VOCALS: _("Singer")}.get(stem, stem)


@pages.app_template_global()
def heard_stems(job: JobView) -> list[StemView]:
    """Leave out the tracks of speakers there turned out not to be: they are silent."""
    most = job.speakers_heard or len(job.stems)
    silent = {f"{_SPEAKER}{number}" for number in range(most + 1, len(job.stems) + 1)}
    return [stem for stem in job.stems if stem.name not in silent]


@pages.app_template_global()
def task_label(task: str) -> str:
    """Name a task."""
    if task == VOCALS:
        return _("A singer out of a song")
    return _("Each speaker out of a conversation") if task == SPEAKERS else _("Speech out of noise")


@pages.app_template_global()
def task_hint(task: str) -> str:
    """Say what a task is for."""
    if task == VOCALS:
        return _("The voice by itself, and the music without it")
    return _("A track for each person") if task == SPEAKERS else _("Street, café, fan, hiss, hum")


@pages.app_template_global()
def strength_label(strength_db: float | None) -> str:
    """Name how much may be taken away."""
    if strength_db is None:
        return _("Everything")
    return _("Up to %(db)s dB", db=f"{strength_db:g}")


@pages.app_template_global()
def reason_label(reason: str) -> str:
    """Name what is wrong with a result."""
    reasons = {
        "noise_left": _("Noise is left"),
        "voice_damaged": _("The voice is damaged"),
        "wrong_voice": _("It is the wrong voice"),
    }
    return reasons.get(reason, _("Something else"))


@pages.app_template_global()
def state_label(state: str) -> str:
    """Name how far a job is."""
    states = {QUEUED: _("Waiting"), DONE: _("Done"), FAILED: _("Failed"), CANCELLED: _("Cancelled")}
    return states.get(state, _("Being lifted"))


@pages.app_template_global()
def clock_label(seconds: float) -> str:
    """Write a length as a player does: 1:05, or 1:02:05."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


@pages.app_template_global()
def size_label(size: int) -> str:
    """Write a file's size."""
    if size < 1_000_000:
        return _("%(size)s kB", size=format_decimal(max(1, round(size / 1000))))
    return _("%(size)s MB", size=format_decimal(size / 1_000_000, "#,##0.#" if size < 10_000_000 else "#,##0"))


@pages.app_template_global()
def left_label(seconds: float) -> str:
    """Say how long something will take: seconds, then minutes, then hours."""
    return _("About %(time)s left", time=format_timedelta(timedelta(seconds=max(1.0, seconds)), threshold=1.5))


@pages.app_template_global()
def decimal_label(number: float) -> str:
    """Write a number with one decimal place."""
    return str(format_decimal(number, "#,##0.0"))


@pages.app_template_filter()
def moment(at: datetime) -> str:
    """Write a time; a script turns it into the visitor's own."""
    return f"{format_datetime(at, 'medium')} UTC"


pages.add_app_template_filter(told)
