"""Cells of data frames whose columns have no type of their own, one by one.

What pandas and Arrow make of such a column follows from all of its cells together, so that one row
would decide how those of others are read. Here each cell is read by itself.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tablesmith._arrow_tables import arrow_table

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa


def cell_by_cell(table: Any, bounds: Mapping[str, Any]) -> pa.Table:
    """A table as Arrow's, in which no cell decides how another one is read.

    Args:
        bounds: of numbers and dates, by column; all other columns hold labels.

    Raises:
        SourceError, TypeError: as `arrow_table` does.
    """
    import pyarrow as pa

    if type(table).__module__.partition(".")[0] != "pandas" or not table.columns.is_unique:
        return arrow_table(table)
    loose = [name for name in table.columns if _is_loose(table[name].dtype)]
    typed = arrow_table(table.drop(columns=loose))
    found = {}
    for name in table.columns:
        key = str(name)
        found[key] = _column(table[name], bounds.get(key)) if name in loose else typed[key]
    return pa.table(found)


def _is_loose(dtype: Any) -> bool:
    import pandas as pd

    return pd.api.types.is_object_dtype(dtype) or isinstance(
        dtype, pd.CategoricalDtype | pd.StringDtype
    )


def _column(cells: pd.Series[Any], bounds: Any) -> pa.Array:
    import pyarrow as pa

    read, kind = _reader(bounds)
    return pa.array([read(cell) for cell in cells.astype(object)], getattr(pa, kind)())


def _reader(bounds: Any) -> tuple[Callable[[Any], Any], str]:
    """How a cell is read, and the name of Arrow's type for what it comes to."""
    if bounds is None:
        return _text, "large_string"
    low = bounds.get("low") if isinstance(bounds, Mapping) else next(iter(bounds), None)
    return (_day, "date32") if isinstance(low, date | str) else (_number, "float64")


def _text(cell: Any) -> str | None:
    """A label; None for what is none."""
    import numpy as np

    if isinstance(cell, str):
        return cell.encode("utf-8", "replace").decode()
    if isinstance(cell, bool | np.bool_):
        return "true" if cell else "false"
    if isinstance(cell, float | np.floating):  # as whole numbers are beside a missing one
        number = float(cell)
        return str(int(number)) if number.is_integer() and abs(number) < 2.0**53 else None
    if isinstance(cell, int | np.integer | Decimal):
        return str(cell)
    return cell.isoformat() if isinstance(cell, date) and cell == cell else None


def _number(cell: Any) -> float | None:
    import numpy as np

    if not isinstance(cell, str | int | float | Decimal | np.number | np.bool_):
        return None
    try:
        return float(cell)
    except OverflowError:  # of whole numbers, which lie beyond any bound then
        is_negative = isinstance(cell, int) and cell < 0
        return -sys.float_info.max if is_negative else sys.float_info.max
    except (TypeError, ValueError):
        return None


def _day(cell: Any) -> date | None:
    import numpy as np

    if isinstance(cell, str):
        cell = _moment(cell)
    elif isinstance(cell, np.datetime64):
        cell = cell.astype("datetime64[D]").item()
    if not isinstance(cell, date) or cell != cell:  # NaT is a moment that is not itself
        return None
    if not isinstance(cell, datetime):
        return cell
    return _in_utc(cell).date()


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError:  # in the first or the last hours of the calendar
        return moment
