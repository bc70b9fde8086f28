"""How the cells of a source are written, so that learned rows can be written the same way."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa
from pydantic import BaseModel, ConfigDict

from app.engine.errors import SourceError
from app.engine.formats.cells.cell_format import LABELS, CellFormat, Kind
from app.engine.profiling.models import ColumnProfile
from app.engine.profiling.typed_table import TypedTable, written_rows
from app.engine.synthesizers.row_rules import stated_rules
from app.engine.synthesizers.table import LENGTH, EncodedTable, SourceText, encode
from app.engine.synthesizers.table import Kind as LearnedKind
from app.engine.synthesizers.texts.tokens import tokens_of


class ColumnCells(BaseModel):
    """One column: what its profile says, but for anything that counts values."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    kind: Kind
    format: CellFormat


def cells_of(table: TypedTable) -> tuple[ColumnCells, ...]:
    """How a typed table is written."""
    return tuple(
        ColumnCells(name=each.name, kind=each.kind, format=each.format) for each in table.columns
    )


def made_cells(profiles: Iterable[ColumnProfile]) -> tuple[ColumnCells, ...]:
    """How columns that are declared beside learned ones are written: as text, with what stands
    for missing in the source. Where the source's column has another type than text, they stay
    as they are declared."""
    return tuple(
        ColumnCells(name=each.name, kind="text", format=CellFormat(missing=each.format.missing))
        for each in profiles
        if each.format.is_text
    )


def with_labels(cells: Iterable[ColumnCells], labelled: Collection[str]) -> tuple[ColumnCells, ...]:
    """How columns are written of which some were labels (Arrow's dictionaries) in the source: those
    that are learned as such stay labels.

    Args:
        labelled: names of the columns that were.
    """
    return tuple(
        each.model_copy(update={"format": each.format.model_copy(update={"storage": LABELS})})
        if each.name in labelled and each.kind in {"category", "constant"}
        else each
        for each in cells
    )


def encode_typed(
    table: TypedTable, declared: tuple[str, ...] = (), texts: Collection[str] = ()
) -> EncodedTable:
    """A profiled table as synthesizers learn it; what determines what and what else holds in every
    row is taken from its profile.

    Args:
        declared: further rules that hold in every row, as expressions.
        texts: names of columns that are learned as free text.

    Raises:
        SourceError: as `encode`.
    """
    pairs = tuple((each.determinant, each.dependent) for each in table.dependencies)
    rules = tuple(dict.fromkeys([*(each.rule for each in table.rules), *declared]))
    found = [each.name for each in table.columns if each.name in texts]
    return encode_texts(table.arrow(), found, {}, pairs, rules)


def encode_texts(
    table: pa.Table,
    texts: Sequence[str],
    kinds: Mapping[str, LearnedKind],
    pairs: tuple[tuple[str, str], ...],
    rules: tuple[str, ...],
) -> EncodedTable:
    """A table as `encode` has it, with how many tokens its texts have in their place. What speaks
    of texts does not speak of their lengths."""
    if not texts:
        return encode(table, kinds, pairs, rules)
    found = [source_text(name, table.column(name)) for name in texts]
    table = with_lengths(table, texts)
    others = [name for name in table.column_names if name not in texts]
    encoded = encode(
        table,
        kinds,
        tuple(pair for pair in pairs if not set(pair) & set(texts)),
        tuple(rule for rule in rules if stated_rules(rule, others)),
    )
    return replace(encoded, texts=tuple(found))


def source_text(name: str, column: pa.ChunkedArray | pa.Array) -> SourceText:
    """A column as text, with the number of its tokens."""
    cells = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if pa.types.is_dictionary(cells.type):
        cells = cells.cast(cells.type.value_type)
    cells = cells.cast(pa.string())
    lengths = [0 if each is None else len(tokens_of(each)) for each in cells.to_pylist()]
    return SourceText(name, cells, np.array(lengths, dtype=np.int64))


def with_lengths(table: pa.Table, texts: Collection[str]) -> pa.Table:
    """A table with how many tokens its texts have in their place.

    Args:
        texts: names of columns, as far as the table has them.
    """
    for place, name in enumerate(table.column_names):
        if name in texts:
            counts = token_counts(source_text(name, table.column(name)))
            table = table.set_column(place, name, counts)
    return table


def token_counts(text: SourceText) -> pa.Array:
    """What stands for a text in the columns of a table, shape (rows,)."""
    missing = np.asarray(text.cells.is_null().to_numpy(zero_copy_only=False))
    return pa.array(text.lengths, LENGTH, mask=missing)


def written(rows: pa.RecordBatch, cells: Sequence[ColumnCells]) -> pa.RecordBatch:
    """Rows as the source writes them; columns of which nothing is said stay as they are.

    Raises:
        SourceError: where cells do not fit the rows, as a damaged model's may not.
    """
    profiles = [
        ColumnProfile(name=each.name, kind=each.kind, format=each.format, missing=0.0, distinct=0)
        for each in cells
    ]
    columns = {name: rows.column(name) for name in rows.schema.names}
    try:
        said = written_rows(profiles, columns)
    except (pa.ArrowException, ValueError) as error:
        raise SourceError(f"rows cannot be written as the source was: {error}") from None
    names, own = rows.schema.names, set(said.column_names)
    found = pa.table({each: said[each] if each in own else columns[each] for each in names})
    batches = found.combine_chunks().to_batches()
    return batches[0] if batches else empty_batch(found.schema)


def empty_batch(schema: pa.Schema) -> pa.RecordBatch:
    """No rows of these columns."""
    return pa.record_batch([pa.array([], field.type) for field in schema], schema=schema)
