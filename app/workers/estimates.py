"""How many bytes a job's files may come to, by format: the width of a typical value by its type,
and of texts and categories at least what a few rows have, which are drawn for the purpose.

Measured on the examples, files have between 0.15 and 1.1 times as many bytes. It is a bound for
planning, not a bill: once a job has ended, the real sizes of its files count.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import pyarrow as pa

from app.engine.formats import FORMATS, FormatOptions
from app.engine.names import utf8_bytes
from app.engine.plan.plan import DeclaredRows, Plan, TablePlan

# Characters of a typical value as text, with the separator behind it.
_TEXT_WIDTHS = (
    (pa.types.is_boolean, 6),
    (pa.types.is_integer, 7),
    (pa.types.is_floating, 13),
    (pa.types.is_dictionary, 9),
    (pa.types.is_date, 11),
    (pa.types.is_timestamp, 20),
    (pa.types.is_time, 9),
)
_OTHER_WIDTH = 18
# Few rows show whether values are so wide that more would take much memory.
_FEW_ROWS, _SOME_ROWS = 8, 200
_WIDE_BYTES = 1 << 16
# Later rows may be wider than the first ones, as counted ids are.
_MARGIN = 1.1


def estimated_bytes(plan: Plan) -> dict[str, int]:
    """Bytes of all tables together, by format."""
    tables = [_table_bytes(table) for table in plan.tables]
    return {name: sum(sizes[name] for sizes in tables) for name in FORMATS}


def expected(sizes: Mapping[str, int], formats: Iterable[str]) -> int:
    """Bytes of the formats that were asked for."""
    return sum(sizes[name] for name in formats)


def _table_bytes(table: TablePlan) -> dict[str, int]:
    texts = _texts(table)
    return {
        name: int(table.rows * _row_bytes(table.schema, texts, name))
        + table.blocks * _dictionary_bytes(texts, name)
        for name in FORMATS
    }


def _row_bytes(schema: pa.Schema, texts: pa.RecordBatch, form: str) -> float:
    """Bytes of a row: what is typical, and what texts have beyond that."""
    beyond = _measured_width(texts, form) - _typical_width(texts.schema, form)
    return _typical_width(schema, form) + max(0.0, beyond)


def _typical_width(schema: pa.Schema, form: str) -> float:
    """Bytes of a row by the types of its columns."""
    width = sum(_width(field.type) for field in schema)
    size = FORMATS[form].size
    if size.each_name is not None:
        width += sum(utf8_bytes(field.name) + size.each_name for field in schema)
    return width * size.factor


def _width(kind: pa.DataType) -> int:
    return next((width for fits, width in _TEXT_WIDTHS if fits(kind)), _OTHER_WIDTH)


def _dictionary_bytes(texts: pa.RecordBatch, form: str) -> int:
    """What each block repeats: all categories, used or not, in some formats."""
    repeated = FORMATS[form].size.repeats_categories and texts.num_columns
    return _encoded(texts[:0], form) if repeated else 0


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_dictionary(kind)) or _width(kind) == _OTHER_WIDTH


def _measured_width(texts: pa.RecordBatch, form: str) -> float:
    """What a row of texts adds to a file, without what every file has."""
    if not texts.num_rows or not texts.num_columns:
        return 0.0
    size = FORMATS[form].size
    if size.measured_as is not None:
        return _measured_width(texts, size.measured_as) * size.factor
    return _MARGIN * (_encoded(texts, form) - _encoded(texts[:0], form)) / texts.num_rows


def _encoded(rows: pa.RecordBatch, form: str) -> int:
    return memoryview(FORMATS[form].encode(rows, FormatOptions())).nbytes


def _texts(table: TablePlan) -> pa.RecordBatch:
    """The first texts of a table; without columns where so few rows cannot be drawn."""
    names = [field.name for field in table.schema if _is_text(field.type)]
    if isinstance(table.source, DeclaredRows):
        rearranged = table.source.rearranged()
        names = [name for name in names if name not in rearranged]
    try:
        few = _drawn(table, names, _FEW_ROWS)
        return few if few.nbytes > _WIDE_BYTES else _drawn(table, names, _SOME_ROWS)
    except Exception:  # what is declared of all rows need not be possible for a few
        return pa.record_batch({})


def _drawn(table: TablePlan, names: list[str], rows: int) -> pa.RecordBatch:
    """Columns as of a table with few rows: drawing a whole block would take its time."""
    layout = replace(table.layout, total=min(rows, table.rows))
    if isinstance(table.source, DeclaredRows):
        drawn = table.source.some(names, 0, layout)
    else:
        block = table.source.block(0, layout)
        drawn = {name: block.column(name) for name in names}
    return pa.record_batch({name: drawn[name] for name in names})
