"""The file formats, by name.

A format is one module of this package: `app/engine/formats/toy.py` with a `FORMAT` is the format
`toy`, and `toy_gz.py` the format `toy.gz`, written, read, offered and described everywhere.
Modules are loaded when they are first asked for; the names alone load nothing.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from pathlib import PurePath

from app.engine.formats.shared.base import (
    DEFAULT_OPTIONS,
    Assembler,
    ExpectedSize,
    Format,
    FormatOptions,
    TypedFormat,
)

__all__ = [
    "DEFAULT_FORMAT",
    "DEFAULT_OPTIONS",
    "FORMATS",
    "Assembler",
    "ExpectedSize",
    "Format",
    "FormatOptions",
    "TypedFormat",
    "format_of",
    "typed_formats",
    "without_suffix",
]

DEFAULT_FORMAT = "csv"
# What lists begin with; formats that are not named here follow by name.
_FIRST = ("csv", "tsv", "jsonl", "parquet", "arrow", "xlsx", "ods", "csv.gz", "jsonl.gz")


class _Formats(Mapping[str, Format]):
    """The formats that stand in this package, each loaded when it is first looked up."""

    def __init__(self) -> None:
        found = {
            each.name.replace("_", ".") for each in pkgutil.iter_modules(__path__) if not each.ispkg
        }
        self._names = (*_FIRST, *sorted(found.difference(_FIRST)))

    def __getitem__(self, name: str) -> Format:
        if name not in self._names:
            raise KeyError(name)
        module = name.replace(".", "_")
        found: Format = importlib.import_module(f"{__name__}.{module}").FORMAT
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
    file = path.name.lower()
    if "." not in file[1:]:
        return None  # without loading every format
    ending = (name for name, form in FORMATS.items() if file[1:].endswith(f".{form.suffix}"))
    return next(ending, None)


def without_suffix(path: PurePath) -> PurePath:
    """The path without the suffix of its format, or without its last one where it names none."""
    form = format_of(path)
    if form is None:
        return path.with_suffix("")
    return path.with_name(path.name[: -len(FORMATS[form].suffix) - 1])


def typed_formats() -> dict[str, TypedFormat]:
    """The formats that keep the types of columns, by name."""
    return {name: form for name, form in FORMATS.items() if isinstance(form, TypedFormat)}
