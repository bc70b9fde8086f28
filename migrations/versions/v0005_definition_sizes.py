"""Bytes of stored definitions, which their quota counts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    size = sa.Column("bytes", sa.Integer(), nullable=False, server_default=sa.text("0"))
    op.add_column("schemas", size)
    op.execute(sa.text("UPDATE schemas SET bytes = length(CAST(document AS TEXT))"))


def downgrade() -> None:
    op.drop_column("schemas", "bytes")
