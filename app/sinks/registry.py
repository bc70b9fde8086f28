"""Which sinks there are, by the `kind` that a request names."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from app.sinks.base import Sink
from app.sinks.local import LocalSink


def available_sinks(*, local_root: Path | None) -> Mapping[str, Sink]:
    """The sinks that this installation allows; the local one wants a root folder."""
    return {} if local_root is None else {"local": LocalSink(local_root)}
