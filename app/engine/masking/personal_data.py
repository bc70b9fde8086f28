"""What tables seem to hold about persons, and how many rows speak for it. No value is part of it.

Beside what a whole column holds (`sensitivity`), single cells and texts are looked through: for
addresses of e-mail, account and card numbers, whose check digits prove them, and for telephone
numbers with the code of a country.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import pyarrow as pa
from pydantic import Field

from app.engine.formats.cells.cell_format import Kind
from app.engine.profiling.distinct import distinct_values
from app.engine.profiling.models import (
    ColumnProfile,
    Found,
    SensitiveKind,
    Sensitivity,
    SensitivitySign,
)
from app.engine.profiling.sensitivity import is_card, is_iban, looks_so
from app.engine.profiling.sources import ProfiledSource, profiled_source, profiled_tables

MOST_LOOKED_AT = 20_000
"""Different values of a column that are looked at; of more, so many that are spread over all."""
MOST_SIGNS = 10_000
"""Signs of a text that are looked through, from its beginning."""

_SEARCHED: frozenset[Kind] = frozenset({"text", "id", "category", "constant"})


class PersonalData(Found):
    """One thing about persons that a column seems to hold.

    Args:
        by: what speaks for it.
        within: whether it stands in some cells, or among other words, and is not what the column
            is made for.
        looked_at: rows whose value was looked at.
        rows: of these, the rows whose value looks so; None where values do not tell, as a date
            does not tell whether somebody was born on it.
        share: `rows` of `looked_at`.
    """

    table: str
    column: str
    holds: SensitiveKind
    confidence: float = Field(ge=0, le=1)
    by: tuple[SensitivitySign, ...]
    within: bool
    looked_at: int
    rows: int | None
    share: float | None


class ScannedTable(Found):
    """A table that was looked through."""

    name: str
    rows: int
    columns: int


class Scan(Found):
    """What was found in a source.

    Args:
        found: in the order of the columns, the likeliest of a column first.
        warnings: what was left out of reading, in words.
    """

    name: str
    tables: tuple[ScannedTable, ...]
    found: tuple[PersonalData, ...]
    warnings: tuple[str, ...] = ()

    @property
    def columns(self) -> int:
        """Columns that were looked at."""
        return sum(each.columns for each in self.tables)

    @property
    def columns_found(self) -> int:
        """Columns in which something was found."""
        return len({(each.table, each.column) for each in self.found})


def scan(source: ProfiledSource) -> Scan:
    """Look through all columns of a source.

    Raises:
        SourceError: rows that cannot be read.
    """
    profile = source.profile
    found = (
        each
        for table in profile.tables
        for column in table.columns
        for each in _in_column(table.name, column, source.stores[table.name].column(column.name))
    )
    return Scan(
        name=profile.name,
        tables=tuple(
            ScannedTable(name=each.name, rows=each.rows, columns=len(each.columns))
            for each in profile.tables
        ),
        found=tuple(found),
        warnings=(
            *profile.warnings,
            *(f"{table.name}: {each}" for table in profile.tables for each in table.warnings),
        ),
    )


def scan_path(path: Path) -> Scan:
    """Look through a file, an archive or a folder of tables.

    Raises:
        SourceError: what cannot be read, and why.
        OSError: where there is no such file.
    """
    with profiled_source(path, between=False) as found:
        return scan(found)


def scan_tables(tables: Mapping[str, pa.Table | Path]) -> Scan:
    """Look through tables in memory and files of one table by name; raises as `scan_path` does."""
    with profiled_tables(tables, between=False) as found:
        return scan(found)


def _in_column(table: str, column: ColumnProfile, cells: pa.ChunkedArray) -> Iterator[PersonalData]:
    texts, counts = _looked_at(column, cells)
    whole = column.sensitivity if column.is_sensitive else None
    looks = looks_so(whole) if whole else None
    alike = [looks is not None and looks(text) for text in texts]
    total = sum(counts)

    def data(found: Sensitivity, rows: int | None, *, within: bool) -> PersonalData:
        share = None if rows is None or not total else rows / total
        return PersonalData(
            table=table,
            column=column.name,
            holds=found.kind,
            confidence=found.confidence,
            by=found.by,
            within=within,
            looked_at=total,
            rows=rows,
            share=share,
        )

    if whole is not None:
        yield data(whole, None if looks is None else _sum(counts, alike), within=False)
    if column.kind not in _SEARCHED:
        return
    prose = whole is not None and whole.kind == "free_text"
    others = [(text, n) for text, n, is_so in zip(texts, counts, alike, strict=True)
              if prose or not is_so]  # fmt: skip
    for kind, (confidence, search) in _SEARCHES.items():
        rows = sum(count for text, count in others if search(text))
        if rows and (whole is None or whole.kind != kind):
            by: tuple[SensitivitySign, ...] = ("content",)
            yield data(Sensitivity(kind=kind, confidence=confidence, by=by), rows, within=True)


def _looked_at(column: ColumnProfile, cells: pa.ChunkedArray) -> tuple[list[str], list[int]]:
    """Different values as texts and their rows, without those that mean that nothing is there."""
    found = distinct_values(cells)
    step = max(1, -(-len(found.values) // MOST_LOOKED_AT))
    places = list(range(0, len(found.values), step))
    texts = found.values.take(pa.array(places, pa.int64())).cast(pa.string()).to_pylist()
    missing = {"", *(each.value for each in column.missing_tokens)}
    kept = [(text[:MOST_SIGNS], int(found.counts[place]))
            for text, place in zip(texts, places, strict=True) if text not in missing]  # fmt: skip
    return [text for text, _ in kept], [count for _, count in kept]


def _sum(counts: Sequence[int], taken: Sequence[bool]) -> int:
    return sum(count for count, is_taken in zip(counts, taken, strict=True) if is_taken)


_EMAIL = re.compile(r"(?<![\w.+%-])[\w.+%-]++@[\w-]++(?:\.[\w-]++)+")
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{1,4}){3,8}\b")
_CARD = re.compile(  # in one piece, or in the groups that are embossed
    r"(?<![\d.])(?:[2-6]\d{12,18}|[2-6]\d{3}([ -])\d{4}\1\d{4}\1\d{1,7}|"
    r"3[47]\d{2}([ -])\d{6}\2\d{5})(?!\d)"
)
_PHONE = re.compile(r"(?<![\w+])\+\d(?:[ ().\-/]{0,2}\d){7,13}(?!\d)")


def _has_iban(text: str) -> bool:
    return any(_begins_with_iban(found[0]) for found in _IBAN.finditer(text))


def _begins_with_iban(text: str) -> bool:
    """Whether a number or, where words in capitals follow it, its beginning is one."""
    while text:
        if is_iban(text.replace(" ", "")):
            return True
        text = text.rpartition(" ")[0]
    return False


def _has_card(text: str) -> bool:
    """Among other signs: a tenth of all numbers that stand alone have the right check digit."""
    return any(
        found[0] != text.strip() and is_card(re.sub(r"[ -]", "", found[0]))
        for found in _CARD.finditer(text)
    )


_SEARCHES: Mapping[SensitiveKind, tuple[float, Callable[[str], bool]]] = {
    "email": (0.98, lambda text: "@" in text and _EMAIL.search(text) is not None),
    "iban": (0.98, _has_iban),
    "card": (0.95, _has_card),
    "phone": (0.8, lambda text: "+" in text and _PHONE.search(text) is not None),
}
