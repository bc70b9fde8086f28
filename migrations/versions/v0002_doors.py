"""Tenants, keys, connections and what was done by whom."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

JOB_LISTS = (["created_at", "id"], ["status", "created_at", "id"])


def upgrade() -> None:
    _add_tenants()


def downgrade() -> None:
    _drop_tenants()


def _add_tenants() -> None:
    # Never by copying the table: dropping the old copy would take what hangs on each job with it.
    op.add_column("jobs", _tenant())
    for columns in JOB_LISTS:
        op.drop_index(_index("jobs", columns), "jobs")
        op.create_index(_index("jobs", ["tenant", *columns]), "jobs", ["tenant", *columns])
    _change_key("idempotency_keys", ["key"], ["tenant", "key"])
    _change_key("schemas", ["name", "version"], ["tenant", "name", "version"])


def _drop_tenants() -> None:
    """What other tenants have goes: without the column it would be everybody's."""
    for table in ("schemas", "idempotency_keys", "jobs"):
        op.execute(sa.text(f"DELETE FROM {table} WHERE tenant <> 'default'"))
    _change_key("schemas", ["tenant", "name", "version"], ["name", "version"])
    _change_key("idempotency_keys", ["tenant", "key"], ["key"])
    for columns in JOB_LISTS:
        op.drop_index(_index("jobs", ["tenant", *columns]), "jobs")
        op.create_index(_index("jobs", columns), "jobs", columns)
    op.drop_column("jobs", "tenant")


def _change_key(table: str, old: list[str], new: list[str]) -> None:
    """Change the primary key of a table that nothing refers to."""
    with op.batch_alter_table(table) as batch:
        batch.drop_constraint(f"pk_{table}", type_="primary")
        if "tenant" in new:
            batch.add_column(_tenant())
        if "tenant" in old:
            batch.drop_column("tenant")
        batch.create_primary_key(f"pk_{table}", new)


def _tenant() -> sa.Column[str]:
    return sa.Column("tenant", sa.String(64), nullable=False, server_default="default")


def _index(table: str, columns: list[str]) -> str:
    return f"ix_{table}_{'_'.join(columns)}"
