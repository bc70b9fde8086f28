"""Tables of other libraries as Arrow tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from app.engine import SourceError

if TYPE_CHECKING:
    import pyarrow as pa


def arrow_table(table: Any) -> pa.Table:
    """A data frame as an Arrow table, without a pandas index. Raises SourceError, TypeError."""
    import pyarrow as pa

    if isinstance(table, pa.Table):
        return table
    if isinstance(table, pa.RecordBatch):
        return pa.Table.from_batches([table])
    if isinstance(table, Mapping):
        raise TypeError("one table is taken at a time, not a dict of them")
    module = type(table).__module__.partition(".")[0]
    if module not in {"pandas", "polars"}:
        wanted = "a pandas or polars data frame, an Arrow table or a path"
        raise TypeError(f"a table is {wanted}, not {type(table).__name__}")
    convert = _from_pandas if module == "pandas" else _from_polars
    whole = _converted(convert, table)
    if whole is None:
        # Outside of what handles the error: its words hold values of the table.
        raise SourceError(_at_fault(convert, table))
    return whole


def _from_pandas(frame: Any) -> pa.Table:
    import pyarrow as pa

    return pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata()


def _from_polars(frame: Any) -> pa.Table:
    return frame.to_arrow()


def _converted(convert: Callable[[Any], pa.Table], frame: Any) -> pa.Table | None:
    """The Arrow table; None where values do not fit into one."""
    import pyarrow as pa

    try:
        return convert(frame)
    except (pa.ArrowException, OverflowError, TypeError, ValueError):
        return None


def _at_fault(convert: Callable[[Any], pa.Table], frame: Any) -> str:
    """Which column Arrow cannot hold; no value of it."""
    for place, name in enumerate(frame.columns, start=1):
        column = frame.iloc[:, [place - 1]] if hasattr(frame, "iloc") else frame.select(name)
        if _converted(convert, column) is None:
            kinds = "values of different types, or whole numbers beyond 64 bits"
            return f"column {place} ({str(name)[:100]!r}) has {kinds}; make it text or floats"
    return "the data frame has two columns of one name; give each its own"
