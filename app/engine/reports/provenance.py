"""Where the tables of a report came from, for those who answer for them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from app.engine.files import hash_file


@dataclass(frozen=True, slots=True)
class NamedFile:
    """A table as its owner calls it, and the SHA-256 of its file; None of a table in memory."""

    name: str
    sha256: str | None = None

    @classmethod
    def of(cls, path: Path, name: str = "") -> NamedFile:
        """Of a folder that holds one file that one's digest, of any other folder none. Raises
        OSError."""
        files = [path] if path.is_file() else list(path.iterdir())
        digest = hash_file(files[0])[1] if len(files) == 1 else None
        return cls(name or path.name, digest)


@dataclass(frozen=True, slots=True)
class Provenance:
    """What a report knows of tables besides what is in them.

    Args:
        method: how the rows were made, in words; empty where nobody said.
        epsilon: of differential privacy; None where rows were made without it.
        seed: of the rows; None where nobody said.
        settings: what else decided the rows, as name and value.
    """

    files: dict[str, NamedFile] = field(default_factory=dict)
    purpose: str = ""
    method: str = ""
    epsilon: float | None = None
    seed: int | None = None
    settings: tuple[tuple[str, str], ...] = ()
