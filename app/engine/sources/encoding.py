"""The encoding of a text: what its bytes prove, else what chardet finds likely.

A file that is valid UTF-8 from end to end is UTF-8. Anything else is guessed by chardet from the
beginning and from where UTF-8 breaks; among the encodings of Western Europe, which hardly differ
and which short texts do not tell apart, windows-1252 is taken, as browsers do (WHATWG Encoding).
"""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from pathlib import Path

from app.engine.errors import SourceError

CHUNK = 1 << 20
HEAD = 1 << 16
# Below it chardet has seen too few letters beyond ASCII to tell encodings of one script apart.
SURE = 0.15
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_LATIN = {
    "cp1250", "cp1252", "cp1254", "cp1257", "cp1258",
    "iso8859-1", "iso8859-2", "iso8859-9", "iso8859-13", "iso8859-15",
}  # fmt: skip
DEFAULT = "cp1252"


@dataclass(frozen=True, slots=True)
class FoundEncoding:
    """An encoding by a name that Python knows, and whether it is proven or only likely."""

    name: str
    proven: bool


def find_encoding(path: Path) -> FoundEncoding:
    """The encoding of a file.

    Raises:
        SourceError: where the file is no text.
    """
    with path.open("rb") as file:
        head = file.read(HEAD)
    for mark, name in _MARKS:
        if head.startswith(mark):
            return FoundEncoding(name, True)
    if b"\0" in head:
        return _without_mark(path, head)
    broken = _first_broken(path)
    if broken is None:
        return FoundEncoding("utf-8", True)
    return FoundEncoding(_likely(head + broken), False)


def check_encoding(path: Path, name: str) -> FoundEncoding:
    """The encoding that was asked for.

    Raises:
        SourceError: where it is unknown.
    """
    try:
        return FoundEncoding(codecs.lookup(name).name, True)
    except LookupError:
        raise SourceError(f"{path.name}: no encoding is called {name!r}") from None


def _without_mark(path: Path, head: bytes) -> FoundEncoding:
    """UTF-16 or UTF-32 that does not say so; every other text is free of NUL bytes."""
    import chardet

    found = (chardet.detect(head)["encoding"] or "").lower()
    if found.startswith(("utf-16", "utf-32")):
        return FoundEncoding(codecs.lookup(found).name, False)
    raise SourceError(f"{path.name}: this is no text: NUL bytes are in it")


def _first_broken(path: Path) -> bytes | None:
    """Bytes around the first place that is no UTF-8; None where all of the file is.

    Raises:
        SourceError: where a NUL byte comes first.
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        while True:
            chunk = file.read(CHUNK)
            if b"\0" in chunk:
                raise SourceError(f"{path.name}: this is no text: NUL bytes are in it")
            try:
                decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                return chunk[max(0, error.start - HEAD // 2) : error.start + HEAD // 2]
            if not chunk:
                return None


def _likely(sample: bytes) -> str:
    import chardet

    era = chardet.EncodingEra.MODERN_WEB
    found = chardet.detect(sample, encoding_era=era)
    try:
        name = codecs.lookup(found["encoding"] or DEFAULT).name
    except LookupError:
        return DEFAULT
    if name in {"utf-8", "ascii", "utf-8-sig"}:  # its end was cut, or it is broken
        return DEFAULT
    unsure = (found["confidence"] or 0) < SURE
    return DEFAULT if unsure and name in _LATIN else name
