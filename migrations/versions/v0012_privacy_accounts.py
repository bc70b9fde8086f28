"""Privacy accounts: append-only entries, and which account a source has."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

ACCOUNTS, ENTRIES = "privacy_accounts", "privacy_entries"
KEYS, NOISE = "privacy_keys", "privacy_noise_keys"


def upgrade() -> None:
    op.create_table(
        KEYS,
        sa.Column("tenant", sa.String(64), nullable=False, server_default="default"),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", name=f"pk_{KEYS}"),
    )
    op.create_table(
        ACCOUNTS,
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("tenant", sa.String(64), nullable=False, server_default="default"),
        sa.Column("head", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=f"pk_{ACCOUNTS}"),
    )
    op.create_table(
        ENTRIES,
        sa.Column("account", sa.String(40), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("tip", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("account", "number", name=f"pk_{ENTRIES}"),
        sa.ForeignKeyConstraint(["account"], [f"{ACCOUNTS}.id"], name=f"fk_{ENTRIES}_account"),
    )
    op.create_table(
        NOISE,
        sa.Column("job_id", sa.String(32), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("binding", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("job_id", name=f"pk_{NOISE}"),
        sa.ForeignKeyConstraint(
            ["job_id"], ["jobs.id"], ondelete="CASCADE", name=f"fk_{NOISE}_job_id"
        ),
    )
    # Not in a batch: that would make another table, and what refers to the old one would go.
    op.add_column("sources", sa.Column("account", sa.String(40)))


def downgrade() -> None:
    op.drop_column("sources", "account")
    for name in (NOISE, ENTRIES, ACCOUNTS, KEYS):
        op.drop_table(name)
