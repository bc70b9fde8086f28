"""What deliveries need, for the fork server to load once: by name only, never by other modules."""

from __future__ import annotations

import contextlib
import importlib

for _name in ("asyncpg", "obstore.store", "pymysql", "sqlalchemy", "app.jobs.delivering"):
    with contextlib.suppress(ImportError):  # of an extra that is not installed
        importlib.import_module(_name)
for _name in ("sinks.registry", "sinks.sql_tables", "sinks.crm_metadata"):
    importlib.import_module(f"app.{_name}")
