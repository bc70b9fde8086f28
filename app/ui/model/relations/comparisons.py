"""Comparisons of an expression, `tenure <= 6 and plan == 'Gold'`, as fields that a person fills."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from app.engine.expressions.errors import ExpressionError
from app.engine.expressions.names import names, written
from app.engine.expressions.tokens import Token, tokens
from app.ui.model.writing.numbers import readings

SIGNS = {
    "==": "is",
    "!=": "is not",
    "<=": "is at most",
    "<": "is below",
    ">=": "is at least",
    ">": "is above",
}


@dataclass
class Comparison:
    """A column, a sign and what it is compared with: a column by its name, or a value as text."""

    left: str
    sign: str
    right: str


def read_comparisons(text: str, columns: Collection[str]) -> list[Comparison] | None:
    """The comparisons that all have to hold; None where the text says more than such."""
    try:
        found = list(tokens(text))[:-1]
    except ExpressionError:
        return None
    read = [_read(part, columns) for part in _parted(found)]
    return [each for each in read if each is not None] if read and all(read) else None


def write_comparisons(found: Sequence[Comparison], columns: Collection[str]) -> str:
    """The expression that says that all of them hold."""
    return " and ".join(_written(each, columns) for each in found)


def _parted(found: Sequence[Token]) -> Iterator[list[Token]]:
    """What stands between one `and` and the next."""
    for is_and, part in groupby(found, key=lambda each: (each.kind, each.value) == ("word", "and")):
        if not is_and:
            yield list(part)


def _read(part: Sequence[Token], columns: Collection[str]) -> Comparison | None:
    """`column sign value`, or a value below 0, whose minus is a token of its own."""
    if len(part) == 4 and (part[2].kind, part[2].value, part[3].kind) == ("symbol", "-", "number"):
        part = [*part[:2], Token("number", f"-{part[3].value}", part[2].position)]
    if len(part) != 3 or part[1].value not in SIGNS:
        return None
    left, sign, right = part
    column, other = _column(left, columns), _column(right, columns)
    is_value = right.kind in {"number", "text"} or right.value in {"true", "false"}
    if column is None or not (is_value or other):
        return None
    return Comparison(column, sign.value, right.value if other is None else other)


def _column(token: Token, columns: Collection[str]) -> str | None:
    if token.kind not in {"name", "quoted"}:
        return None
    found = names(columns).find(token.value)
    return found[0] if len(found) == 1 else None


def _written(each: Comparison, columns: Collection[str]) -> str:
    return f"{written(each.left)} {each.sign} {_operand(each.right, columns)}"


def _operand(text: str, columns: Collection[str]) -> str:
    text = text.strip()
    if text in columns:
        return written(text)
    if found := readings(text):
        return str(found[0])
    if text in {"true", "false"}:
        return text
    quoted = text.replace("'", "''")
    return f"'{quoted}'"
