"""Migrations lead to the very tables that the models say, and many processes may ask for them at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import delete, inspect, select

from voxlift.errors import InputError
from voxlift.web.clock import now
from voxlift.web.database import Database, alembic_config
from voxlift.web.models import Job, Output, Table


def differences(database: Database) -> list[object]:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, Table.metadata))


def downgrade(database: Database) -> None:
    with database.engine.execution_options(voxlift_writes=True).begin() as connection:
        command.downgrade(alembic_config(connection), "base")


def test_migrations_make_what_the_models_say(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'tables.sqlite'}")
    with pytest.raises(InputError, match="tables are of version None"):
        database.check()
    database.upgrade()
    database.check()
    assert differences(database) == []
    downgrade(database)
    assert inspect(database.engine).get_table_names() == ["alembic_version"]
    database.upgrade()
    assert differences(database) == []
    database.engine.dispose()


def test_what_there_was_stays(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'tables.sqlite'}")
    with database.engine.execution_options(voxlift_writes=True).begin() as connection:
        command.upgrade(alembic_config(connection), "0001")
    with database.writing() as session:
        at = now()
        job = Job(
            id="a" * 32, token_sha256="b" * 64, client="c" * 32, language="en", name="talk.wav", upload_bytes=1,
            upload_sha256="d" * 64, task="denoise", model="denoise", state="done", created_at=at, expires_at=at,
            queued_at=at, app_version="0.1.0",
        )  # fmt: skip
        session.add(job)
        session.flush()
        session.add(Output(job_id="a" * 32, stem="voice", kind="mp3", file="voice.mp3", bytes=7))
    database.upgrade()
    with database.writing() as session:
        job = session.get_one(Job, "a" * 32)
        assert [(output.file, output.bytes) for output in job.outputs] == [("voice.mp3", 7)]
        session.execute(delete(Job))
    with database.reading() as session:
        assert session.scalars(select(Output)).all() == [], "they still go with their job"
    database.engine.dispose()


def test_many_may_migrate_at_once(tmp_path: Path) -> None:
    databases = [Database(f"sqlite:///{tmp_path / 'tables.sqlite'}") for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(Database.upgrade, databases))
    assert differences(databases[0]) == []
    for database in databases:
        database.engine.dispose()


def test_many_may_open_a_new_file_at_once(tmp_path: Path) -> None:
    def opened(database: Database) -> object:
        start.wait()
        with database.engine.connect() as connection:
            return connection.exec_driver_sql("PRAGMA journal_mode").scalar()

    start = Barrier(8)
    with ThreadPoolExecutor(8) as pool:
        for turn in range(50):
            databases = [Database(f"sqlite:///{tmp_path / f'{turn}.sqlite'}") for _ in range(8)]
            assert set(pool.map(opened, databases)) == {"wal"}
            for database in databases:
                database.engine.dispose()


def test_sqlite_is_safe_for_several_processes(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'tables.sqlite'}")
    with database.engine.connect() as connection:
        ask = connection.exec_driver_sql
        assert ask("PRAGMA journal_mode").scalar() == "wal"
        assert ask("PRAGMA foreign_keys").scalar() == 1
        assert (ask("PRAGMA busy_timeout").scalar() or 0) >= 10_000
    database.engine.dispose()


@pytest.mark.parametrize("url", ["no url", "sqlite:////proc/none/x.sqlite"])
def test_a_database_that_cannot_be(url: str) -> None:
    with pytest.raises(InputError, match="database"):
        Database(url).upgrade()
