"""Keys of a script as the language has them: which foreign keys are kept, how keys of several
columns are promised."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from graphlib import TopologicalSorter

from app.engine.importing.sql.facts import ColumnFacts, TableFacts
from app.engine.importing.sql.schema import SqlKey, SqlReference, SqlSchema, SqlTable


@dataclass(frozen=True, slots=True)
class KeptReference:
    """A foreign key, which bears the name of its first column; `further` are its other columns,
    each with the parent's."""

    column: str
    parent: SqlTable
    parent_column: str
    line: int
    further: tuple[tuple[str, str], ...] = ()

    @property
    def goals(self) -> dict[str, str]:
        """The parent's columns by the key's own in small letters."""
        pairs = ((self.column, self.parent_column), *self.further)
        return {own.casefold(): goal for own, goal in pairs}


@dataclass
class TableKeys:
    """The keys of a table.

    Args:
        references: by the column's name in small letters.
        primary_key: columns as they are written.
        unique: foreign keys that refer to another row each.
        empty: columns of keys that are not kept and may be null: they are, in every row.
    """

    references: dict[str, KeptReference] = field(default_factory=dict)
    primary_key: tuple[str, ...] = ()
    unique: set[str] = field(default_factory=set)
    empty: set[str] = field(default_factory=set)
    said: dict[str, str] = field(default_factory=dict)

    def reference_of(self, column: str) -> KeptReference | None:
        """The foreign key that a column stands in."""
        name = column.casefold()
        return next((each for each in self.references.values() if name in each.goals), None)


def settle_keys(tables: Mapping[int, TableFacts], schema: SqlSchema) -> dict[int, TableKeys]:
    """The keys of every table, by the identity of the table."""
    _mark_unique(tables)
    settling = _Settling(tables, schema, {place: TableKeys() for place in tables})
    settling.keep_references()
    for place in settling.parents_first():
        settling.drop_what_is_ambiguous(tables[place])
        _settle_primary_key(tables[place], settling.keys[place], schema)
        for key in tables[place].table.unique:
            _settle_unique(key, tables[place], settling.keys[place], schema)
    settling.list_what_is_not_implied()
    return settling.keys


def _is_needed(reference: SqlReference, facts: TableFacts) -> bool:
    columns = [facts.find(name) for name in reference.columns]
    return all(column is not None and column.not_null for column in columns)


def _mark_unique(tables: Mapping[int, TableFacts]) -> None:
    """Columns that are a key by themselves."""
    for facts in tables.values():
        primary = facts.table.primary_key
        single = [key for key in facts.table.unique if len(key.columns) == 1]
        if primary is not None and len(primary.columns) == 1:
            single.append(primary)
        for key in single:
            column = facts.find(key.columns[0])
            if column is not None:
                column.unique = True


