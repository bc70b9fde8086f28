"""Tables as synthesizers learn them: their own columns, and what stands beside them of others."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from app.engine.errors import DefinitionError, Fault
from app.engine.profiling.typed_table import TypedTable
from app.engine.synthesis.applying import AppliedTable
from app.engine.synthesizers.cell_formats import encode_texts
from app.engine.synthesizers.several.matching import HeldColumns, divided, group_codes
from app.engine.synthesizers.several.relations import (
    MOST_ORPHANS,
    LineColumn,
    MatchedColumn,
    OwnParent,
    Reference,
    SelfReference,
    TableSequence,
)
from app.engine.synthesizers.table import (
    MISSING,
    EncodedColumn,
    EncodedTable,
    Kind,
)
from app.engine.synthesizers.values import Protection, column_values
from app.engine.training.several.individuals import Individuals
from app.engine.training.several.joining import Joined
from app.engine.training.several.levels import levels_of, refers_to_itself
from app.engine.training.several.line_numbers import line_columns
from app.engine.training.several.sequences import (
    RowsBefore,
    Sequencing,
    ordered_places,
    rows_before,
)
from app.engine.training.several.table_keys import Key, TableKeys

Rows = NDArray[np.int64]

MOST_GIVEN = 32


@dataclass(frozen=True, eq=False, slots=True)
class EncodedTables:
    """Several tables, those that are referred to first.

    Args:
        whole: all columns of each table, in all of its rows; also those that are set aside.
        tables: as they are learned.
        own: what a table has of its parent, by name; none for roots.
        references: what a table has of further parents, by name.
        itself: its keys to its own rows, by name.
        lines: its columns that number the rows of each parent, by name.
        sequences: how rows of one parent follow one another, by name.
    """

    whole: dict[str, tuple[EncodedColumn, ...]]
    tables: dict[str, EncodedTable]
    own: dict[str, OwnParent]
    references: dict[str, tuple[Reference, ...]]
    itself: dict[str, tuple[SelfReference, ...]]
    lines: dict[str, tuple[LineColumn, ...]]
    sequences: dict[str, TableSequence]

    def distinct(self, table: str) -> set[str]:
        """Columns of which rows of one parent have different values, whatever is drawn."""
        found = {each.column for each in self.lines.get(table, ())}
        sequence = self.sequences.get(table)
        if sequence is not None and sequence.numbers[0].least:
            found.add(sequence.numbers[0].column)
        return found


@dataclass(frozen=True, eq=False, slots=True)
class Encoding:
    """Puts tables together.

    Args:
        joined: the row that each foreign key refers to.
        k: individuals that stand for whatever comes out.
    """

    keys: tuple[TableKeys, ...]
    applied: Mapping[str, AppliedTable]
    joined: Joined
    people: Individuals
    k: int

    @property
    def parents(self) -> Mapping[Key, Rows]:
        """The row that each foreign key refers to."""
        return self.joined.parents

    def encoded(self) -> EncodedTables:
        """All learned tables. Raises SourceError."""
        found = EncodedTables({}, {}, {}, {}, {}, {}, {})
        for table in self.keys:
            if not table.original:
                self._add(found, table)
        return found

    def _add(self, found: EncodedTables, table: TableKeys) -> None:
        applied = self.applied[table.name]
        rows = self._rows_before(table)
        lines, positions = self._lines(table, rows)
        plain = self._plain(table, lines)
        taken = set(applied.order) | {each.name for each in plain.columns}
        counts = [self._counts(key) for key in self._referring(table.name)]
        groups = [
            self._groups(found, each, table, plain.columns)
            for each in (*table.references, *table.later)
        ]
        itself = [self._itself(each, table, plain.columns) for each in table.itself]
        given, own = self._given(found, table, taken, positions)
        helpers = [each for own_columns, _ in itself for each in own_columns]
        helpers = [*counts, *(column for column, _ in groups), *helpers]
        _check_names(table, applied, {each.name for each in (*given, *helpers)})
        columns = (*given, *plain.columns, *helpers)
        found.whole[table.name] = columns
        whole = EncodedTable(
            columns, self._rows(table.name), plain.dependencies, plain.rules,
            frozenset(each.name for each in given), texts=plain.texts,
        )  # fmt: skip
        if rows is not None:
            whole, found.sequences[table.name] = self._followed(table, whole, rows)
            _check_names(table, applied, found.sequences[table.name].helpers)
        found.references[table.name] = tuple(each for _, each in groups)
        found.lines[table.name] = lines
        found.itself[table.name] = tuple(each for _, each in itself)
        if own is not None:
            found.own[table.name] = own
        kept = np.flatnonzero(self.people.learned[table.name])
        found.tables[table.name] = replace(
            whole,
            columns=tuple(each.taken(kept) for each in whole.columns),
            rows=len(kept),
            texts=tuple(each.taken(kept) for each in whole.texts),
            individuals=self.people.of_rows[table.name][kept],
        )

    def _plain(self, table: TableKeys, lines: Sequence[LineColumn]) -> EncodedTable:
        """A table's own columns."""
        applied = self.applied[table.name]
        keys = {column for each in table.drawn for column in each.columns}
        typed = without_keys(applied.learned, keys | {each.column for each in lines})
        for each in table.lookups:
            if each.orphans == "missing" and each in self.joined.orphans:
                column = _missed(each, applied.learned)
                typed = _without_cells(typed, column, self.joined.orphans[each])
        labels = {each.column for each in table.lookups if not each.also}
        order = {table.order_by, *labels}
        texts = [each.name for each in typed.columns if each.name in {*applied.texts} - order]
        return _plain(typed, applied.rules, labels, texts)

    def _lines(
        self, table: TableKeys, rows: RowsBefore | None
    ) -> tuple[tuple[LineColumn, ...], Rows | None]:
        """Columns that number the rows of each parent, and the number of each row."""
        if table.own is None:
            return (), None
        keys = [column for each in (*table.drawn, *table.lookups) for column in each.columns]
        keys += [] if table.order_by is None else [table.order_by]
        applied = self.applied[table.name]
        lines, positions = line_columns(applied.learned, self.parents[table.own], keys)
        if rows is None:
            return lines, positions
        is_other = positions is None or bool((positions != rows.positions).any())
        return () if is_other else lines, rows.positions

    def _rows_before(self, table: TableKeys) -> RowsBefore | None:
        """Which row stands before which; None where they are in no order.

        Raises DefinitionError.
        """
        if table.order_by is None or table.own is None:
            return None
        typed = self.applied[table.name].learned
        cells = next(each.values for each in typed.columns if each.name == table.order_by)
        return rows_before(self.parents[table.own], ordered_places(table, cells))

    def _followed(
        self, table: TableKeys, whole: EncodedTable, rows: RowsBefore
    ) -> tuple[EncodedTable, TableSequence]:
        """A table with what its rows know of those before them."""
        order_by = str(table.order_by)
        pairs = tuple(each for each in whole.dependencies if order_by not in each)
        columns = {each.name: each for each in whole.columns}
        own = [each for each in whole.columns if each.name not in {*whole.given, order_by}]
        fixed = {name for each in pairs for name in each}
        found = Sequencing(
            columns[order_by], own, frozenset(fixed), rows,
            self.people.of_rows[table.name], self.people.learned[table.name], self.k,
        ).made()  # fmt: skip
        further = [each for each in found.early if each.name not in columns]
        return replace(
            whole,
            columns=(*found.given, *whole.columns, *further),
            dependencies=pairs,
            given=whole.given | found.relation.given,
            early=tuple(each.name for each in found.early),
        ), found.relation

    def _referring(self, parent: str) -> list[Key]:
        return [key for table in self.keys for key in table.drawn if key.parent == parent]

    def _counts(self, key: Key) -> EncodedColumn:
        """How many rows that are learned refer to each row of a key's parent."""
        rows = self.parents[key][self.people.learned[key.table]]
        counts = np.bincount(rows[rows != MISSING], minlength=self._rows(key.parent))
        return whole_numbers(count_name(key), counts)

    def _rows(self, table: str) -> int:
        return len(self.people.of_rows[table])

    def _groups(
        self,
        found: EncodedTables,
        key: Key,
        table: TableKeys,
        own: Sequence[EncodedColumn],
    ) -> tuple[EncodedColumn, Reference]:
        """The group of the second parent's row that each row refers to, as one more label."""
        is_later = key in table.later
        if is_later:
            other = next(each for each in self.keys if each.name == key.parent)
            parent = self._plain(other, self._lines(other, self._rows_before(other))[0]).columns
        else:
            names = {each.name for each in self.applied[key.parent].learned.columns}
            parent = tuple(each for each in found.whole[key.parent] if each.name in names)
        column, by = self._grouped(key, parent, own)
        is_distinct = table.distinct == key
        return column, Reference(
            column=key.column, parent=key.parent, group=column.name, count=count_name(key),
            by=by, is_distinct=is_distinct, also=dict(key.also), is_later=is_later,
            is_own=is_later and self._is_own(key), **self._orphans(key),
        )  # fmt: skip

    def _grouped(
        self, key: Key, parent: Sequence[EncodedColumn], own: Sequence[EncodedColumn]
    ) -> tuple[EncodedColumn, list[MatchedColumn]]:
        rows = self.parents[key]
        by = divided(self._held(key.parent, parent), self._held(key.table, own), rows)
        cells = {each.name: _cells(each) for each in parent}
        codes = np.append(group_codes(by, cells, self._rows(key.parent)), MISSING)[rows]
        numbers = whole_numbers(f"#{key.column}", codes, codes == MISSING)
        return replace(numbers, kind=Kind.LABEL), by

    def _itself(
        self, key: Key, table: TableKeys, own: Sequence[EncodedColumn]
    ) -> tuple[list[EncodedColumn], SelfReference]:
        """The group of the row of the same table that each row refers to, and how many rows lie
        above it, as columns."""
        above = self.parents[key]
        column, by = self._grouped(key, own, own)
        columns, levels = [column], levels_of(above)
        if levels is not None:
            columns.append(whole_numbers(f"#level of {key.column}", levels, levels == 0))
        return columns, SelfReference(
            column=key.column, parent=key.parent, group=column.name, count=count_name(key), by=by,
            level=None if levels is None else columns[-1].name,
            is_within=table.own is not None and self._is_within(above, self.parents[table.own]),
            loops=levels is not None and refers_to_itself(above), also=dict(key.also),
        )  # fmt: skip

    def _orphans(self, key: Key) -> dict[str, Any]:
        """How many of the rows without a parent have a key that refers to none."""
        orphans = self.joined.orphans.get(key)
        if orphans is None or key.orphans != "keep":
            return {}
        kept = self.people.learned[key.table]
        alone = int((kept & (self.parents[key] == MISSING)).sum())
        share = int((kept & orphans).sum()) / max(alone, 1)
        return {"orphans": share, "orphan_keys": min(self.joined.values[key], MOST_ORPHANS)}

    def _is_own(self, key: Key) -> bool:
        """Whether rows refer to those that follow from them alone."""
        own = next(each.own for each in self.keys if each.name == key.parent)
        rows = self.parents[key]
        known = np.flatnonzero(rows != MISSING)
        return (
            own is not None
            and own.parent == key.table
            and bool((self.parents[own][rows[known]] == known).all())
        )

    @staticmethod
    def _is_within(above: Rows, parents: Rows) -> bool:
        """Whether rows refer to those of their own parent alone."""
        known = np.flatnonzero(above != MISSING)
        return bool((parents[known] == parents[above[known]]).all())

    def _held(self, table: str, columns: Sequence[EncodedColumn]) -> HeldColumns:
        people = self.people
        return HeldColumns(columns, people.of_rows[table], people.learned[table], self.k)

    def _given(
        self, found: EncodedTables, table: TableKeys, taken: set[str], positions: Rows | None
    ) -> tuple[list[EncodedColumn], OwnParent | None]:
        """What rows have of their parent: its columns, and which of its rows they are."""
        key = table.own
        if key is None:
            return [], None
        rows, above = self.parents[key], found.whole[key.parent]
        numbers = positions_of(rows) if positions is None else positions
        position = whole_numbers("#position", numbers, rows == MISSING)
        columns = [position]
        given: dict[str, str] = {}
        for each in [each for each in _counts_first(above) if self._tells(each, key.parent)]:
            name = each.name if "." in each.name else f"{key.parent}.{each.name}"
            if len(columns) <= MOST_GIVEN and name not in taken | set(given):
                columns.append(replace(each.taken(rows), name=name))
                given[name] = each.name
        # Of all rows: those of individuals alone are set aside, and these rows follow from none.
        apart = int((rows == MISSING).sum())
        return columns, OwnParent(
            column=key.column, parent=key.parent, count=count_name(key), position=position.name,
            given=given, apart=apart / max(len(rows) - apart, 1), also=dict(key.also),
            **self._orphans(key),
        )  # fmt: skip

    def _tells(self, column: EncodedColumn, table: str) -> bool:
        """Whether there are two values of a column at least that may be known."""
        kept = np.flatnonzero(self.people.learned[table])
        individuals = self.people.of_rows[table][kept]
        values = column_values(column.taken(kept), Protection(self.k), 2, individuals)
        return len(values.values) + values.has_missing > 1


