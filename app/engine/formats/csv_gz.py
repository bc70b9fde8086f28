"""CSV packed with gzip."""

from __future__ import annotations

from app.engine.formats import csv
from app.engine.formats.shared.gzipped import gzipped

FORMAT = gzipped(csv.FORMAT, "CSV, gzip")
