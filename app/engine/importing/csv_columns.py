"""The columns of a CSV text that a person pasted or chose, as the first draft of a definition.

The text may be cut anywhere, and have no rows at all. Kinds are those that a profile finds; few
rows say no more than ranges, many give quantiles.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from statistics import NormalDist
from typing import Any

import numpy as np
import pyarrow as pa

from app.engine.importing.drafts import (
    ColumnReview,
    Document,
    Draft,
    by_name,
    check_names,
    draft_document,
)
from app.engine.importing.marginals import declared_column
from app.engine.importing.reviews import read_of
from app.engine.profiling.column_profiles import profile_column
from app.engine.profiling.typed_table import TypedColumn, typed_values
from app.engine.sources.dialects import detect_dialect

FEW_ROWS = 100
K = 5
SAMPLE = 1 << 14  # characters that the delimiter is detected from
LONGEST_LABEL = 200
LONGEST_NUMBER = 1e150
MOST_BEYOND = 0.05


def from_csv(text: str, name: str = "my_table") -> Document:
    """The definition alone; see `draft_of_csv`."""
    return draft_of_csv(text, name).document


def draft_of_csv(text: str, name: str = "my_table") -> Draft:
    """A definition of the columns of a CSV text, with what was assumed of each.

    Raises:
        ValueError: where the text is no CSV, or its first line names no columns.
    """
    rows = _rows(text)
    if not rows or not any(cell.strip() for cell in rows[0]):
        raise ValueError("the first line holds no names of columns")
    if any(character < " " for cell in rows[0] for character in cell):
        raise ValueError("this is no text: its first line holds control characters")
    names = [cell.strip() or f"column_{place}" for place, cell in enumerate(rows[0], start=1)]
    check_names(names)
    features: Document = {}
    reviews: list[ColumnReview] = []
    for place, each in enumerate(names):
        cells = [row[place] if place < len(row) else "" for row in rows[1:]]
        features[each], review = _column(each, cells)
        reviews.append(review)
    return Draft(draft_document(name, features), tuple(reviews))


def _rows(text: str) -> list[list[str]]:
    """The rows that are there; the last one is left out where it was cut."""
    try:
        dialect = detect_dialect(text[:SAMPLE]) if text.strip() else None
        reader = csv.reader(
            io.StringIO(text, newline=""),
            delimiter=dialect.delimiter if dialect else ",",
            quotechar=(dialect.quote if dialect else "") or '"',
        )
        rows = [row for row in reader if row]
    except csv.Error as error:
        raise ValueError(f"this CSV cannot be read: {error}") from None
    cut = len(rows) > 2 and len(rows[-1]) < len(rows[0]) and not text.endswith("\n")
    return rows[:-1] if cut else rows


def _column(name: str, cells: Sequence[str]) -> tuple[Document, ColumnReview]:
    """A column like the cells, and what was read and assumed."""
    values = pa.chunked_array([pa.array(cells, pa.string())])
    found = profile_column(name, values).profile
    if not found.distinct:
        what = "no value is there" if cells else "a name alone"
        return by_name(name), ColumnReview(name, what, "made up by its name")
    return drafted_column(TypedColumn(found, typed_values(values, found)))


def drafted_column(column: TypedColumn) -> tuple[Document, ColumnReview]:
    """The column of the language that is like a real one, and what was read and assumed."""
    found = column.profile
    if not found.distinct:
        return by_name(found.name), ColumnReview(found.name, "no values", "made up by its name")
    read = read_of(found, len(column.values))
    if found.kind in {"category", "constant"} and _longest(column) > LONGEST_LABEL:
        return by_name(found.name), ColumnReview(
            found.name, read, "its texts are long: made up by its name"
        )
    made, note = _drafted(column)
    assumed = "; ".join([*found.notes, *([note] if note else [])])
    missing = round(found.missing, 3)
    spec = {**made, **({"missing": missing} if missing else {})}
    return spec, ColumnReview(found.name, read, assumed)


def _longest(column: TypedColumn) -> int:
    return max(len(each) for each in column.values.dictionary.to_pylist() if each is not None)


def _drafted(column: TypedColumn) -> tuple[Document, str | None]:
    """What a definition says of a column; few rows say no more than its range."""
    present = len(column.values) - column.values.null_count
    numeric = column.kind in {"integer", "number"}
    if numeric and not column.profile.is_sensitive and present < FEW_ROWS:
        return _range(column), None
    made = declared_column(column, K if numeric else 1)
    document = {key: value for key, value in made.document.items() if key != "missing"}
    if present < FEW_ROWS and column.kind in {"date", "datetime", "time"}:
        document = {key: document[key] for key in document if key not in _SHAPE}
    return document, made.note


_SHAPE = ("distribution", "quantiles")


def _range(column: TypedColumn) -> Document:
    values: Any = column.values.drop_null().cast(pa.float64(), safe=False).to_numpy()
    values = np.clip(values, -LONGEST_NUMBER, LONGEST_NUMBER)
    low, high, mean, std = values.min(), values.max(), values.mean(), values.std()
    whole = column.kind == "integer"
    found: Document = {"type": "int" if whole else "float"}
    if std > 0:
        found |= {"mean": float(f"{mean:.4g}"), "std": float(f"{std:.4g}")}
    if not whole:
        found["decimals"] = min(column.format.max_decimals, 6)
    ends = (int(low), int(high)) if whole else (float(low), float(high))
    cut = {"bounds": "truncate"} if std > 0 and _beyond(low, high, mean, std) > MOST_BEYOND else {}
    return {**found, "min": ends[0], "max": ends[1], **cut}


def _beyond(low: float, high: float, mean: float, std: float) -> float:
    """The share of a normal distribution beyond two ends, which would heap up there."""
    normal = NormalDist(mean, std)
    return normal.cdf(low) + 1 - normal.cdf(high)
