"""The keys by which tables refer to one another, row by row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from app.engine.errors import DefinitionError, Fault
from app.engine.profiling.foreign_keys import key_values
from app.engine.profiling.models import SourceProfile
from app.engine.profiling.sources import ProfiledSource

Codes = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Reference:
    """A foreign key: columns of a table that refer to as many columns of another one."""

    table: str
    columns: tuple[str, ...]
    parent: str
    parent_columns: tuple[str, ...]

    @property
    def text(self) -> str:
        """Such as `orders.customer_id = customers.id`."""
        pairs = zip(self.columns, self.parent_columns, strict=True)
        return ", ".join(f"{self.table}.{one} = {self.parent}.{other}" for one, other in pairs)


@dataclass(frozen=True, slots=True)
class Link:
    """A reference with the value of its key in each row, as a number.

    Args:
        values: of each row of the table, shape (rows,): -1 where there is none, or one that no row
            of the other table has.
        parent_values: of each row of the other table, -1 where a part of it is missing.
    """

    reference: Reference
    values: Codes
    parent_values: Codes

    def referring_to(self, taken: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Rows of the table that refer to taken ones of the other, shape (rows,)."""
        return _among(self.values, self.parent_values[taken])

    def referred_to(self, taken: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Rows of the other table that taken ones refer to, shape (rows of the other,)."""
        return _among(self.parent_values, self.values[taken])


def found_references(profile: SourceProfile) -> tuple[Reference, ...]:
    """Those that a database declares, of any number of columns, else those that were found."""
    single = [
        Reference(each.table, (each.column,), each.parent, (each.parent_column,))
        for each in profile.foreign_keys
    ]
    tables = {each.name: {*each.names} for each in profile.tables}
    several = [
        Reference(table.name, key.columns, key.table, key.parent_columns)
        for table in profile.tables
        for key in (table.declared.foreign_keys if table.declared else ())
        if len(key.columns) > 1 and tables.get(key.table, set()).issuperset(key.parent_columns)
    ]
    return (*single, *several)


def named_references(profile: SourceProfile, named: Sequence[str]) -> tuple[Reference, ...]:
    """References that are written as `orders.customer_id=customers.id`.

    Raises:
        DefinitionError: for each that names no column.
    """
    faults = []
    found = []
    columns = {
        f"{table.name}.{column.name}": (table.name, column.name)
        for table in profile.tables
        for column in table.columns
    }
    for name in named:
        ends = [columns.get(end.strip()) for end in name.split("=")]
        if len(ends) != 2 or ends[0] is None or ends[1] is None:
            hint = "`orders.customer_id=customers.id`, of columns that are there"
            faults.append(Fault(f"references.{name}", "names no two columns", hint))
            continue
        (table, column), (parent, parent_column) = ends[0], ends[1]
        found.append(Reference(table, (column,), parent, (parent_column,)))
    if faults:
        raise DefinitionError(faults)
    return tuple(found)


def linked(source: ProfiledSource, references: Sequence[Reference]) -> tuple[Link, ...]:
    """The references with the values of all rows."""
    return tuple(_link(source, each) for each in references)


def _link(source: ProfiledSource, reference: Reference) -> Link:
    values = np.zeros(source.stores[reference.table].rows, np.int64)
    parent_values = np.zeros(source.stores[reference.parent].rows, np.int64)
    for own, other in _codes(source, reference):
        size = int(other.max(initial=0)) + 1
        pair, parent_pair = _paired(values, own, size), _paired(parent_values, other, size)
        known = np.unique(parent_pair[parent_pair >= 0])
        values, parent_values = _numbered(pair, known), _numbered(parent_pair, known)
    return Link(reference, values, parent_values)


def _codes(source: ProfiledSource, reference: Reference) -> Iterator[tuple[Codes, Codes]]:
    """Of each column and the one that it refers to, the value in each row by its place among the
    different values of the other, -1 where it is missing or not among them."""
    own, parent = source.profile.table(reference.table), source.profile.table(reference.parent)
    for name, parent_name in zip(reference.columns, reference.parent_columns, strict=True):
        mine = key_values(source.stores[own.name], own.column(name))
        others = key_values(source.stores[parent.name], parent.column(parent_name))
        # Values that are written in two ways, such as 1 and 1.0, are one.
        distinct = pc.unique(others.values)
        yield (
            _places(mine.values, distinct)[mine.codes],
            _places(others.values, distinct)[others.codes],
        )


def _places(values: pa.Array, distinct: pa.Array) -> Codes:
    """Places of values among different ones, and -1 at the end, for rows without a value."""
    places = pc.index_in(values, distinct).fill_null(-1).to_numpy(zero_copy_only=False)
    return np.append(places, -1).astype(np.int64)


def _paired(first: Codes, second: Codes, size: int) -> Codes:
    return np.where((first >= 0) & (second >= 0), first * size + second, -1)


def _numbered(values: Codes, known: Codes) -> Codes:
    """The places of values among known ones, which rise; -1 where they are not among them."""
    if not len(known):
        return np.full(len(values), -1, np.int64)
    places = np.minimum(np.searchsorted(known, values), len(known) - 1)
    return np.where(known[places] == values, places, -1)


def _among(values: Codes, wanted: Codes) -> NDArray[np.bool_]:
    present = np.zeros(max(int(values.max(initial=-1)), int(wanted.max(initial=-1))) + 2, np.bool_)
    present[wanted] = True
    present[-1] = False  # where -1 leads: a row without a key refers to none
    return present[values]
