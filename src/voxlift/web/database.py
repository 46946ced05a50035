"""The database: SQLite for one machine, PostgreSQL for several, one code for both."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, OperationalError
from sqlalchemy.orm import Session

from voxlift.errors import InputError

MIGRATIONS = Path(__file__).parent / "migrations"
BUSY_SECONDS = 30
_MIGRATION_LOCK = 0x766F78
_WRITES = "voxlift_writes"


class Database:
    """Opens sessions: `reading()`, and `writing()`, which commits at its end.

    Parameters
    ----------
    url
        `sqlite:///FILE` or `postgresql://...`.

    Raises
    ------
    InputError
        When the URL cannot be used.
    """

    def __init__(self, url: str) -> None:
        try:
            parsed = make_url(url)
        except ArgumentError:
            raise InputError(f"the database {url!r} is no URL: give postgresql://USER:PASSWORD@HOST/NAME") from None
        if parsed.drivername == "postgresql":
            parsed = parsed.set(drivername="postgresql+psycopg")
        self._url = parsed
        self.engine = _engine_of(parsed)

    def __str__(self) -> str:
        return self._url.render_as_string(hide_password=True)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Open a session whose changes are not kept."""
        with Session(self.engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Open a session that is committed at the end of the block, and undone on an error."""
        engine = self.engine.execution_options(**{_WRITES: True})
        with Session(engine, expire_on_commit=False) as session, session.begin():
            yield session

    def upgrade(self) -> None:
        """Bring the tables to this version of Voxlift; several processes may ask at once, one does it.

        Raises
        ------
        InputError
            When the database cannot be reached.
        """
        try:
            with self.engine.execution_options(**{_WRITES: True}).begin() as connection:
                if connection.dialect.name == "postgresql":
                    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
                command.upgrade(alembic_config(connection), "head")
        except OperationalError as problem:
            raise InputError(f"the database {self} cannot be opened: {str(problem.orig).splitlines()[0]}") from None

    def check(self) -> None:
        """Refuse a database that does not answer, or whose tables are of another version.

        Raises
        ------
        InputError
            With what to do.
        """
        try:
            with self.engine.connect() as connection:
                found = MigrationContext.configure(connection).get_current_revision()
        except OperationalError:
            raise InputError("the database does not answer; look whether it runs") from None
        wanted = ScriptDirectory(str(MIGRATIONS)).get_current_head()
        if found != wanted:
            raise InputError(f"the tables are of version {found}, not {wanted}; start voxlift serve once to bring them")


def alembic_config(connection: Connection) -> Config:
    """Make the configuration with which Alembic works on an open connection."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def _engine_of(url: Any) -> Engine:
    if url.get_backend_name() != "sqlite":
        return create_engine(url, pool_pre_ping=True, pool_size=10, max_overflow=30)
    engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS}, pool_size=10, max_overflow=30)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # or Python would begin transactions of its own, and never around DDL
    _write_ahead(connection)
    for pragma in ("synchronous=NORMAL", "foreign_keys=ON", f"busy_timeout={BUSY_SECONDS * 1000}"):
        connection.execute(f"PRAGMA {pragma}")


def _write_ahead(connection: sqlite3.Connection) -> None:
    # A new file's first connections all change its journal: from readers they become writers, and where two do that,
    # SQLite refuses one at once, whatever its timeout. A file that has changed stays so: who comes later need not wait.
    end = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as problem:
            if problem.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > end:
                raise
        time.sleep(0.01)


def _begin_sqlite(connection: Connection) -> None:
    # Who reads first and writes later finds the database changed in between, and fails at once: writers say so first.
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
