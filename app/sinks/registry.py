"""Which sinks there are, by the `kind` that a request names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from app.sinks.base import Sink
from app.sinks.kinds.azure import AzureSink
from app.sinks.kinds.crm_analytics import CrmSink
from app.sinks.kinds.gcs import GcsSink
from app.sinks.kinds.http import HttpSink
from app.sinks.kinds.local import LocalSink
from app.sinks.kinds.postgresql import PostgresSink
from app.sinks.kinds.s3 import S3Sink
from app.sinks.kinds.sql import SqlSink
from app.sinks.outbound import Outbound

LOCAL = "local"
OUTBOUND: Mapping[str, Callable[[Outbound], Sink]] = {
    "s3": S3Sink,
    "gcs": GcsSink,
    "azure": AzureSink,
    "postgresql": PostgresSink,
    "sql": SqlSink,
    "http": HttpSink,
    "crm_analytics": CrmSink,
}
KINDS = (LOCAL, *OUTBOUND)


def available_sinks(*, local_root: Path | None, outbound: Outbound) -> Mapping[str, Sink]:
    """The sinks of this installation; the local one wants a root folder.

    Args:
        outbound: the door that everything leaves by.
    """
    sinks = {kind: sink(outbound) for kind, sink in OUTBOUND.items()}
    return sinks if local_root is None else {LOCAL: LocalSink(local_root), **sinks}
