"""How popular the rows are that a foreign key refers to."""

from __future__ import annotations

from typing import Any

from app.ui.model import shapes
from app.ui.model.draft import Draft
from app.ui.model.paths import Path
from app.ui.model.relations.following import FAMILIES
from app.ui.model.relations.several_tables import key_spec
from app.ui.model.tables import Table
from app.ui.model.values import put, read_number, show

SKEW = "skew"
BY = "by "
FIRST_SKEW = 1


def choices(draft: Draft, table: Table, column: str) -> dict[str, str]:
    """What the weights may be: a column of numbers of the parent, Zipf's law, or drawn numbers."""
    drawn = {name: f"drawn: {name.replace('_', ' ')}" for name in FAMILIES}
    columns = {f"{BY}{name}": f"{BY}{name}" for name in _numbers(draft, table, column)}
    return {"": "all rows alike", **columns, SKEW: "a few rows take most (Zipf)", **drawn}


def choice(table: Table, column: str) -> str:
    """The one of the choices that is declared; empty where rows are alike."""
    found = _weights(table, column)
    if isinstance(found, dict):
        if SKEW in found:
            return SKEW
        name = show(found.get("column"))
        return f"{BY}{name}" if name else shapes.shape(_law(found)).kind
    return f"{BY}{show(found)}" if found else ""


def choose(table: Table, column: str, text: str) -> None:
    """Declare one of the choices, with parameters to begin with."""
    if text.startswith(BY):
        weights: Any = text.removeprefix(BY)
    elif text == SKEW:
        weights = {SKEW: FIRST_SKEW}
    else:
        first = shapes.FAMILIES.get(text, {})
        weights = {text: {key: value for key, value in first.items() if value is not None}}
    put(key_spec(table, column), "weights", weights if text else None)


def parameters(table: Table, column: str) -> tuple[str, ...]:
    """The names of what else is to be said of the choice."""
    found = choice(table, column)
    return (SKEW,) if found == SKEW else tuple(shapes.FAMILIES.get(found, ()))


def parameter(table: Table, column: str, name: str) -> str:
    found = _weights(table, column)
    if not isinstance(found, dict):
        return ""
    return show(found.get(SKEW) if name == SKEW else shapes.shape(_law(found)).parameters.get(name))


def set_parameter(table: Table, column: str, name: str, text: str) -> None:
    found = _weights(table, column)
    if not isinstance(found, dict):
        return
    if name == SKEW:
        # An exponent that is emptied to be typed in again leaves Zipf's law in its place.
        found[SKEW] = read_number(text)
    else:
        shapes.set_parameter(_law(found), name, text)


def parameter_place(table: Table, column: str, name: str) -> Path:
    """Where the API tells a fault of a parameter, below the key."""
    found = _weights(table, column)
    if name == SKEW or not isinstance(found, dict):
        return ("weights", name)
    if "distribution" in found:
        return ("weights", *shapes.parameter_path(_law(found), name))
    return ("weights", choice(table, column), name)


def _weights(table: Table, column: str) -> Any:
    return key_spec(table, column, keep=True).get("weights")


def _law(found: dict[str, Any]) -> dict[str, Any]:
    """The weights as the spec of a column of numbers; what they hold is changed in its place."""
    return found if "distribution" in found else {"distribution": found}


def _numbers(draft: Draft, table: Table, column: str) -> list[str]:
    """Columns of numbers of the table that a key refers to."""
    name = show(key_spec(table, column, keep=True).get("references")).partition(".")[0]
    parent = draft.table(name)
    if parent.name != name:
        return []
    rows = parent.node.get("rows")
    first = rows[0] if isinstance(rows, list) and rows and isinstance(rows[0], dict) else {}
    literal = [key for key, value in first.items() if isinstance(value, int | float)]
    return [*literal, *(each.name for each in parent.columns() if each.kind == "number")]
