"""A text format packed with gzip (RFC 1952): each block is a member of its own, and members follow
one another, so that blocks are packed by the workers that make them."""

from __future__ import annotations

import gzip
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from app.engine.formats.shared.base import (
    DEFAULT_OPTIONS,
    Assembler,
    Concatenation,
    ExpectedSize,
    FormatOptions,
    LineFormat,
)

LEVEL = 6
# Deflate, no flags, no time, no system: nothing of where and when it was made.
_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gzipped(LineFormat):
    """The files of `inner`, packed."""

    inner: LineFormat

    def check(self, schema: pa.Schema, rows: int, options: FormatOptions) -> None:
        self.inner.check(schema, rows, options)

    def encode(self, batch: pa.RecordBatch, options: FormatOptions) -> Any:
        return packed(self.inner.encode(batch, options))

    def head(self, schema: pa.Schema, options: FormatOptions) -> bytes:
        return packed(self.inner.head(schema, options))

    def assembler(
        self, path: Path, name: str, schema: pa.Schema, options: FormatOptions
    ) -> Assembler:
        return Concatenation(path, head=self.head(schema, options))

    def read(
        self, path: Path, schema: pa.Schema, options: FormatOptions = DEFAULT_OPTIONS
    ) -> Iterator[pa.RecordBatch]:
        with gzip.open(path) as file:
            try:
                if not file.read(1):
                    return
            except EOFError as error:
                raise ValueError("the compressed file ends too early") from error
        with pa.input_stream(str(path), compression="gzip") as source:
            yield from self.inner.read_stream(source, schema, options)

    def read_stream(
        self, source: Any, schema: pa.Schema, options: FormatOptions
    ) -> Iterator[pa.RecordBatch]:
        return self.inner.read_stream(source, schema, options)


def packed(data: Any) -> bytes:
    """One member of a gzip file. The same data gives the same bytes with the same zlib."""
    packer = zlib.compressobj(LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    view = memoryview(data)
    end = struct.pack("<II", zlib.crc32(view), view.nbytes & 0xFFFFFFFF)
    return b"".join((_HEADER, packer.compress(view), packer.flush(), end))


def gzipped(inner: LineFormat, label: str) -> Gzipped:
    """The format of the packed files of another; its media type has the suffix of RFC 8460."""
    size = inner.size
    return Gzipped(
        name=f"{inner.name}.gz",
        label=label,
        suffix=f"{inner.suffix}.gz",
        media_type=f"{inner.media_type}+gzip",
        opened_as_sheets=inner.opened_as_sheets,
        size=ExpectedSize(factor=0.4 * size.factor, each_name=0 if size.each_name else None),
        inner=inner,
    )
