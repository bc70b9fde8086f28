"""Which columns may be exchanged between rows so that constraints hold, and which go together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from app.engine.generators.arranging.exchanging import Unit
from app.engine.generators.base import Member
from app.engine.generators.computed import Computed
from app.engine.generators.line_numbers import LineNumberGenerator
from app.engine.generators.numbers.following import BetweenGenerator
from app.engine.plan.correlations import correlated_columns
from app.engine.plan.from_model.columns import LearnedGenerator
from app.engine.plan.keys.ancestry import rows_name
from app.engine.plan.keys.parents import ParentColumn
from app.engine.plan.keys.rows import AnyParent, ChildrenOf, OneEach
from app.engine.schema.models import Table

# Keys whose rows may refer to one another's parents without breaking what the keys promise.
FREE_KEYS = AnyParent | ChildrenOf | OneEach


def exchange_tiers(
    table: Table, needed: Sequence[Member], planned: Mapping[str, Member]
) -> tuple[tuple[Unit, ...], ...]:
    """What may be exchanged: first what breaks no declared correlation, then whatever can be.

    Args:
        needed: the columns that the constraints read.
        planned: every column by name, those of parents and the row numbers of keys, too.
    """
    movable = _movable(needed)
    first = _keeping_correlations(table, movable, planned)
    others = (*_learned_units(needed, planned), *_key_units(table, needed, planned))
    singles = tuple(Unit((name,), (name,), (name,)) for name in movable)
    if others or singles != first:
        return tuple(units for units in (first, (*singles, *others)) if units)
    return (first,)


def _movable(needed: Sequence[Member]) -> tuple[str, ...]:
    """Names of the columns whose values may go to another row alone: none that follows another,
    none that is followed, and none of another table."""
    followed = _followed(needed)
    computed = Computed | BetweenGenerator | ParentColumn | LineNumberGenerator | LearnedGenerator
    return tuple(
        m.name for m in needed if m.name not in followed and not isinstance(m.generator, computed)
    )


def _followed(needed: Sequence[Member]) -> frozenset[str]:
    followers = [m.generator for m in needed if isinstance(m.generator, BetweenGenerator)]
    return frozenset[str]().union(*(generator.reads for generator in followers))


def _keeping_correlations(
    table: Table, movable: Sequence[str], planned: Mapping[str, Member]
) -> tuple[Unit, ...]:
    """Columns by themselves, or with all that they are declared to be correlated with."""
    units: dict[Unit, None] = {}
    joined = correlated_columns([*table.correlations, *table.associations])
    groups = {name: group for group in joined for name in group}
    for name in movable:
        names = groups.get(name, (name,))
        leads = tuple(each for each in names if each in movable)
        moves_all = len(leads) == len(movable) > 1
        stays = any(_follows(each, planned) or _is_learned(planned[each]) for each in names)
        if not moves_all and not stays:
            units[Unit(names, leads, names)] = None
    return tuple(units)


def _follows(name: str, planned: Mapping[str, Member]) -> bool:
    """Whether a column follows another, or is followed."""
    between = {m.name: m.generator for m in planned.values() if _is_between(m)}
    return name in between or any(name in generator.reads for generator in between.values())


def _is_between(member: Member) -> bool:
    return isinstance(member.generator, BetweenGenerator)


def _is_learned(member: Member) -> bool:
    return isinstance(member.generator, LearnedGenerator)


def _learned_units(needed: Sequence[Member], planned: Mapping[str, Member]) -> list[Unit]:
    """All that a model draws of a row, which only goes to another row together."""
    names = tuple(name for name, member in planned.items() if _is_learned(member))
    leads = tuple(member.name for member in needed if member.name in names)
    return [Unit(names, leads, ())] if leads and not _followed(needed).intersection(names) else []


def _key_units(table: Table, needed: Sequence[Member], planned: Mapping[str, Member]) -> list[Unit]:
    """For each key that the constraints read something through: the parent's row with all that is
    read of it. A table's rows may so exchange their parents."""
    followed, read = _followed(needed), {member.name for member in needed}
    units = []
    for key in table.foreign_keys:
        rows = rows_name(key)
        carried = (name for name, m in planned.items() if _is_through(rows, m) or _counts(key, m))
        names = (rows, *carried)
        leads = tuple(name for name in names if name in read and name != rows)
        is_free = isinstance(planned[rows].generator, FREE_KEYS)
        paired = key in table.primary_key and len(table.primary_key) > 1
        if leads and is_free and not paired and not followed.intersection(names):
            units.append(Unit(names, leads, (rows,)))
    return units


def _counts(key: str, member: Member) -> bool:
    """Whether a column numbers the rows of the parents by a key."""
    return isinstance(member.generator, LineNumberGenerator) and member.generator.key == key


def _is_through(rows: str, member: Member) -> bool:
    """Whether a column is read of the parents in `rows`, or of theirs."""
    generator = member.generator
    if not isinstance(generator, ParentColumn):
        return False
    return generator.rows == rows or generator.rows.startswith(f"{rows}\0")
