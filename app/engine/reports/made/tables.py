"""What a report knows of made tables besides their plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.engine.evaluation.documents import MeasuredFact, VerificationDocument
from app.engine.files import file_stem
from app.engine.formats import DEFAULT_OPTIONS, FORMATS, FormatOptions

CSV_FORMATS = ("csv", "csv.gz")


@dataclass(frozen=True, slots=True)
class MadeTables:
    """What was made and measured, as plain data.

    Args:
        tables: `name`, `rows` and `files` of each; of every file its `format` and `sha256`, and
            for cards all that `made_file` gives.
        facts: as they were measured in the files; empty where they were not.
        verification: what a trained model reached; None where none was asked for.
        timeline: `stage`, `started_at` and `finished_at` of each, in ISO 8601.
        asked_at: when the tables were asked for, likewise; None where nobody knows.
        settings: what else decided the rows, as name and value.
        notes: such as warnings.
        licence: of the tables; empty where nobody said.
    """

    tables: Sequence[Mapping[str, Any]]
    facts: Sequence[MeasuredFact] = ()
    verification: VerificationDocument | None = None
    timeline: Sequence[Mapping[str, Any]] = ()
    asked_at: str | None = None
    settings: Sequence[tuple[str, str]] = ()
    notes: Sequence[str] = ()
    licence: str = ""

    @property
    def rows(self) -> int:
        """Of all tables."""
        return sum(each["rows"] for each in self.tables)


def made_file(
    table: str,
    format: str,
    size: int,
    sha256: str,
    path: str | None = None,
    options: FormatOptions = DEFAULT_OPTIONS,
) -> dict[str, Any]:
    """A file as plain data.

    Args:
        size: in bytes.
        path: where it stands, from the folder of all; its usual name where left out.
        options: those that it was written with; CSV with another delimiter than a comma has a
            `delimiter`.
    """
    form = FORMATS[format]
    delimiter = options.csv.delimiter
    is_other = format in CSV_FORMATS and delimiter != DEFAULT_OPTIONS.csv.delimiter
    return {
        **({"delimiter": delimiter} if is_other else {}),
        "path": path or f"{file_stem(table)}.{form.suffix}",
        "format": format,
        "media_type": form.media_type,
        "bytes": size,
        "sha256": sha256,
    }
