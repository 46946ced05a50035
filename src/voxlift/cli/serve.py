"""`voxlift serve` and what it shares with `voxlift worker`: the options, the extra, the log."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from voxlift.cli.needing import need

if TYPE_CHECKING:
    from voxlift.web.settings import Settings

Database = Annotated[
    str | None, typer.Option("--database", metavar="URL", help="postgresql://...; default: SQLite in the storage.")
]
Queue = Annotated[
    str | None, typer.Option("--queue", metavar="URL", help="redis://...; default: SQLite in the storage.")
]
Storage = Annotated[
    Path | None, typer.Option("--storage", metavar="DIR", help="Where recordings lie; default: ./voxlift-service.")
]
Workers = Annotated[int | None, typer.Option("--workers", min=0, metavar="N", help="Jobs lifted at a time.")]


def serve(  # noqa: PLR0917 - each is an option of the command line
    host: Annotated[str | None, typer.Option("--host", help="Address to listen on; default: 127.0.0.1.")] = None,
    port: Annotated[int | None, typer.Option("--port", help="Default: 8000; 0 for any that is free.")] = None,
    database: Database = None,
    queue: Queue = None,
    storage: Storage = None,
    workers: Workers = None,
) -> None:
    """Start the web service, and a worker with it: upload, hear, judge, in the browser and over /api/v1.

    More settings come from VOXLIFT_... variables; docs/service.md lists them. --workers 0 leaves the work to
    voxlift worker, here or on other machines.
    """
    from voxlift.cli.printing import say

    settings = settings_from(
        host=host, port=port, database=database, queue=queue, storage=storage, workers=workers or None
    )
    from voxlift.web.app import create_app
    from voxlift.web.service import open_service
    from voxlift.web.serving import KeptWorker, Web, worker_command, worker_environment

    service = open_service(settings)
    web = Web(create_app(service), service)
    worker = None if workers == 0 else KeptWorker(worker_command(), worker_environment(service))
    say(f"Voxlift listens on http://{settings.host}:{web.port}")
    import sys

    sys.stdout.flush()
    try:
        web.run()
    finally:
        if worker is not None:
            worker.stop(settings.stop_seconds + 10)


def settings_from(**given: Any) -> Settings:
    """Gather the settings, once it is sure that the service's libraries are there.

    Raises
    ------
    MissingExtraError
        When they are not.
    InputError
        When a setting is out of range.
    """
    need_web()
    import logging

    from voxlift.web.settings import gather

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    for name in ("huey", "alembic", "waitress"):
        logging.getLogger(name).setLevel(logging.WARNING)
    return gather(given, os.environ)


def need_web() -> None:
    """Refuse what needs the service's libraries where they are not installed.

    Raises
    ------
    MissingExtraError
        With the command that installs them.
    """
    need("The web service", "web", "flask", "sqlalchemy", "alembic", "huey", "waitress")
