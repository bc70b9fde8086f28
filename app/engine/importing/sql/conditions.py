"""CHECK conditions: what they say of single columns, and what is left as an expression.

Conditions are parsed by sqlglot, each for itself and only up to a length, since a parser's time
and depth grow with what it is given.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from app.engine.expressions.names import written
from app.engine.importing.sql.schema import Check

LONGEST = 2_000
"""Characters of a condition that is read."""
DEEPEST = 40
"""Parentheses inside one another."""


class NotSaid(Exception):  # noqa: N818
    """The language has no words for a condition."""


@dataclass(frozen=True, slots=True)
class Range:
    """A column is at least, or at most, a value; `strict` leaves the value itself out."""

    column: str
    value: float | str
    is_least: bool
    strict: bool = False


@dataclass(frozen=True, slots=True)
class Labels:
    """A column is one of these."""

    column: str
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Present:
    """A column is never null."""

    column: str


@dataclass(frozen=True, slots=True)
class Order:
    """One column is at most another one, or below it where `strict`."""

    lower: str
    upper: str
    strict: bool


@dataclass(frozen=True, slots=True)
class Equal:
    """A column is what an expression of the language computes from others."""

    column: str
    expression: str


@dataclass(frozen=True, slots=True)
class Other:
    """A condition as an expression of the language."""

    expression: str
    columns: frozenset[str]


Finding = Range | Labels | Present | Order | Equal | Other


def read_condition(check: Check) -> list[Finding]:
    """What a condition says, part by part.

    Raises:
        NotSaid: where the language cannot say a part of it, or it is not read at all.
    """
    return [_finding(part) for part in _parts(_parsed(check))]


def translated(check: Check) -> str:
    """An SQL expression in the words of the language. Raises NotSaid."""
    return _written(_bare(_parsed(check)))


def _parsed(check: Check) -> Any:
    import sqlglot

    text = check.text
    if len(text) > LONGEST or _depth(text) > DEEPEST:
        raise NotSaid
    logging.getLogger("sqlglot").setLevel(logging.CRITICAL)
    dialect = {"`": "mysql", "[": "tsql"}.get(check.quote, "postgres")
    try:
        return sqlglot.parse_one(text, read=dialect)
    except (sqlglot.errors.SqlglotError, RecursionError, ValueError):
        raise NotSaid from None


def _depth(text: str) -> int:
    depth = most = 0
    for sign in text:
        depth += (sign == "(") - (sign == ")")
        most = max(most, depth)
    return most


def _parts(node: Any) -> Iterator[Any]:
    """The conditions that `AND` joins."""
    from sqlglot import expressions as sql

    node = _bare(node)
    if isinstance(node, sql.And):
        yield from _parts(node.this)
        yield from _parts(node.expression)
    elif isinstance(node, sql.Between):
        yield sql.GTE(this=node.this, expression=node.args["low"])
        yield sql.LTE(this=node.this, expression=node.args["high"])
    else:
        yield node


def _bare(node: Any) -> Any:
    """Without parentheses and casts, which change no value of a sensible condition."""
    from sqlglot import expressions as sql

    while isinstance(node, sql.Paren | sql.Cast | sql.TryCast):
        node = node.this
    return node


def _finding(node: Any) -> Finding:
    for read in (_presence, _range, _labels, _alternatives, _order, _equal):
        found = read(node)
        if found is not None:
            return found
    from sqlglot import expressions as sql

    columns = frozenset(each.name for each in node.find_all(sql.Column))
    if not columns:
        raise NotSaid
    return Other(_written(node), columns)


def _presence(node: Any) -> Finding | None:
    from sqlglot import expressions as sql

    inner = _bare(node.this) if isinstance(node, sql.Not) else None
    if isinstance(inner, sql.Is) and isinstance(_bare(inner.expression), sql.Null):
        name = _column(inner.this)
        return Present(name) if name else None
    return None


def _range(node: Any) -> Finding | None:
    from sqlglot import expressions as sql

    sides: dict[type, tuple[bool, bool]] = {
        sql.GTE: (True, False), sql.GT: (True, True), sql.LTE: (False, False), sql.LT: (False, True)
    }  # fmt: skip
    if type(node) not in sides:
        return None
    least, strict = sides[type(node)]
    column, value = _column(node.this), _value(node.expression)
    if column is None:
        column, value, least = _column(node.expression), _value(node.this), not least
    return None if column is None or value is None else Range(column, value, least, strict)


def _labels(node: Any) -> Finding | None:
    """`x IN (…)`, `x = ANY (ARRAY[…])`, `x = 'a'`."""
    from sqlglot import expressions as sql

    if isinstance(node, sql.In):
        column, given = _column(node.this), node.expressions
    elif isinstance(node, sql.EQ) and isinstance(_bare(node.expression), sql.Any):
        column = _column(node.this)
        array = node.expression.find(sql.Array)
        given = array.expressions if array is not None else []
    elif isinstance(node, sql.EQ):
        column, given = _column(node.this), [node.expression]
    else:
        return None
    values = [_value(each) for each in given]
    if column is None:
        column = _in_capitals(node.this, values)
    if column is None or not values or any(each is None for each in values):
        return None
    return Labels(column, tuple(_label(each) for each in values if each is not None))


def _in_capitals(node: Any, values: list[float | str | None]) -> str | None:
    """The column of `UPPER(x) = 'A'`, of which the label itself is a value."""
    from sqlglot import expressions as sql

    node = _bare(node)
    fits = all(isinstance(each, str) and each == each.upper() for each in values)
    return _column(node.this) if isinstance(node, sql.Upper) and fits else None


def _alternatives(node: Any) -> Finding | None:
    """`x = 'a' OR x = 'b'`; `x IS NULL OR …`, as a null keeps every condition."""
    from sqlglot import expressions as sql

    if not isinstance(node, sql.Or):
        return None
    sides = [_bare(node.this), _bare(node.expression)]
    kept = [each for each in sides if not _is_null_test(each)]
    if len(kept) == 1:
        return _finding(kept[0])
    found = [_labels(each) or _alternatives(each) for each in sides]
    first, second = found
    if isinstance(first, Labels) and isinstance(second, Labels) and first.column == second.column:
        return Labels(first.column, (*first.labels, *second.labels))
    return None


def _is_null_test(node: Any) -> bool:
    from sqlglot import expressions as sql

    return isinstance(node, sql.Is) and isinstance(_bare(node.expression), sql.Null)


def _order(node: Any) -> Finding | None:
    from sqlglot import expressions as sql

    first, second = (
        (_column(node.this), _column(node.expression)) if isinstance(node, sql.Binary) else ("", "")
    )
    if not first or not second:
        return None
    if isinstance(node, sql.LT | sql.LTE):
        return Order(first, second, isinstance(node, sql.LT))
    if isinstance(node, sql.GT | sql.GTE):
        return Order(second, first, isinstance(node, sql.GT))
    return None


def _equal(node: Any) -> Finding | None:
    from sqlglot import expressions as sql

    if not isinstance(node, sql.EQ):
        return None
    column, other = _column(node.this), node.expression
    if column is None:
        column, other = _column(node.expression), node.this
    if column is None or any(each.name == column for each in other.find_all(sql.Column)):
        return None
    return Equal(column, _written(_bare(other)))


def _column(node: Any) -> str | None:
    from sqlglot import expressions as sql

    node = _bare(node)
    if isinstance(node, sql.Column):
        return str(node.name)
    return None


def _value(node: Any) -> float | str | None:
    """A number or a text that stands there; None for everything else."""
    from sqlglot import expressions as sql

    node = _bare(node)
    if isinstance(node, sql.Neg):
        inner = _value(node.this)
        return -inner if isinstance(inner, float) else None
    if isinstance(node, sql.Literal):
        if node.is_string:
            return str(node.this)
        number = float(node.this)
        return number if math.isfinite(number) else None
    if isinstance(node, sql.National):
        return str(node.this)
    return None


def _label(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:.15g}"


_OPERATORS = {
    "Add": "+", "Sub": "-", "Mul": "*", "Div": "/", "Mod": "%", "EQ": "==", "NEQ": "!=", "LT": "<",
    "LTE": "<=", "GT": ">", "GTE": ">=", "And": "and", "Or": "or",
}  # fmt: skip
_FUNCTIONS = {"Abs": "abs", "Length": "length", "Lower": "lower", "Upper": "upper",
              "Floor": "floor", "Ceil": "ceil", "Sqrt": "sqrt", "Round": "round"}  # fmt: skip


def _written(node: Any) -> str:
    """A tree as an expression of the language. Raises NotSaid."""
    name = type(node).__name__
    if name in _OPERATORS:
        left, right = _nested(node.this), _nested(node.expression)
        return f"{left} {_OPERATORS[name]} {right}"
    if name in {"Concat", "DPipe", "Coalesce"}:
        return _joined(node)
    writer = _WRITERS.get(name)
    if writer is not None:
        return writer(node)
    if name in _FUNCTIONS:
        more = [node.args["decimals"]] if node.args.get("decimals") else []
        return f"{_FUNCTIONS[name]}({', '.join(_written(_bare(n)) for n in [node.this, *more])})"
    raise NotSaid


def _joined(node: Any) -> str:
    """`CONCAT(a, b)`, `a || b`, `COALESCE(a, b)`."""
    name = type(node).__name__
    if name == "DPipe":
        parts = [node.this, node.expression]
    else:
        parts = [*([node.this] if node.args.get("this") else []), *node.expressions]
    function = "coalesce" if name == "Coalesce" else "concat"
    return f"{function}({', '.join(_written(_bare(each)) for each in parts)})"


def _nested(node: Any) -> str:
    node = _bare(node)
    text = _written(node)
    return f"({text})" if type(node).__name__ in _OPERATORS else text


def _literal(node: Any) -> str:
    if not node.is_string:
        return str(node.this)
    return "'" + str(node.this).replace("'", "''") + "'"


def _between(node: Any) -> str:
    column = _nested(node.this)
    return f"{column} >= {_nested(node.args['low'])} and {column} <= {_nested(node.args['high'])}"


_WRITERS: dict[str, Callable[[Any], str]] = {
    "Column": lambda node: written(str(node.name)),
    "Literal": _literal,
    "Neg": lambda node: f"-{_nested(node.this)}",
    "Not": lambda node: f"not ({_written(_bare(node.this))})",
    "Between": _between,
    "Boolean": lambda node: "true" if node.this else "false",
}
