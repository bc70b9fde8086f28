"""What deliveries need, for the fork server to load once: by name only, never by other modules."""

from __future__ import annotations

import contextlib
import importlib

import pyarrow as pa

from app.engine.execution.lean import keep_pandas_out
from app.engine.execution.parents import ending_with_parent

# The pool that pyarrow would choose sets a gigabyte aside, which counts as memory of the process.
pa.set_memory_pool(pa.system_memory_pool())
keep_pandas_out()  # processes that are forked know of none either
with ending_with_parent():
    for _name in (
        "asyncpg",
        "pgpq",
        "obstore.store",
        "pymysql",
        "sqlalchemy",
        "app.jobs.deliveries.delivering",
    ):
        with contextlib.suppress(ImportError):  # of an extra that is not installed
            importlib.import_module(_name)
    for _name in ("sinks.registry", "sinks.sql_tables", "sinks.crm_metadata", "engine.schema.load"):
        importlib.import_module(f"app.{_name}")
