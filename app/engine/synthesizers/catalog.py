"""The models that definitions name: files beside a definition, or files that are known by name."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from app.engine.errors import ModelError
from app.engine.schema.learned import TableModel

MOST_KEPT, MOST_KEPT_BYTES = 2, 16 << 20
_RECENT: dict[str, TableModel] = {}


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """Model files by their paths, relative to the folder of the definition."""

    folder: Path
    _found: dict[Path, TableModel] = field(default_factory=dict)

    def find(self, reference: str) -> TableModel:
        """Raises ModelError."""
        path = self.folder / Path(reference).expanduser()
        if path not in self._found:
            self._found[path] = read_table_model(path, reference)
        return self._found[path]


@dataclass(frozen=True, slots=True)
class NamedModels:
    """Model files under the names that definitions may use; no other can be named."""

    paths: Mapping[str, Path]
    _found: dict[str, TableModel] = field(default_factory=dict)

    def find(self, reference: str) -> TableModel:
        """Raises ModelError."""
        if reference not in self.paths:
            raise ModelError(f"there is no synthesizer {reference[:100]!r}")
        if reference not in self._found:
            self._found[reference] = read_table_model(self.paths[reference], reference)
        return self._found[reference]


def read_table_model(path: Path, reference: str) -> TableModel:
    """The model in a file, as definitions see it.

    Args:
        reference: what the definition calls it.

    Raises:
        ModelError: there is no such file, or it is damaged.
    """
    from app.engine.synthesizers.model_file.files import MOST_BYTES

    try:
        size = path.stat().st_size
        data = path.read_bytes() if size <= MOST_BYTES else b""
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "its path is none"
        raise ModelError(f"the model {reference[:100]!r} cannot be read: {why.lower()}") from None
    if size > MOST_BYTES:
        raise ModelError(f"the model has {size:,} bytes, more than the {MOST_BYTES:,} of one")
    return _of_bytes(data)


def _of_bytes(data: bytes) -> TableModel:
    """The model of a file's bytes. The last ones are kept: a definition that is being written is
    looked at again and again."""
    from app.engine.synthesizers.model_file.files import model_of
    from app.engine.synthesizers.model_rows import table_model

    sha256 = hashlib.sha256(data).hexdigest()
    found = _RECENT.pop(sha256, None) or table_model(model_of(data), sha256)
    if len(data) <= MOST_KEPT_BYTES:
        _RECENT[sha256] = found
        while len(_RECENT) > MOST_KEPT:
            del _RECENT[next(iter(_RECENT))]
    return found
