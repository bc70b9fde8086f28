"""Which columns of a source get pseudonyms: those named or those that look personal, and the keys
that refer to them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from app.engine.errors import DefinitionError, Fault
from app.engine.formats.cells.cell_format import Kind
from app.engine.profiling.models import ColumnProfile, SourceProfile

Place = tuple[str, str]
"""A table and its column."""

_WITHOUT: frozenset[Kind] = frozenset({"number", "boolean", "date", "datetime", "time", "geo"})


@dataclass(frozen=True, slots=True)
class MaskedColumns:
    """The columns that get pseudonyms, in the order of the source.

    Args:
        notes: which were added as keys, and which look personal and stay as they are.
    """

    columns: tuple[Place, ...]
    notes: tuple[str, ...]

    def of(self, table: str) -> tuple[str, ...]:
        return tuple(column for place, column in self.columns if place == table)


def masked_columns(profile: SourceProfile, named: Sequence[str] = ()) -> MaskedColumns:
    """The columns that are to get pseudonyms.

    Args:
        named: as `column`, where one table alone has it, or `table.column`; the columns that look
            personal where there are none.

    Raises:
        DefinitionError: for every name that is no column, or one of moments, measures or truth
            values, which have no pseudonyms; and where there is no column at all.
    """
    chosen = _named(profile, named) if named else _personal(profile)
    if not chosen:
        hint = "name columns"
        raise DefinitionError([Fault("columns", "no column looks personal", hint)])
    whole, notes = _with_keys(profile, chosen)
    notes += [
        f"{table.name}.{each.name} looks like {each.sensitivity.kind} and stays as it is"
        for table in profile.tables
        for each in table.columns
        if each.sensitivity and each.is_sensitive and (table.name, each.name) not in whole
    ]
    ordered = [
        (table.name, each.name)
        for table in profile.tables
        for each in table.columns
        if (table.name, each.name) in whole
    ]
    return MaskedColumns(tuple(ordered), tuple(notes))


def _personal(profile: SourceProfile) -> set[Place]:
    return {
        (table.name, each.name)
        for table in profile.tables
        for each in table.columns
        if each.is_sensitive and each.kind not in _WITHOUT
    }


def _named(profile: SourceProfile, named: Sequence[str]) -> set[Place]:
    faults: list[Fault] = []
    found: set[Place] = set()
    for name in named:
        places = [
            (table.name, each)
            for table in profile.tables
            for each in table.columns
            if name in {each.name, f"{table.name}.{each.name}"}
        ]
        if len(places) != 1:
            faults.append(_no_place(profile, name, places))
        elif places[0][1].kind in _WITHOUT:
            message = f"a {places[0][1].kind} has no pseudonym: ids, labels and texts have"
            faults.append(Fault(f"columns.{name}", message))
        else:
            found.add((places[0][0], places[0][1].name))
    if faults:
        raise DefinitionError(faults)
    return found


def _no_place(profile: SourceProfile, name: str, places: list[tuple[str, ColumnProfile]]) -> Fault:
    if places:
        hint = " or ".join(f"{table}.{column.name}" for table, column in places)
        return Fault(f"columns.{name}", "several tables have such a column", f"write {hint}")
    names = ", ".join(each for table in profile.tables for each in table.names[:20])
    return Fault(f"columns.{name}", "there is no such column", f"one of {names}")


def _with_keys(profile: SourceProfile, chosen: Collection[Place]) -> tuple[set[Place], list[str]]:
    """Keys and what they refer to go together, so that they still do afterwards."""
    whole, notes = set(chosen), []
    pairs = [
        ((each.table, each.column), (each.parent, each.parent_column))
        for each in profile.foreign_keys
    ]
    grown = True
    while grown:
        grown = False
        for child, parent in pairs:
            for one, other in ((child, parent), (parent, child)):
                if one in whole and other not in whole:
                    whole.add(other)
                    notes.append(f"{'.'.join(other)} gets pseudonyms too, as {'.'.join(one)} does")
                    grown = True
    return whole, notes
