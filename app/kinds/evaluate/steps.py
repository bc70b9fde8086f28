"""The step of an evaluation: it runs in a process of the job."""

from __future__ import annotations

import json
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.engine.evaluation.evaluation import evaluate
from app.engine.evaluation.judged_tables import TableFile
from app.engine.reports.document import report_document
from app.engine.reports.html import report_html
from app.workers.source_tasks import SourceFile, told_in_words, working_in

JSON, HTML = "report.json", "report.html"


@dataclass(frozen=True, slots=True)
class EvaluationOrder:
    """What is judged by what; plain data."""

    real: SourceFile
    synthetic: SourceFile
    holdout: SourceFile | None
    target: str | None
    seed: int


def write_reports(order: EvaluationOrder, out: Path, work: Path) -> list[dict[str, Any]]:
    """Judge the tables and write the reports into a folder; the figures.

    Args:
        work: a folder for what reading needs for a while.

    Raises SourceError, DefinitionError.
    """
    with ExitStack() as stack:
        stack.enter_context(working_in(work))
        stack.enter_context(told_in_words("a table"))
        found = evaluate(
            _table(order.real),
            _table(order.synthetic),
            holdout=None if order.holdout is None else _table(order.holdout),
            target=order.target,
            seed=order.seed,
        )
    document = report_document(found)
    written = json.dumps(document, ensure_ascii=False, indent=2)
    (out / JSON).write_text(f"{written}\n", encoding="utf-8")
    (out / HTML).write_text(report_html(document), encoding="utf-8")
    figures: list[dict[str, Any]] = document["figures"]
    return figures


def _table(file: SourceFile) -> TableFile:
    return TableFile(file.path, file.reading, file.limits)
