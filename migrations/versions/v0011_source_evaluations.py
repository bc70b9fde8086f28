"""How often a source was evaluated, and when for the last time."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Not in a batch: that would make another table, and what refers to the old one would go.
    count = sa.Column("evaluations", sa.Integer(), nullable=False, server_default="0")
    op.add_column("sources", count)
    op.add_column("sources", sa.Column("evaluated_at", sa.DateTime(timezone=True)))


def downgrade() -> None:
    for name in ("evaluated_at", "evaluations"):
        op.drop_column("sources", name)
