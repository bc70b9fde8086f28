"""What goes into a run of a plan and what comes out of it."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Literal


@dataclass(frozen=True, slots=True)
class Progress:
    """What is done of all that there is to do in a stage: rows of all tables, or columns that are
    learned."""

    stage: Literal["generate", "assemble", "learn"]
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class GeneratedFile:
    table: str
    format: str
    path: Path
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class GeneratedTable:
    name: str
    rows: int
    files: tuple[GeneratedFile, ...]


@dataclass(frozen=True, slots=True)
class Generated:
    tables: tuple[GeneratedTable, ...]


class CancelToken:
    """Tells a run in another thread to stop. May be used once, from any thread."""

    def __init__(self) -> None:
        self.signal: Future[None] = Future()
        self.keep_parts = False

    def cancel(self, *, keep_parts: bool = False) -> None:
        """Stop the run; with `keep_parts` a later run of the same plan goes on from here."""
        self.keep_parts = keep_parts
        if not self.signal.done():
            self.signal.set_result(None)

    @property
    def cancelled(self) -> bool:
        return self.signal.done()
