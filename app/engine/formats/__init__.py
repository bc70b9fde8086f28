"""The file formats, by name."""

from __future__ import annotations

from collections.abc import Mapping

from app.engine.formats.arrow import ARROW
from app.engine.formats.jsonl import JSON_LINES
from app.engine.formats.ods import ODS
from app.engine.formats.parquet import PARQUET
from app.engine.formats.shared.base import Assembler, Format, FormatOptions
from app.engine.formats.shared.delimited import CSV, TSV
from app.engine.formats.xlsx import XLSX

__all__ = ["FORMATS", "Assembler", "Format", "FormatOptions"]

FORMATS: Mapping[str, Format] = {
    known.name: known for known in (CSV, TSV, JSON_LINES, PARQUET, ARROW, XLSX, ODS)
}
