"""A path becomes a source: a file, an archive or a folder of files."""

from __future__ import annotations

import re
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from app.engine.errors import SourceError
from app.engine.sources.delimited import open_delimited
from app.engine.sources.jsonl import open_jsonl
from app.engine.sources.limits import KNOWN, SourceLimits
from app.engine.sources.sheets import open_sheets
from app.engine.sources.tables import ReadingOptions, Source, SourceTable
from app.engine.sources.typed import open_arrow, open_parquet
from app.engine.sources.unpacking import Unpacker, is_table_name

Opener = Callable[[Path, str, str, ReadingOptions, SourceLimits], SourceTable | list[SourceTable]]
_OPENERS: dict[str, Opener] = {
    "csv": open_delimited,
    "tsv": open_delimited,
    "jsonl": open_jsonl,
    "parquet": open_parquet,
    "arrow": open_arrow,
    "xlsx": open_sheets,
    "ods": open_sheets,
}
_SUFFIXES = {
    ".csv": "csv", ".txt": "csv", ".data": "csv", ".tsv": "tsv", ".tab": "tsv",
    ".jsonl": "jsonl", ".ndjson": "jsonl", ".parquet": "parquet", ".pq": "parquet",
    ".arrow": "arrow", ".feather": "arrow", ".ipc": "arrow",
    ".xlsx": "xlsx", ".xlsm": "xlsx", ".ods": "ods",
}  # fmt: skip
_PACKED = (".gz", ".zip")
TABLE_SUFFIXES = frozenset(_SUFFIXES)


@contextmanager
def open_source(
    path: Path,
    options: ReadingOptions | None = None,
    limits: SourceLimits | None = None,
) -> Iterator[Source]:
    """The tables of a file, an archive or a folder, while the block lasts.

    Args:
        path: CSV, TSV, JSON Lines, Parquet, Arrow, XLSX or ODS by its suffix, also in .gz; or a
            ZIP or a folder of these.
        options: what is to be read as said, not detected.

    Raises:
        SourceError: what cannot be read, and why.
        OSError: where there is no such file.
    """
    options, limits = options or ReadingOptions(), limits or SourceLimits()
    with tempfile.TemporaryDirectory(prefix="tablesmith-source-") as folder:
        unpacker = Unpacker(Path(folder), limits)
        files, warnings = _files(path, unpacker)
        tables: list[SourceTable] = []
        for file in files:
            tables += _open_file(file, options, limits, unpacker)
            limits.check_tables(path.name, len(tables) or 1)
        limits.check_tables(path.name, len(tables))
        yield Source(_stem(path), tuple(_named_apart(tables)), tuple(warnings))


def format_of_source(path: Path) -> str | None:
    """The format that a file's suffix names; None where it names none that can be read."""
    return _SUFFIXES.get(path.suffix.lower())


def _files(path: Path, unpacker: Unpacker) -> tuple[Iterable[Path], list[str]]:
    if path.is_dir():
        entries = sorted(each for each in path.iterdir() if each.is_file())
        files = [each for each in entries if _is_source(each)]
        left = [each.name for each in entries if not _is_source(each)]
        shown = ", ".join(left[:5]) + (", …" if len(left) > 5 else "")
        return files, [f"left out, as no tables: {shown}"] if left else []
    if path.suffix.lower() == ".zip":
        return unpacker.members(path, TABLE_SUFFIXES), []
    return [path], []


def _is_source(path: Path) -> bool:
    name = path.name[:-3] if path.suffix.lower() == ".gz" else path.name
    return is_table_name(name, TABLE_SUFFIXES)


def _open_file(
    path: Path, options: ReadingOptions, limits: SourceLimits, unpacker: Unpacker
) -> list[SourceTable]:
    size = path.stat().st_size
    if size > limits.file_bytes:
        raise SourceError(f"{path.name}: {size:,} bytes are more than {limits.file_bytes:,}")
    if not size:
        raise SourceError(f"{path.name}: the file is empty")
    if path.suffix.lower() == ".gz":
        path = unpacker.gunzip(path)
    format_name = format_of_source(path)
    if format_name is None:
        raise SourceError(f"{path.name}: {path.suffix or 'no suffix'} is not known; {KNOWN}")
    found = _OPENERS[format_name](path, _stem(path), format_name, options, limits)
    return found if isinstance(found, list) else [found]


def _stem(path: Path) -> str:
    """The name of a table from that of its file, free of what a table's name must not hold."""
    name = path.name
    for suffix in (*_PACKED, path.with_suffix("").suffix, path.suffix):
        if suffix and suffix.lower() in {*_PACKED, *TABLE_SUFFIXES}:
            name = name[: -len(suffix)] if name.lower().endswith(suffix.lower()) else name
    return re.sub(r"[.`\x00-\x1f\"*:<>?\\|/]+", "_", name).strip(" _")[:100] or "table"


def _named_apart(tables: list[SourceTable]) -> Iterator[SourceTable]:
    """Tables of one name get numbers."""
    counts: Counter[str] = Counter()
    for table in tables:
        name = re.sub(r"[.`\x00-\x1f\"*:<>?\\|/]+", "_", table.name).strip(" _")[:100] or "table"
        counts[name.casefold()] += 1
        number = counts[name.casefold()]
        yield replace(table, name=name if number == 1 else f"{name}_{number}")
