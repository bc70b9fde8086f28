"""SQL as tokens with their lines, in one pass over the text.

One reading serves all databases: names stand in `"…"`, `` `…` `` or `[…]`, texts in `'…'` or
`$$…$$`. Takes time linear in the length of the text, whatever is in it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

TokenKind = Literal["word", "name", "text", "number", "sign"]


class Token(NamedTuple):
    """`text` is what is meant: a name or a text without its quotes."""

    kind: TokenKind
    text: str
    line: int
    start: int
    end: int

    @property
    def upper(self) -> str:
        """The keyword that it may be; empty for everything but bare words."""
        return self.text.upper() if self.kind == "word" else ""


class Unclosed(ValueError):  # noqa: N818
    """A quote or comment that has no end; the text says what, and in which line it begins."""


_LEXEME = re.compile(
    r"(?P<blank>\s+)"
    r"|(?P<remark>--[^\n]*)"
    r"|(?P<block>/\*)"
    r"|(?P<dollar>\$(?:[^\W\d]\w*)?\$)"
    r"|(?P<quote>[EeNnBbXx]?'|[\"`])"
    r"|(?P<bracket>\[[^\W\d][^\]\n'\"]*\])"
    r"|(?P<word>[^\W\d][\w$#@]*|[@#]{1,2}\w+)"
    r"|(?P<number>\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+)"
    r"|(?P<sign>::|<=|>=|<>|!=|\|\||.)",
    re.DOTALL,
)
_PLAIN_TEXT = re.compile(r"[^']*+(?:''[^']*+)*+'")
_ESCAPED_TEXT = re.compile(r"[^'\\]*+(?:(?:''|\\.)[^'\\]*+)*+'", re.DOTALL)
_IN_DOUBLE_QUOTES = re.compile(r'[^"]*+(?:""[^"]*+)*+"')
_IN_BACKTICKS = re.compile(r"[^`]*+(?:``[^`]*+)*+`")
_MYSQL = re.compile(
    r"\bENGINE\s*=|\bAUTO_INCREMENT\b|\bTABLE\s{1,9}(?:IF NOT EXISTS\s{1,9})?`", re.IGNORECASE
)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "0": ""}


@dataclass
class Lexer:
    """Tokens of a text, one after the other.

    Args:
        conditional: comments that MySQL carries out, with their lines.
    """

    text: str
    place: int = 0
    line: int = 1
    begins_line: bool = True
    conditional: list[tuple[int, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        # MySQL alone takes a backslash in a text for an escape.
        self._escapes = _MYSQL.search(self.text) is not None

    def next(self) -> Token | None:
        """The next token; None at the end.

        Raises:
            Unclosed: where a quote or comment has no end.
        """
        while self.place < len(self.text):
            found = _LEXEME.match(self.text, self.place)
            assert found is not None
            kind = found.lastgroup
            if kind in {"blank", "remark"}:
                self._move(found.end())
            elif kind == "block":
                self._comment(found.end())
            elif self._is_remark(found.group()):
                self._move(self._end_of_line(found.end()))
            else:
                return self._token(kind or "", found)
        return None

    def _comment(self, start: int) -> None:
        line = self.line
        self._close("*/", start, "a comment")
        if self.text.startswith("!", start):
            self.conditional.append((line, self.text[start + 1 : self.place - 2]))

    def _is_remark(self, text: str) -> bool:
        """Whether a line begins with the comment sign of MySQL; elsewhere it begins names."""
        return self.begins_line and text[0] == "#" and (text == "#" or self._escapes)

    def skip_to(self, end: int) -> None:
        """Leave out what stands before `end`."""
        self._move(end)

    def _token(self, kind: str, found: re.Match[str]) -> Token:
        start, line = self.place, self.line
        if kind == "quote":
            text, meant = self._quoted(found)
            return Token(meant, text, line, start, self.place)
        if kind == "dollar":
            self._close(found.group(), found.end(), "a text")
            width = len(found.group())
            return Token("text", self.text[start + width : self.place - width], line, start,
                         self.place)  # fmt: skip
        self._move(found.end())
        if kind == "bracket":
            return Token("name", found.group()[1:-1], line, start, self.place)
        known: dict[str, TokenKind] = {"word": "word", "number": "number"}
        return Token(known.get(kind, "sign"), found.group(), line, start, self.place)

    def _quoted(self, found: re.Match[str]) -> tuple[str, TokenKind]:
        sign = found.group()[-1]
        escapes = self._escapes or found.group()[0] in "Ee"
        end = self._end_of_quote(sign, found.end(), escapes=escapes)
        inner = self.text[found.end() : end - 1].replace(sign * 2, sign)
        self._move(end)
        if sign != "'":
            return inner, "name"
        if escapes:
            inner = _ESCAPE.sub(lambda each: _ESCAPES.get(each[1], each[1]), inner)
        return inner, "text"

    def _end_of_quote(self, sign: str, start: int, *, escapes: bool) -> int:
        if sign == '"':
            closed = _IN_DOUBLE_QUOTES.match(self.text, start)
        elif sign == "`":
            closed = _IN_BACKTICKS.match(self.text, start)
        elif escapes:
            closed = _ESCAPED_TEXT.match(self.text, start)
        else:
            closed = _PLAIN_TEXT.match(self.text, start)
        if closed is None:
            raise Unclosed(f"line {self.line}: the quote {sign} is opened and not closed")
        return closed.end()

    def _close(self, ending: str, start: int, what: str) -> None:
        end = self.text.find(ending, start)
        if end < 0:
            raise Unclosed(f"line {self.line}: {what} is opened and not closed")
        self._move(end + len(ending))

    def _end_of_line(self, start: int) -> int:
        end = self.text.find("\n", start)
        return len(self.text) if end < 0 else end

    def _move(self, end: int) -> None:
        passed = self.text.count("\n", self.place, end)
        self.line += passed
        start = self.text.rfind("\n", self.place, end) + 1 if passed else self.place
        blank = not self.text[start:end].strip()
        self.begins_line = blank and (passed > 0 or self.begins_line)
        self.place = end


@dataclass
class Cursor:
    """A place among tokens, and what may be read there."""

    tokens: list[Token]
    place: int = 0

    @property
    def token(self) -> Token | None:
        return self.tokens[self.place] if self.place < len(self.tokens) else None

    @property
    def line(self) -> int:
        """The line at hand, or the last one."""
        token = self.token or (self.tokens[-1] if self.tokens else None)
        return token.line if token else 0

    def word(self, ahead: int = 0) -> str:
        """The bare word so far ahead, in capitals; empty where there is none."""
        place = self.place + ahead
        return self.tokens[place].upper if place < len(self.tokens) else ""

    def is_sign(self, sign: str, ahead: int = 0) -> bool:
        place = self.place + ahead
        if place >= len(self.tokens):
            return False
        token = self.tokens[place]
        return token.kind == "sign" and token.text == sign

    def accept(self, *words: str) -> bool:
        """Whether these words stand here; they are passed."""
        if all(self.word(ahead) == word for ahead, word in enumerate(words)):
            self.place += len(words)
            return True
        return False

    def take(self) -> Token | None:
        token = self.token
        self.place += token is not None
        return token

    def name(self) -> str:
        """A name, bare or in quotes; empty where there is none."""
        token = self.token
        if token is None or token.kind not in {"word", "name"}:
            return ""
        self.place += 1
        return token.text

    def qualified(self) -> tuple[str, ...]:
        """`schema.name`, part by part; empty where there is none."""
        parts = [self.name()]
        while parts[-1] and self.is_sign("."):
            self.place += 1
            parts.append(self.name())
        return tuple(each for each in parts if each)

    def group(self) -> list[Token]:
        """What stands in the parentheses that open here, which are passed."""
        start, depth = self.place + 1, 0
        while (token := self.take()) is not None:
            if token.kind == "sign" and token.text in "()":
                depth += 1 if token.text == "(" else -1
                if not depth:
                    return self.tokens[start : self.place - 1]
        return self.tokens[start:]

    def skip(self) -> None:
        """Pass a token, or a whole group."""
        if self.is_sign("("):
            self.group()
        else:
            self.take()


def items(tokens: list[Token]) -> list[list[Token]]:
    """Tokens parted at the commas that stand in no parentheses."""
    parts: list[list[Token]] = [[]]
    depth = 0
    for token in tokens:
        if token.kind == "sign" and token.text in "()":
            depth += 1 if token.text == "(" else -1
        if token.kind == "sign" and token.text == "," and depth == 0:
            parts.append([])
        else:
            parts[-1].append(token)
    return [part for part in parts if part]
