"""TSV: cells between tabs."""

from __future__ import annotations

from app.engine.formats.shared.delimited import Delimited

FORMAT = Delimited(
    name="tsv",
    label="TSV",
    suffix="tsv",
    media_type="text/tab-separated-values",
    delimiter="\t",
)
