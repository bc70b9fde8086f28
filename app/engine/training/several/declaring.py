"""What a database is to declare of tables that are learned."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from app.engine.profiling.models import SourceProfile
from app.engine.sources.declarations import DeclaredKey, DeclaredTable
from app.engine.synthesis.models import SynthesisDefinition


def declared_tables(
    profile: SourceProfile,
    definition: SynthesisDefinition,
    columns: Mapping[str, tuple[str, ...]],
) -> dict[str, DeclaredTable]:
    """What the source's database declares of each table, with the keys of the definition.

    Args:
        columns: that come out, by table.
    """
    found = {}
    for name, own in columns.items():
        known = profile.table(name).declared or DeclaredTable()
        key = definition.tables[name].primary_key or known.primary_key
        unique = tuple(each for each in known.unique if each != key)
        keys = dict.fromkeys([*_keys(name, definition), *known.foreign_keys])
        whole = known.model_copy(
            update={"primary_key": key, "unique": unique, "foreign_keys": tuple(keys)}
        )
        found[name] = whole.limited(own, columns)
    for name in columns:
        for each in found[name].foreign_keys:
            found[each.table] = _referred(found[each.table], each.parent_columns)
    return found


def _referred(table: DeclaredTable, columns: tuple[str, ...]) -> DeclaredTable:
    """A table with columns that keys refer to as its primary key, where it has none, or unique."""
    known = [table.primary_key, *table.unique]
    if any({*columns} == {*each} for each in known):
        return table
    if not table.primary_key:
        return table.model_copy(update={"primary_key": columns})
    return table.model_copy(update={"unique": (*table.unique, columns)})


def _keys(table: str, definition: SynthesisDefinition) -> Iterator[DeclaredKey]:
    """Foreign keys of the definition but those of which some refer to nothing when drawn."""
    for key in definition.foreign_keys:
        if key.table == table and key.orphans != "keep":
            yield DeclaredKey(
                columns=key.columns, table=key.parent, parent_columns=key.parent_columns
            )
