"""Columns of tables that a person has already, as the first draft of a definition.

Takes CPU time that grows with the text: this is for worker processes. Raises ValueError with what
is wrong where nothing can be read.
"""

from __future__ import annotations

import re

from app.engine.importing.csv_columns import draft_of_csv
from app.engine.importing.drafts import Draft
from app.engine.importing.sql.declaring import draft_of_sql

MOST_TEXT = 4_000_000
CREATE = re.compile(r"(?i)create")
TABLE = re.compile(
    r"(?i)\s+(?:(?:or\s+replace|global|local|temp|temporary|unlogged|external|foreign|transient)\s+)*"
    r"table\b"
)


def from_text(text: str) -> Draft:
    """A definition of the tables of an SQL script, or else of the columns of a CSV file."""
    if len(text) > MOST_TEXT:
        raise ValueError(f"{len(text):,} letters are more than the {MOST_TEXT:,} that are read")
    return draft_of_sql(text) if is_sql(text) else draft_of_csv(text)


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
