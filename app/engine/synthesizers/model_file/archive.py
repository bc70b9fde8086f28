"""The ZIP of a model file: its members, and limits that hold for a stranger's file.

`model.json` is a document; `arrays.bin` holds arrays of numbers one after the other, with a
directory of them in the document; `values.arrow` and `types.arrow` hold values and types that only
Arrow can spell. The bytes depend on the contents alone.
"""

from __future__ import annotations

import io
import json
import lzma
import math
import zipfile
import zlib
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from app.engine.errors import ModelError
from app.engine.synthesizers.model_file.streams import read_streams

MOST_UNPACKED = 2 << 30  # bytes
MOST_DOCUMENT = 64 << 20
MOST_TYPES = 64 << 20
DOCUMENT, ARRAYS, VALUES, TYPES = MEMBERS = (
    "model.json", "arrays.bin", "values.arrow", "types.arrow",
)  # fmt: skip
SEVERAL = "tables.json"  # that a file of several tables has
# What zipfile raises over changed bytes.
DAMAGED = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, NotImplementedError, RuntimeError,
    OSError,
)  # fmt: skip
DTYPES = {"<i4": np.int32, "<i8": np.int64, "<f8": np.float64, "|u1": np.uint8}
MOST_DIMENSIONS = 2


@dataclass(frozen=True, eq=False, slots=True)
class Contents:
    """What a model file holds.

    Args:
        arrays: of numbers, by place.
        values: Arrow arrays, by place.
        types: Arrow types, by place.
    """

    document: dict[str, Any]
    arrays: list[np.ndarray]
    values: list[pa.Array]
    types: list[pa.DataType]


def write_archive(contents: Contents) -> bytes:
    """The bytes of a model file."""
    directory = [[array.dtype.str, list(array.shape)] for array in contents.arrays]
    document = {**contents.document, "arrays": directory}
    members = {
        DOCUMENT: json.dumps(document, ensure_ascii=False, sort_keys=True).encode(),
        ARRAYS: b"".join(np.ascontiguousarray(array).tobytes() for array in contents.arrays),
        VALUES: _written(contents.values),
        TYPES: _types_written(contents.types),
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def read_archive(data: bytes, most_unpacked: int = MOST_UNPACKED) -> Contents:
    """What the bytes of a model file hold; memory is bounded whatever they are.

    Args:
        most_unpacked: bytes that all members together may have.

    Raises:
        ModelError: what they are not.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = _members(archive, most_unpacked)
            document = _document(members.read(DOCUMENT, MOST_DOCUMENT))
            directory = _directory(document.pop("arrays", None))
            arrays = _arrays(directory, members.read(ARRAYS, sum(each.size for each in directory)))
            values = _values(members.read(VALUES, most_unpacked))
            types = _types(members.read(TYPES, MOST_TYPES))
        return Contents(document, arrays, values, types)
    except MemoryError:
        raise ModelError("the model file unpacks to more than there is memory for") from None
    except DAMAGED:
        raise ModelError("this is not a model file, or it is damaged") from None
    except (pa.ArrowException, ValueError, RecursionError) as error:
        raise ModelError(f"the model file is damaged: {_first_line(error)}") from None


@dataclass(slots=True)
class Members:
    """Members of a ZIP, unpacked under limits, whatever it says of their sizes.

    Args:
        left: bytes that all of them together may still have.
    """

    archive: zipfile.ZipFile
    left: int

    def read(self, name: str, most: int) -> bytes:
        """A member. Raises ModelError where it has more than `most` bytes."""
        most = min(most, self.left)
        with self.archive.open(name) as member:
            found = member.read(most + 1)
        if len(found) > most:
            raise ModelError(f"{name} of the model file unpacks to more than {most:,} bytes")
        self.left -= len(found)
        return found


def _members(archive: zipfile.ZipFile, most_unpacked: int) -> Members:
    """The four members."""
    names = sorted(member.filename for member in archive.infolist())
    if SEVERAL in names:
        raise ModelError("this model file is of several tables, and one of one table is wanted")
    if names != sorted(MEMBERS):
        raise ModelError("this is not a model file: other members are in it than a model has")
    return Members(archive, most_unpacked)


def _document(data: bytes) -> dict[str, Any]:
    document = json.loads(data)
    if not isinstance(document, dict):
        raise ValueError(f"{DOCUMENT} is no object")
    return document


@dataclass(frozen=True, slots=True)
class _Entry:
    """An array in the directory."""

    dtype: np.dtype[Any]
    shape: tuple[int, ...]

    @property
    def size(self) -> int:
        """In bytes."""
        return math.prod(self.shape) * self.dtype.itemsize


def _directory(document: Any) -> list[_Entry]:
    if not isinstance(document, list):
        raise ValueError("it has no directory of arrays")
    return [_entry(each) for each in document]


def _entry(entry: Any) -> _Entry:
    is_pair = isinstance(entry, list) and len(entry) == 2
    if not is_pair or str(entry[0]) not in DTYPES or not isinstance(entry[1], list):
        raise ValueError("an array is of an unknown kind")
    shape = tuple(entry[1])
    if len(shape) > MOST_DIMENSIONS or not all(type(n) is int and n >= 0 for n in shape):
        raise ValueError("an array has an impossible shape")
    return _Entry(np.dtype(DTYPES[str(entry[0])]), shape)


def _arrays(directory: list[_Entry], data: bytes) -> list[np.ndarray]:
    if len(data) < sum(each.size for each in directory):
        raise ValueError("arrays are longer than their bytes")
    found, start = [], 0
    for each in directory:
        count = each.size // each.dtype.itemsize
        found.append(np.frombuffer(data, each.dtype, count, start).reshape(each.shape))
        start += each.size
    return found


def _written(values: list[pa.Array]) -> bytes:
    """One stream after the other, each with the array as its only column."""
    sink = io.BytesIO()
    for array in values:
        batch = pa.record_batch([array], names=["values"])
        with pa.ipc.new_stream(sink, batch.schema) as writer:
            writer.write_batch(batch)
    return sink.getvalue()


def _values(data: bytes) -> list[pa.Array]:
    found = []
    for table in read_streams(data):
        if table.num_columns != 1:
            raise ValueError("values of more than one column stand together")
        column = table.column(0).combine_chunks()
        found.append(column if isinstance(column, pa.Array) else pa.array([], column.type))
    return found


def _types_written(types: list[pa.DataType]) -> bytes:
    fields = [(str(place), kind) for place, kind in enumerate(types)]
    return bytes(pa.schema(fields).serialize())


def _types(data: bytes) -> list[pa.DataType]:
    return list(pa.ipc.read_schema(pa.py_buffer(data)).types)


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]
