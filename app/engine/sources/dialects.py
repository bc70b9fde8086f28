"""Delimiter, quote and header of a file of cells, from its beginning.

Delimiter and quote are found by clevercsv (van den Burg, Nazábal and Sutton 2019, "Wrangling
messy CSV files by detecting row and type patterns").
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from app.engine.errors import SourceError
from app.engine.sources.encoding import FoundEncoding
from app.engine.sources.tables import ReadingOptions, TextDialect

HEAD_BYTES = 1 << 18
SAMPLE_CHARACTERS = 1 << 14
SAMPLE_ROWS = 100
DELIMITERS = (",", ";", "\t", "|", ":", " ", "~", "^")
_NUMBER = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?|\d{4}-\d\d-\d\d.*")


@dataclass(frozen=True, slots=True)
class FoundDialect:
    """How a file is to be read, its first rows as they are read so, and how many lines of the
    file the first row ends after."""

    dialect: TextDialect
    rows: list[list[str]]
    first_row_lines: int


def read_head(path: Path, encoding: str) -> str:
    """The beginning of a file as text, as far as whole lines go.

    Raises:
        SourceError: where it cannot be decoded.
    """
    with path.open("rb") as file:
        data = file.read(HEAD_BYTES)
        whole = not file.read(1)
    try:
        text = codecs.getincrementaldecoder(encoding)().decode(data, final=whole)
    except UnicodeDecodeError as error:
        raise SourceError(f"{path.name}: byte {error.start:,} is not {encoding}") from None
    if not whole and "\n" in text:
        text = text[: text.rindex("\n") + 1]
    return text


def find_dialect(
    path: Path, encoding: FoundEncoding, options: ReadingOptions, delimiter: str | None
) -> FoundDialect:
    """How a file is to be read.

    Args:
        delimiter: what the format says; None where it is to be detected.

    Raises:
        SourceError: where the file is empty, no text, or has no rows.
    """
    head = read_head(path, encoding.name)
    if not head.strip():
        raise SourceError(f"{path.name}: the file is empty")
    wanted = options.delimiter or delimiter
    found = detect_dialect(head, wanted)
    if options.quote is not None:
        found = TextDialect(found.encoding, found.delimiter, options.quote, found.escape)
    rows, lines = _rows(path.name, head, found)
    detected = has_header(rows) and not looks_like_data(rows)
    header = detected if options.header is None else options.header
    dialect = TextDialect(encoding.name, found.delimiter, found.quote, found.escape, header)
    return FoundDialect(dialect, rows, lines)


def detect_dialect(head: str, delimiter: str | None = None) -> TextDialect:
    """Delimiter, quote and escape of a text, from its beginning.

    Args:
        delimiter: what is known; None where it is to be detected.
    """
    from clevercsv.detect import Detector
    from clevercsv.exceptions import Error

    sample = _sample(head)
    allowed = [delimiter] if delimiter else list(DELIMITERS)
    if delimiter is None and not any(each in sample for each in allowed):
        return TextDialect(delimiter=",", quote='"')  # a single column
    try:
        found = Detector().detect(sample, delimiters=allowed)
    except Error:  # what no dialect can read
        found = None
    if found is None or not found.delimiter:
        return TextDialect(delimiter=delimiter or ",", quote='"')
    quote = _protecting(sample, found.delimiter, found.quotechar or "")
    # A quote that the sample does not need may be needed further down: RFC 4180 names one.
    return TextDialect(delimiter=found.delimiter, quote=quote or '"', escape=found.escapechar or "")


def _sample(head: str) -> str:
    if len(head) <= SAMPLE_CHARACTERS or "\n" not in head[:SAMPLE_CHARACTERS]:
        return head[: 4 * SAMPLE_CHARACTERS]
    return head[: head.rindex("\n", 0, SAMPLE_CHARACTERS) + 1]


def _protecting(sample: str, delimiter: str, quote: str) -> str:
    """A quote other than `"` counts where it encloses a delimiter; else it is part of values."""
    if quote in {"", '"'}:
        return quote
    mark, between = re.escape(quote), re.escape(delimiter)
    enclosed = f"{mark}[^{mark}{between}\n]*{between}[^{mark}\n]*{mark}"
    return quote if re.search(enclosed, sample) else ""


def _rows(name: str, head: str, dialect: TextDialect) -> tuple[list[list[str]], int]:
    reader = csv.reader(
        io.StringIO(head, newline=""),
        delimiter=dialect.delimiter,
        quotechar=dialect.quote or None,
        escapechar=dialect.escape or None,
        quoting=csv.QUOTE_MINIMAL if dialect.quote else csv.QUOTE_NONE,
    )
    rows: list[list[str]] = []
    lines = 0
    try:
        for row in reader:
            lines = lines if rows else reader.line_num
            rows += [row] if row else []
            if len(rows) == SAMPLE_ROWS:
                break
        return rows, lines
    except csv.Error:
        raise SourceError(
            f"{name}: the first line has no end, or a cell is too long; is the quote right?"
        ) from None


def has_header(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first row names columns: it holds no numbers and no dates, or only numbers that
    name columns, such as years, beside texts."""
    first = rows[0]
    numbers = [cell for cell in first if _NUMBER.fullmatch(cell.strip())]
    if not numbers:
        return any(cell.strip() for cell in first)
    below = rows[1:20]
    texts = len(first) - len(numbers)
    years = all(re.fullmatch(r"(18|19|20|21)\d\d", cell.strip()) for cell in numbers)
    return bool(texts and years and below and len(set(first)) == len(first) and len(numbers) > 1)


def looks_like_data(rows: Sequence[Sequence[str]]) -> bool:
    """Whether a first row of texts is one like the others: in half of the columns or more its cell
    stands again further down, and no column holds numbers alone below a text.

    Rows that are the first one again may be headers of files that were put together, and count
    only where a cell of it stands in another row, too.
    """
    first = list(rows[0])
    others = _below(first, [row for row in rows[1:] if list(row) != first])
    if any(values and all(map(_NUMBER.fullmatch, values)) for values in others):
        return False
    if not _standing_again(first, others):
        return False
    return 2 * _standing_again(first, _below(first, rows[1:])) >= len(first)


def _below(first: Sequence[str], rows: Sequence[Sequence[str]]) -> list[set[str]]:
    """The cells of each column that are not empty."""
    return [
        {row[place].strip() for row in rows if place < len(row)} - {""}
        for place in range(len(first))
    ]


def _standing_again(first: Sequence[str], columns: Sequence[set[str]]) -> int:
    """In how many columns the first row's cell stands."""
    return sum(cell.strip() in values for cell, values in zip(first, columns, strict=True))
