"""What the values of a column may be, as it was declared before any row was read.

Every cell of a row has one place in the domain of its column, by a function of that cell alone:
numbers beyond a bound lie in the bin at that bound; what is not finite, and a label that nobody
declared, is missing. Nothing of a domain is read from rows, since what is there and what is not
would show in it (GroundHog, arXiv 2504.08254: membership found out at any ε).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import prod
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from app.engine.errors import SourceError

OUT = -1
"""Code of a cell whose row is left out."""
MOST_CELLS = 1_000_000
MOST_UNITS = 2**52

Codes = NDArray[np.int32]


class Scale(StrEnum):
    """What the steps between two numbers are."""

    NUMBER = "number"  # of 10^-decimals
    DAY = "day"  # since 1970-01-01


@dataclass(frozen=True, slots=True)
class Labels:
    """A column of declared labels.

    Args:
        labels: as texts; numbers and truth values are compared by their texts.
        missing: whether a cell may be missing; where not, rows without a declared label are
            left out.
    """

    name: str
    labels: tuple[str, ...]
    missing: bool = True

    @property
    def cells(self) -> int:
        """Places in the domain, the missing one included."""
        return len(self.labels) + self.missing

    def codes(self, column: pa.Array) -> Codes:
        """The place of each cell, OUT for rows that are left out; shape (rows,).

        Raises:
            SourceError: the column's type has no texts.
        """
        places = pc.index_in(
            _texts(self.name, column), value_set=pa.array(self.labels, pa.large_string())
        )
        missing = len(self.labels) if self.missing else OUT
        found = pc.fill_null(places, missing).to_numpy(zero_copy_only=False)
        return np.asarray(found, np.int32)


@dataclass(frozen=True, slots=True)
class Numbers:
    """A column of numbers or dates between declared bounds, in bins.

    Args:
        starts: first step of each bin, ascending, the low bound first.
        end: last step, the high bound.
        decimals: of a step, where the scale is of numbers.
        missing: as with `Labels`.
    """

    name: str
    scale: Scale
    starts: tuple[int, ...]
    end: int
    decimals: int = 0
    missing: bool = True

    @property
    def cells(self) -> int:
        """Places in the domain, the missing one included."""
        return len(self.starts) + self.missing

    @property
    def ends(self) -> tuple[int, ...]:
        """Last step of each bin."""
        return (*(start - 1 for start in self.starts[1:]), self.end)

    def codes(self, column: pa.Array) -> Codes:
        """The bin of each cell, OUT for rows that are left out; shape (rows,).

        Raises:
            SourceError: the column's type has no numbers, or no dates.
        """
        steps = _steps(self, column)
        known = np.isfinite(steps)
        inside = np.clip(np.where(known, steps, self.starts[0]), self.starts[0], self.end)
        bins = np.searchsorted(np.asarray(self.starts, float), np.floor(inside), side="right") - 1
        missing = len(self.starts) if self.missing else OUT
        return np.where(known, bins, missing).astype(np.int32)


ColumnDomain = Labels | Numbers


@dataclass(frozen=True, slots=True)
class Domain:
    """The domains of all columns of a table, in its order."""

    columns: tuple[ColumnDomain, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    @property
    def sizes(self) -> tuple[int, ...]:
        """Places of each column."""
        return tuple(column.cells for column in self.columns)

    def place(self, name: str) -> int:
        """Number of a column."""
        return self.names.index(name)

    def cells(self, names: Sequence[str]) -> int:
        """Counts of the marginal of some columns."""
        return prod(self.sizes[self.place(name)] for name in names)

    def codes(self, table: pa.Table) -> NDArray[np.int32]:
        """The places of each row, shape (rows, columns); rows that are left out have OUT in a
        column at least.

        Raises:
            SourceError: a column that is not there, or of a type that its domain does not fit.
        """
        found = np.empty((table.num_rows, len(self.columns)), np.int32, order="F")
        for place, column in enumerate(self.columns):
            if column.name not in table.column_names:
                raise SourceError(f"there is no column {column.name!r}, whose domain is declared")
            found[:, place] = column.codes(one_array(table[column.name]))
        return found


def one_array(column: pa.ChunkedArray) -> pa.Array:
    """The cells of a column in one piece, of a dictionary its values."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        column, kind = column.cast(kind.value_type), kind.value_type
    if _is_text(kind):  # which may be more than one array of `string` holds
        column, kind = column.cast(pa.large_string()), pa.large_string()
    return pa.concat_arrays([pa.array([], kind), *column.chunks])


def even_starts(low: int, high: int, bins: int) -> tuple[int, ...]:
    """Starts of bins of about equal width from one step to another, both included."""
    count = min(bins, high - low + 1)
    return tuple(low + (high - low + 1) * place // count for place in range(count))


def _texts(name: str, column: pa.Array) -> pa.Array:
    """Cells as texts: of the column's type, each for itself."""
    kind = column.type
    is_plain = pa.types.is_boolean(kind) or pa.types.is_integer(kind) or pa.types.is_null(kind)
    if is_plain or _is_text(kind):
        return column.cast(pa.large_string())
    if pa.types.is_floating(kind):  # whole numbers, of which one may be missing in some tables
        numbers = column.cast(pa.float64())
        is_whole = pc.and_(pc.equal(pc.floor(numbers), numbers), pc.less(pc.abs(numbers), 2.0**53))
        whole = pc.if_else(is_whole, numbers, pa.scalar(None, pa.float64()))
        return whole.cast(pa.int64()).cast(pa.large_string())
    raise SourceError(f"the column {name!r} is of type {kind}: declare bounds, or make it text")


def _is_text(kind: Any) -> bool:
    types = pa.types
    return types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind)


def _steps(domain: Numbers, column: pa.Array) -> NDArray[np.float64]:
    """Cells as steps, not finite where they are missing; shape (rows,)."""
    kind, types = column.type, pa.types
    if domain.scale is Scale.DAY:
        if not (types.is_date(kind) or types.is_timestamp(kind) or types.is_null(kind)):
            raise SourceError(f"the column {domain.name!r} is of type {kind}: bounds are of days")
        if types.is_timestamp(kind) and kind.tz is not None:
            column = column.cast(pa.timestamp(kind.unit, "UTC"))
        days = column.cast(pa.date32(), safe=False).cast(pa.int32()).cast(pa.float64())
        return np.asarray(days.to_numpy(zero_copy_only=False), float)
    is_exact = types.is_integer(kind) or types.is_decimal(kind) or types.is_null(kind)
    if not (is_exact or types.is_floating(kind)):
        raise SourceError(f"the column {domain.name!r} is of type {kind}: bounds are of numbers")
    cells = column.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
    numbers = np.asarray(cells, float)
    with np.errstate(all="ignore"):
        steps = np.clip(np.round(numbers * 10.0**domain.decimals), -2 * MOST_UNITS, 2 * MOST_UNITS)
    return np.where(np.isfinite(numbers), steps, np.nan)
