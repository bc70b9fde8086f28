"""Webhooks and their attempts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _create_endpoints()
    _create_subscriptions()
    _create_messages()
    _create_attempts()


def downgrade() -> None:
    for part in ("attempts", "messages", "subscriptions", "endpoints"):
        op.drop_table(f"webhook_{part}")


def _create_endpoints() -> None:
    op.create_table(
        "webhook_endpoints",
        sa.Column("id", sa.String(40), nullable=False),
        _tenant(),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("secrets", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("disabled_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_webhook_endpoints"),
        sa.UniqueConstraint("tenant", "url", name="uq_webhook_endpoints_tenant_url"),
    )


def _create_subscriptions() -> None:
    table = "webhook_subscriptions"
    job = sa.ForeignKey("jobs.id", name=f"fk_{table}_job_id", ondelete="CASCADE")
    op.create_table(
        table,
        sa.Column("job_id", sa.String(32), job, nullable=False),
        sa.Column("endpoint_id", sa.String(40), _endpoint(table, "CASCADE"), nullable=False),
        sa.Column("events", sa.JSON(), nullable=False),
        sa.Column("secret", sa.Text()),
        sa.PrimaryKeyConstraint("job_id", name=f"pk_{table}"),
    )
    op.create_index(f"ix_{table}_endpoint_id", table, ["endpoint_id"])


def _create_messages() -> None:
    table = "webhook_messages"
    op.create_table(
        table,
        sa.Column("id", sa.String(40), nullable=False),
        _tenant(),
        sa.Column("job_id", sa.String(32), nullable=False),
        sa.Column("endpoint_id", sa.String(40), _endpoint(table, "SET NULL")),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("secret", sa.Text()),
        sa.Column("event", sa.String(32), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("retries", sa.Integer(), nullable=False),
        sa.Column("token", sa.Integer(), nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
    )
    for columns in (["status", "due_at"], ["job_id"], ["endpoint_id"]):
        op.create_index(f"ix_{table}_{'_'.join(columns)}", table, columns)


def _create_attempts() -> None:
    table = "webhook_attempts"
    message = sa.ForeignKey(
        "webhook_messages.id", name=f"fk_{table}_message_id", ondelete="CASCADE"
    )
    op.create_table(
        table,
        sa.Column("message_id", sa.String(40), message, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("finished_at", MOMENT),
        sa.Column("answer", sa.Integer()),
        sa.Column("error", sa.Text()),
        sa.PrimaryKeyConstraint("message_id", "number", name=f"pk_{table}"),
    )


def _tenant() -> sa.Column[str]:
    return sa.Column("tenant", sa.String(64), nullable=False, server_default="default")


def _endpoint(table: str, ondelete: str) -> sa.ForeignKey:
    name = f"fk_{table}_endpoint_id"
    return sa.ForeignKey("webhook_endpoints.id", name=name, ondelete=ondelete)
