"""Two tables in, a report out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pyarrow as pa

from app.engine.evaluation.evaluation import Evaluation, evaluate_tables
from app.engine.evaluation.judged_tables import JudgedTables, Source, read_tables
from app.engine.evaluation.row_space import row_space
from app.engine.reports.associations import Associations, associations_of
from app.engine.reports.document import Drawn, report_document
from app.engine.reports.limits import ReportLimits
from app.engine.reports.margins import Margin, margin_of
from app.engine.reports.provenance import Provenance


def judged_report(
    real: Source,
    synthetic: Source,
    *,
    holdout: Source | None = None,
    target: str | None = None,
    protected: str | None = None,
    seed: int = 0,
    weights: tuple[float, float, float] = (1.0, 1.0, 1.0),
    limits: ReportLimits | None = None,
    provenance: Provenance | None = None,
) -> dict[str, Any]:
    """The document of an evaluation, with what its drawings show.

    Args:
        protected: a column between whose values the target is to be fair.

    Raises as `app.engine.evaluation.evaluation.evaluate`.
    """
    limits = limits or ReportLimits()
    tables = read_tables(real, synthetic, holdout, seed)
    found = evaluate_tables(
        tables, target=target, seed=seed, weights=weights, neighbour_columns=limits.knn,
        protected=protected,
    )  # fmt: skip
    drawn = drawn_of(tables, found, limits)
    return report_document(
        found, drawn=drawn, limits=limits, provenance=provenance or Provenance(), seed=seed
    )


def drawn_of(tables: JudgedTables, found: Evaluation, limits: ReportLimits) -> Drawn:
    """Margins of the columns that are farthest from real rows, and matrices of associations."""
    real, synthetic = tables.real, tables.synthetic
    space = row_space(real, texts=tables.texts)
    own, made = space.numbers(real), space.numbers(synthetic)
    margins = []
    for each in found.columns[: limits.univariate]:
        place = space.names.index(each.name)
        # Of texts their lengths are drawn.
        kind = pa.int64() if each.name in tables.texts else real.schema.field(each.name).type
        margin = margin_of(space.axes[place], kind, own[:, place], made[:, place])
        margins.append(_as_written(margin, tables.truths.get(each.name)))
    places = [space.names.index(name) for name in _in_pairs(found, limits.phik)]
    associations: Associations | None = None
    if len(places) > 1:
        associations = associations_of(space, sorted(places), own, made)
    return Drawn(tuple[Margin, ...](margins), associations)


def _as_written(margin: Margin, truths: tuple[str, str] | None) -> Margin:
    """With the truth values as the real table writes them, such as Yes and No."""
    if truths is None:
        return margin
    words = {"false": truths[0], "true": truths[1]}
    return replace(margin, places=tuple(words.get(each, each) for each in margin.places))


def _in_pairs(found: Evaluation, most: int) -> list[str]:
    """Columns of the pairs that are farthest from real rows."""
    names = dict.fromkeys(name for each in found.pairs for name in (each.first, each.second))
    return list(names)[:most]
