"""The step of an evaluation: it runs in a process of the job."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from app.engine.evaluation.composite import EQUAL, PARTS, Weights
from app.engine.evaluation.judged_tables import TableFile
from app.engine.reports.judging import judged_report
from app.engine.reports.limits import ReportLimits
from app.engine.reports.provenance import NamedFile, Provenance
from app.engine.reports.several import Tables, several_report
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
        synthetic: a file, or one of each table by its name.
        several: whether the real data holds several tables.
        keys: between several tables, as `{"from", "to"}` each; those that are found when None.
        known: what the service knows of the tables.
        weights: of fidelity, diversity and privacy in the composite figure.
        protected: a column between whose values the target is to be fair.
    """

    real: SourceFile
    synthetic: SourceFile | Mapping[str, SourceFile]
    holdout: SourceFile | None
    target: str | None
    seed: int
    limits: ReportLimits
    known: KnownTables
    weights: Weights = EQUAL
    protected: str | None = None
    several: bool = False
    keys: Sequence[Mapping[str, str]] | None = None


@dataclass(frozen=True, slots=True)
class WrittenReports:
    """What reports say first, and in which formats they are.

    Args:
        figures: of the one table; empty of several.
        tables: of several tables the figures of each by its name.
        keys: between several tables.
    """

    formats: tuple[str, ...]
    figures: Sequence[Mapping[str, Any]] = ()
    tables: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    keys: Sequence[Mapping[str, Any]] = ()


def write_reports(order: EvaluationOrder, out: Path, work: Path) -> WrittenReports:
    """Judge the tables and write the reports into a folder.

    Args:
        work: a folder for what reading needs for a while.

    Raises SourceError, DefinitionError.
    """
    with ExitStack() as stack:
        stack.enter_context(working_in(work))
        stack.enter_context(told_in_words("a table"))
        document = _several(order) if order.several else _single(order)
    formats = tuple(each for each in writable_formats() if not order.several or each != "pdf")
    for form in formats:
        write_report(document, form, out / f"report.{form}")
    if not order.several:
        return WrittenReports(formats, document["figures"])
    tables = {name: each["figures"] for name, each in document["tables"].items()}
    return WrittenReports(formats, tables=tables, keys=document["keys"])


def _single(order: EvaluationOrder) -> dict[str, Any]:
    assert isinstance(order.synthetic, SourceFile)
    return judged_report(
        _table(order.real),
        _table(order.synthetic),
        holdout=None if order.holdout is None else _table(order.holdout),
        protected=order.protected,
        provenance=_provenance(order, _named_files(order)),
        **_asked(order),
    )


def _several(order: EvaluationOrder) -> dict[str, Any]:
    files = _named_files(order)
    known = _provenance(order, files)
    return several_report(
        _table(order.real),
        _tables(order.synthetic),
        holdout=None if order.holdout is None else _table(order.holdout),
        keys=order.keys,
        known=lambda table: _of_table(order, known, table),
        **_asked(order),
    )


def _asked(order: EvaluationOrder) -> dict[str, Any]:
    return {
        "target": order.target,
        "seed": order.seed,
        "weights": order.weights,
        "limits": order.limits,
    }


def weights_of(asked: Mapping[str, float]) -> Weights:
    """Of the parts by name; 1 where one is left out."""
    fidelity, diversity, privacy = (asked.get(part, 1.0) for part in PARTS)
    return fidelity, diversity, privacy


def _named_files(order: EvaluationOrder) -> dict[str, NamedFile]:
    """Those that hold all tables of a role."""
    given = {"real": order.real, "synthetic": order.synthetic, "holdout": order.holdout}
    return {
        role: NamedFile.of(file.path, order.known.names[role])
        for role, file in given.items()
        if isinstance(file, SourceFile)
    }


def _provenance(order: EvaluationOrder, files: dict[str, NamedFile]) -> Provenance:
    known = order.known
    return Provenance(files, method=known.method, seed=known.seed, settings=known.settings)


def _of_table(order: EvaluationOrder, known: Provenance, table: str) -> Provenance:
    """With the file of the table where the synthetic ones have one each."""
    if isinstance(order.synthetic, SourceFile):
        return known
    own = NamedFile.of(order.synthetic[table].path, order.known.names["synthetic"])
    return replace(known, files={**known.files, "synthetic": own})


def _tables(files: SourceFile | Mapping[str, SourceFile]) -> Tables:
    if isinstance(files, SourceFile):
        return _table(files)
    return {name: each.path for name, each in files.items()}


def _table(file: SourceFile) -> TableFile:
    return TableFile(file.path, file.reading, file.limits)
