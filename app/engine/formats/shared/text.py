"""Columns as text, fast: most columns hold few distinct values, so text is looked up in tables.

The text of a value never depends on the way taken: tables hold what the plain cast gives.
Floats are written in the shortest form that reads back as the same float64, moments as ISO 8601
with a space, fractions of a second only where there are any.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
from numpy.typing import NDArray

from app.engine.errors import FormatError
from app.engine.formats.shared.decimals import decimal_text
from app.engine.formats.shared.fixed_decimals import fixed_decimals, fixed_text

CellFormatter = Callable[[pa.Array], pa.Array]
"""Turns plain text values into a format's cells, such as quoted ones."""

CellFormatters = Mapping[str, CellFormatter]
"""A formatter of cells by kind of column: int, float, bool, date, datetime, time, text."""

LONGEST_TABLE = 1 << 17
STEP = 1 << 12
CACHE_ENTRIES = 1 << 21
MOST_DECIMALS = 6
MOST_DIGITS = 15
SECOND = 1_000_000

# Bytes that UTF-8 never uses stand in for the characters the row writer would refuse.
_STRUCTURE = b'",\n\r\t;|'
_STAND_INS = b"\xf8\xf9\xfa\xfb\xfc\xfd\xfe"
_HIDE = bytes.maketrans(_STRUCTURE, _STAND_INS)
_REVEAL = bytes.maketrans(_STAND_INS, _STRUCTURE)


def plain(values: pa.Array) -> pa.Array:
    """The formatter that leaves text as it is, shape (rows,)."""
    return values


def kind_of(data_type: pa.DataType) -> str:
    """int, float, bool, date, datetime, time or text.

    Raises:
        FormatError: for a type without a text form.
    """
    if pa.types.is_dictionary(data_type):
        return kind_of(data_type.value_type)
    for kind, is_kind in _KINDS.items():
        if is_kind(data_type):
            return kind
    raise FormatError(f"values of type {data_type} have no text form; use parquet or arrow")


_KINDS: dict[str, Callable[[pa.DataType], bool]] = {
    "int": pa.types.is_integer,
    "float": pa.types.is_floating,
    "bool": pa.types.is_boolean,
    "date": pa.types.is_date,
    "datetime": pa.types.is_timestamp,
    "time": pa.types.is_time,
    "text": lambda t: pa.types.is_string(t) or pa.types.is_large_string(t),
}


def column_text(values: pa.Array, formatters: CellFormatters) -> pa.Array:
    """The cells of a column as texts, shape (rows,), null where the value is null (or not a finite
    number). Raises FormatError for a type without a text form."""
    kind = kind_of(values.type)
    format_cells = formatters.get(kind, plain)
    if pa.types.is_dictionary(values.type):
        return pc.take(
            column_text(values.dictionary, formatters), values.indices, boundscheck=False
        )
    if kind == "text":
        return format_cells(values.cast(pa.string()))
    codes = _coded(values, kind)
    if not isinstance(codes, _Coded):
        return format_cells(cast_text(values, kind) if codes is None else codes)
    table = _tables.get(codes.kind, codes.low, codes.high, format_cells)
    return pc.take(table, codes.indices, boundscheck=False)


def field_text(field: pa.Field, values: pa.Array, formatters: CellFormatters) -> pa.Array:
    """`column_text` of the column of a field, which may have fixed decimals."""
    decimals = fixed_decimals(field)
    if decimals is None:
        return column_text(values, formatters)
    return formatters.get("float", plain)(fixed_text(values, decimals))


def cast_text(values: pa.Array, kind: str) -> pa.Array:
    """The text of values that are not text, by the plain cast; shape (rows,), null stays null."""
    if kind == "float":
        # Adding zero turns -0.0 into 0.0, whose text is not "-0".
        values = pc.if_else(pc.is_finite(values), pc.add(values, 0.0), None)
    elif kind in {"datetime", "time"}:
        return _moment_text(values, kind)
    return pc.cast(values, pa.string())


def _moment_text(values: pa.Array, kind: str) -> pa.Array:
    fine = pa.timestamp("us") if kind == "datetime" else pa.time64("us")
    coarse = pa.timestamp("s") if kind == "datetime" else pa.time32("s")
    whole = pc.cast(values.cast(fine), coarse, safe=False)
    remainder = values.cast(fine).cast(pa.int64()).fill_null(0).to_numpy() % SECOND
    if not remainder.any():
        return pc.cast(whole, pa.string())
    return pc.if_else(
        pa.array(remainder == 0),
        pc.utf8_slice_codeunits(pc.cast(values.cast(fine), pa.string()), 0, -7),
        pc.cast(values.cast(fine), pa.string()),
    )


@dataclass(frozen=True, slots=True)
class _Coded:
    """A column as positions in a table that runs from `low` to `high`, both included."""

    kind: str
    low: int
    high: int
    indices: pa.Array


def _decimals(numbers: NDArray[Any], name: str, mask: NDArray[np.bool_] | None) -> pa.Array | None:
    """The text of floats with one to six decimals; None for anything else."""
    if name == "float0" or not name.startswith("float"):
        return None
    texts = decimal_text(numbers, int(name[5:]))
    return texts if texts is None or mask is None else pc.if_else(pa.array(mask), None, texts)


def _coded(values: pa.Array, kind: str) -> _Coded | pa.Array | None:
    """Positions in a table of text, or the text itself, or None where the cast is as good."""
    if kind == "bool":
        return _Coded("bool", 0, 1, values.cast(pa.int8()))
    found = _whole_numbers(values, kind)
    if found is None or not len(values) or values.null_count == len(values):
        return None
    numbers, name = found
    valid = numbers if not values.null_count else numbers[values.is_valid().to_numpy(False)]
    low, high = int(valid.min()) // STEP * STEP, (int(valid.max()) // STEP + 1) * STEP - 1
    mask = values.is_null().to_numpy(False) if values.null_count else None
    if high - low >= min(LONGEST_TABLE, max(STEP, 4 * len(values))):
        return _decimals(numbers, name, mask)
    indices = pa.array((numbers - low).astype(np.int32), mask=mask)
    return _Coded(name, low, high, indices)


