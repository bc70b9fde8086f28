"""Files that add something to the program, as one who extends it would write them."""

from __future__ import annotations

FORMAT = '''
"""Streams: the blocks of a table as streams of Arrow's IPC format, one behind the other."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

from app.engine.formats.shared.base import Concatenation, Format
from app.engine.formats.shared.streams import encode_stream


@dataclass(frozen=True, slots=True)
class Streams(Format):
    def check(self, schema, rows, options):
        pass

    def encode(self, batch, options):
        return encode_stream(batch)

    def assembler(self, path, name, schema, options):
        return Concatenation(path)

    def read(self, path, schema):
        with pa.memory_map(str(path)) as source:
            while source.tell() < source.size():
                with pa.ipc.open_stream(source) as reader:
                    yield from reader


FORMAT = Streams(
    name="streams", label="Streams", suffix="ipcs", media_type="application/vnd.example.streams"
)
'''
