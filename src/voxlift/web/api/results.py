"""Results: the list of stems, each in every format, and all of them as one archive."""

from __future__ import annotations

from http import HTTPStatus

from flask import Response, jsonify, request

from voxlift.web.api import api
from voxlift.web.api.asking import TOKEN, looked_up, on_demand, plain, service
from voxlift.web.handing_out import archive, check_there, hand_out, outputs_of
from voxlift.web.refusals import RefusalError
from voxlift.web.rendering import PEAKS, SPECTROGRAM
from voxlift.web.settings import FORMATS
from voxlift.web.speaking import TIMELINE, TIMELINE_KINDS
from voxlift.web.views import stem_views
from voxlift.web.wishes import switch

KINDS = (*FORMATS, PEAKS, SPECTROGRAM)


@api.get(f"/jobs/{TOKEN}/stems")
def list_stems(token: str) -> Response:
    """List what a job made."""
    with looked_up(token) as (_, job):
        check_there(job)
        return jsonify(plain(stem_views(job)))


@api.get(f"/jobs/{TOKEN}/stems/<stem>/<any({','.join(KINDS)}):kind>")
def show_stem(token: str, stem: str, kind: str) -> Response:
    """Send a stem in a format, its peaks or its spectrogram; `?download=1` makes a browser keep it."""
    with looked_up(token) as (_, job):
        (output,) = outputs_of(job, kind, stem)
    on_demand().make(job, [output])
    return hand_out(service(), job, output, download=switch(request.args, "download"))


@api.get(f"/jobs/{TOKEN}/timeline/<any({','.join(TIMELINE_KINDS)}):view>")
def show_timeline(token: str, view: str) -> Response:
    """Send who speaks when, where speakers were split."""
    with looked_up(token) as (_, job):
        (output,) = outputs_of(job, view, TIMELINE)
    return hand_out(service(), job, output, download=switch(request.args, "download"))


@api.get(f"/jobs/{TOKEN}/archive")
def show_archive(token: str) -> Response:
    """Send all stems as a zip; `?format=mp3` chooses the format."""
    kind = request.args.get("format", FORMATS[0])
    if kind not in FORMATS:
        raise RefusalError(HTTPStatus.UNPROCESSABLE_ENTITY, f"format is {kind[:20]!r}: give {', '.join(FORMATS)}")
    with looked_up(token) as (_, job):
        outputs = outputs_of(job, kind)
    on_demand().make(job, outputs)
    return archive(service(), job, outputs)
