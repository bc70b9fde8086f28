"""Tables of a source written to files with other values in some columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from app.engine.errors import FormatError, SourceError
from app.engine.execution.destination import Destination, deliver, resolve, staging
from app.engine.execution.results import Generated, GeneratedFile, GeneratedTable
from app.engine.files import file_stem
from app.engine.formats import FORMATS, FormatOptions
from app.engine.formats.shared.csv_options import CsvOptions
from app.engine.masking.pseudonyms import SMALLEST, Pseudonyms, possible
from app.engine.sources.tables import Source, SourceTable

Rewrite = Callable[[SourceTable, pa.RecordBatch], pa.RecordBatch]
_DELIMITERS = (",", ";", "|", "\t")
_TEXT_FORMATS = ("csv", "tsv")


@dataclass(slots=True)
class PseudonymRewrite:
    """Puts pseudonyms into columns.

    Args:
        columns: of each table.
        missing: texts of each column that mean that nothing is there; they stay.
    """

    pseudonyms: Pseudonyms
    columns: Mapping[str, Sequence[str]]
    missing: Mapping[tuple[str, str], frozenset[str]]
    few: dict[tuple[str, str], int] = field(default_factory=dict)

    def __call__(self, table: SourceTable, batch: pa.RecordBatch) -> pa.RecordBatch:
        for name in self.columns.get(table.name, ()):
            place = batch.schema.get_field_index(name)
            made = self._column(table.name, name, batch.column(place))
            batch = batch.set_column(place, batch.schema.field(place), made)
        return batch

    def _column(self, table: str, name: str, values: pa.Array) -> pa.Array:
        if isinstance(values, pa.DictionaryArray):
            values = values.dictionary_decode()
        coded = values.dictionary_encode()
        texts = self._texts(table, name, coded.dictionary)
        stay = self.missing.get((table, name), frozenset())
        made = [text if text in stay else self.pseudonyms.of(text) for text in texts]
        few = sum(text not in stay and possible(text) < SMALLEST for text in texts)
        self.few[table, name] = self.few.get((table, name), 0) + few
        try:
            distinct = _typed(made, values.type)
        except pa.ArrowInvalid:  # its text shows a value
            raise SourceError(
                f"{table}.{name}: {values.type} has no room for every number of as many digits"
            ) from None
        return pc.take(distinct, coded.indices)

    @staticmethod
    def _texts(table: str, name: str, values: pa.Array) -> list[str]:
        """Values as texts: a whole number as the same text, whether its column is of integers or,
        as where pandas had gaps to keep, of floats."""
        try:
            whole = values.cast(pa.int64()) if pa.types.is_floating(values.type) else values
        except pa.ArrowInvalid:  # its text shows a value
            raise SourceError(
                f"{table}.{name}: a {values.type} that is not whole has no pseudonym"
            ) from None
        found: list[str] = whole.cast(pa.string()).to_pylist()
        return found


def _typed(texts: Sequence[str], wanted: pa.DataType) -> pa.Array:
    """Raises ArrowInvalid for a text that is no value of a type."""
    made = pa.array(texts, pa.string())
    if pa.types.is_floating(wanted):
        made = made.cast(pa.int64())  # and then exactly, or not at all
    return made.cast(wanted)


def write_source(source: Source, out: Path, formats: Sequence[str], rewrite: Rewrite) -> Generated:
    """Every table of a source, rewritten batch by batch, in files that appear whole or not at all.

    Args:
        out: a file for one table, a folder for several.
        formats: as for `resolve`; one for all tables.

    Raises:
        FormatError: a format that cannot hold a table, or a path that cannot take it.
        SourceError: rows that cannot be read.
        OSError: where nothing can be written to `out`.
    """
    target = resolve(out, formats, len(source.tables), None)
    with staging(target) as folder:
        made = [_write(table, folder, target, rewrite) for table in source.tables]
        return deliver(Generated(tuple(made)), target)


def _write(
    table: SourceTable, folder: Path, target: Destination, rewrite: Rewrite
) -> GeneratedTable:
    (name,) = target.formats
    form, options = FORMATS[name], _options(table, name)
    path = folder / f"{file_stem(table.name)}.{form.suffix}"
    part = folder / "part"
    schema = _plain(table.schema)
    form.check(schema, 0, options)
    rows = 0
    assembler = form.assembler(path, table.name, schema, options)
    for batch in table.batches():
        written = _without_empty(rewrite(table, batch), table).cast(schema)
        if not written.num_rows:
            continue
        rows += written.num_rows
        form.check(schema, rows, options)
        part.write_bytes(form.encode(written, options))
        assembler.append(part)
    size, sha256 = assembler.finish()
    return GeneratedTable(table.name, rows, (GeneratedFile(table.name, name, path, size, sha256),))


def _plain(schema: pa.Schema) -> pa.Schema:
    """With texts where there are dictionaries of them. Raises FormatError for nested types."""
    for each in schema:
        if pa.types.is_nested(each.type):
            raise FormatError(
                f"column {each.name!r} is {each.type}, and only flat ones are written"
            )
    plain = [
        each.with_type(each.type.value_type) if pa.types.is_dictionary(each.type) else each
        for each in schema
    ]
    return pa.schema([each.remove_metadata() for each in plain])


def _options(table: SourceTable, form: str) -> FormatOptions:
    """CSV is written with the delimiter of a source that was CSV."""
    found = table.dialect.delimiter if table.dialect else ","
    if form == "csv" and table.format == "csv" and found in _DELIMITERS:
        return FormatOptions(csv=CsvOptions(delimiter=found))
    return FormatOptions()


def _without_empty(batch: pa.RecordBatch, table: SourceTable) -> pa.RecordBatch:
    """An empty cell of a file of cells stays empty, and does not become a quoted text."""
    if table.format not in _TEXT_FORMATS:
        return batch
    columns = [pc.if_else(pc.equal(each, ""), None, each) for each in batch.columns]
    return pa.RecordBatch.from_arrays(columns, schema=batch.schema)
