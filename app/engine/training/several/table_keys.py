"""How tables go together: which one a table's rows follow from, and what cannot be learned yet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from app.engine.errors import DefinitionError, Fault
from app.engine.profiling.models import SourceProfile, TableProfile
from app.engine.synthesis.models import SynthesisDefinition, SynthesisTable
from app.engine.synthesizers.table import FEWEST_ROWS

LEARNS = "sequential"


@dataclass(frozen=True, slots=True)
class Key:
    """A foreign key of one column."""

    table: str
    column: str
    parent: str
    parent_column: str

    @property
    def place(self) -> str:
        """What messages call it."""
        return f"{self.table}.{self.column}"


@dataclass(frozen=True, slots=True)
class TableKeys:
    """A table and what it refers to.

    Args:
        original: whether it is a lookup table, which comes out unchanged.
        own: the key whose parent its rows follow from; None for a root.
        references: keys to further parents that are learned.
        itself: keys to rows of the same table.
        lookups: keys to lookup tables.
        distinct: the reference that rows of one own parent have different rows of.
        warnings: what does not hold, in words.
    """

    name: str
    original: bool = False
    own: Key | None = None
    references: tuple[Key, ...] = ()
    itself: tuple[Key, ...] = ()
    lookups: tuple[Key, ...] = ()
    distinct: Key | None = None
    warnings: tuple[str, ...] = ()

    @property
    def drawn(self) -> tuple[Key, ...]:
        """The keys that follow from rows of tables that are learned."""
        own = () if self.own is None else (self.own,)
        return (*own, *self.references, *self.itself)


def table_keys(
    profile: SourceProfile, definition: SynthesisDefinition, *, suggested: bool
) -> tuple[TableKeys, ...]:
    """The tables of a definition, those that are referred to first.

    Args:
        suggested: whether the definition is what the source suggests: then a composite key that
            cannot be kept is a warning.

    Raises:
        DefinitionError: every fault: what is not learned yet, and what would be instead.
    """
    faults = [*_key_faults(definition), *_table_faults(profile, definition)]
    if faults:
        raise DefinitionError(faults)
    keys = [
        Key(each.table, each.columns[0], each.parent, each.parent_columns[0])
        for each in definition.foreign_keys
        if not definition.tables[each.table].original
    ]
    ordered = _ordered(definition, keys)
    found = tuple(_with_key(each, definition, suggested=suggested) for each in ordered)
    faults = [fault for each in found for fault in _column_faults(each, found, profile, definition)]
    if not suggested:
        faults += [
            Fault(f"tables.{each.name}.primary_key", words, "leave `primary_key` out")
            for each in found
            for words in each.warnings
        ]
    if faults:
        raise DefinitionError(faults)
    return found


def _key_faults(definition: SynthesisDefinition) -> Iterator[Fault]:
    for number, each in enumerate(definition.foreign_keys):
        place = f"foreign_keys.{number}"
        if definition.tables[each.table].original:
            continue
        if len(each.columns) > 1:
            message = "keys of several columns between tables are not learned yet"
            yield Fault(place, message, "leave it out: its columns are then learned by themselves")


def _table_faults(profile: SourceProfile, definition: SynthesisDefinition) -> Iterator[Fault]:
    for name, table in definition.tables.items():
        place, rows = f"tables.{name}", profile.table(name).rows
        treated = {column: each.treatment for column, each in table.columns.items()}
        if table.original:
            for column, treatment in treated.items():
                if treatment not in ("learn", "keep"):
                    message = "a lookup table comes out as it is"
                    yield Fault(f"{place}.columns.{column}", message, "leave `columns` out")
            if table.rows not in (None, rows):
                message = f"a lookup table comes out with its own {rows:,} rows"
                yield Fault(f"{place}.rows", message, f"leave it out, or say {rows}")
            continue
        if rows < FEWEST_ROWS:
            message = f"has {rows} rows, and {FEWEST_ROWS} are needed to learn it"
            yield Fault(place, message, "`original: true`, if its rows may come out as they are")
        for column, treatment in treated.items():
            if treatment == "keep":
                message = "rows of several tables keep no values of their own"
                yield Fault(f"{place}.columns.{column}", message, "learn it, or drop it")


def _ordered(definition: SynthesisDefinition, keys: list[Key]) -> list[TableKeys]:
    """Tables behind those that they refer to. Raises DefinitionError where there is a cycle."""
    left = {
        name: {key.parent for key in keys if key.table == name} - {name}
        for name in definition.tables
    }
    found: list[TableKeys] = []
    while left:
        done = {each.name for each in found}
        free = [name for name, parents in left.items() if parents <= done]
        if not free:
            message = f"the tables {', '.join(sorted(left))} refer to one another in a circle"
            hint = "leave one key of the circle out, and drop its column"
            raise DefinitionError([Fault("foreign_keys", message, hint)])
        found.append(_keys_of(free[0], definition, [k for k in keys if k.table == free[0]]))
        del left[free[0]]
    return found


def _keys_of(name: str, definition: SynthesisDefinition, keys: list[Key]) -> TableKeys:
    """The first key to a table that is learned is the one whose rows these follow from."""
    tables = definition.tables
    lookups = tuple(each for each in keys if tables[each.parent].original)
    itself = tuple(each for each in keys if each.parent == name)
    others = [each for each in keys if each not in (*lookups, *itself)]
    return TableKeys(
        name=name,
        original=tables[name].original,
        own=others[0] if others else None,
        references=tuple(others[1:]),
        itself=itself,
        lookups=lookups,
    )


def _with_key(table: TableKeys, definition: SynthesisDefinition, *, suggested: bool) -> TableKeys:
    """The table with what keeps its primary key unique, or a warning where nothing does."""
    wanted = definition.tables[table.name]
    key = wanted.primary_key
    made = {column for column in key if wanted.treatment(column).treatment == "new"}
    if table.original or not key or made - {each.column for each in table.drawn}:
        return table
    own = set() if table.own is None else {table.own.column}
    if set(key) == own:
        return table
    for each in table.references:
        if set(key) == own | {each.column}:
            return replace(table, distinct=each)
    names = ", ".join(map(repr, key))
    hint = "" if suggested else "; make a column of it `new`"
    words = f"the key {names} of {table.name!r} is not kept unique{hint}"
    return replace(table, warnings=(words,))


def _column_faults(
    table: TableKeys,
    tables: tuple[TableKeys, ...],
    profile: SourceProfile,
    definition: SynthesisDefinition,
) -> Iterator[Fault]:
    own = definition.tables[table.name]
    follows = {(each.own.table, each.own.column) for each in tables if each.own}
    for key in (*table.drawn, *table.lookups):
        place = f"tables.{table.name}.columns.{key.column}"
        if own.treatment(key.column).treatment != "learn":
            yield Fault(place, "a foreign key follows from the table that it refers to",
                        "leave its treatment out")  # fmt: skip
        parent = definition.tables[key.parent]
        yield from _parent_faults(key, profile.table(key.parent), parent, follows)
    if own.rows is not None and table.own is not None:
        message = f"its rows follow from those of {table.own.parent!r}"
        yield Fault(f"tables.{table.name}.rows", message, "leave it out")


def _parent_faults(
    key: Key, found: TableProfile, parent: SynthesisTable, follows: set[tuple[str, str]]
) -> Iterator[Fault]:
    column = found.column(key.parent_column)
    place = f"foreign_keys.{key.place}"
    is_new = parent.treatment(key.parent_column).treatment == "new"
    if column.distinct < found.rows:
        message = f"{key.parent}.{key.parent_column} is no key: rows repeat a value or have none"
        yield Fault(place, message, "refer to a column whose values all differ")
    elif parent.original:
        return
    elif parent.primary_key and parent.primary_key != (key.parent_column,):
        message = f"{key.parent!r} has another primary key"
        yield Fault(place, message, f"refer to {', '.join(parent.primary_key)}")
    elif not is_new and (key.parent, key.parent_column) not in follows:
        message = "a key that others refer to is made new"
        hint = f"`tables: {{{key.parent}: {{columns: {{{key.parent_column}: new}}}}}}`"
        yield Fault(place, message, hint)


def roots_of(tables: tuple[TableKeys, ...]) -> Mapping[str, str]:
    """The root that each learned table follows from in the end."""
    found: dict[str, str] = {}
    for table in tables:
        if not table.original:
            found[table.name] = table.name if table.own is None else found[table.own.parent]
    return found