@dataclass
class _Settling:
    """Foreign keys while they are chosen.

    Args:
        parents: of each table, itself left out.
        beside: keys of one column that stands in a kept key of several, too.
    """

    tables: Mapping[int, TableFacts]
    schema: SqlSchema
    keys: dict[int, TableKeys]
    parents: dict[int, set[int]] = field(default_factory=dict)
    beside: list[tuple[TableFacts, SqlReference]] = field(default_factory=list)

    def keep_references(self) -> None:
        """Where tables refer to one another in a circle, a key that may be null gives way."""
        self.parents = {place: set() for place in self.tables}
        for is_needed in (True, False):
            for facts in self.tables.values():
                # What a key of several columns says may include what one of them says alone.
                for each in sorted(facts.table.references, key=lambda each: len(each.columns) < 2):
                    if _is_needed(each, facts) is is_needed:
                        self._keep(each, facts)

    def parents_first(self) -> list[int]:
        return list(TopologicalSorter(self.parents).static_order())

    def _keep(self, reference: SqlReference, facts: TableFacts) -> None:
        """Keep a key as the language has it; list it where there is no such."""
        keys = self.keys[id(facts.table)]
        holder = keys.reference_of(reference.columns[0])
        if len(reference.columns) == 1 and holder is not None and holder.further:
            self.beside.append((facts, reference))
            return
        found, why = self._resolved(reference, facts)
        if found is not None:
            why = self._link(id(facts.table), id(found.parent))
        if found is None or why:
            self._leave_out(reference, facts, why)
        else:
            keys.references[found.column.casefold()] = found

    def _link(self, child: int, parent: int) -> str:
        """Note a parent; why it cannot be one, where that is so."""
        if child != parent and child in _ancestors(parent, self.parents):
            return "the tables refer to one another in a circle"
        if child != parent:
            self.parents[child].add(parent)
        return ""

    def _leave_out(self, reference: SqlReference, facts: TableFacts, why: str) -> None:
        wording = f"FOREIGN KEY ({', '.join(reference.columns)}) to {'.'.join(reference.parent)}"
        self.schema.leave_out(reference.line, f"{wording} is not taken: {why}", facts.table)
        keys = self.keys[id(facts.table)]
        for name in reference.columns:
            column = facts.find(name)
            if column is not None and not column.not_null and not keys.reference_of(name):
                keys.empty.add(name.casefold())

    def _resolved(
        self, reference: SqlReference, facts: TableFacts
    ) -> tuple[KeptReference | None, str]:
        parent = self.schema.find(reference.parent)
        if parent is None or id(parent) not in self.tables:
            return None, "no such table is made here"
        columns = _columns(reference.columns, facts)
        if not columns:
            return None, "its table has no such column"
        goals = _goals(reference, parent, self.tables)
        if len(columns) > 1 and parent is facts.table:
            return None, "rows of the same table are referred to by one column"
        if len(goals) != len(columns):
            return None, "it refers to no column that is a key by itself"
        for column in columns:
            if self.keys[id(facts.table)].reference_of(column.name) is not None:
                return None, f"{column.name} refers to another table already"
        (first, goal), *rest = zip(columns, goals, strict=True)
        further = tuple((column.name, each.name) for column, each in rest)
        return KeptReference(first.name, parent, goal.name, reference.line, further), ""

    def drop_what_is_ambiguous(self, facts: TableFacts) -> None:
        """Take back keys of several columns that do not tell the rows of their parent apart, as
        its own keys are settled by now."""
        keys = self.keys[id(facts.table)]
        for kept in [each for each in keys.references.values() if each.further]:
            if self._tells_apart(kept):
                continue
            del keys.references[kept.column.casefold()]
            for reference in facts.table.references:
                if len(reference.columns) > 1 and reference.line == kept.line:
                    self._leave_out(reference, facts, "its columns may have the same values there")
            again = [each for each in self.beside if each[0] is facts]
            self.beside = [each for each in self.beside if each[0] is not facts]
            for _, reference in again:
                self._keep(reference, facts)

    def _tells_apart(self, kept: KeptReference) -> bool:
        parent, goals = self.tables[id(kept.parent)], kept.goals.values()
        keys = self.keys[id(kept.parent)]
        columns = [column for name in goals if (column := parent.find(name)) is not None]
        return {*keys.primary_key} == {*goals} or any(_alone(each, keys) for each in columns)

    def list_what_is_not_implied(self) -> None:
        """A key of one column holds already where the parent's column has the same key."""
        for facts, reference in self.beside:
            holder = self.keys[id(facts.table)].reference_of(reference.columns[0])
            if holder is None or not self._implied(reference, holder):
                why = f"{reference.columns[0]} refers to another table already"
                self._leave_out(reference, facts, why)

    def _implied(self, reference: SqlReference, holder: KeptReference) -> bool:
        goal = holder.goals[reference.columns[0].casefold()]
        above = self.keys[id(holder.parent)].reference_of(goal)
        parent = self.schema.find(reference.parent)
        if parent is None or above is None or above.parent is not parent:
            return False
        wanted = [each.name for each in _goals(reference, parent, self.tables)]
        return wanted == [above.goals[goal.casefold()]]


def _columns(names: Iterable[str], facts: TableFacts) -> list[ColumnFacts]:
    """Columns by their names; none where one of them is not there."""
    found = [facts.find(name) for name in names]
    return [] if None in found else [each for each in found if each is not None]


def _goals(
    reference: SqlReference, parent: SqlTable, tables: Mapping[int, TableFacts]
) -> list[ColumnFacts]:
    """The columns that are referred to; none where a single one is not unique by itself."""
    named = reference.parent_columns
    if not named and parent.primary_key is not None:
        named = parent.primary_key.columns
    columns = _columns(named, tables[id(parent)])
    if len(columns) == 1 and not columns[0].unique:
        return []
    for column in columns:
        column.not_null = True
    return columns


def _ancestors(place: int, parents: Mapping[int, set[int]]) -> set[int]:
    found, waiting = {place}, [place]
    while waiting:
        for each in parents[waiting.pop()] - found:
            found.add(each)
            waiting.append(each)
    return found


def _settle_primary_key(facts: TableFacts, keys: TableKeys, schema: SqlSchema) -> None:
    key = facts.table.primary_key
    if key is None:
        return
    columns = [column for name in key.columns if (column := facts.find(name)) is not None]
    if len(columns) < len(key.columns):
        schema.leave_out(key.line, "a primary key of columns that are not there", facts.table)
        return
    names = tuple(column.name for column in columns)
    if len(columns) == 1:
        keys.primary_key = names
        if names[0].casefold() in keys.references:
            keys.unique.add(names[0].casefold())
        return
    keys.primary_key = _promised(key, columns, facts, keys)
    if not keys.primary_key:
        wording = ", ".join(names)
        said = f"PRIMARY KEY ({wording}) is not taken: rows may have the same values"
        schema.leave_out(key.line, said, facts.table)


