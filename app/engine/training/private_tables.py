"""Files read for differential privacy: nothing of how a cell is read follows from other cells.

Types, delimiters and headers are not found out by looking at rows, as elsewhere: text files are
read as they are declared, cell by cell, and what a cell means follows from the domain of its
column. What the domain has no place for is missing. Parquet and Arrow files have their types.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from app.engine.errors import SourceError
from app.engine.privacy.domain import Domain, Numbers, Scale
from app.engine.sources.opening import format_of_source
from app.engine.sources.tables import ReadingOptions

_NUMBER = r"^[+-]?(\d{1,30}(\.\d{0,30})?|\.\d{1,30})([eE][+-]?\d{1,2})?$"
_DELIMITERS = {"csv": ",", "tsv": "\t"}
_TYPED = ("parquet", "arrow")
_LONGEST_LINE = 1 << 20  # characters
_BLOCK = 1 << 23  # characters or bytes: more than the bytes of a line, whatever its characters


def private_columns(path: Path, options: ReadingOptions) -> tuple[str, ...]:
    """Names of the columns of a file of one table: of a text file its first line, whatever it is.

    Args:
        path: a CSV, TSV, Parquet or Arrow file, or a folder with one.
        options: where a text file is not in UTF-8, or its delimiter is not that of its format.

    Raises:
        SourceError: it is another file, or has no columns.
    """
    file, form = _only_file(path)
    if form in _TYPED:
        return tuple(_schema(file, form).names)
    if options.header is False:
        raise SourceError(f"{file.name} has no header: name its columns in a first line")
    with file.open(encoding=options.encoding or "utf-8", errors="replace", newline="") as lines:
        first = next(csv.reader([lines.readline(_LONGEST_LINE)], **_dialect(form, options)), [])
    names = tuple(name.removeprefix("\ufeff") for name in first)
    if not all(names):
        raise SourceError(f"{file.name}: its first line does not name all columns")
    return names


def check_lines(path: Path, options: ReadingOptions) -> None:
    """Make sure that each line of a text file is a row by itself: a quote that somebody's text
    leaves open, and a line break in it, would change how rows of others are read. Files that have
    types have no lines.

    Args:
        path, options: as `private_columns` has them.

    Raises:
        SourceError: a quote stands inside a cell or is not closed on its line, or a line ends in
            the middle of a cell or is too long.
    """
    file, form = _only_file(path)
    if form in _TYPED:
        return
    whole = whole_line(_dialect(form, options)["delimiter"])
    for block in _blocks(file, options):
        lines = block.split("\n")
        if max(map(len, lines)) > _LONGEST_LINE:
            raise SourceError(
                f"{file.name}: a line has more than {_LONGEST_LINE:,} characters, and with "
                "differential privacy no row may; cut its cells, or write it as Parquet"
            )
        if "\r" in block or any('"' in each and whole.fullmatch(each) is None for each in lines):
            raise SourceError(
                f"{file.name}: a quote is not closed on its line, stands inside a cell, or a cell "
                "holds a line break: with differential privacy each line is one row. Write it with "
                "quotes that are doubled, or as Parquet"
            )


def whole_line(delimiter: str) -> re.Pattern[str]:
    """Lines of cells that are closed where they end."""
    comma = re.escape(delimiter)
    cell = rf'(?:"(?:[^"]|"")*"|[^"{comma}]*)'
    return re.compile(rf"{cell}(?:{comma}{cell})*+")


def _blocks(file: Path, options: ReadingOptions) -> Iterator[str]:
    """A text in pieces of whole lines, which end in a line feed."""
    with file.open(encoding=options.encoding or "utf-8", errors="replace", newline="") as lines:
        while block := lines.read(_BLOCK):
            yield (block + lines.readline(_LONGEST_LINE + 2)).replace("\r\n", "\n")


def private_table(
    path: Path, options: ReadingOptions, domain: Domain, unit: str | None = None
) -> pa.Table:
    """The rows of a file, with the columns of a domain and the unit; a row of a text file that has
    too many or too few cells is left out.

    Args:
        path, options: as `private_columns` has them.
        unit: the column that says whose a row is.

    Raises:
        SourceError: it cannot be read, has not these columns, or a line that is no row by itself.
    """
    check_lines(path, options)
    wanted = [*domain.names, *([] if unit is None else [unit])]
    names = private_columns(path, options)
    if missing := [name for name in wanted if name not in names]:
        raise SourceError(f"{path.name}: there is no column {missing[0]!r}")
    file, form = _only_file(path)
    if form in _TYPED:
        return _typed(file, form, wanted)
    found = _cells(file, form, options, names).select(wanted)
    columns = {name: _texts(found[name]) for name in wanted}
    for column in domain.columns:
        if isinstance(column, Numbers):
            columns[column.name] = _numbers(columns[column.name], column.scale)
    if unit is not None:
        columns[unit] = pc.if_else(pc.equal(columns[unit], ""), None, columns[unit])
    return pa.table(columns)


def _only_file(path: Path) -> tuple[Path, str]:
    """The file of the only table, and its format."""
    files = [each for each in path.iterdir() if each.is_file()] if path.is_dir() else [path]
    if len(files) != 1:
        raise SourceError(f"{path.name} holds {len(files)} tables: one is learned privately")
    form = format_of_source(files[0])
    if form not in (*_DELIMITERS, *_TYPED):
        raise SourceError(
            f"{files[0].name}: with differential privacy CSV, TSV, Parquet and Arrow files are "
            "read, not packed: others have the types and the extent that their rows give them"
        )
    return files[0], form


def _dialect(form: str, options: ReadingOptions) -> dict[str, Any]:
    return {"delimiter": options.delimiter or _DELIMITERS[form], "quotechar": '"'}


def _schema(file: Path, form: str) -> pa.Schema:
    if form == "parquet":
        from pyarrow import parquet

        return parquet.read_schema(file)
    with pa.memory_map(str(file)) as mapped:
        return pa.ipc.open_file(mapped).schema


def _typed(file: Path, form: str, wanted: Sequence[str]) -> pa.Table:
    if form == "parquet":
        from pyarrow import parquet

        return parquet.read_table(file, columns=[*wanted], partitioning=None)
    with pa.memory_map(str(file)) as mapped:
        return pa.ipc.open_file(mapped).read_all().select([*wanted])


def _cells(file: Path, form: str, options: ReadingOptions, names: Sequence[str]) -> pa.Table:
    """The rows of a text file, each cell as its bytes."""
    from pyarrow import csv as arrow_csv

    dialect = _dialect(form, options)
    return arrow_csv.read_csv(
        file,
        arrow_csv.ReadOptions(
            use_threads=False,
            block_size=_BLOCK,
            column_names=[*names],
            skip_rows=1,
            encoding=options.encoding or "utf8",
        ),
        arrow_csv.ParseOptions(
            delimiter=dialect["delimiter"],
            quote_char=dialect["quotechar"],
            newlines_in_values=True,
            ignore_empty_lines=len(names) > 1,
            invalid_row_handler=lambda _: "skip",
        ),
        arrow_csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.binary()),
            strings_can_be_null=False,
            check_utf8=False,
        ),
    )


def _texts(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Cells as texts; those that are not in UTF-8 are missing."""
    try:
        return column.cast(pa.large_string())
    except pa.ArrowInvalid:
        return pa.chunked_array([pa.array(map(_text, column.to_pylist()), pa.large_string())])


def _text(cell: bytes) -> str | None:
    try:
        return cell.decode()
    except UnicodeDecodeError:
        return None


def _numbers(texts: pa.ChunkedArray, scale: Scale) -> pa.ChunkedArray:
    """Texts as numbers with a decimal point, or as days in ISO 8601; others are missing."""
    plain = pc.utf8_trim_whitespace(texts)
    if scale is Scale.DAY:
        days = pc.utf8_slice_codeunits(plain, 0, 10)
        return pc.strptime(days, format="%Y-%m-%d", unit="s", error_is_null=True)
    is_number = pc.match_substring_regex(plain, _NUMBER)
    return pc.if_else(is_number, plain, None).cast(pa.float64())
