"""Where tables hold personal data, from Python."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from app.engine import Scan, scan_path, scan_tables
from tablesmith._arguments import need_names
from tablesmith._arrow_tables import arrow_table


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
        return scan_path(Path(source))
    named = source if isinstance(source, Mapping) else {"table": source}
    need_names(named)
    return scan_tables({name: _table(each) for name, each in named.items()})


def _table(given: Any) -> Any:
    return Path(given) if isinstance(given, str | os.PathLike) else arrow_table(given)
