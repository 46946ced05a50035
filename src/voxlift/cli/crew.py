"""`--cluster` of the lab's commands: who does the work, where it is not this machine."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from voxlift.errors import InputError

if TYPE_CHECKING:
    from voxlift.cluster.crews import Crew

Cluster = Annotated[
    str | None,
    typer.Option(
        "--cluster", metavar="ADDRESS", show_default=False,
        help="Dask scheduler whose workers do it, and share our disk: tcp://HOST:8786, a scheduler's *.json, or local.",
    ),
]  # fmt: skip


def crew_of(cluster: str | None, jobs: int, *, whole: bool = False) -> int | Crew:
    """Choose who works: processes of this machine, or a cluster, of which `jobs` above 1 is then the most to use.

    Raises
    ------
    InputError
        When nobody answers there, or when `whole` processes are needed and its workers run several threads each.
    """
    if cluster is None:
        return jobs
    from voxlift.cluster.scheduled import connect

    crew = connect(cluster, jobs if jobs > 1 else None, _note)
    if whole and crew.most_threads > 1:
        crew.close()
        raise InputError(
            f"--cluster {cluster}: its workers run {crew.most_threads} threads each, and this takes a whole process; "
            "start them with dask worker --nthreads 1 --nworkers N"
        )
    return crew


def _note(text: str) -> None:
    sys.stderr.write(f"voxlift: {text}\n")
