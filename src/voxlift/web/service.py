"""What the web process and the workers stand on: settings, database, storage, queue, secret."""

from __future__ import annotations

from dataclasses import dataclass

from voxlift.web.database import Database
from voxlift.web.ledger import Ledger
from voxlift.web.queue import Queue
from voxlift.web.settings import Settings
from voxlift.web.storage import Storage


@dataclass(frozen=True)
class Service:
    """The parts, made once a process."""

    settings: Settings
    database: Database
    storage: Storage
    queue: Queue
    ledger: Ledger
    secret: str


def open_service(settings: Settings) -> Service:
    """Open, or make, all that the settings name, and bring the tables to this version.

    Raises
    ------
    InputError
        When the storage folder or the database cannot be used.
    """
    storage = Storage(settings.storage)
    database = Database(settings.database or f"sqlite:///{storage.root / 'voxlift.sqlite'}")
    database.upgrade()
    queue = Queue(settings.queue, storage.root / "queue.sqlite")
    secret = settings.secret or storage.secret()
    return Service(settings, database, storage, queue, Ledger(database, settings), secret)
