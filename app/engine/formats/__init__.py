"""The file formats, by name.

A format is one module of this package: `app/engine/formats/toy.py` with a `FORMAT` is the format
`toy`, written, read, offered and described everywhere. Modules are loaded when they are first
asked for; the names alone load nothing.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from pathlib import PurePath

from app.engine.formats.shared.base import (
    Assembler,
    ExpectedSize,
    Format,
    FormatOptions,
    TypedFormat,
)

__all__ = [
    "DEFAULT_FORMAT",
    "FORMATS",
    "Assembler",
    "ExpectedSize",
    "Format",
    "FormatOptions",
    "TypedFormat",
    "format_of",
    "typed_formats",
]

DEFAULT_FORMAT = "csv"
# What lists begin with; formats that are not named here follow by name.
_FIRST = ("csv", "tsv", "jsonl", "parquet", "arrow", "xlsx", "ods")


class _Formats(Mapping[str, Format]):
    """The formats that stand in this package, each loaded when it is first looked up."""

    def __init__(self) -> None:
        found = {each.name for each in pkgutil.iter_modules(__path__) if not each.ispkg}
        self._names = (*_FIRST, *sorted(found.difference(_FIRST)))

    def __getitem__(self, name: str) -> Format:
        if name not in self._names:
            raise KeyError(name)
        found: Format = importlib.import_module(f"{__name__}.{name}").FORMAT
        return found

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


FORMATS: Mapping[str, Format] = _Formats()


def format_of(path: PurePath) -> str | None:
    """The format that a path's suffix names, in any case; None where it names none."""
    suffix = path.suffix.lstrip(".").lower()
    return next((name for name, form in FORMATS.items() if form.suffix == suffix), None)


def typed_formats() -> dict[str, TypedFormat]:
    """The formats that keep the types of columns, by name."""
    return {name: form for name, form in FORMATS.items() if isinstance(form, TypedFormat)}
