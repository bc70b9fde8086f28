"""The file formats, by name."""

from __future__ import annotations

from collections.abc import Mapping

from app.engine.execution.formats.arrow_file import ARROW
from app.engine.execution.formats.base import Assembler, Format, FormatOptions
from app.engine.execution.formats.delimited import CSV, TSV
from app.engine.execution.formats.json_lines import JSON_LINES
from app.engine.execution.formats.ods import ODS
from app.engine.execution.formats.parquet import PARQUET
from app.engine.execution.formats.xlsx import XLSX

__all__ = ["FORMATS", "Assembler", "Format", "FormatOptions"]

FORMATS: Mapping[str, Format] = {
    known.name: known for known in (CSV, TSV, JSON_LINES, PARQUET, ARROW, XLSX, ODS)
}
