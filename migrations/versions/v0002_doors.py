"""Tenants, keys, connections and what was done by whom."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
JOB_LISTS = (["created_at", "id"], ["status", "created_at", "id"])


def upgrade() -> None:
    _add_tenants()
    estimate = sa.Column(
        "estimated_bytes", sa.BigInteger(), nullable=False, server_default=sa.text("0")
    )
    op.add_column("jobs", estimate)
    _create_api_keys()
    _create_connections()
    _create_job_credentials()
    _create_tenant_usage()
    _create_audit()


def downgrade() -> None:
    for table in ("audit", "tenant_usage", "job_credentials", "connections", "api_keys"):
        op.drop_table(table)
    op.drop_column("jobs", "estimated_bytes")
    _drop_tenants()


def _add_tenants() -> None:
    # Never by copying the table: dropping the old copy would take what hangs on each job with it.
    op.add_column("jobs", _tenant())
    for columns in JOB_LISTS:
        op.drop_index(_index("jobs", columns), "jobs")
        op.create_index(_index("jobs", ["tenant", *columns]), "jobs", ["tenant", *columns])
    _change_key("idempotency_keys", ["key"], ["tenant", "key"])
    _change_digest(sa.Text())
    _change_key("schemas", ["name", "version"], ["tenant", "name", "version"])


def _drop_tenants() -> None:
    """What other tenants have goes: without the column it would be everybody's."""
    for table in ("schemas", "idempotency_keys", "jobs"):
        op.execute(sa.text(f"DELETE FROM {table} WHERE tenant <> 'default'"))
    _change_key("schemas", ["tenant", "name", "version"], ["name", "version"])
    _change_key("idempotency_keys", ["tenant", "key"], ["key"])
    _change_digest(sa.String(64))
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


def _change_digest(form: sa.types.TypeEngine[str]) -> None:
    """Digests are sealed from here on; a key used before is free again, in both directions."""
    op.execute(sa.text("DELETE FROM idempotency_keys"))
    with op.batch_alter_table("idempotency_keys") as batch:
        batch.alter_column("digest", type_=form, existing_nullable=False)


def _create_api_keys() -> None:
    op.create_table(
        "api_keys",
        sa.Column("id", sa.String(16), nullable=False),
        _tenant(),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("scope", sa.String(8), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("requests_per_minute", sa.Integer()),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT),
        sa.Column("revoked_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_api_keys"),
    )
    columns = ["tenant", "created_at", "id"]
    op.create_index(_index("api_keys", columns), "api_keys", columns)


def _create_connections() -> None:
    op.create_table(
        "connections",
        _tenant(),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("target", sa.JSON(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "name", name="pk_connections"),
    )


def _create_job_credentials() -> None:
    table = "job_credentials"
    job = sa.ForeignKey("jobs.id", name=f"fk_{table}_job_id", ondelete="CASCADE")
    op.create_table(
        table,
        sa.Column("job_id", sa.String(32), job, nullable=False),
        sa.Column("place", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("job_id", "place", name=f"pk_{table}"),
    )


def _create_tenant_usage() -> None:
    op.create_table(
        "tenant_usage",
        _tenant(),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("jobs", sa.Integer(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "day", name="pk_tenant_usage"),
    )


def _create_audit() -> None:
    op.create_table(
        "audit",
        sa.Column("id", sa.String(32), nullable=False),
        _tenant(),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.String(64), nullable=False),
        sa.Column("resource", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit"),
    )
    for columns in (["tenant", "at", "id"], ["at"]):
        op.create_index(_index("audit", columns), "audit", columns)


def _tenant() -> sa.Column[str]:
    return sa.Column("tenant", sa.String(64), nullable=False, server_default="default")


def _index(table: str, columns: list[str]) -> str:
    return f"ix_{table}_{'_'.join(columns)}"
