"""A report of tables whose files have just been made."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, cast

from app.engine.evaluation.documents import MeasuredFact, VerificationDocument, plain_json
from app.engine.evaluation.facts import measure_facts
from app.engine.evaluation.measurement import FactResult
from app.engine.evaluation.reading import best_files
from app.engine.evaluation.verification import verify as verify_files
from app.engine.execution.results import GeneratedFile
from app.engine.formats import DEFAULT_OPTIONS, FormatOptions
from app.engine.plan.plan import Plan
from app.engine.reports.made.document import made_report
from app.engine.reports.made.tables import MadeTables


def report_of_files(
    plan: Plan,
    files: Sequence[GeneratedFile],
    *,
    facts: Sequence[FactResult | MeasuredFact] | None = None,
    verify: bool = False,
    options: FormatOptions = DEFAULT_OPTIONS,
) -> dict[str, Any]:
    """The report of a plan's files.

    Args:
        files: of every table at least one.
        facts: where they have been measured already; else they are measured here.
        verify: whether a model is trained on the rows.
        options: those that the files were written with.

    Raises:
        UnreadableFile: where a file does not hold its table.
    """
    best = best_files(files, options)
    measured = measure_facts(plan, best) if facts is None else facts
    plain = [
        cast(MeasuredFact, plain_json(asdict(each) if isinstance(each, FactResult) else each))
        for each in measured
    ]
    found = verify_files(best, plan, seed=plan.seed) if verify else None
    verified = None
    if found is not None:
        verified = cast(VerificationDocument, plain_json(found.document()))
    notes = [str(warning) for warning in plan.warnings]
    return made_report(plan, MadeTables(_tables(plan, files), plain, verified, notes=notes))


def _tables(plan: Plan, files: Sequence[GeneratedFile]) -> list[dict[str, Any]]:
    by_table = defaultdict[str, list[dict[str, str]]](list)
    for file in files:
        by_table[file.table].append({"format": file.format, "sha256": file.sha256})
    return [
        {"name": table.name, "rows": table.rows, "files": by_table[table.name]}
        for table in plan.tables
    ]
