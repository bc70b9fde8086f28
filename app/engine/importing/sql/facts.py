"""What a script says of each column, brought together: types of its own, keys, conditions."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from app.engine.expressions.names import written
from app.engine.expressions.tokens import tokens
from app.engine.importing.sql.conditions import (
    Equal,
    Finding,
    Labels,
    NotSaid,
    Order,
    Present,
    Range,
    read_condition,
)
from app.engine.importing.sql.schema import Check, SqlColumn, SqlSchema, SqlTable
from app.engine.importing.sql.types import Meaning, meaning

MOST_CONDITIONS = 5_000
"""Conditions of a script that are read."""
MOMENTS = ("date", "datetime", "time")
_MAKES_UUIDS = frozenset(
    {"UUID_GENERATE_V4", "GEN_RANDOM_UUID", "NEWID", "NEWSEQUENTIALID", "UUID"}
)
NUMBERS = ("integer", "decimal", "float")


@dataclass
class ColumnFacts:
    """One column.

    Args:
        low, high: ends of its values, numbers or ISO texts; None where nothing is said.
        strict: which of the ends is no value itself.
        after: the column whose moments come before.
        per: the foreign key within whose rows it counts from 1.
        formula: what it is computed by, in the words of the language.
        said: what stands in the script, in words.
        assumed: what does not.
    """

    column: SqlColumn
    meaning: Meaning
    not_null: bool
    unique: bool = False
    is_key: bool = False
    identity: bool = False
    low: float | str | None = None
    high: float | str | None = None
    strict: set[str] = field(default_factory=set)
    labels: tuple[str, ...] = ()
    after: str = ""
    per: str = ""
    formula: str = ""
    said: list[str] = field(default_factory=list)
    assumed: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        return self.column.name

    @property
    def family(self) -> str:
        return self.meaning.family

    @property
    def is_moment(self) -> bool:
        return self.family in MOMENTS

    @property
    def is_number(self) -> bool:
        return self.family in NUMBERS


@dataclass
class TableFacts:
    """The columns of a table by their names in small letters."""

    table: SqlTable
    columns: dict[str, ColumnFacts]
    constraints: list[str] = field(default_factory=list)

    def find(self, name: str) -> ColumnFacts | None:
        return self.columns.get(name.casefold())


def table_facts(table: SqlTable, schema: SqlSchema) -> TableFacts:
    """What is said of the columns of a table; what cannot be taken goes to the schema's list."""
    columns = {name: _column_facts(each, schema) for name, each in table.columns.items()}
    facts = TableFacts(table, columns)
    key = table.primary_key
    for name in key.columns if key else ():
        found = facts.find(name)
        if found is not None and key is not None:
            found.not_null, found.is_key = True, len(key.columns) == 1
    _take_checks([*table.checks, *_domain_checks(table, schema)], facts, schema)
    for column in facts.columns.values():
        _check_ends(column, facts, schema)
    return facts


def _column_facts(column: SqlColumn, schema: SqlSchema) -> ColumnFacts:
    kind, not_null = column.type, column.not_null
    said = [str(kind)] if kind else ["no type"]
    domain = schema.domains.get(kind.name.casefold()) if kind else None
    if domain is not None and kind is not None and not kind.is_array:
        kind, not_null = domain[0].type, not_null or domain[0].not_null
    labels = schema.enums.get(kind.name.casefold()) if kind and not kind.is_array else None
    meant = Meaning("labels", labels=labels) if labels else meaning(kind)
    facts = ColumnFacts(column, meant, not_null, labels=meant.labels, said=said)
    facts.identity = column.identity or meant.identity
    facts.not_null = facts.not_null or facts.identity
    if not_null:
        said.append("not null")
    _read_default(facts)
    return facts


def _read_default(facts: ColumnFacts) -> None:
    """A default may say that the database counts, or makes UUIDs."""
    tokens = facts.column.default
    if not tokens:
        return
    words = {token.upper for token in tokens}
    if "NEXTVAL" in words:
        facts.identity = facts.not_null = True
    elif _MAKES_UUIDS & words and facts.family == "text" and (facts.meaning.length or 36) >= 36:
        facts.meaning = Meaning("uuid")
    wording = " ".join(f"'{t.text}'" if t.kind == "text" else t.text for t in tokens)
    facts.said.append(f"default {wording[:40]}")


def _domain_checks(table: SqlTable, schema: SqlSchema) -> Iterable[Check]:
    """Conditions of domains, said of the columns that have them."""
    for column in table.columns.values():
        kind = column.type
        domain = schema.domains.get(kind.name.casefold()) if kind else None
        for check in domain[1] if domain else ():
            quoted = '"' + column.name.replace('"', '""') + '"'
            text = quoted.join(re.split(r"(?i)\bvalue\b", check.text))
            yield Check(text, check.line, '"')


def _take_checks(checks: list[Check], facts: TableFacts, schema: SqlSchema) -> None:
    """What is said of single columns first: what is said of two depends on it."""
    found = []
    for check in checks:
        schema.conditions += 1
        findings = _findings(check) if schema.conditions <= MOST_CONDITIONS else []
        found.append((check, findings))
    taken: list[list[bool]] = [[] for _ in found]
    for late in (False, True):
        for place, (_, findings) in enumerate(found):
            chosen = [each for each in findings if isinstance(each, Order | Equal) is late]
            taken[place] += [_take(each, facts) for each in chosen]
    for (check, _), done in zip(found, taken, strict=True):
        if not done or not all(done):
            part = "a part of " if any(done) else ""
            wording = " ".join(check.text.split())
            wording = wording if len(wording) <= 80 else f"{wording[:79]}…"
            schema.leave_out(check.line, f"{part}CHECK ({wording}) is not taken", facts.table)


