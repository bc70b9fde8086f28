"""What kinds of jobs need: the work expected of a job, and no seed where none is used."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.alter_column("jobs", "rows", new_column_name="cost")
    _replace_seed(sa.Column("seed_or_none", sa.BigInteger()))


def downgrade() -> None:
    _replace_seed(
        sa.Column("seed_or_none", sa.BigInteger(), nullable=False, server_default=sa.text("0"))
    )
    op.alter_column("jobs", "cost", new_column_name="rows")


def _replace_seed(column: sa.Column[int]) -> None:
    """Another column in the place of `seed`, with the same values.

    Never by copying the table: dropping the old copy would take what hangs on each job with it.
    """
    op.add_column("jobs", column)
    op.execute(sa.text("UPDATE jobs SET seed_or_none = seed WHERE seed IS NOT NULL"))
    op.drop_column("jobs", "seed")
    op.alter_column("jobs", "seed_or_none", new_column_name="seed")
