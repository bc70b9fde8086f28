"""The types of columns that the language itself knows, each named in this one place.

A type is read, described and planned by functions that stand in several rooms. They are named here
and loaded when they are wanted: reading a definition loads no generator.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnType:
    """Types of columns that have the same keys.

    Functions are named as `package.module:function`, below `app.engine`.

    Args:
        name: of what they have in common.
        spellings: of each type, that of the models first.
        reader: makes the column of its section, the fields that all columns have, and the type;
            None, and faults, where it cannot be read.
        described: the JSON Schema of its own keys: description, keys, and those it cannot lack.
        planner: makes the generator of a column in a `Scope`.
    """

    name: str
    spellings: tuple[tuple[str, ...], ...]
    reader: str
    described: str
    planner: str

    @property
    def types(self) -> tuple[str, ...]:
        return tuple(each[0] for each in self.spellings)


COLUMN_TYPES = (
    ColumnType(
        name="number",
        spellings=(("int", "integer"), ("float", "numeric", "number")),
        reader="schema.reading.columns:read_number",
        described="schema.json_schema.columns:number",
        planner="generators.numbers.columns:plan_number",
    ),
    ColumnType(
        name="category",
        spellings=(("category", "categorical"),),
        reader="schema.reading.columns:read_category",
        described="schema.json_schema.columns:category",
        planner="generators.categories:plan_category",
    ),
    ColumnType(
        name="bool",
        spellings=(("bool", "boolean"),),
        reader="schema.reading.columns:read_bool",
        described="schema.json_schema.columns:boolean",
        planner="generators.categories:plan_bool",
    ),
    ColumnType(
        name="moment",
        spellings=(("date",), ("datetime",), ("time",)),
        reader="schema.reading.columns:read_moment",
        described="schema.json_schema.columns:moment",
        planner="generators.numbers.moments:plan_moment",
    ),
    ColumnType(
        name="id",
        spellings=(("id",),),
        reader="schema.reading.providers:read_id",
        described="schema.json_schema.columns:identifier",
        planner="generators.identifiers:plan_id",
    ),
    ColumnType(
        name="formula",
        spellings=(("formula",),),
        reader="schema.reading.columns:read_formula",
        described="schema.json_schema.columns:formula",
        planner="generators.formulas:plan_formula",
    ),
    ColumnType(
        name="script",
        spellings=(("script",),),
        reader="schema.reading.scripts:read_script_column",
        described="schema.json_schema.columns:script",
        planner="generators.scripts:plan_script",
    ),
    ColumnType(
        name="joint",
        spellings=(("person",), ("place",)),
        reader="schema.reading.joint:read_joint",
        described="schema.json_schema.columns:joint",
        planner="generators.faker.joint:plan_joint",
    ),
    ColumnType(
        name="line_number",
        spellings=(("line_number",),),
        reader="schema.reading.line_numbers:read_line_number",
        described="schema.json_schema.columns:line_number",
        planner="generators.line_numbers:plan_line_number",
    ),
)
PROVIDER_PLANNER = "generators.faker.providers:plan_provider"

TYPE_SPELLINGS: Mapping[str, str] = {
    spelling: spellings[0]
    for column_type in COLUMN_TYPES
    for spellings in column_type.spellings
    for spelling in spellings
}
BY_TYPE: Mapping[str, ColumnType] = {name: each for each in COLUMN_TYPES for name in each.types}


def part(name: str) -> Any:
    """The part of a type that is named so."""
    return pkgutil.resolve_name(f"app.engine.{name}")
