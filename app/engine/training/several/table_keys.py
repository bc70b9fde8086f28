"""How tables go together: which one a table's rows follow from, and what cannot be learned yet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from app.engine.errors import DefinitionError, Fault
from app.engine.profiling.models import SourceProfile, TableProfile
from app.engine.synthesis.models import (
    Orphans,
    SynthesisDefinition,
    SynthesisKey,
    SynthesisTable,
)
from app.engine.synthesizers.table import FEWEST_ROWS

LEARNS = "sequential"


@dataclass(frozen=True, slots=True)
class Key:
    """A foreign key.

    Args:
        column, parent_column: the first one of each.
        also: further columns of the key, and those of the parent that they refer to.
        orphans: what becomes of rows that refer to none.
    """

    table: str
    column: str
    parent: str
    parent_column: str
    also: tuple[tuple[str, str], ...] = ()
    orphans: Orphans = "refuse"

    @property
    def place(self) -> str:
        """What messages call it."""
        return f"{self.table}.{'+'.join(self.columns)}"

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns of the key."""
        return (self.column, *(column for column, _ in self.also))

    @property
    def parent_columns(self) -> tuple[str, ...]:
        """The columns that they refer to."""
        return (self.parent_column, *(column for _, column in self.also))


@dataclass(frozen=True, slots=True)
class TableKeys:
    """A table and what it refers to.

    Args:
        original: whether it is a lookup table, which comes out unchanged.
        own: the key whose parent its rows follow from; None for a root.
        references: keys to further parents that are learned.
        itself: keys to rows of the same table.
        later: keys by which tables refer to one another in a circle, each to a table behind this
            one; they may be missing.
        lookups: keys to lookup tables.
        distinct: the reference that rows of one own parent have different rows of.
        distinct_lookup: the same of a lookup table.
        numbered: the column that has to number the rows of each parent, so that the primary key is
            unique.
        order_by: the column that says the order of the rows of one parent.
        warnings: what does not hold, in words.
    """

    name: str
    original: bool = False
    own: Key | None = None
    references: tuple[Key, ...] = ()
    itself: tuple[Key, ...] = ()
    later: tuple[Key, ...] = ()
    lookups: tuple[Key, ...] = ()
    distinct: Key | None = None
    distinct_lookup: Key | None = None
    numbered: str | None = None
    order_by: str | None = None
    warnings: tuple[str, ...] = ()

    @property
    def drawn(self) -> tuple[Key, ...]:
        """The keys that follow from rows of tables that are learned."""
        own = () if self.own is None else (self.own,)
        return (*own, *self.references, *self.itself, *self.later)


def table_keys(profile: SourceProfile, definition: SynthesisDefinition) -> tuple[TableKeys, ...]:
    """The tables of a definition, those that are referred to first.

    Raises:
        DefinitionError: every fault: what is not learned yet, and what would be instead.
    """
    faults = [*_key_faults(definition), *_table_faults(profile, definition)]
    if faults:
        raise DefinitionError(faults)
    ordered = _ordered(profile, definition, list(learned_keys(definition)))
    found = tuple(_with_key(each, definition) for each in ordered)
    faults = [fault for each in found for fault in _column_faults(each, found, profile, definition)]
    if faults:
        raise DefinitionError(faults)
    return found


def learned_keys(definition: SynthesisDefinition) -> Iterator[Key]:
    """The keys of tables that are learned. A key whose columns are among those of a longer one is
    left out where it holds by itself, since the longer one's parent has it, too."""
    every = [_key_of(each, definition) for each in definition.foreign_keys]
    keys = [each for each in every if not definition.tables[each.table].original]
    return (each for each in keys if not any(_follows(each, other, every) for other in keys))


def _key_of(key: SynthesisKey, definition: SynthesisDefinition) -> Key:
    """A key with its columns in the order that its parent's primary key has."""
    order = definition.tables[key.parent].primary_key
    pairs = list(zip(key.columns, key.parent_columns, strict=True))
    if set(order) == set(key.parent_columns):
        pairs.sort(key=lambda pair: order.index(pair[1]))
    (column, parent_column), *also = pairs
    return Key(key.table, column, key.parent, parent_column, tuple(also), key.orphans)


def _follows(key: Key, longer: Key, keys: list[Key]) -> bool:
    """Whether a key holds wherever a longer one of the same table does."""
    if longer.table != key.table or not set(key.columns) < set(longer.columns):
        return False
    to = dict(zip(longer.columns, longer.parent_columns, strict=True))
    own = {(to[each], there) for each, there in zip(key.columns, key.parent_columns, strict=True)}
    return any(
        each.table == longer.parent
        and each.parent == key.parent
        and set(zip(each.columns, each.parent_columns, strict=True)) == own
        for each in keys
    )


def _key_faults(definition: SynthesisDefinition) -> Iterator[Fault]:
    for number, each in enumerate(definition.foreign_keys):
        table = definition.tables[each.table]
        is_lookup = definition.tables[each.parent].original
        if len(each.columns) > 1 and is_lookup and table.order_by and not table.original:
            message = "keys of several columns to a lookup table go with no `order_by`"
            hint = "leave it out: its columns are then learned by themselves"
            yield Fault(f"foreign_keys.{number}", message, hint)
    taken: dict[tuple[str, str], Key] = {}
    for key in learned_keys(definition):
        for column in key.columns:
            other = taken.setdefault((key.table, column), key)
            if other != key:
                message = f"{key.table}.{column} is a column of two keys, {other.place} is another"
                yield Fault(f"foreign_keys.{key.place}", message, "leave one of them out")


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


