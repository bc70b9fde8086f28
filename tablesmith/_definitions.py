"""Where a definition comes from: data, text, or a file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from app.engine import Loaded, ModelFolder, load_definition, load_file

DefinitionSource = Mapping[str, Any] | str | Path
"""A definition as parsed JSON or YAML, as its text, or as the path of its file."""

SUFFIXES = {".json", ".yaml", ".yml"}


def read_definition(source: DefinitionSource) -> Loaded:
    """Read a definition. A text of one line that names an existing file is its path. Models that
    it names lie beside its file, or in the working folder where it has none.

    Raises:
        DefinitionError: with every fault found.
        FileNotFoundError: where the path has no file.
        TypeError: for anything else than a mapping, a text or a path.
    """
    if isinstance(source, str):
        path = _path(source)
        return _loaded(source) if path is None else _loaded_file(path)
    if isinstance(source, Path):
        return _loaded_file(source)
    if isinstance(source, Mapping):
        return _loaded(source)
    wanted = "a dict, a text or a path"
    raise TypeError(f"a definition is {wanted}, not {type(source).__name__}")


def _loaded(source: Mapping[str, Any] | str) -> Loaded:
    return load_definition(source, models=ModelFolder(Path()))


def _loaded_file(path: Path) -> Loaded:
    return load_file(path, models=ModelFolder(path.parent))


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
