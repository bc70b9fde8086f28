"""Where tables hold personal data, from Python."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from app.engine.profiling.personal_data import Scan
from app.engine.profiling.personal_data import scan as look_through
from app.engine.profiling.sources import profiled_source, profiled_tables
from tablesmith._arguments import need_names
from tablesmith._arrow_tables import arrow_table

__all__ = ["Scan", "scan"]


def scan(source: Any) -> Scan:
    """Say which columns seem to hold personal data, in counts and without a value.

    Args:
        source: a file, an archive or a folder of tables; a pandas or polars data frame or an Arrow
            table; or a dict of tables and files by name.

    Raises:
        SourceError: what cannot be read, and why.
        OSError: there is no such file.
        TypeError: anything else than a table or a path.
    """
    if isinstance(source, str | os.PathLike):
        with profiled_source(Path(source), between=False) as found:
            return look_through(found)
    named = source if isinstance(source, Mapping) else {"table": source}
    need_names(named)
    tables = {name: _table(each) for name, each in named.items()}
    with profiled_tables(tables, between=False) as found:
        return look_through(found)


def _table(given: Any) -> Any:
    return Path(given) if isinstance(given, str | os.PathLike) else arrow_table(given)
