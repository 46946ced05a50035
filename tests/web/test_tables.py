"""Migrations lead to the very tables that the models say, and many processes may ask for them at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect

from voxlift.errors import InputError
from voxlift.web.database import Database, alembic_config
from voxlift.web.models import Table


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


def test_many_may_migrate_at_once(tmp_path: Path) -> None:
    databases = [Database(f"sqlite:///{tmp_path / 'tables.sqlite'}") for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(Database.upgrade, databases))
    assert differences(databases[0]) == []
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
