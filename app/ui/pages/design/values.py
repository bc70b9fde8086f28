"""The fields that a type has in the grid."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from app.engine.schema.providers import ID_FORMATS, JOINT_PARTS
from app.ui.model import shapes
from app.ui.model.columns import Column
from app.ui.model.relations.several_tables import key_columns
from app.ui.model.tables import Table
from app.ui.pages.design.editor_state import EditorState
from app.ui.parts.field import named_fields
from app.ui.parts.tags import box, tag
from app.ui.toolkit.elements import Tag
from app.ui.toolkit.heirs import handing_over


@dataclass(frozen=True)
class Value:
    """One field: its key in the column, its name, and what the field should be like."""

    key: str
    label: str
    more: dict[str, Any] = field(default_factory=dict)


NUMBER = {"kind": "number"}
MIDDLE = (
    Value("mean", "Mean", {**NUMBER, "placeholder": "mean"}),
    Value("std", "SD", {**NUMBER, "placeholder": "sd"}),
)
ENDS = (
    Value("min", "Min", {**NUMBER, "placeholder": "min"}),
    Value("max", "Max", {**NUMBER, "placeholder": "max"}),
)
DATE = {"placeholder": "2024-12-31"}
TIME = {"placeholder": "12:30"}
FORMATS = {"": "uuid"} | {each: each for each in ID_FORMATS if each != "uuid"}
FORMAT = Value("format", "Format", {"kind": "choice", "options": FORMATS})
SHOW_PANEL = """() => {
  const side = document.querySelector(".studio__side");
  if (getComputedStyle(side).position === "static") side.scrollIntoView();
  emit();
}"""

RESULTS = {
    "int": "integer",
    "float": "number",
    "bool": "yes / no",
    "text": "text",
    "date": "date",
    "datetime": "date and time",
    "time": "time of day",
}

BY_KIND: dict[str, tuple[Value, ...]] = {
    "category": (Value("cats", "Labels and weights", {"placeholder": "Gold: 0.5, Silver: 0.5"}),),
    "bool": (Value("proportion", "Share of true", {**NUMBER, "placeholder": "0.5"}),),
    "moment": (Value("start_date", "From", DATE), Value("end_date", "To", DATE)),
    "formula": (Value("expr", "Formula", {"placeholder": "price * qty"}),),
    "script": (Value("returns", "Gives", {"kind": "choice", "options": RESULTS}),),
    "realistic": (Value("locale", "Language and country", {"placeholder": "en_US"}),),
    "line": (),
    "unknown": (),
}
# What can be said of a column that was learned; what does not fit its kind is a fault.
LEARNED = (
    *ENDS,
    Value("cats", "Labels and weights", {"placeholder": "shares as learned"}),
)
HOURS = (Value("start_time", "From", TIME), Value("end_time", "To", TIME))


def values_of(column: Column) -> tuple[Value, ...]:
    """The fields for a column as it is now."""
    if column.kind == "number":
        return MIDDLE + ENDS if has_middle(column) else ENDS
    if column.kind == "id":
        return (FORMAT, *beside_format(column))
    if column.kind == "joint":
        return (part_of(column),)
    return HOURS if column.type == "time" else BY_KIND[column.kind]


def part_of(column: Column) -> Value:
    """Which part of a person or a place a column is."""
    options = {each: each.replace("_", " ") for each in JOINT_PARTS[column.type]}
    return Value("part", "Part", {"kind": "choice", "options": options})


def counted_for(table: Table) -> Value:
    """The key whose rows a line number counts."""
    options = {"": "the only key", **{name: name for name in key_columns(table)}}
    return Value("per", "Counted for each", {"kind": "choice", "options": options})


def has_middle(column: Column) -> bool:
    """Whether mean and standard deviation say what the distribution is, or may come to say it."""
    found = shapes.shape(column.spec)
    if found.kind == shapes.BUCKETS:
        return len(found.buckets) == 1
    return found.kind in {"normal", "uniform"} and not (
        found.kind == "uniform" and "distribution" in column.spec
    )


def beside_format(column: Column) -> tuple[Value, ...]:
    """What the format of an id needs beside it."""
    beside = {
        "pattern": Value("pattern", "Pattern", {"placeholder": "CUST-####-??"}),
        "sequence": Value("prefix", "Prefix", {"placeholder": "C"}),
    }
    name = column.id_format
    return (beside[name],) if name in beside else ()


def to_panel(state: EditorState, said: str, name: Callable[[], str]) -> Tag:
    """A button that leads to the panel of a column, which is below the grid on a narrow page."""
    made = tag("button", said, "parts", type="button", title="Edit in the panel")
    made.on("click", lambda: state.choose(name()), [], js_handler=SHOW_PANEL)
    return made


def draw_values(state: EditorState, name: Callable[[], str]) -> Callable[[], None] | None:
    """The fields of a column's line; what they cannot show is one click away in the panel.

    Returns:
        What redraws those that depend on a choice among them, where there is such.
    """
    column = state.table.column(name())
    if column is None:
        return None
    if column.kind == "id":
        return _draw_identifier(state, name)
    if column.kind == "number" and not has_middle(column):
        found = shapes.shape(column.spec)
        said = f"{len(found.buckets)} buckets" if found.buckets else found.kind
        to_panel(state, said, name)
    for value in (*values_of(column), *_of_the_table(state.table, column)):
        made = state.column_field(name, value.label, value.key, **value.more)
        if value not in ENDS and column.kind not in {"number", "moment"}:
            made.classes("wide")
        if value.key == "part":
            made.on_value_change(lambda _: state.reshaped(name()))
    return None


def _of_the_table(table: Table, column: Column) -> tuple[Value, ...]:
    """Fields that depend on the table of a column."""
    if column.kind == "line":
        return (counted_for(table),)
    return LEARNED if table.model and not column.type else ()


def _draw_identifier(state: EditorState, name: Callable[[], str]) -> Callable[[], None]:
    """The format, and beside it what it needs, which alone is redrawn for another one."""
    made = state.column_field(name, FORMAT.label, FORMAT.key, **FORMAT.more).classes("wide")
    beside = box("values__beside")

    def again() -> None:
        column = state.table.column(name())
        with handing_over(lambda: named_fields(beside)), beside:
            beside.clear()
            for value in beside_format(column) if column else ():
                state.column_field(name, value.label, value.key, **value.more).classes("wide")

    again()
    made.on_value_change(lambda _: state.reshaped(name()))
    return again
