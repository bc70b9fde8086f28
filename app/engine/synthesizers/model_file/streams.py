"""Arrow streams of a model file, read so that they take no more memory than their bytes.

Bodies that are packed once more may unpack to any size, and some types have rows without bytes. A
model is written with neither, so both are refused before anything is decoded. The layout of the
metadata is that of `Message.fbs` of the Arrow format, the fields by their numbers there.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

import pyarrow as pa

DICTIONARY_BATCH, RECORD_BATCH = 2, 3  # MessageHeader
HEADER_TYPE, HEADER = 1, 2  # fields of a Message
DATA = 1  # of a DictionaryBatch: the RecordBatch in it
COMPRESSION = 3  # of a RecordBatch
ROWS_OF_BYTE = 8  # at most, as booleans have


def read_streams(data: bytes) -> Iterator[pa.Table]:
    """The table of each of the streams that follow one another.

    Raises:
        ValueError: they are packed, or damaged.
        pa.ArrowException: the same.
    """
    _need_plain(data)
    source = pa.BufferReader(data)
    while source.tell() < len(data):
        with pa.ipc.open_stream(source) as reader:
            table = reader.read_all()
        if table.num_rows > len(data) * ROWS_OF_BYTE:
            raise ValueError("a table has more rows than its bytes can hold")
        table.validate(full=True)
        yield table


def _need_plain(data: bytes) -> None:
    source = pa.BufferReader(data)
    while (start := source.tell()) < len(data):
        for message in pa.ipc.MessageReader.open_stream(source):
            # Those of before may say in another place that they are packed.
            is_old = message.metadata_version != pa.ipc.MetadataVersion.V5
            if is_old or _is_packed(message.metadata.to_pybytes()):
                raise ValueError("its values are packed in another way than a model's")
        if source.tell() == start:
            raise ValueError("a stream of values has no end")


def _is_packed(metadata: bytes) -> bool:
    """Whether the message of some metadata, which Arrow found sound, has a packed body."""
    try:
        message = _number("<I", metadata, 0)
        kind_at, batch = _field(metadata, message, HEADER_TYPE), _below(metadata, message, HEADER)
        kind = _number("<B", metadata, kind_at) if kind_at else 0
        if kind == DICTIONARY_BATCH and batch:
            batch = _below(metadata, batch, DATA)
        elif kind != RECORD_BATCH:
            return False
        return bool(batch and _field(metadata, batch, COMPRESSION))
    except struct.error:
        raise ValueError("a stream of values is damaged") from None


def _below(metadata: bytes, table: int, field: int) -> int:
    """Where the table that a field of another one points to starts; 0 for none."""
    place = _field(metadata, table, field)
    return place + _number("<I", metadata, place) if place else 0


def _field(metadata: bytes, table: int, field: int) -> int:
    """Where a field of a FlatBuffers table stands; 0 where the table does not have it."""
    directory = table - _number("<i", metadata, table)
    entry = 4 + 2 * field
    if entry >= _number("<H", metadata, directory):
        return 0
    offset = _number("<H", metadata, directory + entry)
    return table + offset if offset else 0


def _number(kind: str, metadata: bytes, place: int) -> int:
    (found,) = struct.unpack_from(kind, metadata, place)
    return int(found)
