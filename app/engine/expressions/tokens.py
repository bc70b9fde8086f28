"""Cutting the text of an expression into tokens."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from app.engine.expressions.errors import ExpressionError

MAX_LENGTH = 20_000

TokenKind = Literal["number", "text", "name", "quoted", "word", "symbol", "end"]

KEYWORDS = frozenset({"and", "or", "not", "in", "is", "null", "true", "false"})

_PATTERN = re.compile(
    r"""(?P<space>\s+)
    |(?P<number>(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)
    |(?P<text>'(?:[^']|'')*'|"(?:[^"]|"")*")
    |(?P<quoted>`(?:[^`]|``)+`)
    |(?P<name>[^\W\d]\w*)
    |(?P<symbol><=|>=|==|!=|<>|&&|\|\||//|\*\*|[-+*/%<>=(),.!])""",
    re.VERBOSE,
)

_MISTAKES = {
    "=": "write == to compare",
    "<>": "write !=",
    "&&": "write and",
    "||": "write or",
    "!": "write not",
}


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of an expression; `value` is without its quotes."""

    kind: TokenKind
    value: str
    position: int


def tokens(text: str) -> Iterator[Token]:
    """The tokens of `text`, the last of which is the end.

    Raises:
        ExpressionError: for a character that starts no token, or a text above MAX_LENGTH.
    """
    if len(text) > MAX_LENGTH:
        raise ExpressionError(f"longer than {MAX_LENGTH:,} characters", text, MAX_LENGTH)
    position = 0
    while position < len(text):
        match = _PATTERN.match(text, position)
        if match is None:
            raise _no_token(text, position)
        if match.lastgroup != "space":
            yield _token(match, text)
        position = match.end()
    yield Token("end", "", len(text))


def _token(match: re.Match[str], text: str) -> Token:
    kind, value = match.lastgroup, match.group()
    if kind in ("text", "quoted"):
        mark = value[0]
        unquoted = value[1:-1].replace(mark * 2, mark)
        return Token("text" if kind == "text" else "quoted", unquoted, match.start())
    if kind == "name" and value.lower() in KEYWORDS and (value.islower() or value.isupper()):
        return Token("word", value.lower(), match.start())
    if kind == "symbol" and value in _MISTAKES:
        raise ExpressionError(f"{value!r} is no operator", text, match.start(), _MISTAKES[value])
    if kind == "number":
        return Token("number", value, match.start())
    return Token("name" if kind == "name" else "symbol", value, match.start())


def _no_token(text: str, position: int) -> ExpressionError:
    character = text[position]
    if character in "'\"`":
        return ExpressionError(f"the {character} is never closed", text, position)
    return ExpressionError(f"unexpected character {character!r}", text, position)
