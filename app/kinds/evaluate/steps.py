"""The step of an evaluation: it runs in a process of the job."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.engine.evaluation.composite import EQUAL, PARTS, Weights
from app.engine.evaluation.judged_tables import TableFile
from app.engine.reports.judging import judged_report
from app.engine.reports.limits import ReportLimits
from app.engine.reports.provenance import NamedFile, Provenance
from app.engine.reports.writing import writable_formats, write_report
from app.workers.source_tasks import SourceFile, told_in_words, working_in


@dataclass(frozen=True, slots=True)
class KnownTables:
    """What a service knows of judged tables besides their files.

    Args:
        names: of sources and jobs, by `real`, `synthetic` and `holdout`.
        method: how the synthetic rows were made, in words; empty where nobody knows.
        seed: of the synthetic rows.
        settings: what else decided them, as name and value.
    """

    names: Mapping[str, str]
    method: str = ""
    seed: int | None = None
    settings: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class EvaluationOrder:
    """What is judged by what; plain data.

    Args:
        known: what the service knows of the tables.
        weights: of fidelity, diversity and privacy in the composite figure.
        protected: a column between whose values the target is to be fair.
    """

    real: SourceFile
    synthetic: SourceFile
    holdout: SourceFile | None
    target: str | None
    seed: int
    limits: ReportLimits
    known: KnownTables
    weights: Weights = EQUAL
    protected: str | None = None


def write_reports(order: EvaluationOrder, out: Path, work: Path) -> list[dict[str, Any]]:
    """Judge the tables and write the reports into a folder; the figures.

    Args:
        work: a folder for what reading needs for a while.

    Raises SourceError, DefinitionError.
    """
    with ExitStack() as stack:
        stack.enter_context(working_in(work))
        stack.enter_context(told_in_words("a table"))
        document = judged_report(
            _table(order.real),
            _table(order.synthetic),
            holdout=None if order.holdout is None else _table(order.holdout),
            target=order.target,
            protected=order.protected,
            seed=order.seed,
            weights=order.weights,
            limits=order.limits,
            provenance=_provenance(order),
        )
    for form in writable_formats():
        write_report(document, form, out / f"report.{form}")
    figures: list[dict[str, Any]] = document["figures"]
    return figures


def weights_of(asked: Mapping[str, float]) -> Weights:
    """Of the parts by name; 1 where one is left out."""
    fidelity, diversity, privacy = (asked.get(part, 1.0) for part in PARTS)
    return fidelity, diversity, privacy


def _provenance(order: EvaluationOrder) -> Provenance:
    given = {"real": order.real, "synthetic": order.synthetic, "holdout": order.holdout}
    known = order.known
    files = {
        role: NamedFile.of(file.path, known.names[role])
        for role, file in given.items()
        if file is not None
    }
    return Provenance(files, method=known.method, seed=known.seed, settings=known.settings)


def _table(file: SourceFile) -> TableFile:
    return TableFile(file.path, file.reading, file.limits)
