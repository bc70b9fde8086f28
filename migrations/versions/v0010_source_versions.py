"""Versions of sources and where they are read from; keys that uploads were sent with."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

KEYS = "upload_keys"
REFERENCES = (("source_id", 40, "sources"), ("synthesizer_id", 36, "synthesizers"))


def upgrade() -> None:
    # Not in a batch: that would make another table, and what refers to the old one would go.
    op.add_column("sources", sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("sources", sa.Column("options", sa.JSON()))
    op.add_column("sources", sa.Column("origin", sa.JSON()))
    op.create_table(
        KEYS,
        sa.Column("tenant", sa.String(64), nullable=False, server_default="default"),
        sa.Column("place", sa.String(16), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        *(sa.Column(name, sa.String(length)) for name, length, _ in REFERENCES),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "place", "key", name=f"pk_{KEYS}"),
        *(
            sa.ForeignKeyConstraint(
                [name], [f"{table}.id"], ondelete="CASCADE", name=f"fk_{KEYS}_{name}"
            )
            for name, _, table in REFERENCES
        ),
    )
    for name, _, _ in REFERENCES:
        op.create_index(f"ix_{KEYS}_{name}", KEYS, [name])


def downgrade() -> None:
    for name, _, _ in REFERENCES:
        op.drop_index(f"ix_{KEYS}_{name}", KEYS)
    op.drop_table(KEYS)
    for name in ("origin", "options", "version"):
        op.drop_column("sources", name)
