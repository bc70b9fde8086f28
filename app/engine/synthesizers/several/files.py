"""The file of several tables: a ZIP of a document and one file for each table.

`tables.json` says how tables go together; `0.tsm`, `1.tsm`, … are the models, each in the format of
one table and held to its bounds; `2.arrow` holds the rows of a lookup table.
"""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import pyarrow as pa
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app.engine.errors import ModelError, SourceError
from app.engine.files import write_whole
from app.engine.synthesizers.model_file.archive import DAMAGED, MOST_UNPACKED, SEVERAL, Members
from app.engine.synthesizers.model_file.files import (
    MOST_BYTES,
    model_bytes,
    model_of,
    of_format,
    stored_bytes,
)
from app.engine.synthesizers.model_file.streams import read_streams
from app.engine.synthesizers.several.learned_tables import LearnedTables, RelatedTable
from app.engine.synthesizers.several.relations import TableRelations

FORMAT = "tablesmith-tables"
VERSION = 1
DOCUMENT = SEVERAL
MOST_DOCUMENT = 16 << 20
MOST_TABLES = 1_000


class Document(BaseModel):
    """What stands in `tables.json`."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    format: str
    version: int
    tables: list[TableRelations] = Field(min_length=1, max_length=MOST_TABLES)
    order: list[str]
    root: str
    seed: int = Field(ge=0)
    warnings: list[str]


def holds_several(path: Path) -> bool:
    """Whether a file says that it is one of several tables. Raises OSError."""
    try:
        with zipfile.ZipFile(path) as archive:
            return DOCUMENT in archive.namelist()
    except DAMAGED:
        path.stat()
        return False


def tables_bytes(learned: LearnedTables) -> bytes:
    """The bytes of a file; the same for the same tables, versions of libraries and times."""
    document = Document(
        format=FORMAT,
        version=VERSION,
        tables=[each.relations for each in learned.tables],
        order=list(learned.order),
        root=learned.root,
        seed=learned.seed,
        warnings=list(learned.warnings),
    )
    plain = document.model_dump(mode="json")
    for each, table in zip(plain["tables"], learned.tables, strict=True):
        if (declared := table.relations.declared) is not None:
            each["declared"] = declared.model_dump(mode="json", exclude_defaults=True)
    text = json.dumps(plain, ensure_ascii=False, sort_keys=True)
    members = {DOCUMENT: text.encode()}
    for number, table in enumerate(learned.tables):
        if table.learned is not None:
            members[f"{number}.tsm"] = model_bytes(table.learned)
        elif table.original is not None:
            members[f"{number}.arrow"] = _rows_bytes(table.original)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name, data in members.items():
            # Models are packed already.
            how = zipfile.ZIP_STORED if name.endswith(".tsm") else zipfile.ZIP_DEFLATED
            archive.writestr(zipfile.ZipInfo(name), data, how)
    return buffer.getvalue()


def tables_of(data: bytes) -> LearnedTables:
    """What the bytes of a file hold; a stranger's may be read.

    Raises:
        ModelError: they are no such file, of another version, or damaged.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            found = _tables(archive)
        found.check()
    except MemoryError:
        raise ModelError("the model file unpacks to more than there is memory for") from None
    except DAMAGED:
        raise ModelError("this is not a model file, or it is damaged") from None
    except ValidationError:
        raise ModelError(f"the model file is damaged: {DOCUMENT} is not valid") from None
    except (pa.ArrowException, ValueError, ArithmeticError, SourceError) as error:
        raise ModelError(f"the model file is damaged: {str(error)[:200]}") from None
    return found


def save_tables(learned: LearnedTables, path: Path) -> int:
    """Write the file of several tables, whole or not at all; returns its bytes."""
    return write_whole(path, tables_bytes(learned))


def load_tables(path: Path) -> LearnedTables:
    """Read the file of several tables.

    Raises:
        ModelError: as `tables_of`.
        OSError: where there is no such file.
    """
    return tables_of(stored_bytes(path))


def _tables(archive: zipfile.ZipFile) -> LearnedTables:
    names = [member.filename for member in archive.infolist()]
    if DOCUMENT not in names:
        raise ModelError("this is not a model file of several tables")
    members = Members(archive, MOST_UNPACKED)
    said = _document(members.read(DOCUMENT, MOST_DOCUMENT))
    tables, unpacked = [], 0
    for number, relations in enumerate(said.tables):
        learned, original = f"{number}.tsm", f"{number}.arrow"
        if learned in names:
            data = members.read(learned, MOST_BYTES)
            unpacked += _unpacked(data)
            if unpacked > MOST_UNPACKED:
                raise ModelError(f"the models unpack to more than {MOST_UNPACKED:,} bytes")
            tables.append(RelatedTable(relations, learned=model_of(data)))
        else:
            tables.append(RelatedTable(relations, original=_rows(members, names, original)))
    if len(names) != len(tables) + 1:
        raise ModelError("this is not a model file: other members are in it than a model has")
    warnings = tuple(said.warnings)
    return LearnedTables(tuple(tables), tuple(said.order), said.root, said.seed, warnings)


def _unpacked(data: bytes) -> int:
    """Bytes that a model's members say they have, beyond which none is read."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return sum(member.file_size for member in archive.infolist())


def _document(data: bytes) -> Document:
    of_format(json.loads(data), FORMAT, VERSION, "a model file of several tables")
    return Document.model_validate_json(data)


def _rows_bytes(rows: pa.RecordBatch) -> bytes:
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, rows.schema) as writer:
        writer.write_batch(rows)
    return sink.getvalue()


def _rows(members: Members, names: list[str], name: str) -> pa.RecordBatch:
    if name not in names:
        raise ModelError("the model file is damaged: a table has no rows")
    data = members.read(name, MOST_UNPACKED)
    tables = list(read_streams(data))
    if len(tables) != 1:
        raise ModelError("the model file is damaged: a lookup table is in pieces")
    table = tables[0].unify_dictionaries().combine_chunks()
    batches = table.to_batches()
    if len(batches) > 1:
        raise ModelError("the model file is damaged: a lookup table is in pieces")
    return batches[0] if batches else pa.RecordBatch.from_pylist([], schema=table.schema)
