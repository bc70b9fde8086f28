"""A data card and a Croissant description beside files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, cast

from app.engine.evaluation.documents import MeasuredFact, plain_json
from app.engine.evaluation.facts import measure_facts
from app.engine.evaluation.reading import best_files
from app.engine.execution.results import Generated, GeneratedFile
from app.engine.files import write_whole
from app.engine.formats import DEFAULT_OPTIONS, FormatOptions
from app.engine.manifest import versions
from app.engine.plan.plan import Plan
from app.engine.reports.made.card import CARD, data_card
from app.engine.reports.made.croissant import CROISSANT, croissant
from app.engine.reports.made.document import made_report
from app.engine.reports.made.tables import MadeTables, made_file


def describe_files(
    plan: Plan, generated: Generated, *, options: FormatOptions = DEFAULT_OPTIONS, licence: str = ""
) -> list[Path]:
    """Measure finished files and write their card and description beside them.

    Args:
        options: those that the files were written with.
        licence: as for `write_cards`.

    Raises:
        UnreadableFile: where a file does not hold its table.
        OSError: where nothing can be written.
    """
    files = [file for table in generated.tables for file in table.files]
    found = measure_facts(plan, best_files(files, options))
    facts = [cast(MeasuredFact, plain_json(asdict(fact))) for fact in found]
    folder = files[0].path.parent
    return write_cards(plan, generated, folder, facts=facts, licence=licence, options=options)


def write_cards(
    plan: Plan,
    generated: Generated,
    folder: Path,
    *,
    facts: Sequence[MeasuredFact],
    licence: str = "",
    only_file: str | None = None,
    options: FormatOptions = DEFAULT_OPTIONS,
) -> list[Path]:
    """Write `data-card.md` and `croissant.json` into a folder; the same bytes for the same files.

    Args:
        generated: files that stand in the folder, or will.
        facts: what the files hold of what was declared.
        licence: as its owner names it, such as an SPDX address; empty where nobody said.
        options: those that the files were written with.
        only_file: what the one file will be called; files keep their names where left out.

    Files of these names are replaced, as tables are. Raises OSError.
    """
    document = made_report(plan, _made(plan, generated, facts, licence, only_file, options))
    written = {CARD: data_card(document), CROISSANT: croissant(document)}
    for name, text in written.items():
        write_whole(folder / name, text.encode())
    return [folder / name for name in written]


def _made(
    plan: Plan,
    generated: Generated,
    facts: Sequence[MeasuredFact],
    licence: str,
    only_file: str | None,
    options: FormatOptions,
) -> MadeTables:
    tables = [
        {
            "name": table.name,
            "rows": table.rows,
            "files": [_file(each, only_file, options) for each in table.files],
        }
        for table in generated.tables
    ]
    said = ", ".join(f"{name} {version}" for name, version in versions().items())
    notes = [str(warning) for warning in plan.warnings]
    return MadeTables(tables, facts, settings=[("Versions", said)], notes=notes, licence=licence)


def _file(file: GeneratedFile, name: str | None, options: FormatOptions) -> dict[str, Any]:
    path = name or file.path.name
    return made_file(file.table, file.format, file.bytes, file.sha256, path, options)