def _whole_numbers(values: pa.Array, kind: str) -> tuple[NDArray[Any], str] | None:
    """The column as whole numbers and the name of what they count; None where it is not so."""
    if kind == "float":
        return _scaled(values.cast(pa.float64()).fill_null(0.0).to_numpy())
    if kind == "datetime" or values.type == pa.uint64():
        return None
    if kind == "time":
        micros = values.cast(pa.time64("us")).cast(pa.int64()).fill_null(0).to_numpy()
        return None if (micros % SECOND).any() else (micros // SECOND, "time")
    if kind == "date":
        days = values.cast(pa.date32()).cast(pa.int32()).fill_null(0).to_numpy()
        return days.astype(np.int64), "date"
    return values.cast(pa.int64()).fill_null(0).to_numpy(), "int"


def _scaled(values: NDArray[np.float64]) -> tuple[NDArray[Any], str] | None:
    """Floats with few decimals as whole multiples of 10**-d, where every one reads back exactly."""
    with np.errstate(all="ignore"):
        for decimals in range(MOST_DECIMALS + 1):
            unit = 10.0**decimals
            if not np.array_equal(np.rint(values[:64] * unit) / unit, values[:64]):
                continue
            scaled = np.rint(values * unit)
            if (
                np.array_equal(scaled / unit, values)
                and np.abs(scaled).max(initial=0) < 10**MOST_DIGITS
            ):
                return scaled, f"float{decimals}"
    return None


class _Tables:
    """Text tables of this process, the least recently used forgotten first."""

    def __init__(self) -> None:
        self._tables: OrderedDict[tuple[str, int, int, CellFormatter], pa.Array] = OrderedDict()
        self._entries = 0

    def get(self, name: str, low: int, high: int, format_cells: CellFormatter) -> pa.Array:
        key = (name, low, high, format_cells)
        if key not in self._tables:
            self._tables[key] = format_cells(_table(name, low, high))
            self._entries += high - low + 1
        self._tables.move_to_end(key)
        while self._entries > CACHE_ENTRIES and len(self._tables) > 1:
            (_, first, last, _), _ = self._tables.popitem(last=False)
            self._entries -= last - first + 1
        return self._tables[key]


_tables = _Tables()


def _table(name: str, low: int, high: int) -> pa.Array:
    numbers = np.arange(low, high + 1, dtype=np.int64)
    if name == "bool":
        return pa.array(["false", "true"])
    if name == "date":
        return pc.cast(pa.array(numbers.astype(np.int32)).cast(pa.date32()), pa.string())
    if name == "time":
        return pc.cast(pa.array((numbers % 86400).astype(np.int32), pa.time32("s")), pa.string())
    if name.startswith("float"):
        return pc.cast(pa.array(numbers / 10.0 ** int(name[5:])), pa.string())
    return pc.cast(pa.array(numbers), pa.string())


def text_bytes(values: pa.Array) -> bytes:
    """The values of a string column one after the other in UTF-8, to be searched."""
    _, offsets, data = values.buffers()
    if data is None or not len(values):
        return b""
    ends = np.frombuffer(offsets, np.int32)[values.offset : values.offset + len(values) + 1]
    return data.slice(int(ends[0]), int(ends[-1] - ends[0])).to_pybytes()


def hide(values: pa.Array) -> pa.Array:
    """Text as binary, shape (rows,), in which bytes outside UTF-8 stand for the characters of
    structure; `join_rows` writes these."""
    validity, offsets, data = values.buffers()
    if data is None:
        return values.cast(pa.binary())
    hidden = pa.py_buffer(data.to_pybytes().translate(_HIDE))
    return pa.Array.from_buffers(
        pa.binary(), len(values), [validity, offsets, hidden], offset=values.offset
    )


def hidden(text: str) -> pa.Scalar:
    """One hidden text, to be joined with columns that came from `hide`."""
    return pa.scalar(text.encode().translate(_HIDE), pa.binary())


def join_rows(columns: list[pa.Array], delimiter: str, line_end: bytes = b"\n") -> Any:
    """Lines of cells between delimiters, as bytes or a buffer; null cells are empty. Each column
    has shape (rows,).

    Without a delimiter (the empty text) cells and lines follow one another with nothing between.
    Text cells must be free of quotes, delimiters and line ends; columns of binary type come
    from `hide` and may hold any character.
    """
    names = [str(place) for place in range(len(columns))]
    table = pa.Table.from_arrays([_unchecked(column) for column in columns], names=names)
    options = pa_csv.WriteOptions(
        include_header=False,
        delimiter=delimiter or "\t",
        quoting_style="none",
        batch_size=max(1, len(table)),
    )
    sink = pa.BufferOutputStream()
    pa_csv.write_csv(table, sink, options)
    lines = sink.getvalue()
    if line_end != b"\n":
        lines = pa.py_buffer(lines.to_pybytes().replace(b"\n", line_end))
    if delimiter and not any(pa.types.is_binary(column.type) for column in columns):
        return lines
    return lines.to_pybytes().translate(_REVEAL, b"" if delimiter else b"\t\n")


def _unchecked(values: pa.Array) -> pa.Array:
    """Hidden text under the string type, since the writer checks that binary values are UTF-8."""
    if not pa.types.is_binary(values.type):
        return values
    return pa.Array.from_buffers(pa.string(), len(values), values.buffers(), offset=values.offset)
