"""What was learned of several tables: a model for each, and the keys between them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pyarrow as pa

from app.engine.errors import DefinitionError
from app.engine.schema.load import load_definition
from app.engine.synthesizers.bounds import need
from app.engine.synthesizers.cell_formats import empty_batch, written
from app.engine.synthesizers.learning import LearnedTable
from app.engine.synthesizers.number_line import is_on_line
from app.engine.synthesizers.several.relations import (
    OwnParent,
    Reference,
    RelatedKey,
    SelfReference,
    TableRelations,
)


@dataclass(frozen=True, eq=False, slots=True)
class RelatedTable:
    """One of several tables; exactly one of `learned` and `original` is there.

    Args:
        original: the rows of a lookup table, which come out unchanged.
    """

    relations: TableRelations
    learned: LearnedTable | None = None
    original: pa.RecordBatch | None = None

    @property
    def name(self) -> str:
        return self.relations.name

    @property
    def is_root(self) -> bool:
        """Whether its rows are asked for, and not drawn for the rows of another table."""
        return self.learned is not None and self.relations.parent is None

    @property
    def types(self) -> Mapping[str, pa.DataType]:
        """Of its learned columns, or those of its own rows, by name."""
        table = self.original if self.learned is None else self.learned
        assert table is not None
        return dict(zip(table.schema.names, table.schema.types, strict=True))

    @property
    def columns(self) -> Mapping[str, pa.DataType]:
        """What its model draws, lengths in the place of texts, or what its own rows have; types by
        name."""
        table = self.original if self.learned is None else self.learned.model
        assert table is not None
        return dict(zip(table.schema.names, table.schema.types, strict=True))


@dataclass(frozen=True, eq=False)
class LearnedTables:
    """Several tables that were learned together.

    Args:
        tables: those that are referred to before those that refer to them.
        order: names of the tables, as the source has them.
        root: the table whose rows are individuals, of several roots the one with the most below.
        seed: of the fit.
        warnings: what will be weak, in words.
    """

    tables: tuple[RelatedTable, ...]
    order: tuple[str, ...]
    root: str
    seed: int
    warnings: tuple[str, ...] = ()

    @cached_property
    def by_name(self) -> dict[str, RelatedTable]:
        return {each.name: each for each in self.tables}

    @property
    def roots(self) -> tuple[str, ...]:
        """Tables whose rows may be asked for."""
        return tuple(each.name for each in self.tables if each.is_root)

    def children(self, parent: str) -> Iterator[tuple[RelatedTable, RelatedKey]]:
        """The tables that refer to a learned one, with the foreign key."""
        for table in self.tables:
            for key in table.relations.keys:
                if key.parent == parent:
                    yield table, key

    def check(self) -> None:
        """Raises ValueError where tables do not fit together, which a file's may not."""
        names = [each.name for each in self.tables]
        need(len(set(names)) == len(names), "two tables have one name")
        need(sorted(self.order) == sorted(names), "the order is of other tables")
        need(self.root in self.roots, "the root is no root")
        before: dict[str, RelatedTable] = {}
        for table in self.tables:
            need((table.learned is None) != (table.original is None), "a table has no rows")
            if table.original is not None:
                own, there = table.relations.rows, table.original.num_rows
                need(own == there, "a lookup table has another number of rows")
            _check_keys(table, before, self.by_name)
            _check_lookups(table, self.by_name)
            before[table.name] = table
        for table in self.tables:
            children = [key for _, key in self.children(table.name)]
            _check_columns(table, {key.count for key in children})
            _check_key(table, children)
            _check_sequence(table)


def _check_keys(
    table: RelatedTable, before: Mapping[str, RelatedTable], tables: Mapping[str, RelatedTable]
) -> None:
    keys = table.relations.keys
    need(table.learned is not None or not keys, "a lookup table has a foreign key")
    for key in keys:
        if isinstance(key, Reference) and key.is_later:
            parent = None if key.is_distinct or key.also else tables.get(key.parent)
        else:
            parent = table if isinstance(key, SelfReference) else before.get(key.parent)
        need(parent is not None and parent.learned is not None, "a parent stands behind its table")
        assert parent is not None
        need(parent.name == key.parent, "a key to its own table is one to another")
        need(parent.relations.key is not None, "a parent has no key")
        named = {str(parent.relations.key), *key.also.values()}
        need(named <= set(parent.relations.order), "a key is to no column of its parent")
        # Such columns are those of rows that are not there yet, or lead back to themselves.
        need(not named & _leading_back(parent), "a key is to a column that may lead back to it")
        kind = parent.columns.get(key.count)
        need(kind is not None and pa.types.is_integer(kind), "a parent counts no rows")
        if not isinstance(key, SelfReference) and key.orphan_keys:
            made = str(parent.relations.key) in parent.relations.made
            need(made and not key.also, "there are no keys that refer to nothing")
        if isinstance(key, OwnParent):
            _check_own(table, key, parent)
        else:
            _check_reference(table, key, parent)
        if isinstance(key, SelfReference):
            _check_itself(table, key)