def _promised(
    key: SqlKey, columns: list[ColumnFacts], facts: TableFacts, keys: TableKeys
) -> tuple[str, ...]:
    """Columns that no two rows share: the key as it is, where the language can promise that, or
    two of its foreign keys, or with a column that is made unique by itself."""
    names = tuple(column.name for column in columns)
    if any(_alone(column, keys) for column in columns) or _another_row_each(names, keys):
        return names
    linked = [column.name for column in columns if _links(column, facts, keys)]
    if len(linked) >= 2:
        return tuple(linked[:2])
    if _counts_lines(columns, facts, keys) or _makes_unique(columns, facts, keys):
        return names
    return ()


def _another_row_each(names: tuple[str, ...], keys: TableKeys) -> bool:
    """Let a foreign key of just these columns refer to another row each."""
    kept = _whole(names, keys)
    if kept is None or len(kept.goals) < len(names):
        return False
    keys.unique.add(kept.column.casefold())
    return True


def _counts_lines(columns: list[ColumnFacts], facts: TableFacts, keys: TableKeys) -> bool:
    """Let the only column beside a foreign key count the rows of each of its parents."""
    kept = _whole((column.name for column in columns), keys)
    others = [column for column in columns if not keys.reference_of(column.name)]
    if kept is None or kept.parent is facts.table or len(others) != 1:
        return False
    other = others[0]
    if other.family != "integer" or other.labels or other.high or facts.constraints:
        return False
    if any(each.unique for each in facts.columns.values()) or keys.unique:
        return False
    other.per = kept.column
    keys.said[other.name.casefold()] = f"lines counted within each {kept.column}"
    return True


def _makes_unique(columns: list[ColumnFacts], facts: TableFacts, keys: TableKeys) -> bool:
    """Let one of the columns, or a foreign key among them, be unique by itself."""
    names = ", ".join(column.name for column in columns)
    for column in reversed(columns):
        if column.family in {"integer", "text", "datetime"} and not (
            column.labels or column.after or keys.reference_of(column.name)
        ):
            column.unique = column.is_key = True
            keys.said[column.name.casefold()] = f"unique by itself, as ({names}) must be"
            return True
    kept = _whole((column.name for column in columns), keys)
    if kept is None or kept.parent is facts.table:
        return False
    keys.unique.add(kept.column.casefold())
    keys.said[kept.column.casefold()] = f"another row each, as ({names}) must be unique"
    return True


def _whole(names: Iterable[str], keys: TableKeys) -> KeptReference | None:
    """The first foreign key all of whose columns are among these."""
    given = {name.casefold() for name in names}
    return next((each for each in keys.references.values() if {*each.goals} <= given), None)


def _alone(column: ColumnFacts, keys: TableKeys) -> bool:
    kept = keys.reference_of(column.name)
    if kept is not None:
        return not kept.further and kept.column.casefold() in keys.unique
    return column.unique or column.identity or column.family == "uuid"


def _links(column: ColumnFacts, facts: TableFacts, keys: TableKeys) -> bool:
    kept = keys.references.get(column.name.casefold())
    return kept is not None and not kept.further and kept.parent is not facts.table


def _settle_unique(key: SqlKey, facts: TableFacts, keys: TableKeys, schema: SqlSchema) -> None:
    columns = [column for name in key.columns if (column := facts.find(name)) is not None]
    if len(key.columns) == 1 and columns:
        kept = keys.reference_of(columns[0].name)
        if kept is not None and (kept.further or kept.parent is facts.table):
            why = "rows may have the same values" if kept.further else "rows of the same table"
            said = f"UNIQUE ({columns[0].name}) is not taken: {why}"
            schema.leave_out(key.line, said, facts.table)
        elif kept is not None:
            keys.unique.add(kept.column.casefold())
        return
    names = {column.name for column in columns}
    if len(columns) == len(key.columns):
        if {*keys.primary_key} <= names and keys.primary_key:
            return
        if any(_alone(column, keys) for column in columns):
            return
        if _another_row_each(tuple(names), keys):
            return
        if _pairs_instead(columns, facts, keys):
            return
        if _made_unique(columns, key, keys):
            return
    wording = ", ".join(key.columns)
    said = f"UNIQUE ({wording}) is not taken: rows may have the same values"
    schema.leave_out(key.line, said, facts.table)


def _pairs_instead(columns: list[ColumnFacts], facts: TableFacts, keys: TableKeys) -> bool:
    """Make two foreign keys the primary key, which keeps pairs apart; the column that was it is
    unique all the same."""
    linked = [column.name for column in columns if _links(column, facts, keys)]
    if len(linked) < 2 or len(keys.primary_key) > 1:
        return False
    if keys.primary_key and keys.primary_key[0].casefold() in keys.references:
        return False
    keys.primary_key = tuple(linked[:2])
    return True


def _made_unique(columns: list[ColumnFacts], key: SqlKey, keys: TableKeys) -> bool:
    for column in reversed(columns):
        if column.family in {"integer", "text", "datetime"} and not (
            column.labels
            or column.formula
            or column.after
            or (column.family == "text" and (column.meaning.length or 99) < 4)
            or keys.reference_of(column.name)
        ):
            column.unique = True
            wording = f"unique by itself, as ({', '.join(key.columns)}) must be"
            keys.said[column.name.casefold()] = wording
            return True
    return False
