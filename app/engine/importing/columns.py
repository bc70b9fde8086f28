"""Columns of a table that a person has already, as the first draft of a definition.

Takes CPU time that grows with the text: this is for worker processes. Raises ValueError with what
is wrong where nothing can be read.
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from typing import Any

Document = dict[str, Any]
MOST_COLUMNS = 500
SAMPLE_ROWS = 200
MOST_LABELS = 12
YEAR = {"start_date": "2024-01-01", "end_date": "2024-12-31"}
MOST_TEXT = 1_000_000
MOST_SQL = 100_000  # a parser takes a second for so many letters
LONGEST_NAME = 1000
LONGEST_NUMBER = 40
LONGEST_LABEL = 200
NUMBER = re.compile(r"[-+.\deE]+")
CREATE = re.compile(r"(?i)create")
TABLE = re.compile(
    r"(?i)\s+(?:(?:or\s+replace|global|local|temp|temporary|unlogged|external|foreign|transient)\s+)*"
    r"table\b"
)
# Last words of names that say what a text column holds.
MEANT = {
    "email": ("email",),
    "first_name": ("first_name", "firstname", "given_name", "givenname"),
    "last_name": (
        "last_name", "lastname", "sur_name", "surname", "family_name", "familyname",
    ),
    "phone": ("phone", "mobile"),
    "city": ("city", "town"),
    "country": ("country",),
    "address": ("address", "street"),
    "company": ("company", "employer", "organisation", "organization"),
    "job": ("job", "occupation", "profession"),
    "name": ("name", "fullname", "customer", "contact"),
}  # fmt: skip


def from_text(text: str) -> Document:
    """A definition of the columns of an SQL text that makes a table, or else of a CSV file."""
    if len(text) > MOST_TEXT:
        raise ValueError(f"{len(text):,} letters are more than the {MOST_TEXT:,} that are read")
    return from_sql(text) if is_sql(text) else from_csv(text)


def from_csv(text: str, name: str = "my_table") -> Document:
    """A definition of the columns of a CSV file, their types guessed from its first rows."""
    try:
        dialect = csv.Sniffer().sniff(text[:4096], ",;\t|")
    except csv.Error:
        dialect = csv.excel
    try:
        rows = list(_head(csv.reader(io.StringIO(text), dialect), SAMPLE_ROWS + 1))
    except csv.Error as error:
        raise ValueError(f"this CSV cannot be read: {error}") from None
    if not rows or not any(cell.strip() for cell in rows[0]):
        raise ValueError("the first line holds no names of columns")
    if any(character < " " for cell in rows[0] for character in cell):
        raise ValueError("this is no text: its first line holds control characters")
    names = [cell.strip() or f"column_{i + 1}" for i, cell in enumerate(rows[0])]
    _check_names(names)
    cells = [[row[i] for row in rows[1:] if i < len(row)] for i in range(len(names))]
    features = {each: guess(each, values) for each, values in zip(names, cells, strict=True)}
    return _document(name, features)


def is_sql(text: str) -> bool:
    """Whether a text is SQL that makes a table, and not a CSV file that speaks of tables."""
    return any(
        _begins_statement(text, found.start()) and TABLE.match(text, found.end())
        for found in CREATE.finditer(text)
    )


def _begins_statement(text: str, place: int) -> bool:
    """Whether only blanks are before a place, as far as a line, a statement or a comment ends."""
    while place and text[place - 1].isspace():
        if text[place - 1] == "\n":
            return True
        place -= 1
    return place == 0 or text[place - 1] in ";/"


def _check_names(names: Sequence[str]) -> None:
    _check_number(len(names))
    longest = max(map(len, names))
    if longest > LONGEST_NAME:
        raise ValueError(f"a column has a name of {longest:,} letters; {LONGEST_NAME:,} are read")
    name, times = Counter(names).most_common(1)[0]
    if times > 1:
        raise ValueError(f"the column {name!r} stands twice in the first line")


def _check_number(columns: int) -> None:
    if columns > MOST_COLUMNS:
        raise ValueError(f"{columns} columns are more than the {MOST_COLUMNS} of one table")


def _head(lines: Iterable[list[str]], most: int) -> Iterable[list[str]]:
    for number, line in enumerate(lines):
        if number >= most:
            return
        yield line


def guess(name: str, cells: Sequence[str]) -> Document:
    """A column like the cells: their type, range, labels and share of empty ones."""
    present = [cell.strip() for cell in cells if cell.strip()]
    spec = _of_cells(name, present) if present else by_name(name)
    missing = 1 - len(present) / len(cells) if present else 0
    return {**spec, "missing": round(missing, 3)} if missing else spec


def _of_cells(name: str, cells: list[str]) -> Document:
    numbers = _numbers(cells)
    if numbers is not None:
        return _of_numbers(name, cells, numbers)
    if {cell.lower() for cell in cells} <= {"true", "false"}:
        share = sum(cell.lower() == "true" for cell in cells) / len(cells)
        return {"type": "bool", "proportion": round(share, 3)}
    moment = _of_moments(cells)
    if moment is not None:
        return moment
    labels = list(dict.fromkeys(cells))
    if max(map(len, labels)) <= LONGEST_LABEL and len(labels) <= min(
        MOST_LABELS, max(2, len(cells) // 3)
    ):
        shares = {label: round(cells.count(label) / len(cells), 4) for label in labels}
        return {"type": "category", "cats": shares}
    return by_name(name)


def _numbers(cells: list[str]) -> list[float] | None:
    if max(map(len, cells)) > LONGEST_NUMBER or not all(map(NUMBER.fullmatch, cells)):
        return None
    try:
        numbers = [float(cell) for cell in cells]
    except ValueError:
        return None
    return numbers if all(map(math.isfinite, numbers)) else None


def _of_numbers(name: str, cells: list[str], numbers: list[float]) -> Document:
    if len(set(numbers)) == len(numbers) > 20 and re.search(r"(?i)id$|^id", name):
        return {"type": "id", "format": "sequence"}
    whole = all(re.fullmatch(r"[-+]?\d+", cell) for cell in cells)
    mean = sum(numbers) / len(numbers)
    std = (sum((each - mean) ** 2 for each in numbers) / len(numbers)) ** 0.5
    low, high = min(numbers), max(numbers)
    spec: Document = {"type": "int" if whole else "float"}
    if std > 0:
        spec |= {"mean": _rounded(mean), "std": _rounded(std)}
    ends = {"min": int(low), "max": int(high)} if whole else {"min": low, "max": high}
    return spec | ends


def _rounded(value: float) -> float:
    return float(f"{value:.4g}")


def _of_moments(cells: list[str]) -> Document | None:
    for kind, read in (("date", date), ("datetime", datetime), ("time", time)):
        try:
            found = sorted(read.fromisoformat(cell) for cell in cells)
        except (ValueError, TypeError):  # moments with and without a zone have no order
            continue
        ends = ("start_time", "end_time") if kind == "time" else ("start_date", "end_date")
        return {"type": kind, ends[0]: found[0].isoformat(), ends[1]: found[-1].isoformat()}
    return None


def by_name(name: str) -> Document:
    """A text column by what its name says."""
    plain = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
    if re.search(r"(^|_)(id|uuid|key)$", plain):
        return {"type": "id"}
    for kind, words in MEANT.items():
        if f"_{plain}".endswith(tuple(f"_{each}" for each in words)):
            return {"type": kind}
    return {"type": "text"}


def from_sql(text: str) -> Document:
    """A definition of the columns of the first CREATE TABLE of an SQL text."""
    from sqlglot import expressions as sql

    made = [each for each in _parsed(text) if isinstance(each, sql.Create)]
    columns = list(made[0].find_all(sql.ColumnDef)) if made else []
    if not columns:
        raise ValueError("no CREATE TABLE with columns is in this text")
    _check_number(len(columns))
    keys = {
        found.name
        for key in made[0].find_all(sql.PrimaryKey)
        for found in key.find_all(sql.Identifier)
    }
    table = made[0].find(sql.Table)
    features = {each.name: _of_definition(each, each.name in keys) for each in columns}
    return _document(table.name if table else "my_table", features)


def _parsed(text: str) -> list[Any]:
    import sqlglot

    if len(text) > MOST_SQL:
        raise ValueError(
            f"{len(text):,} letters of SQL are more than the {MOST_SQL:,} that are read; give the "
            "CREATE TABLE alone"
        )
    try:
        return sqlglot.parse(text, error_level=sqlglot.ErrorLevel.RAISE)
    except sqlglot.errors.SqlglotError as error:
        said = str(error).splitlines()[0][:200]
    except RecursionError:
        said = "it is nested too deeply"
    raise ValueError(f"this SQL cannot be read: {said}")


def _of_definition(column: Any, is_key: bool) -> Document:
    """A column by its SQL type and constraints."""
    from sqlglot import expressions as sql

    constraints = [type(each.kind) for each in column.constraints]
    key = is_key or sql.PrimaryKeyColumnConstraint in constraints
    whole = column.kind is not None and column.kind.is_type(*sql.DataType.INTEGER_TYPES)
    if key:
        return {"type": "id", "format": "sequence"} if whole else {"type": "id"}
    spec = _of_sql_type(column)
    if sql.UniqueColumnConstraint in constraints:
        spec["unique"] = True
    return spec


def _of_sql_type(column: Any) -> Document:
    from sqlglot import expressions as sql

    kind = column.kind
    if kind is None:
        return by_name(column.name)
    labels = [each.name for each in kind.expressions if isinstance(each, sql.Literal)]
    if kind.is_type("enum") and labels:
        return {"type": "category", "cats": labels}
    families: tuple[tuple[Any, Document], ...] = (
        (("boolean", "bit"), {"type": "bool"}),
        (sql.DataType.INTEGER_TYPES, {"type": "int", "min": 0, "max": 100}),
        (sql.DataType.NUMERIC_TYPES, {"type": "float", "mean": 0, "std": 1}),
        (("date",), {"type": "date", **YEAR}),
        (("time",), {"type": "time"}),
        (sql.DataType.TEMPORAL_TYPES, {"type": "datetime", **YEAR}),
        (("uuid",), {"type": "id"}),
    )
    found = next((spec for types, spec in families if kind.is_type(*types)), None)
    return by_name(column.name) if found is None else dict(found)


def _document(name: str, features: Document) -> Document:
    _check_number(len(features))
    return {"name": name, "n_samples": 1000, "features": features}
