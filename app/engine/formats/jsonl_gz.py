"""JSON lines packed with gzip."""

from __future__ import annotations

from app.engine.formats import jsonl
from app.engine.formats.shared.gzipped import gzipped

FORMAT = gzipped(jsonl.FORMAT, "JSON lines, gzip")