def _check_names(table: TableKeys, applied: AppliedTable, beside: Collection[str]) -> None:
    """Raises DefinitionError where a column has the name of one that is learned beside the table's
    own."""
    faults = [
        Fault(
            f"tables.{table.name}.columns.{name}",
            "has the name of a column that is learned beside the table's own",
            "rename the column",
        )
        for name in applied.order
        if name in beside
    ]
    if faults:
        raise DefinitionError(faults)


def _missed(key: Key, table: TypedTable) -> str:
    """The column of a key that is missing in orphans: one that says no other column's value, if
    there is one, since a missing cell would say the same of all."""
    saying = {each.determinant for each in table.dependencies}
    return next((each for each in key.columns if each not in saying), key.column)


def _without_cells(table: TypedTable, column: str, rows: NDArray[np.bool_]) -> TypedTable:
    """A table with cells of a column missing."""
    columns = tuple(
        replace(each, values=pc.if_else(pa.array(rows), None, each.values))
        if each.name == column
        else each
        for each in table.columns
    )
    return replace(table, columns=columns)


def count_name(key: Key) -> str:
    """The column of a parent that says how many rows refer to each of its rows."""
    return f"#{key.table}.{key.column}"


def without_keys(table: TypedTable, keys: set[str]) -> TypedTable:
    """A table without some columns and what speaks of them."""
    columns = tuple(each for each in table.columns if each.name not in keys)
    dependencies = tuple(
        each for each in table.dependencies if not {each.determinant, each.dependent} & keys
    )
    rules = tuple(each for each in table.rules if not set(each.columns) & keys)
    return TypedTable(table.name, table.rows, columns, dependencies, rules)


