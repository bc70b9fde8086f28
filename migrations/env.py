"""Runs migrations over the connection that the service hands in, in its transaction."""

from __future__ import annotations

from alembic import context

from app.store import door_rows, webhook_rows  # noqa: F401 (their tables are part of the models)
from app.store.rows import Row

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Row.metadata,
    # SQLite changes a column by copying the table.
    render_as_batch=True,
    transactional_ddl=True,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
