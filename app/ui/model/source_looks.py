"""What a page shows of a source's profile: of each column its kind, a plot, its shield."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

from app.engine.formats.cells.cell_format import Kind
from app.engine.profiling.models import SENSITIVE_FROM, ColumnProfile
from app.engine.synthesis.checking import possible_kinds
from app.engine.synthesis.defaults import fake_column
from app.ui.model.values import figure_text, short

MOST_NAMED = 3
LONGEST_LABEL = 24
SENSITIVE = {"email": "e-mail address", "ip": "IP address", "iban": "IBAN", "card": "card number"}


@dataclass(frozen=True)
class ColumnLook:
    """A column of a source.

    Args:
        kinds: that it can be read as, what it was found to be first.
        said: its figures or most frequent labels, in words.
        bars: their names and shares.
        sensitive: what about persons it seems to hold; empty where nothing.
        fake: the column of the language that would make values in the place of its own.
    """

    name: str
    kinds: tuple[str, ...]
    missing: float
    said: str
    bars: tuple[tuple[str, float], ...]
    sensitive: str
    confidence: float
    fake: Mapping[str, Any]

    @property
    def kind(self) -> str:
        return self.kinds[0]


@dataclass(frozen=True)
class TableLook:
    """A table of a source; `found` says what holds between its columns, one sentence each."""

    name: str
    rows: int
    duplicates: int
    columns: tuple[ColumnLook, ...]
    primary_keys: tuple[tuple[str, ...], ...]
    found: tuple[str, ...]

    @property
    def names(self) -> list[str]:
        return [each.name for each in self.columns]


@dataclass(frozen=True)
class SourceLook:
    """All tables of a source; `values` tells whether values of it may be shown."""

    tables: tuple[TableLook, ...]
    foreign_keys: tuple[str, ...]
    warnings: tuple[str, ...]
    values: bool

    def table(self, name: str) -> TableLook:
        """A table by its name; the first one where there is none of that name."""
        return next((each for each in self.tables if each.name == name), self.tables[0])

    @property
    def sensitive(self) -> int:
        return sum(bool(column.sensitive) for table in self.tables for column in table.columns)


def derived_text(derived: Mapping[str, Any]) -> str:
    """What came of a source that is gone, and stays; empty where nothing did."""
    counts = {name: len(derived[name]) for name in ("synthesizers", "jobs")}
    found = [f"{count:,} {name}" for name, count in counts.items() if count]
    more = " and more" if derived["more"] else ""
    return f"What came of it stays: {' and '.join(found)}{more}." if found else ""


def source_look(answer: Mapping[str, Any]) -> SourceLook:
    """What the API tells of a source that was read; takes a moment of the CPU."""
    profile = answer["profile"]
    keys = tuple(
        f"{each['table']}.{each['column']} refers to {each['parent']}.{each['parent_column']}"
        + (f"; {each['orphans']:,} rows refer to nothing" if each["orphans"] else "")
        for each in profile["foreign_keys"]
    )
    tables = tuple(map(_table, profile["tables"]))
    return SourceLook(tables, keys, tuple(answer["warnings"]), bool(answer["values"]))


def _table(table: Mapping[str, Any]) -> TableLook:
    return TableLook(
        table["name"],
        table["rows"],
        table["duplicate_rows"],
        tuple(_column(each, table["rows"]) for each in table["columns"]),
        tuple(map(tuple, table["primary_keys"])),
        tuple(_found(table)),
    )


def _found(table: Mapping[str, Any]) -> Iterator[str]:
    for each in table["dependencies"]:
        says = "and the reverse" if each["one_to_one"] else ""
        yield " ".join(filter(None, (f"{each['determinant']} says {each['dependent']}", says)))
    yield from (each["rule"] for each in table["rules"])
    for each in table["missing_together"]:
        yield f"{', '.join(each['columns'])} are missing together in {each['rows']:,} rows"


def _column(column: Mapping[str, Any], rows: int) -> ColumnLook:
    found = column["sensitivity"] or {"kind": "", "confidence": 0.0}
    is_sensitive = found["confidence"] >= SENSITIVE_FROM
    bars = tuple(_bars(column, rows))
    return ColumnLook(
        column["name"],
        possible_kinds(cast(Kind, column["kind"])),
        column["missing"],
        _said(column, rows),
        bars,
        _sensitive(found["kind"]) if is_sensitive else "",
        found["confidence"],
        fake_column(ColumnProfile.model_validate(column)),
    )


def _sensitive(kind: str) -> str:
    return SENSITIVE.get(kind, kind.replace("_", " "))


def _said(column: Mapping[str, Any], rows: int) -> str:
    """`73 values from 0 to 72`, or the most frequent labels."""
    number = f"{column['distinct']:,} value{'s' * (column['distinct'] != 1)}"
    if column["figures"]:
        quantiles = column["figures"]["quantiles"]
        low, high = (_figure(column["kind"], end) for end in (quantiles[0], quantiles[-1]))
        return f"{number} from {low} to {high}"
    top = column["top"][:MOST_NAMED]
    if not top or rows == 0 or top[0]["rows"] < 2:
        return number
    named = [f"{_label(each)} {each['rows'] / rows:.0%}" for each in top]
    return f"{number}: {', '.join(named)}"


def _bars(column: Mapping[str, Any], rows: int) -> Iterator[tuple[str, float]]:
    bars = (column["figures"] or {}).get("bars")
    if bars:
        yield from _steps(column["kind"], bars, rows)
    elif not column["figures"] and column["top"] and column["top"][0]["rows"] > 1:
        for each in column["top"]:
            yield _label(each), each["rows"] / max(rows, 1)


def _steps(kind: str, bars: Mapping[str, Any], rows: int) -> Iterator[tuple[str, float]]:
    counts: Sequence[int] = bars["rows"]
    width = (bars["high"] - bars["low"]) / len(counts)
    for place, count in enumerate(counts):
        low, high = (_figure(kind, bars["low"] + width * end) for end in (place, place + 1))
        yield f"{low} to {high}", count / max(rows, 1)


def _label(each: Mapping[str, Any]) -> str:
    return short(each["value"] or "blank", LONGEST_LABEL)


def _figure(kind: str, value: float) -> str:
    """A number, or a moment by its kind."""
    if kind not in {"date", "datetime", "time"}:
        return figure_text(value)
    try:
        moment = datetime.fromtimestamp(value, UTC)
    except (OverflowError, ValueError, OSError):
        return figure_text(value)
    return f"{moment:%H:%M}" if kind == "time" else moment.date().isoformat()
