"""Names of columns and tables: how they may be written, and which may be a file's name."""

from __future__ import annotations

import re
from collections.abc import Iterable

from app.engine.expressions.names import snake_case

_FORBIDDEN_IN_FILES = re.compile(r'[/\\\x00-\x1f\x7f:*?"<>|]')
_MAX_FILE_NAME = 120


def find_name(name: str, known: Iterable[str]) -> str | None:
    """The known name meant by `name`: itself, in backticks, or the snake case of one only."""
    names = list(known)
    plain = name[1:-1] if len(name) > 1 and name[0] == name[-1] == "`" else name
    if plain in names:
        return plain
    alike = [other for other in names if snake_case(other) == plain]
    return alike[0] if len(alike) == 1 else None


def file_name_problem(name: str) -> str | None:
    """Why a table of this name could not be written to a file of its name."""
    if not name.strip():
        return "a name must not be empty"
    if len(name.encode()) > _MAX_FILE_NAME:
        return f"a name has at most {_MAX_FILE_NAME} bytes"
    bad = _FORBIDDEN_IN_FILES.search(name)
    if bad:
        return f"a name must not hold {bad.group()!r}: files carry it"
    if name.startswith(".") or name != name.strip():
        return "a name must not begin with a dot, or begin or end with a space"
    return None
