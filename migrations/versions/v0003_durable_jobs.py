"""What scheduling and limits of jobs need."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Never by copying the table: dropping the old copy would take what hangs on each job with it.
    for column in _columns():
        op.add_column("jobs", column)
    # A waiting job's total is its size; one under way may count a single stage, which is less.
    op.execute(sa.text('UPDATE jobs SET "rows" = total, most_done = done'))


def downgrade() -> None:
    for column in reversed(_columns()):
        op.drop_column("jobs", column.name)


def _columns() -> list[sa.Column[float]]:
    zero = sa.text("0")
    return [
        sa.Column("rows", sa.BigInteger(), nullable=False, server_default=zero),
        sa.Column("most_done", sa.BigInteger(), nullable=False, server_default=zero),
        sa.Column("spent", sa.Double(), nullable=False, server_default=zero),
        sa.Column("time_limit", sa.Double()),
    ]