def _check_lookups(table: RelatedTable, tables: Mapping[str, RelatedTable]) -> None:
    for key in table.relations.lookups:
        parent = tables.get(key.parent)
        need(parent is not None and parent.original is not None, "a lookup table has no rows")
        assert parent is not None
        need(len(key.columns) == len(key.parent_columns), "a key is to other columns")
        need({*key.parent_columns} <= {*parent.columns}, "a key is to no column of its parent")
        need({*key.columns} <= {*table.columns}, "a key is of no column")
        need(table.relations.sequence is None, "rows with a key to a lookup table are in order")
        has_parent = table.relations.parent is not None
        need(has_parent or not key.is_distinct, "keys are distinct and rows have no parent")


def _check_own(table: RelatedTable, key: OwnParent, parent: RelatedTable) -> None:
    for name, source in key.given.items():
        need(source in parent.columns, "a column is given by none of the parent")
        need(parent.columns[source] == table.columns.get(name), "a column is given as another type")
    kind = table.columns.get(key.position)
    need(kind is not None and pa.types.is_integer(kind), "a table's positions are no numbers")
    need(key.apart <= table.relations.rows, "a table has more rows without a parent than rows")


def _leading_back(table: RelatedTable) -> set[str]:
    """Columns of a table that refer to itself or to tables behind it."""
    own = table.relations
    keys: list[RelatedKey] = [*own.itself, *(each for each in own.references if each.is_later)]
    return {column for each in keys for column in (each.column, *each.also)}


def _check_itself(table: RelatedTable, key: SelfReference) -> None:
    if key.level is not None:
        kind = table.columns.get(key.level)
        need(kind is not None and pa.types.is_integer(kind), "the levels of a table are no numbers")
    need(table.relations.parent is not None or not key.is_within, "a root's rows have no parent")


def _check_reference(
    table: RelatedTable, key: Reference | SelfReference, parent: RelatedTable
) -> None:
    if isinstance(key, Reference) and key.is_own:
        own = parent.relations.parent
        need(key.is_later and own is not None and own.parent == table.name, "a row has no own ones")
    need(table.columns.get(key.group) == pa.int64(), "the groups of a parent are no numbers")
    need({each.name for each in key.by} <= set(parent.columns), "a parent is divided by no column")
    size = 1
    for each in key.by:
        size *= 2 + (len(each.cuts) if each.labels is None else len(each.labels))
        need(each.cuts == sorted(each.cuts), "where groups of a parent end does not ascend")
    need(size < 1 << 31, "a parent has too many groups")


def _check_columns(table: RelatedTable, counts: set[str]) -> None:
    """Columns are learned, made or keys, and each is one of these."""
    own = table.relations
    learned = set(table.columns) - own.helpers - counts
    lines = [each.column for each in own.lines]
    keys = [column for each in own.keys for column in (each.column, *each.also)]
    parts = [*learned, *own.made, *keys, *lines]
    need(sorted(own.order) == sorted(parts), "a table's columns are not those that it draws")
    need(own.parent is not None or not own.lines, "a root's rows are numbered by parents")
    if own.cells:
        types = table.types
        rows = empty_batch(pa.schema([(name, types[name]) for name in sorted(learned)]))
        written(rows, [each for each in own.cells if each.name in learned])
    if own.made:
        _check_made(own.made)


def _check_sequence(table: RelatedTable) -> None:
    sequence = table.relations.sequence
    if sequence is None:
        return
    need(table.relations.parent is not None, "rows of no parent follow one another")
    columns = table.columns
    for each in sequence.numbers:
        names = (each.column, each.first, each.change)
        is_number = all(name in columns and is_on_line(columns[name]) for name in names)
        need(is_number, "a column of a sequence is no number")
        need(each.low <= each.high, "the ends of a sequence are the wrong way round")
        need(not each.is_ratio or each.low > 0, "ratios are of numbers that are not above 0")
        need(
            not each.grid or (each.low, each.high) == (0, len(each.grid) - 1),
            "a grid has other ends",
        )
        need(each.grid == sorted(each.grid), "a grid does not ascend")
    for split in sequence.split:
        kinds = {columns.get(name) for name in (split.column, split.first, split.later)}
        need(None not in kinds and len(kinds) == 1, "a split column is of other types")
    for given in (sequence.before, sequence.before_that, sequence.means):
        for name, source in given.items():
            need(columns.get(name) == columns.get(source, pa.null()), "a row knows of no column")


def _check_key(table: RelatedTable, children: Sequence[RelatedKey]) -> None:
    """What others refer to is made, or follows from a parent, or has several columns."""
    own = table.relations
    if own.key is None:
        return
    wanted = {*own.made} if table.original is None else set(table.columns)
    first = set() if own.parent is None else {own.parent.column, *own.parent.also}
    several = any(key.also for key in children)
    need(own.key in wanted | first or (several and own.key in own.order), "a key is not made")


def _check_made(made: Mapping[str, Any]) -> None:
    need(not any(each.get("hidden") for each in made.values()), "a declared column is hidden")
    try:
        load_definition({"n_samples": 1, "features": dict(made)})
    except DefinitionError as error:
        raise ValueError(f"declared columns are at fault: {error.faults[0].path}") from None
