"""An output may be promised, and made when it is first asked for: it has no size until then.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    with op.batch_alter_table("output", schema=None) as batch_op:
        batch_op.alter_column("bytes", existing_type=sa.BigInteger(), nullable=True)


def downgrade() -> None:
    """Go back; what was only promised is taken back."""
    op.execute("DELETE FROM output WHERE bytes IS NULL")
    with op.batch_alter_table("output", schema=None) as batch_op:
        batch_op.alter_column("bytes", existing_type=sa.BigInteger(), nullable=False)
