"""`voxlift worker`: lifts what was uploaded, here or on another machine."""

from __future__ import annotations

from typing import Annotated

import typer

from voxlift.cli.serve import Database, Queue, Storage, Workers, settings_from


def worker(
    database: Database = None,
    queue: Queue = None,
    storage: Storage = None,
    workers: Workers = None,
    with_parent: Annotated[bool, typer.Option("--with-parent", hidden=True)] = False,
) -> None:
    """Work on the service's queue until it is stopped; any number may run, on any machine that sees the storage.

    --database, --queue and --storage must be those that voxlift serve was given.
    """
    settings = settings_from(database=database, queue=queue, storage=storage, workers=workers)
    from voxlift.web.service import open_service
    from voxlift.web.worker import work

    work(open_service(settings), with_parent=with_parent)
