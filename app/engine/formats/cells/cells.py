"""Cells of a column become typed values, and typed values cells."""

from __future__ import annotations

import re
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from app.engine.errors import SourceError
from app.engine.formats.cells.cell_format import LABELS, TEXT, CellFormat, Kind
from app.engine.formats.cells.moment_cells import read_moments, readable_moments, write_moments
from app.engine.formats.cells.number_cells import (
    is_whole,
    possible_numbers,
    read_numbers,
    write_numbers,
)

MOMENTS = ("date", "datetime", "time")


def missing_mask(cells: pa.Array, form: CellFormat) -> pa.Array:
    """Where nothing is there: nulls, NaN, and texts that mean it; as booleans."""
    tokens = [each for each in form.missing if each is not None]
    if pa.types.is_floating(cells.type):
        return pc.or_(cells.is_null(), pc.is_nan(cells).fill_null(False))
    if not tokens or not pa.types.is_string(cells.type):
        return cells.is_null()
    return pc.or_(cells.is_null(), pc.is_in(cells, pa.array(tokens)).fill_null(False))


def read_cells(cells: pa.Array, form: CellFormat, kind: Kind) -> pa.Array:
    """The values in the cells of a column; null where nothing is there.

    Returns:
        int64, float64, bool, date32, timestamp[us], time64[us] or string, as the kind says.

    Raises:
        SourceError: where a cell is not written like the others.
    """
    present = pc.if_else(missing_mask(cells, form), pa.scalar(None, cells.type), cells)
    try:
        found = _read(present, form, kind)
    except (pa.ArrowException, OverflowError):
        found = None
    if found is None:
        raise SourceError(f"a cell is not written like a {kind} of its column")
    return found


def _read(cells: pa.Array, form: CellFormat, kind: Kind) -> pa.Array | None:
    if not pa.types.is_string(cells.type):
        return _read_typed(cells, kind)
    if kind in {"integer", "number"}:
        return read_numbers(cells, form, whole=kind == "integer")
    if kind in MOMENTS:
        return read_moments(cells, form.pattern or "", kind)
    if kind == "boolean":
        no, yes = form.labels or ("false", "true")
        known = pc.is_in(cells, pa.array([no, yes]))
        if pc.any(pc.and_(cells.is_valid(), pc.invert(known))).as_py():
            return None
        return pc.equal(cells, yes)
    return cells


def possible_mask(cells: pa.Array, form: CellFormat, kind: Kind) -> pa.Array:
    """Which cells may be of a kind, as booleans: each that `read_cells` reads, and few others."""
    present = pc.if_else(missing_mask(cells, form), pa.scalar(None, cells.type), cells)
    return _possible(present, form, kind).fill_null(True)


def _possible(cells: pa.Array, form: CellFormat, kind: Kind) -> pa.Array:
    if pa.types.is_floating(cells.type) and kind == "integer":
        return is_whole(cells.cast(pa.float64()))
    if pa.types.is_string(cells.type):
        if kind in {"integer", "number"}:
            return possible_numbers(cells, form, whole=kind == "integer")
        if kind in MOMENTS:
            return pa.array(readable_moments(cells, form.pattern or "", kind))
        if kind == "boolean":
            known = pa.array(form.labels or ("false", "true"))
            return pc.or_(cells.is_null(), pc.is_in(cells, known))
    return pa.repeat(True, len(cells))


def _read_typed(cells: pa.Array, kind: Kind) -> pa.Array:
    """Columns that have a type already, as the type of their kind."""
    wanted: dict[str, pa.DataType] = {
        "integer": pa.int64(),
        "number": pa.float64(),
        "date": pa.date32(),
        "time": pa.time64("us"),
    }
    if kind == "datetime":
        return cells.cast(pa.timestamp("us", cells.type.tz), safe=False)
    if kind == "boolean":
        return cells.cast(pa.bool_())
    return cells.cast(wanted.get(kind, pa.string()))


def write_cells(values: pa.Array, form: CellFormat, kind: Kind) -> pa.Array:
    """The cells of typed values, such as `read_cells` gives them.

    Returns:
        string, or the type that the source's column has. Nulls become the most frequent token
        that means it.
    """
    if pa.types.is_dictionary(values.type):
        if form.storage == LABELS:
            return values
        values = values.cast(values.type.value_type)
    if not form.is_text:
        return _typed(values, storage_type(form.storage))
    texts = _write(values, form, kind)
    token = form.missing[0] if form.missing else None
    return texts if token is None else texts.fill_null(token)


def _typed(values: pa.Array, wanted: pa.DataType) -> pa.Array:
    if pa.types.is_string(values.type) and pa.types.is_time(wanted):
        # Arrow reads no times of day from text, but moments.
        moments = pc.binary_join_element_wise("1970-01-01", values, " ")
        return moments.cast(pa.timestamp(wanted.unit)).cast(wanted)
    return values.cast(wanted, safe=False)


def _write(values: pa.Array, form: CellFormat, kind: Kind) -> pa.Array:
    if kind in {"integer", "number"}:
        return write_numbers(values, form)
    if kind in MOMENTS:
        return write_moments(values, form.pattern or "")
    if kind == "boolean":
        no, yes = form.labels or ("false", "true")
        return pc.if_else(values, yes, no)
    return values.cast(pa.string())


def storage_type(name: str) -> pa.DataType:
    """The Arrow type that prints as `name`; string for `text`, a dictionary for `labels`.

    Raises:
        ValueError: where no type of a source is called so.
    """
    if name == TEXT:
        return pa.string()
    if name == LABELS:
        return pa.dictionary(pa.int32(), pa.string())
    moment = re.fullmatch(r"timestamp\[(s|ms|us|ns)(?:, tz=(.+))?\]", name)
    if moment:
        return pa.timestamp(moment[1], moment[2])
    number = re.fullmatch(r"decimal128\((\d+), (-?\d+)\)", name)
    if number:
        return pa.decimal128(int(number[1]), int(number[2]))
    simple: dict[str, Any] = {"halffloat": pa.float16(), "date32[day]": pa.date32()}
    simple |= {"date64[ms]": pa.date64()}
    return simple[name] if name in simple else pa.type_for_alias(name)
