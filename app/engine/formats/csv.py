"""CSV: cells between commas."""

from __future__ import annotations

from app.engine.formats.shared.delimited import Delimited

FORMAT = Delimited(
    name="csv",
    label="CSV",
    suffix="csv",
    media_type="text/csv",
    delimiter=",",
    has_options=True,
)
