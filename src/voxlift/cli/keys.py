"""`voxlift keys`: who may use the web service's API without an address's limits."""

from __future__ import annotations

from typing import Annotated

import typer

from voxlift.cli.serve import Database, Storage, settings_from

keys_app = typer.Typer(help="Keys of the web service's API: add, list, revoke.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="NAME", help="Whose key it is, such as a program's name.")]


@keys_app.command()
def add(name: Name, database: Database = None, storage: Storage = None) -> None:
    """Make a key and print it, this once."""
    settings = settings_from(database=database, storage=storage)
    from voxlift.cli.printing import say
    from voxlift.web.api_keys import add_key
    from voxlift.web.service import open_service

    say(add_key(open_service(settings).database, name))


@keys_app.command("list")
def list_(database: Database = None, storage: Storage = None) -> None:
    """List the keys by name."""
    settings = settings_from(database=database, storage=storage)
    from voxlift.cli.printing import say_table
    from voxlift.web.api_keys import list_keys
    from voxlift.web.service import open_service

    keys = list_keys(open_service(settings).database)
    rows = [
        (key.name, f"{key.created_at:%Y-%m-%d}", f"{key.revoked_at:%Y-%m-%d}" if key.revoked_at else "") for key in keys
    ]
    say_table(("name", "made", "revoked"), rows)


@keys_app.command()
def revoke(name: Name, database: Database = None, storage: Storage = None) -> None:
    """Take a key back; it stops at once."""
    settings = settings_from(database=database, storage=storage)
    from voxlift.web.api_keys import revoke_key
    from voxlift.web.service import open_service

    revoke_key(open_service(settings).database, name)