def _ordered(
    profile: SourceProfile, definition: SynthesisDefinition, keys: list[Key]
) -> list[TableKeys]:
    """Tables behind those that they refer to, but for keys that may be missing where tables refer
    to one another in a circle. Raises DefinitionError where there is no such key."""
    names, later = list(definition.tables), list[Key]()
    found: list[TableKeys] = []
    while names:
        left = [key for key in keys if key not in later and {key.table, key.parent} <= {*names}]
        waiting = {key.table for key in left if key.parent != key.table}
        free = next((name for name in names if name not in waiting), None)
        if free is None:
            later.append(_cut(profile, left))
            continue
        own = [key for key in keys if key.table == free]
        found.append(_keys_of(free, definition, own, later))
        names.remove(free)
    return found


def _cut(profile: SourceProfile, keys: list[Key]) -> Key:
    """The last key of a circle that may be missing. Raises DefinitionError where none may."""
    circle = [key for key in keys if _leads_back(key, keys)]
    for key in reversed(circle):
        if not key.also and profile.table(key.table).column(key.column).missing:
            return key
    names = ", ".join(sorted({key.table for key in circle}))
    message = f"the tables {names} refer to one another in a circle, by keys none of which misses"
    hint = "leave one key of the circle out, and drop its column"
    raise DefinitionError([Fault("foreign_keys", message, hint)])


def _leads_back(key: Key, keys: list[Key]) -> bool:
    """Whether keys lead from a key's parent back to its table, which is another one."""
    reached, waiting = set[str](), [key.parent]
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting += [each.parent for each in keys if each.table == name]
    return key.table in reached and key.table != key.parent


def _keys_of(
    name: str, definition: SynthesisDefinition, keys: list[Key], cut: list[Key]
) -> TableKeys:
    """The first key to a table that is learned is the one whose rows these follow from."""
    tables = definition.tables
    lookups = tuple(each for each in keys if tables[each.parent].original)
    itself = tuple(each for each in keys if each.parent == name)
    later = tuple(each for each in keys if each in cut)
    others = [each for each in keys if each not in (*lookups, *itself, *later)]
    return TableKeys(
        name=name,
        original=tables[name].original,
        own=others[0] if others else None,
        references=tuple(others[1:]),
        itself=itself,
        later=later,
        lookups=lookups,
        order_by=tables[name].order_by,
    )


def _with_key(table: TableKeys, definition: SynthesisDefinition) -> TableKeys:
    """The table with what keeps its primary key unique, or a warning where nothing does."""
    wanted = definition.tables[table.name]
    key = wanted.primary_key
    made = {column for column in key if wanted.treatment(column).treatment == "new"}
    if table.original or not key or made - {name for each in table.drawn for name in each.columns}:
        return table
    own = set() if table.own is None else set(table.own.columns)
    if set(key) == own:
        return table
    for each in table.references:
        if set(key) == own | set(each.columns):
            return replace(table, distinct=each)
    for each in table.lookups:
        if own and table.order_by is None and set(key) == own | set(each.columns):
            return replace(table, distinct_lookup=each)
    if own and own < set(key) and len(set(key) - own) == 1:
        return replace(table, numbered=(set(key) - own).pop())
    names = ", ".join(map(repr, key))
    words = f"the key {names} of {table.name!r} is not kept unique; make a column of it `new`"
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
        for column in key.columns:
            if own.treatment(column).treatment != "learn":
                place = f"tables.{table.name}.columns.{column}"
                yield Fault(place, "a foreign key follows from the table that it refers to",
                            "leave its treatment out")  # fmt: skip
        parent = definition.tables[key.parent]
        if key.orphans == "keep" and not parent.original:
            yield from _kept_orphan_faults(key, parent)
        if key.also:
            yield from _several_faults(key, parent)
            continue
        yield from _parent_faults(key, profile.table(key.parent), parent, follows)
    if own.order_by is not None:
        yield from _order_faults(table, own)
    if own.rows is not None and table.own is not None:
        message = f"its rows follow from those of {table.own.parent!r}"
        yield Fault(f"tables.{table.name}.rows", message, "leave it out")


def _order_faults(table: TableKeys, own: SynthesisTable) -> Iterator[Fault]:
    place = f"tables.{table.name}.order_by"
    keys = {name for key in (*table.drawn, *table.lookups) for name in key.columns}
    if table.own is None:
        message = "says the order of the rows of one parent, and no foreign key leads to one"
        yield Fault(place, message, "add a table of those whose rows these are, and a key to it")
    elif table.order_by in keys:
        yield Fault(place, "is a foreign key", "order rows by a number, a day or a moment")
    elif own.treatment(str(table.order_by)).treatment != "learn":
        yield Fault(place, "is not learned", "leave the treatment of the column out")


def _kept_orphan_faults(key: Key, parent: SynthesisTable) -> Iterator[Fault]:
    """Keys that refer to nothing are new ones that the parent does not have."""
    is_new = parent.treatment(key.parent_column).treatment == "new"
    if key.also or key.parent == key.table or not is_new:
        message = "orphans are kept of keys of one column to another table, which are made new"
        yield Fault(f"foreign_keys.{key.place}.orphans", message, "`orphans: missing`")


def _several_faults(key: Key, parent: SynthesisTable) -> Iterator[Fault]:
    if set(parent.primary_key) != set(key.parent_columns):
        names = ", ".join(key.parent_columns)
        hint = f"`tables: {{{key.parent}: {{primary_key: [{names}]}}}}`"
        yield Fault(f"foreign_keys.{key.place}", "refers to columns that are no primary key", hint)


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
