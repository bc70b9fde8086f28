"""What is done with real tables in worker processes: plain functions that return plain data.

A source is personal data: nothing that is raised here says a value of one, whatever a library
would say. Files for a while are made in a folder of the source, which goes with it.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.engine.errors import DefinitionError, Fault, SourceError, TablesmithError
from app.sinks.base import SinkError
from app.store.private import make_private
from app.workers.answers import MAX_ANSWER, TooLarge, check_size, rendered

if TYPE_CHECKING:
    from app.engine.sources.limits import SourceLimits
    from app.engine.sources.tables import ReadingOptions, SourceTable
    from app.sinks.postgresql_reading import DatabaseSource, FetchLimits
    from app.sinks.reading.connections import SqlSource

Document = dict[str, Any]
Record = dict[str, Any]
# Bytes as JSON: of a profile, and of a synthesis definition, which names some columns of it.
MOST_PROFILE = MAX_ANSWER * 3 // 4
MOST_SYNTHESIS = 1 << 20
# Bytes that may come out of any packed file, and how many times its own.
LEAST_UNPACKED, MOST_PACKING = 1 << 30, 50
# Rows that are turned into records at once: cells may be long.
STEP = 8


@dataclass(frozen=True, slots=True)
class ReadSource:
    """What was found in a source, and the synthesis definition that it suggests, as JSON.

    Args:
        content: as `content_digest` has it.
    """

    profile: str
    suggestion: str
    content: str | None


@dataclass(frozen=True, slots=True)
class FetchedSource:
    """A source that was read from a connection, and the bytes that it takes."""

    bytes: int
    read: ReadSource


@dataclass(frozen=True, slots=True)
class CheckedSynthesis:
    """A synthesis definition without faults, as plain data, and its bytes as JSON."""

    document: Document
    bytes: int
    warnings: tuple[Document, ...]
    choices: tuple[Document, ...]
    reveals: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FoundRows:
    """The first rows of a table as JSON; None where the source has none of this name, and then
    the tables that it has."""

    content: bytes | None
    tables: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SourceFile:
    """Where a source lies, and how it is read: what is not to be detected, by the names of
    `ReadingOptions`."""

    path: Path
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def limits(self) -> SourceLimits:
        """What may come out of it: a packed file is no bomb, and its bytes are on a disk that
        others use as well."""
        from app.engine.sources.limits import SourceLimits

        size = self.path.stat().st_size if self.path.is_file() else 0
        most = max(LEAST_UNPACKED, MOST_PACKING * size)
        return SourceLimits(unpacked_bytes=min(SourceLimits().unpacked_bytes, most))

    @property
    def reading(self) -> ReadingOptions:
        from app.engine.sources.tables import ReadingOptions

        return ReadingOptions(**self.options)


def read_source(file: SourceFile, work: Path, source_id: str) -> ReadSource:
    """Read and profile a source. Raises SourceError.

    Args:
        work: a folder for what reading needs for a while.
    """
    path = file.path
    from app.engine.profiling.sources import profile_source
    from app.engine.sources.content import content_digest
    from app.engine.synthesis.defaults import suggested_synthesis

    with working_in(work), told_in_words(path.name):
        profile = profile_source(path, file.reading, file.limits)
        found = _written(path.name, profile.model_dump(mode="json"))
        suggestion = rendered(suggested_synthesis(profile, source_id))
        content = content_digest(path, file.reading, file.limits)
    return ReadSource(found.decode(), suggestion.decode(), content)


def fetch_source(
    source: DatabaseSource | SqlSource,
    limits: FetchLimits,
    folder: Path,
    work: Path,
    source_id: str,
) -> FetchedSource:
    """Read what a connection leads to into a folder, and profile it. Raises SourceError.

    Args:
        folder: for a Parquet file of each table; there once all of them are.
    """
    from app.sinks.postgresql_reading import fetch
    from app.sinks.reading.connections import SqlSource, fetch_sql

    if not folder.exists():
        part = folder.with_name(f"{folder.name}.part")
        shutil.rmtree(part, ignore_errors=True)
        make_private(part)
        _forget_environment()
        with told_in_words(folder.name):
            try:
                if isinstance(source, SqlSource):
                    fetch_sql(source, part, limits)
                else:
                    fetch(source, part, limits)
            except SinkError as error:
                raise SourceError(f"{error}") from None
        part.rename(folder)
    size = sum(each.stat().st_size for each in folder.iterdir())
    return FetchedSource(size, read_source(SourceFile(folder), work, source_id))


def _forget_environment() -> None:
    """Drop what drivers would read of the service's environment: this process is the source's."""
    for name in [each for each in os.environ if each.startswith("PG")]:
        del os.environ[name]
    os.environ["HOME"] = os.devnull


def first_rows(
    path: Path, work: Path, table: str | None, rows: int, options: Mapping[str, Any]
) -> FoundRows:
    """The first rows of a table, of the first one when None, as `{"table", "rows": [record]}`.
    Raises SourceError, TooLarge.

    Args:
        options: those of the source's `SourceFile`.
    """
    from app.engine.sources.opening import open_source

    reading = SourceFile(path, options).reading
    with working_in(work), told_in_words(path.name), open_source(path, reading) as source:
        names = tuple(each.name for each in source.tables)
        wanted = names[0] if table is None else table
        if wanted not in names:
            return FoundRows(None, names)
        records = islice(_records(source.tables[names.index(wanted)]), rows)
        return FoundRows(_rendered_rows(wanted, records))


def source_detail(profile: str, head: Mapping[str, Any], values: bool) -> bytes:
    """What is shown of a source: what stands in `head`, and `{"keys", "sensitive", "warnings",
    "values", "profile"}`. Raises TooLarge.

    Args:
        profile: as JSON.
        values: whether what it says of single values of the source is shown.
    """
    from app.workers.source_details import detail_of

    return rendered({**head, **detail_of(json.loads(profile), values=values)})


def check_synthesis(
    source: bytes | Mapping[str, Any], profile: str, source_id: str
) -> CheckedSynthesis:
    """Read a synthesis definition and hold it against the profile of its source, as JSON.

    Raises DefinitionError with every fault.
    """
    from app.engine.profiling.models import SourceProfile
    from app.engine.synthesis.reading import load_synthesis
    from app.engine.synthesis.revealing import revealing

    loaded = load_synthesis(source, SourceProfile.model_validate_json(profile))
    named = loaded.definition.source
    if named not in (None, source_id):
        message = f"is {named[:100]!r}, and the address says {source_id!r}"
        raise DefinitionError([Fault("source", message, "leave it out")])
    size = len(rendered(loaded.document))
    if size > MOST_SYNTHESIS:
        message = f"has {size:,} bytes as JSON, and {MOST_SYNTHESIS:,} may be kept"
        hint = "columns that are just learned need not be named"
        raise DefinitionError([Fault("tables", message, hint)])
    return CheckedSynthesis(
        loaded.document,
        size,
        tuple(asdict(each) for each in loaded.warnings),
        tuple(asdict(each) for each in loaded.choices),
        tuple(revealing(loaded)),
    )


def written_yaml(document: Mapping[str, Any]) -> bytes:
    """A synthesis definition as YAML."""
    from app.engine.schema.yaml.write import write_yaml

    return write_yaml(dict(document)).encode()


@contextmanager
def working_in(work: Path) -> Iterator[None]:
    """Have files for a while made in a folder of the caller's, which is gone afterwards."""
    make_private(work)
    before, tempfile.tempdir = tempfile.tempdir, str(work)
    try:
        yield
    finally:
        tempfile.tempdir = before
        shutil.rmtree(work, ignore_errors=True)


