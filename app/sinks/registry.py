"""Which sinks there are, by the `kind` that a request names."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from app.sinks.base import Sink
from app.sinks.local import LocalSink
from app.sinks.outbound import Outbound


def available_sinks(*, local_root: Path | None, outbound: Outbound) -> Mapping[str, Sink]:
    """The sinks of this installation; the local one wants a root folder.

    Args:
        outbound: the door that everything leaves by.
    """
    sinks: dict[str, Sink] = {}
    if local_root is not None:
        sinks["local"] = LocalSink(local_root)
    return sinks
