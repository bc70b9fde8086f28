"""Columns computed from other columns of the same row by a script."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from app.engine.errors import UNPLACED, ComputationError, Fault
from app.engine.expressions.kinds import ARROW_TYPES, Kind
from app.engine.expressions.values import plain
from app.engine.generators.base import Block, Scope
from app.engine.generators.computed import Computed, computed_apportionment, planned_types
from app.engine.schema.models import ScriptColumn, ScriptResult
from app.engine.scripts import ScriptError, read_script
from app.engine.scripts.limits import MAX_TEXT
from app.engine.scripts.reading import Script
from app.engine.scripts.running import run_script

KINDS: Mapping[ScriptResult, Kind] = {
    "int": Kind.INTEGER,
    "float": Kind.REAL,
    "bool": Kind.BOOL,
    "text": Kind.TEXT,
    "date": Kind.DATE,
    "datetime": Kind.DATETIME,
    "time": Kind.TIME,
}
# What JSON has for each, and how a script gives it.
_GIVEN: Mapping[ScriptResult, tuple[frozenset[type], str]] = {
    "int": (frozenset({int}), "a whole number, such as int(3.0)"),
    "float": (frozenset({int, float}), "a number"),
    "bool": (frozenset({bool}), "True or False"),
    "text": (frozenset({str}), "a text, such as str(3)"),
    "date": (frozenset({str}), 'a text such as "2024-12-31"'),
    "datetime": (frozenset({str}), 'a text such as "2024-12-31 12:30:00"'),
    "time": (frozenset({str}), 'a text such as "12:30:00"'),
}
_NAMES = {int: "a whole number", float: "a fraction", bool: "True or False", str: "a text"}
_READERS: Mapping[ScriptResult, Callable[[Any], Any]] = {
    "date": dt.date.fromisoformat,
    "datetime": lambda text: _without_zone(dt.datetime.fromisoformat(text)),
    "time": lambda text: _without_zone(dt.time.fromisoformat(text)),
    # Whole numbers of any size, as Starlark has them: Arrow takes those that are exact alone.
    "float": float,
}
Moment = TypeVar("Moment", dt.datetime, dt.time)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptGenerator(Computed):
    """What the function of `script` gives for each row, read as `returns`."""

    script: str
    returns: ScriptResult

    @property
    def reads(self) -> frozenset[str]:
        return frozenset(read_script(self.script).columns)

    def draw(self, block: Block) -> pa.Array:
        try:
            values = script_values(self.script, self.returns, block.columns, block.rows)
        except ComputationError as error:
            raise error.at(f"{self.path}.script") from error
        return self.finished(values, block)


def plan_script(column: ScriptColumn, scope: Scope) -> ScriptGenerator:
    if column.unique:
        raise scope.fail("a script cannot promise unique values", "leave 'unique' out", "unique")
    planned_types(frozenset(read_script(column.script).columns), scope)
    result = ARROW_TYPES[KINDS[column.returns]]
    return ScriptGenerator(
        script=column.script,
        returns=column.returns,
        type=result,
        apportionment=computed_apportionment(column, result, scope),
        decimals=column.decimals,
        path=scope.path,
        longest=column.max_length,
    )


def script_values(
    text: str, returns: ScriptResult, columns: Mapping[str, pa.Array], rows: int
) -> pa.Array:
    """The values of a script for each row of the columns, of the Arrow type of `returns`.

    Raises:
        ComputationError: where it fails, or gives what cannot be read so.
    """
    script = read_script(text)
    cells = {name: _cells(columns[name]) for name in script.columns}
    try:
        return _read(run_script(script, cells, rows), returns, script)
    except ScriptError as error:
        raise _failed(error.fault.text, error.fault.hint) from error


def _cells(values: pa.Array) -> list[Any]:
    """Cells as scripts have them: moments are texts."""
    values = plain(values)
    cells: list[Any] = values.to_pylist()
    if not pa.types.is_temporal(values.type):
        return cells
    if pa.types.is_timestamp(values.type):
        return [None if cell is None else cell.isoformat(sep=" ") for cell in cells]
    return [None if cell is None else cell.isoformat() for cell in cells]


def _read(values: list[Any], returns: ScriptResult, script: Script) -> pa.Array:
    """What a script gave as values of the column."""
    known, wanted = _GIVEN[returns]
    other = {type(value) for value in values} - known - {type(None)}
    place = f"`value` at line {script.line} of the script"
    if other:
        names = sorted(_NAMES.get(each, "a list or mapping") for each in other)
        raise _failed(f"{place} gives {names[0]} in some row", f"{returns} wants {wanted}")
    try:
        if returns in _READERS:
            read = _READERS[returns]
            values = [None if value is None else read(value) for value in values]
        found = pa.array(values, ARROW_TYPES[KINDS[returns]])
    except (ValueError, TypeError, OverflowError, pa.ArrowException):
        message = f"{place} gives what is no {returns} in some row"
        raise _failed(message, f"{returns} wants {wanted}") from None
    if pa.types.is_string(found.type) and (pc.max(pc.utf8_length(found)).as_py() or 0) > MAX_TEXT:
        message = f"{place} gives a text of more than {MAX_TEXT:,} characters"
        raise _failed(message, "shorter texts")
    return found


def _without_zone(moment: Moment) -> Moment:
    """Raises ValueError for one of a time zone: the column's moments are of none."""
    if moment.tzinfo is not None:
        raise ValueError("a moment of a time zone")
    return moment


def _failed(message: str, hint: str | None) -> ComputationError:
    """An error without a place in the definition yet."""
    return ComputationError([Fault(UNPLACED, message, hint)])