def _findings(check: Check) -> list[Finding]:
    try:
        return read_condition(check)
    except NotSaid:
        return []


def _take(finding: Finding, facts: TableFacts) -> bool:
    """Whether the columns can be made so that a part of a condition holds."""
    match finding:
        case Present(name):
            column = facts.find(name)
            if column is not None:
                column.not_null = True
            return column is not None
        case Range():
            return _take_range(finding, facts.find(finding.column))
        case Labels(name, labels):
            return _take_labels(labels, facts.find(name))
        case Order(lower, upper):
            return _take_order(finding, facts.find(lower), facts.find(upper), facts)
        case Equal():
            return _take_formula(finding, facts.find(finding.column), facts)
    return False


def _take_range(found: Range, column: ColumnFacts | None) -> bool:
    if column is None or isinstance(found.value, str) != column.is_moment:
        return False
    if isinstance(found.value, str):
        if not _is_iso(found.value):
            return False
    elif not column.is_number:
        return False
    value = found.value
    if found.is_least and (column.low is None or value > column.low):  # type: ignore[operator]
        column.low = value
        _mark(column, "low", strict=found.strict)
    elif not found.is_least and (column.high is None or value < column.high):  # type: ignore[operator]
        column.high = value
        _mark(column, "high", strict=found.strict)
    return True


def _mark(column: ColumnFacts, end: str, *, strict: bool) -> None:
    column.strict.discard(end)
    if strict:
        column.strict.add(end)


def _is_iso(text: str) -> bool:
    for read in (dt.datetime.fromisoformat, dt.time.fromisoformat):
        try:
            read(text)
        except ValueError:
            continue
        return True
    return False


def _take_labels(labels: tuple[str, ...], column: ColumnFacts | None) -> bool:
    if column is None or column.family not in {"text", "labels", "integer", "unknown"}:
        return False
    kept = tuple(dict.fromkeys(labels))
    column.labels = tuple(each for each in column.labels if each in kept) or kept
    return True


def _take_order(
    found: Order, lower: ColumnFacts | None, upper: ColumnFacts | None, facts: TableFacts
) -> bool:
    """Moments follow one another; the values of numbers are kept apart by their ends."""
    if lower is None or upper is None or lower is upper:
        return False
    if lower.is_moment and upper.family == lower.family and not upper.after:
        if upper.unique or lower.after == upper.name or upper.low or upper.high:
            return False
        upper.after = lower.name
        return True
    if not (lower.is_number and upper.is_number):
        return False
    return _keep_apart(found, lower, upper, facts)


def _keep_apart(found: Order, lower: ColumnFacts, upper: ColumnFacts, facts: TableFacts) -> bool:
    sign = "<" if found.strict else "<="
    order = f"{written(lower.name)} {sign} {written(upper.name)}"
    if _is_apart(lower.high, upper.low, strict=found.strict):
        facts.constraints.append(order)
        return True
    least = max(_number(lower.low, 0.0), _number(upper.low, 0.0))
    most = min(_number(lower.high, least + 100), _number(upper.high, least + 100))
    if least >= most or lower.formula or upper.formula:
        return False
    middle = least + (most - least) / 2
    middle = float(int(middle)) if middle > 1 else middle
    lower.low = _number(lower.low, least)
    lower.high, upper.low = middle, middle
    if found.strict:
        _mark(upper, "low", strict=True)
    upper.high = _number(upper.high, most)
    lower.assumed.append(f"up to {middle:.15g}, to stay below {upper.name}")
    upper.assumed.append(f"from {middle:.15g}, to stay above {lower.name}")
    facts.constraints.append(order)
    return True


def _is_apart(high: float | str | None, low: float | str | None, *, strict: bool) -> bool:
    """Whether the ends of two numbers keep them in order already."""
    if not isinstance(high, float) or not isinstance(low, float):
        return False
    return high < low or (high == low and not strict)


def _number(value: float | str | None, otherwise: float) -> float:
    return value if isinstance(value, float | int) else otherwise


def _take_formula(found: Equal, column: ColumnFacts | None, facts: TableFacts) -> bool:
    """A number that is computed from others, none of which is computed itself."""
    if column is None or not column.is_number or column.formula:
        return False
    read = [each for each in facts.columns.values() if _reads(found.expression, each.name)]
    if not read or any(each.formula or not each.is_number for each in read):
        return False
    if any(_reads(each.formula, column.name) for each in facts.columns.values() if each.formula):
        return False
    column.formula = found.expression
    if column.not_null:
        for each in read:
            each.not_null = True
    return True


def _reads(expression: str, name: str) -> bool:
    return any(
        token.kind in {"name", "quoted"} and token.value == name for token in tokens(expression)
    )


def _check_ends(column: ColumnFacts, facts: TableFacts, schema: SqlSchema) -> None:
    """Drop ends that leave no value between them."""
    low, high = column.low, column.high
    if low is not None and high is not None and low > high:  # type: ignore[operator]
        said = f"no value of {column.name} is between {low} and {high}"
        schema.leave_out(column.column.line, said, facts.table)
        column.low = column.high = None
