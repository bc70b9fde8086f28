"""The file formats of a result, by their names for people."""

from __future__ import annotations

FORMATS = {
    "csv": "CSV",
    "tsv": "TSV",
    "jsonl": "JSON lines",
    "parquet": "Parquet",
    "arrow": "Arrow",
    "xlsx": "Excel",
    "ods": "OpenDocument",
}
