"""What runs in worker processes: plain functions that take and return plain data.

Imports numpy and pyarrow, nothing heavier; the plan's own modules come with the plan.
"""

from __future__ import annotations

import functools
import hashlib
import hmac
import pickle
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from app.engine.errors import GenerationError
from app.engine.files import write_whole
from app.engine.formats import FORMATS, Assembler, FormatOptions

if TYPE_CHECKING:
    from app.engine.plan.plan import TablePlan


@dataclass(frozen=True, slots=True)
class BlockTask:
    """One block to make, in every format asked for.

    Args:
        plan: file of the pickled tables, and `digest` that of its bytes.
        parts: folder that takes the parts of this table.
        durable: whether parts must be on the disk, not only with the operating system.
    """

    plan: Path
    digest: str
    table: str
    number: int
    formats: tuple[str, ...]
    parts: Path
    options: FormatOptions
    durable: bool


@dataclass(frozen=True, slots=True)
class FileTask:
    """One file to assemble: `path` is its temporary place, `sheet` what its sheets are called."""

    table: str
    sheet: str
    format: str
    path: Path
    parts: Path
    schema: pa.Schema
    options: FormatOptions


def part_path(parts: Path, number: int, format_name: str) -> Path:
    return parts / f"{number}.{format_name}"


def plan_digest(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=16).hexdigest()


def make_block(task: BlockTask) -> int:
    """Draw one block and write its parts, each whole or not at all; returns its rows."""
    batch = _load_tables(task.plan, task.digest)[task.table].block(task.number)
    for name in task.formats:
        data = FORMATS[name].encode(batch, task.options)
        write_whole(part_path(task.parts, task.number, name), data, durable=task.durable)
    return batch.num_rows


@functools.lru_cache(maxsize=1)
def _load_tables(plan: Path, digest: str) -> Mapping[str, TablePlan]:
    """The pickled tables. The digest comes from whoever wrote them, over another way than the
    folder: a pickle that somebody else has put there could run anything."""
    data = plan.read_bytes()
    if not hmac.compare_digest(plan_digest(data), digest):
        raise GenerationError(f"{plan} was changed while the tables were made; run it again")
    tables: tuple[TablePlan, ...] = pickle.loads(data)
    return {table.name: table for table in tables}


_assemblers: dict[Path, Assembler] = {}


def append_parts(task: FileTask, first: int, stop: int) -> int:
    """Append the parts first..stop-1 to a file; 0 as the first begins the file again.

    The half-made file lives in this process, so one process serves a file from first to last.
    """
    if first == 0:
        _assemblers[task.path] = FORMATS[task.format].assembler(
            task.path, task.sheet, task.schema, task.options
        )
    for number in range(first, stop):
        _assemblers[task.path].append(part_path(task.parts, number, task.format))
    return stop


def finish_file(task: FileTask) -> tuple[int, str]:
    """Complete a file; its size in bytes and its SHA-256."""
    return _assemblers.pop(task.path).finish()


def let_go(folder: Path) -> None:
    """Drop what this process holds for a run whose half-made files stand in `folder`: a worker's
    memory ends with it, that of a program which makes blocks itself does not."""
    for path in [path for path in _assemblers if path.parent == folder]:
        del _assemblers[path]
    _load_tables.cache_clear()
