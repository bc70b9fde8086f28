"""Which sinks there are, by the `kind` that a request names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from app.sinks.azure import AzureSink
from app.sinks.base import Sink
from app.sinks.crm_analytics import CrmSink
from app.sinks.gcs import GcsSink
from app.sinks.http_upload import HttpSink
from app.sinks.local import LocalSink
from app.sinks.outbound import Outbound
from app.sinks.postgresql import PostgresSink
from app.sinks.s3 import S3Sink
from app.sinks.sql import SqlSink

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
