"""Blocks as streams of Arrow's IPC format: the parts of formats that need whole columns."""

from __future__ import annotations

from typing import Any

import pyarrow as pa


def encode_stream(batch: pa.RecordBatch) -> Any:
    """One batch as an IPC stream, a buffer."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    return sink.getvalue()
