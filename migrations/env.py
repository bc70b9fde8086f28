"""Runs migrations over the connection that the service hands in, in its transaction."""

from __future__ import annotations

from alembic import context

from app.store.tables import (  # noqa: F401 (parts of the models)
    account_tables,
    model_tables,
    privacy_tables,
    source_tables,
    upload_tables,
    webhook_tables,
)
from app.store.tables.base import Row

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
