"""Keys of the API: shown once when they are made, kept as digests."""

from __future__ import annotations

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from voxlift.errors import InputError
from voxlift.web.clock import now
from voxlift.web.database import Database
from voxlift.web.models import ApiKey
from voxlift.web.tokens import digest, new_key


def add_key(database: Database, name: str) -> str:
    """Make a key.

    Raises
    ------
    InputError
        When the name is taken, or is none.
    """
    if not name.strip() or len(name) > 80:
        raise InputError(f"the name {name[:40]!r}: give 1 to 80 letters, such as the program that will use the key")
    key = new_key()
    try:
        with database.writing() as session:
            session.add(ApiKey(name=name, sha256=digest(key), created_at=now()))
    except IntegrityError:
        raise InputError(f"a key {name!r} was made before, be it revoked or not; give another name") from None
    return key


def revoke_key(database: Database, name: str) -> None:
    """Take a key back.

    Raises
    ------
    InputError
        When there is none of that name.
    """
    with database.writing() as session:
        known = session.scalars(select(ApiKey.name)).all()
        if name not in known:
            raise InputError(f"no key {name!r}; there are: {', '.join(known) or 'none'}")
        step = update(ApiKey).where(ApiKey.name == name, ApiKey.revoked_at.is_(None)).values(revoked_at=now())
        session.execute(step)


def list_keys(database: Database) -> list[ApiKey]:
    """List all keys, the oldest first."""
    with database.reading() as session:
        return list(session.scalars(select(ApiKey).order_by(ApiKey.id)))