@contextmanager
def told_in_words(name: str) -> Iterator[None]:
    """Raise SourceError in place of what a library raises, whose words may hold values."""
    try:
        yield
    except (TablesmithError, TooLarge):
        raise
    except MemoryError:
        message = f"{name}: reading it takes more memory than a source may have"
        raise SourceError(message) from None
    except Exception as error:
        # Where it happened, without what it says.
        frames = traceback.extract_tb(error.__traceback__)
        kind = type(error).__name__
        known = SourceError(f"{name}: it could not be read ({kind}); the file may be damaged")
        known.add_note("\n".join(f"{each.filename}:{each.lineno} {each.name}" for each in frames))
        raise known from None


def _written(name: str, profile: Document) -> bytes:
    """A profile as JSON. Raises SourceError where it is more than can be kept, and shown with what
    is shown beside it."""
    try:
        found = rendered(profile)
    except TooLarge:
        found = None
    if found is None or len(found) > MOST_PROFILE:
        message = f"{name}: there are too many columns for one profile"
        raise SourceError(f"{message}; upload fewer tables at once")
    return found


def _rendered_rows(table: str, records: Iterator[Record]) -> bytes:
    """Raises TooLarge as soon as there is more than an answer may have."""
    written = bytearray(rendered({"table": table})[:-1] + b',"rows":[')
    for place, record in enumerate(records):
        written += b"," * bool(place) + rendered(record)
        check_size(len(written))
    return bytes(written + b"]}")


def _records(table: SourceTable) -> Iterator[Record]:
    from app.engine.execution.preview import records

    for batch in table.batches():
        for first in range(0, batch.num_rows, STEP):
            for record in records(batch.slice(first, STEP)):
                yield {name: _plain(value) for name, value in record.items()}


def _plain(value: Any) -> Any:
    """A cell as JSON can hold it."""
    if value is None or isinstance(value, (str, bool, int, float)):
        return value
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    return value.hex() if isinstance(value, bytes) else str(value)
