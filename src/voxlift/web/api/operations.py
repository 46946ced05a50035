"""What each call of the API takes and gives: the table from which `/api/v1/openapi.json` is made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from voxlift.web.api.schemas import reference
from voxlift.web.models import REASONS
from voxlift.web.offers import Offer
from voxlift.web.progress import ProgressView
from voxlift.web.rendering import PEAKS, SPECTROGRAM
from voxlift.web.settings import FORMATS
from voxlift.web.views import FeedbackView, JobView, StemView

Content = Mapping[str, Any]
_TEXT = {"type": "string"}
_BINARY: Content = {"application/octet-stream": {}}


@dataclass(frozen=True)
class Operation:
    """One call; `endpoint` is its function's name."""

    endpoint: str
    summary: str
    gives: Mapping[int, Content]
    """Content by status; `{}` for none."""
    refuses: Sequence[int] = ()
    """Statuses whose body is a problem."""
    query: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, Any] = field(default_factory=dict)
    body: Content | None = None
    curl: str = ""
    """What comes before the address."""
    curl_path: str = ""
    """Another address than the bare one, for the example."""


def _json(schema: Mapping[str, Any]) -> Content:
    return {"application/json": {"schema": schema}}


def _all(cls: type[Any]) -> Content:
    return _json({"type": "array", "items": reference(cls)})


_WISH = {
    "task": {**_TEXT, "description": "denoise, vocals or speakers, as far as /tasks lists it"},
    "model": {**_TEXT, "description": "another model than the task's own"},
    "strength_db": {"type": "number", "minimum": 0, "maximum": 100, "description": "at most so many dB are taken away"},
    "speakers": {"type": "integer", "minimum": 2, "description": "how many people speak; left out, that is found out"},
    "consent": {"type": "boolean", "description": "agree to the words of /consent"},
}  # fmt: skip
_FORM = {
    "type": "object",
    "properties": {"file": {"type": "string", "contentMediaType": "application/octet-stream"}, **_WISH},
    "required": ["file"],
}
_VERDICT = {
    "type": "object",
    "properties": {
        "good": {"type": "boolean", "description": "Was it separated well?"},
        "reasons": {"type": "array", "items": {"type": "string", "enum": list(REASONS)}},
        "comment": {"type": "string", "maxLength": 2000},
    },
    "required": ["good"],
}
_AGREED = {"type": "object", "properties": {"version": _TEXT}, "required": ["version"]}
_WORDS = {
    "type": "object", "properties": {"version": _TEXT, "text": _TEXT}, "required": ["version", "text"],
}  # fmt: skip
_FORMAT = {"type": "string", "enum": list(FORMATS), "default": FORMATS[0]}
_SOUNDS: Content = {"audio/flac": {}, "audio/wav": {}, "audio/mpeg": {}, "application/json": {}, "image/png": {}}
_TIMELINES: Content = {"application/json": {}, "text/plain": {}, "image/png": {}}
_JOB = _json(reference(JobView))
_KEY = {"type": "string", "minLength": 8, "maxLength": 128, "pattern": "^[!-~]+$"}

OPERATIONS = (
    Operation("list_tasks", "What can be asked for: the tasks whose models are installed.", {200: _all(Offer)}),
    Operation(
        "create_job",
        "Send a recording, as a form or as the bare body; the answer's token is all one needs from then on.",
        {201: _JOB, 200: _JOB},
        refuses=(400, 401, 413, 415, 422, 503, 507),
        query={"name": {**_TEXT, "description": "the file's name, for a bare body; the rest as in the form"}, **_WISH},
        headers={"Idempotency-Key": {**_KEY, "description": "the same key with the same recording is the same job"}},
        body={"multipart/form-data": {"schema": _FORM}, **_BINARY},
        curl="-F file=@talk.wav -F task=denoise",
    ),
    Operation("show_job", "State, progress, and once it is done, all about the result.", {200: _JOB}, (404,)),
    Operation(
        "show_progress",
        "State and progress alone, and after how many seconds to ask again: cheaper than the whole job.",
        {200: _json(reference(ProgressView))},
        (404,),
    ),
    Operation(
        "follow_job",
        "Progress as server-sent events: `progress`, and `gone` when the job was deleted. A stream ends after a while.",
        {200: {"text/event-stream": {}}},
        (404, 503),
        curl="-N",
    ),
    Operation("cancel_job", "Stop a job that waits or is worked on.", {200: _JOB}, (404,), curl="-X POST"),
    Operation(
        "delete_job", "Delete the recording and all that was made of it, now.", {204: {}}, (404,), curl="-X DELETE"
    ),
    Operation("list_stems", "What a job made.", {200: _all(StemView)}, (404, 409, 410)),
    Operation(
        "show_stem",
        f"A stem as flac, wav or mp3 (made when first asked for); {PEAKS}: its waveform; {SPECTROGRAM}: a picture.",
        {200: _SOUNDS, 206: _SOUNDS, 304: {}},
        (404, 409, 410, 416, 422, 503, 507),
        query={"download": {"type": "boolean"}},
        curl="-OJ",
        curl_path="/jobs/$TOKEN/stems/voice/flac?download=1",
    ),
    Operation(
        "show_timeline",
        "Who speaks when, where speakers were split: JSON, RTTM, or a picture.",
        {200: _TIMELINES, 206: _TIMELINES, 304: {}},
        (404, 409, 410, 416, 422),
        query={"download": {"type": "boolean"}},
        curl_path="/jobs/$TOKEN/timeline/json",
    ),
    Operation(
        "show_archive",
        "All stems in one format, as a zip.",
        {200: {"application/zip": {}}},
        (404, 409, 410, 422, 503, 507),
        query={"format": _FORMAT},
        curl="-OJ",
        curl_path="/jobs/$TOKEN/archive?format=mp3",
    ),
    Operation("show_feedback", "The verdict.", {200: _json(reference(FeedbackView))}, (404,)),
    Operation(
        "put_feedback",
        "Judge: was it separated well? May be said again.",
        {200: _json(reference(FeedbackView))},
        (400, 404, 409, 415, 422),
        body=_json(_VERDICT),
        curl="""-X PUT --json '{"good": false, "reasons": ["noise_left"]}'""",
    ),
    Operation("show_consent", "The words one agrees to, and their version.", {200: _json(_WORDS)}),
    Operation(
        "put_consent",
        "Agree that the recording, its result and the verdict are kept to learn from.",
        {200: _JOB},
        (400, 404, 409, 415, 422),
        body=_json(_AGREED),
        curl="""-X PUT --json '{"version": "2026-11"}'""",
    ),
    Operation(
        "delete_consent",
        "Take the consent back. What would have expired without it is deleted at once (204).",
        {200: _JOB, 204: {}},
        (404,),
        curl="-X DELETE",
    ),
    Operation("describe", "This description.", {200: _json({"type": "object"})}),
)
