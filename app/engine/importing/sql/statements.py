"""An SQL script as statements: where each begins and ends, and in which line.

Scripts of several tools are read: `GO` and `/` between batches, `DELIMITER`, rows of `COPY … FROM
stdin`, bodies of stored programs. Of statements that make no table only the first words are kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from app.engine.importing.sql.tokens import Lexer, Token, Unclosed

HEAD = 12
"""Tokens that are kept of statements which say nothing of columns."""
WANTED = frozenset({"CREATE", "ALTER", "COMMENT"})
PROGRAMS = frozenset({"FUNCTION", "PROCEDURE", "PROC", "TRIGGER", "PACKAGE", "EVENT"})

_BEGINS = re.compile(
    r"(?:create|alter\s+(?:table|type)|insert\s+into|comment\s+on|drop\s+table|exec|grant|print)\b",
    re.IGNORECASE,
)
_BATCH = re.compile(r"(?:go(?:[ \t]+\d+)?|/)[ \t]*\r?(?:\n|\Z)", re.IGNORECASE)
_DELIMITER = re.compile(r"delimiter[ \t]+(\S+)", re.IGNORECASE)
_PLAIN_DELIMITER = re.compile(r"^[ \t]*delimiter[ \t]+;", re.IGNORECASE | re.MULTILINE)
_END_OF_ROWS = re.compile(r"^\\\.[ \t]*\r?$", re.MULTILINE)
_END_OF_PROGRAM = re.compile(
    r"^[ \t]*(?:go|/)[ \t]*\r?$"
    r"|\bend\s*(?!if\b|loop\b|case\b|while\b|repeat\b)(?:\w+\s*)?(?:;|\Z)",
    re.IGNORECASE | re.MULTILINE,
)


@dataclass
class Statement:
    """Its tokens: all of them where it may say something of columns; `last` is its last word."""

    line: int
    tokens: list[Token] = field(default_factory=list)
    is_kept: bool = True
    last: str = ""

    @property
    def words(self) -> list[str]:
        """The first bare words, in capitals."""
        return [token.upper for token in self.tokens[:HEAD] if token.kind == "word"]

    @property
    def is_wanted(self) -> bool:
        return self.words[:1] in ([word] for word in WANTED) and not self.is_program

    @property
    def is_program(self) -> bool:
        return self.words[:1] == ["CREATE"] and not PROGRAMS.isdisjoint(self.words[1:6])


@dataclass
class Script:
    """The statements of a text.

    Args:
        trouble: what ended the reading before its end; empty where nothing did.
        passed_programs: lines of stored programs between delimiters of their own.
    """

    lexer: Lexer
    trouble: str = ""
    passed_programs: list[int] = field(default_factory=list)
    _at_line: bool = True

    @classmethod
    def of(cls, text: str) -> Script:
        return cls(Lexer(text))

    def statements(self) -> Iterator[Statement]:
        try:
            yield from self._statements()
        except Unclosed as error:
            self.trouble = str(error)

    def _statements(self) -> Iterator[Statement]:
        present, depth = Statement(0), 0
        while (token := self._token()) is not None:
            begins = self._at_line and depth == 0
            if begins and self._ends_batch(token):
                yield from _if_any(present)
                present, depth = Statement(0), 0
                continue
            if begins and present.tokens and _BEGINS.match(self.lexer.text, token.start):
                yield present
                present = Statement(0)
            if token.text == ";" and token.kind == "sign":
                self._skip_rows(present)
                yield from _if_any(present)
                present, depth = Statement(0), 0
                continue
            depth = max(0, depth + _depth(token))
            if not self._add(present, token):
                yield present
                present, depth = Statement(0), 0
        yield from _if_any(present)

    def _token(self) -> Token | None:
        """The next token; `_at_line` says whether it is the first of its line."""
        before = self.lexer.line if self.lexer.place else 0
        token = self.lexer.next()
        self._at_line = (token is not None and token.line != before) or before == 0
        return token

    def _add(self, statement: Statement, token: Token) -> bool:
        """Whether the statement goes on: that of a stored program ends with its body."""
        if not statement.tokens:
            statement.line = token.line
        statement.last = token.upper or statement.last
        if len(statement.tokens) == HEAD:
            statement.is_kept = statement.is_wanted
        if statement.is_kept:
            statement.tokens.append(token)
        if token.upper == "BEGIN" and statement.is_program:
            self._skip_to(_END_OF_PROGRAM, token.end)
            return False
        return True

    def _ends_batch(self, token: Token) -> bool:
        """Whether a batch ends here; a stored program between other delimiters is passed."""
        text, start = self.lexer.text, token.start
        if _BATCH.match(text, start):
            return True
        found = _DELIMITER.match(text, start)
        if found is None:
            return False
        self.lexer.skip_to(found.end())
        if found[1] != ";":
            self.passed_programs.append(token.line)
            self._skip_to(_PLAIN_DELIMITER, found.end())
        return True

    def _skip_rows(self, statement: Statement) -> None:
        if statement.words[:1] == ["COPY"] and statement.last == "STDIN":
            self._skip_to(_END_OF_ROWS, self.lexer.place)

    def _skip_to(self, ending: re.Pattern[str], start: int) -> None:
        found = ending.search(self.lexer.text, start)
        self.lexer.skip_to(found.end() if found else len(self.lexer.text))


def _if_any(statement: Statement) -> Iterator[Statement]:
    if statement.tokens:
        yield statement


def _depth(token: Token) -> int:
    return {"(": 1, ")": -1}.get(token.text, 0) if token.kind == "sign" else 0