def whole_numbers(
    name: str, numbers: Rows, missing: NDArray[np.bool_] | None = None
) -> EncodedColumn:
    """A column of whole numbers."""
    known = np.ones(len(numbers), dtype=bool) if missing is None else ~missing
    values, places = np.unique(numbers[known], return_inverse=True)
    codes = np.full(len(numbers), MISSING, dtype=np.int32)
    codes[known] = places
    return EncodedColumn(name, Kind.NUMBER, pa.int64(), pa.array(values, pa.int64()), codes)


def positions_of(parents: Rows) -> Rows:
    """Which of its parent's rows each row is, from 1, in the order of the source; shape (rows,)."""
    order = np.argsort(parents, kind="stable")
    sorted_parents = parents[order]
    starts = np.flatnonzero(np.append(True, np.diff(sorted_parents) != 0))
    lengths = np.diff(np.append(starts, len(parents)))
    found = np.empty(len(parents), dtype=np.int64)
    found[order] = np.arange(len(parents)) - np.repeat(starts, lengths) + 1
    return found


def _plain(
    typed: TypedTable, declared: tuple[str, ...], lookups: set[str], texts: Sequence[str]
) -> EncodedTable:
    """A table's own columns; keys of lookup tables are labels, whatever they look like."""
    if not typed.columns:
        return EncodedTable((), typed.rows)
    pairs = tuple((each.determinant, each.dependent) for each in typed.dependencies)
    rules = tuple(dict.fromkeys([*(each.rule for each in typed.rules), *declared]))
    kinds = dict.fromkeys(lookups, Kind.LABEL)
    return encode_texts(typed.arrow(), texts, kinds, pairs, rules)


def _counts_first(columns: Sequence[EncodedColumn]) -> list[EncodedColumn]:
    return sorted(columns, key=lambda each: not each.name.startswith("#"))


def _cells(column: EncodedColumn) -> pa.Array:
    missing = column.codes == MISSING
    return column.values.take(pa.array(np.where(missing, 0, column.codes), mask=missing))
