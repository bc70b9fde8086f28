"""The fields that a type has in the grid."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from app.engine.schema.providers import ID_FORMATS
from app.ui.model import shapes
from app.ui.model.columns import Column
from app.ui.pages.design.desk import Desk
from app.ui.parts.tags import tag
from app.ui.toolkit.elements import Tag


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
SHOW_PANEL = """() => {
  const side = document.querySelector(".studio__side");
  if (getComputedStyle(side).position === "static") side.scrollIntoView();
  emit();
}"""

BY_KIND: dict[str, tuple[Value, ...]] = {
    "category": (Value("cats", "Labels and weights", {"placeholder": "Gold: 0.5, Silver: 0.5"}),),
    "bool": (Value("proportion", "Share of true", {**NUMBER, "placeholder": "0.5"}),),
    "moment": (Value("start_date", "From", DATE), Value("end_date", "To", DATE)),
    "formula": (Value("expr", "Formula", {"placeholder": "price * qty"}),),
    "realistic": (Value("locale", "Language and country", {"placeholder": "en_US"}),),
    "unknown": (),
}
HOURS = (Value("start_time", "From", TIME), Value("end_time", "To", TIME))


def values_of(column: Column) -> tuple[Value, ...]:
    """The fields for a column as it is now."""
    if column.kind == "number":
        return MIDDLE + ENDS if has_middle(column) else ENDS
    if column.kind == "id":
        return _identifier(column)
    return HOURS if column.type == "time" else BY_KIND[column.kind]


def has_middle(column: Column) -> bool:
    """Whether mean and standard deviation say what the distribution is, or may come to say it."""
    found = shapes.shape(column.spec)
    if found.kind == shapes.BUCKETS:
        return len(found.buckets) == 1
    return found.kind in {"normal", "uniform"} and not (
        found.kind == "uniform" and "distribution" in column.spec
    )


def _identifier(column: Column) -> tuple[Value, ...]:
    choice = Value("format", "Format", {"kind": "choice", "options": FORMATS})
    beside = {
        "pattern": Value("pattern", "Pattern", {"placeholder": "CUST-####-??"}),
        "sequence": Value("prefix", "Prefix", {"placeholder": "C"}),
    }
    name = column.id_format
    return (choice, beside[name]) if name in beside else (choice,)


def to_panel(desk: Desk, said: str, name: Callable[[], str]) -> Tag:
    """A button that leads to the panel of a column, which is below the grid on a narrow page."""
    made = tag("button", said, "parts", type="button", title="Edit in the panel")
    made.on("click", lambda: desk.choose(name()), [], js_handler=SHOW_PANEL)
    return made


def draw_values(desk: Desk, name: Callable[[], str]) -> None:
    """The fields of a column's line; what they cannot show is one click away in the panel."""
    column = desk.table.column(name())
    if column is None:
        return
    if column.kind == "number" and not has_middle(column):
        found = shapes.shape(column.spec)
        said = f"{len(found.buckets)} buckets" if found.buckets else found.kind
        to_panel(desk, said, name)
    for value in values_of(column):
        made = desk.column_field(name, value.label, value.key, **value.more)
        if column.kind not in {"number", "moment"}:
            made.classes("wide")
        if value.key == "format":
            made.on_value_change(lambda _: desk.reshaped(name()))
