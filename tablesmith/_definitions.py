"""Where a definition comes from: data, text, or a file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from app.engine import Loaded, load_definition, load_file

DefinitionSource = Mapping[str, Any] | str | Path
"""A definition as parsed JSON or YAML, as its text, or as the path of its file."""

SUFFIXES = {".json", ".yaml", ".yml"}


def read_definition(source: DefinitionSource) -> Loaded:
    """Read a definition. A text of one line that names an existing file is its path.

    Raises:
        DefinitionError: with every fault found.
        FileNotFoundError: where the path has no file.
        TypeError: for anything else than a mapping, a text or a path.
    """
    if isinstance(source, str):
        path = _path(source)
        return load_definition(source) if path is None else load_file(path)
    if isinstance(source, Path):
        return load_file(source)
    if isinstance(source, Mapping):
        return load_definition(source)
    wanted = "a dict, a text or a path"
    raise TypeError(f"a definition is {wanted}, not {type(source).__name__}")


def _path(text: str) -> Path | None:
    """The path that a text is; None for the text of a definition."""
    if "\n" in text:
        return None
    path = Path(text)
    try:
        is_file = path.is_file()
    except OSError:  # longer than any path
        return None
    return path if is_file or path.suffix in SUFFIXES else None
