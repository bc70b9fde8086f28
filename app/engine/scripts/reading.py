"""What a script says without being run: its function, and the columns that it reads.

Scripts are split into tokens by Python's tokenizer, whose lexical grammar Starlark shares. Nothing
here is parsed or evaluated: a stranger's text takes no more than time in proportion to its length.
"""

from __future__ import annotations

import ast
import functools
import io
import tokenize
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from tokenize import COMMENT, NAME, NL, OP, STRING, TokenInfo

from app.engine.scripts.errors import ScriptFault
from app.engine.scripts.limits import MAX_LENGTH

FUNCTION = "value"
EXAMPLE = "def value(row):"
Place = tuple[int, int]  # line and column, both from 1


@dataclass(frozen=True, slots=True)
class Script:
    """A script as it is written.

    Args:
        text: all of it.
        columns: the names of the columns that it reads, each with where that is said first.
        fault: what is wrong with its function, where that is known.
        line: of the function, from 1.
    """

    text: str
    columns: Mapping[str, Place] = field(default_factory=dict)
    fault: ScriptFault | None = None
    line: int = 1


@functools.lru_cache(maxsize=256)
def read_script(text: str) -> Script:
    """The script's function, and every column that is written out as ``row["name"]`` or
    ``row.get("name")``, whatever the function calls its row."""
    if len(text) > MAX_LENGTH:
        return Script(text, {}, ScriptFault(f"has more than {MAX_LENGTH:,} characters"))
    tokens = _tokens(text)
    found = _function(tokens)
    if found is None:
        fault = ScriptFault(f"has no function of a row called {FUNCTION}", hint=f"`{EXAMPLE} …`")
        return Script(text, {}, fault)
    line, row = found
    if row is None:
        fault = ScriptFault(f"{FUNCTION} takes a row and nothing else", line, 1, f"`{EXAMPLE}`")
        return Script(text, {}, fault, line)
    return Script(text, dict(_columns(tokens, row)), None, line)


def _tokens(text: str) -> list[TokenInfo]:
    """The tokens as far as they can be read; the interpreter says what is wrong with the rest."""
    found: list[TokenInfo] = []
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type not in (COMMENT, NL):
                found.append(token)
    except (tokenize.TokenError, SyntaxError):
        pass
    return found


def _function(tokens: Sequence[TokenInfo]) -> tuple[int, str | None] | None:
    """The line of the last ``def value(…):`` at the margin, and its one parameter, if it is one."""
    found = None
    for i, token in enumerate(tokens[:-1]):
        starts = token.string == "def" and token.start[1] == 0
        if starts and tokens[i + 1].string == FUNCTION:
            signature = [each.string for each in tokens[i + 2 : i + 6]]
            one = tokens[i + 3].type == NAME and signature[0::2] == ["(", ")"]
            found = token.start[0], signature[1] if one and signature[3:] == [":"] else None
    return found


def _columns(tokens: Sequence[TokenInfo], row: str) -> list[tuple[str, Place]]:
    """The names that stand in brackets behind the row, the last place first."""
    found = []
    for i, token in enumerate(tokens):
        if token.type != NAME or token.string != row:
            continue
        rest = tokens[i + 1 : i + 5]
        shapes = [each.string for each in rest if each.type in (OP, NAME)]
        if shapes[:1] == ["["]:
            name, behind = rest[1:2], rest[2:3]
        elif shapes[:3] == [".", "get", "("]:
            name, behind = rest[3:4], tokens[i + 5 : i + 6]
        else:
            continue
        closed = bool(behind) and behind[0].string in ("]", ")", ",")
        if closed and name and name[0].type == STRING:
            text = _literal(name[0].string)
            if text is not None:
                line, column = name[0].start
                found.append((text, (line, column + 1)))
    return found[::-1]


def _literal(written: str) -> str | None:
    """A text in quotes; None where it is another literal."""
    try:
        value = ast.literal_eval(written)
    except (ValueError, SyntaxError):
        return None
    return value if isinstance(value, str) else None
