"""What Alembic runs: always on a connection that the caller opened, in the caller's transaction."""

from typing import Any, Literal

from alembic import context

from voxlift.web.clock import Moment
from voxlift.web.models import Table


def render(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """Write the types of the database into a new step, and not our own, which may change after it."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, Moment) else False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Table.metadata,
    render_as_batch=True,  # SQLite changes a table only by making it anew
    compare_type=True,
    render_item=render,
)
context.run_migrations()
