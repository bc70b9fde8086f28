"""The tables of an SQL script as a definition."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from graphlib import TopologicalSorter

from app.engine.expressions.names import written
from app.engine.importing.drafts import (
    LONGEST_NAME,
    MOST_COLUMNS,
    ColumnReview,
    Document,
    Draft,
    LeftOut,
)
from app.engine.importing.sql.conditions import NotSaid, translated
from app.engine.importing.sql.facts import ColumnFacts, TableFacts, table_facts
from app.engine.importing.sql.keys import KeptReference, TableKeys, settle_keys
from app.engine.importing.sql.reading import read_schema
from app.engine.importing.sql.schema import SqlSchema, SqlTable
from app.engine.importing.sql.specs import MISSING, made_column
from app.engine.schema.load import MAX_TABLES
from app.engine.schema.names import file_name_problem

MOST_SQL = 64_000_000
"""Characters of a script; rows in it pass quickly."""
ROWS = 1000
MOST_LEFT_OUT = 1000
LINES = 3
"""Rows of each parent, where they are counted within it."""
NAME = "my_tables"
_NOT_IN_NAMES = '/\\:*?"<>|.`'


def draft_of_sql(text: str) -> Draft:
    """A definition of every table that a script makes.

    Columns have what their types, conditions and keys say; what nothing says is assumed, and the
    draft tells of each column which is which. What no definition says is in `left_out`, each with
    its line.

    Raises:
        ValueError: where no table with columns is made, or there are too many of either.
    """
    if len(text) > MOST_SQL:
        raise ValueError(f"{len(text):,} letters of SQL are more than the {MOST_SQL:,} read")
    schema = read_schema(text)
    _keep_what_fits(schema)
    if not schema.tables:
        why = schema.left_out[0].text if len(schema.left_out) == 1 else ""
        raise ValueError("no CREATE TABLE with columns is in this text" + (why and f" ({why})"))
    facts = {id(table): table_facts(table, schema) for table in schema.tables}
    for each in facts.values():
        _compute(each, schema)
    keys = settle_keys(facts, schema)
    return _Declaring(schema, facts, keys, _names(schema.tables)).draft()


def _keep_what_fits(schema: SqlSchema) -> None:
    kept: list[SqlTable] = []
    for table in schema.tables:
        longest = max((len(each.name) for each in table.columns.values()), default=0)
        if len(table.columns) > MOST_COLUMNS:
            said = f"{len(table.columns):,} columns are more than the {MOST_COLUMNS} of one table"
            schema.leave_out(table.line, f"{said}: the table is not taken", table)
        elif table.name[-1].casefold().startswith("sqlite_"):
            schema.leave_out(table.line, f"{table.name[-1]} is SQLite's own: not taken")
        elif not table.columns or longest > LONGEST_NAME:
            why = "a name is too long" if longest else "it has no columns"
            schema.leave_out(table.line, f"the table is not taken: {why}", table)
        elif len(kept) == MAX_TABLES:
            said = f"more tables than the {MAX_TABLES} of one definition: not taken"
            schema.leave_out(table.line, said, table)
        else:
            kept.append(table)
    schema.tables[:] = kept


def _compute(facts: TableFacts, schema: SqlSchema) -> None:
    """Generated columns, where the language can compute what they are."""
    for column in facts.columns.values():
        computed = column.column.computed
        if computed is None:
            continue
        try:
            column.formula = translated(computed)
        except NotSaid:
            said = f"{column.name} is computed by ({computed.text[:60]}): drawn by its type"
            schema.leave_out(computed.line, said, facts.table)


def _names(tables: Iterable[SqlTable]) -> dict[int, str]:
    """A name for each table that may be a file's; the schema stands before it where two are
    called the same."""
    names: dict[int, str] = {}
    for table in tables:
        plain = _file_name(table.name[-1])
        if plain in names.values():
            plain = _file_name("_".join(table.name))
        number = 2
        while plain in names.values():
            plain, number = f"{_file_name(table.name[-1])}_{number}", number + 1
        names[id(table)] = plain
    return names


def _file_name(name: str) -> str:
    plain = "".join("_" if sign in _NOT_IN_NAMES or sign < " " else sign for sign in name)
    plain = plain.strip()[:100]
    return "table" if file_name_problem(plain) else plain


@dataclass
class _Declaring:
    """`rows` is how many rows each table has, as far as unique values go round."""

    schema: SqlSchema
    facts: Mapping[int, TableFacts]
    keys: Mapping[int, TableKeys]
    names: Mapping[int, str]
    rows: dict[int, int] = field(default_factory=dict)
    reviews: dict[int, list[ColumnReview]] = field(default_factory=dict)

    def draft(self) -> Draft:
        made = {place: self._table(self.facts[place]) for place in self._order()}
        tables = {self.names[id(each)]: made[id(each)] for each in self.schema.tables}
        if len(tables) == 1:
            ((name, table),) = tables.items()
            document: Document = {"name": name, **table}
        else:
            document = {"name": NAME, "tables": tables}
        reviews = [each for table in self.schema.tables for each in self.reviews[id(table)]]
        return Draft(document, tuple(reviews), _told(self.schema))

    def _order(self) -> Iterable[int]:
        """Parents before their children."""
        graph = {
            place: {id(kept.parent) for kept in keys.references.values()} - {place}
            for place, keys in self.keys.items()
        }
        return TopologicalSorter(graph).static_order()

    def _table(self, facts: TableFacts) -> Document:
        place, keys = id(facts.table), self.keys[id(facts.table)]
        self.reviews[place] = []
        features: Document = {}
        foreign: Document = {}
        capacities = [ROWS]
        for name, column in facts.columns.items():
            kept = keys.references.get(name)
            if kept is not None:
                foreign[column.name] = self._reference(column, kept, keys, capacities)
            elif keys.reference_of(name) is not None:
                self._further(column, keys, place)
            else:
                features[column.name] = self._feature(column, keys, place, capacities)
        self._count_pairs(keys, capacities)
        self.rows[place] = min(capacities)  # of rows that are counted by their parents, about
        return _document(facts, keys, self.rows[place], foreign, features)

    def _count_pairs(self, keys: TableKeys, capacities: list[int]) -> None:
        kept = [keys.references.get(name.casefold()) for name in keys.primary_key]
        if len(kept) == 2 and kept[0] is not None and kept[1] is not None:
            capacities.append(self._rows_of(kept[0]) * self._rows_of(kept[1]))

    def _rows_of(self, kept: KeptReference) -> int:
        return self.rows.get(id(kept.parent), ROWS)

    def _reference(
        self, column: ColumnFacts, kept: KeptReference, keys: TableKeys, capacities: list[int]
    ) -> Document:
        place = next(p for p, each in self.facts.items() if column in each.columns.values())
        found: Document = {"references": f"{self.names[id(kept.parent)]}.{kept.parent_column}"}
        assumed = ["every row of the other table is as likely"]
        if kept.further:
            found["columns"] = dict(kept.further)
        if not any(self.facts[place].columns[name].not_null for name in kept.goals):
            found["missing"] = MISSING
            assumed = ["a tenth of the rows refers to nothing"]
        if column.name.casefold() in keys.unique and keys.primary_key != (column.name,):
            found["unique"] = True
        if column.name.casefold() in keys.unique:
            capacities.append(self._rows_of(kept))
            assumed = ["another row each"]
        if any(each.per == column.name for each in self.facts[place].columns.values()):
            found["children"] = {"mean": LINES}
            assumed = [f"{LINES} rows for each on average"]
        if column.column.comment.strip():
            found["description"] = column.column.comment.strip()
        read = f"{', '.join(column.said)}, refers to {found['references']}"
        self._review(place, column, read, assumed, keys)
        return found

    def _further(self, column: ColumnFacts, keys: TableKeys, place: int) -> None:
        """Another column of a foreign key, which has its values of the same row."""
        kept = keys.reference_of(column.name)
        if kept is not None:
            goal = f"{self.names[id(kept.parent)]}.{kept.goals[column.name.casefold()]}"
            read = f"{', '.join(column.said)}, refers to {goal}"
            self._review(place, column, read, [f"of the row that {kept.column} refers to"], keys)

    def _feature(
        self, column: ColumnFacts, keys: TableKeys, place: int, capacities: list[int]
    ) -> Document:
        made = made_column(column)
        if column.name.casefold() in keys.empty:
            made.spec["missing"] = 1.0
            made.assumed = ["null in every row, as its foreign key is not taken"]
        if made.capacity is not None and (column.unique or column.is_key):
            capacities.append(made.capacity)
        self._review(place, column, _read(column), made.assumed, keys)
        return made.spec

    def _review(
        self, place: int, column: ColumnFacts, read: str, assumed: list[str], keys: TableKeys
    ) -> None:
        more = keys.said.get(column.name.casefold())
        said = "; ".join([*([more] if more else []), *assumed])
        table = self.names[place] if len(self.facts) > 1 else ""
        self.reviews[place].append(ColumnReview(column.name, read, said, table, column.column.line))


def _told(schema: SqlSchema) -> tuple[LeftOut, ...]:
    """What is left out, line by line; the number alone of what is beyond all reading."""
    found = sorted(schema.left_out, key=lambda each: each.line)
    listed = [LeftOut(each.text, each.line or None, each.table) for each in found[:MOST_LEFT_OUT]]
    if len(found) > MOST_LEFT_OUT:
        rest = found[MOST_LEFT_OUT:]
        listed.append(LeftOut(f"and {len(rest):,} more from here on", rest[0].line or None))
    return tuple(listed)


def _read(column: ColumnFacts) -> str:
    parts = list(column.said)
    if column.is_key:
        parts.append("primary key")
    elif column.unique:
        parts.append("unique")
    if column.identity:
        parts.append("counted by the database")
    if column.formula:
        parts.append(f"computed: {column.formula}")
    elif column.low is not None or column.high is not None:
        ends = ["" if end is None else f"{end:.15g}" if isinstance(end, float) else str(end)
                for end in (column.low, column.high)]  # fmt: skip
        parts.append(f"checked from {ends[0] or '…'} to {ends[1] or '…'}")
    if column.labels:
        shown = ", ".join(column.labels[:5])
        parts.append(f"one of {shown}{', …' if len(column.labels) > 5 else ''}")
    if column.after:
        parts.append(f"not before {column.after}")
    return ", ".join(parts)


def _document(
    facts: TableFacts, keys: TableKeys, rows: int, foreign: Document, features: Document
) -> Document:
    counted = any("children" in each for each in foreign.values())
    made: Document = {} if counted else {"n_samples": rows}
    if facts.table.comment.strip():
        made["description"] = facts.table.comment.strip()
    if keys.primary_key:
        key = keys.primary_key
        made["primary_key"] = key[0] if len(key) == 1 else list(key)
    if foreign:
        made["foreign_keys"] = foreign
    made["features"] = features
    constraints = [each for each in facts.constraints if _holds_on(each, features)]
    if constraints:
        made["constraints"] = constraints
    return made


def _holds_on(constraint: str, features: Document) -> bool:
    """Whether both columns of an order are the table's own."""
    for sign in (" <= ", " < "):
        lower, found, upper = constraint.partition(sign)
        if found:
            names = {written(name) for name in features}
            return lower in names and upper in names
    return False
