"""How an upload is to be read, as far as that is not detected: parameters of an address."""

from __future__ import annotations

import codecs
from typing import Annotated, Any

from fastapi import Depends, Query

from app.api.http_errors import InvalidRequest
from app.engine.errors import Fault

Header = Annotated[
    bool | None,
    Query(
        description="Whether the first line of text files names the columns; detected when left "
        "out."
    ),
]
Encoding = Annotated[
    str | None,
    Query(
        min_length=1,
        max_length=40,
        description="Of text files, such as `latin-1`; detected when left out.",
    ),
]
Delimiter = Annotated[
    str | None,
    Query(
        pattern=r"^(tab|[,;|\t: ~^])$",
        description="Between the cells of CSV, one of `,;|:~^`, a blank or `tab`; detected when "
        "left out.",
    ),
]


async def _options(
    header: Header = None, encoding: Encoding = None, delimiter: Delimiter = None
) -> dict[str, Any]:
    """Those that were given, by the names of `ReadingOptions`. Raises InvalidRequest."""
    if encoding is not None and not _is_text(encoding):
        hint = "a name such as utf-8, latin-1 or cp1252"
        raise InvalidRequest(Fault("query.encoding", "is not known", hint))
    given = {
        "header": header,
        "encoding": encoding,
        "delimiter": "\t" if delimiter == "tab" else delimiter,
    }
    return {name: value for name, value in given.items() if value is not None}


def _is_text(encoding: str) -> bool:
    """Whether text is written in an encoding: some of Python's are none of text."""
    try:
        return isinstance("a".encode(encoding), bytes) and bool(codecs.lookup(encoding).name)
    except (LookupError, UnicodeError, ValueError):
        return False


ReadingOptionsQuery = Annotated[dict[str, Any], Depends(_options)]
