"""An evaluation as plain data."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

from app.engine.evaluation.composite import Composite
from app.engine.evaluation.evaluation import Evaluation
from app.engine.evaluation.fidelity.columns import ColumnFidelity
from app.engine.evaluation.fidelity.pairs import PairFidelity
from app.engine.evaluation.intervals import FINEST, Interval
from app.engine.evaluation.judgement import Figure
from app.engine.evaluation.utility.comparison import ModelScores
from app.engine.evaluation.utility.fairness import FairnessFigures
from app.engine.reports.associations import Associations
from app.engine.reports.limits import ReportLimits
from app.engine.reports.margins import Margin
from app.engine.reports.meanings import ANSWERS, MEANINGS
from app.engine.reports.provenance import Provenance
from app.engine.reports.threats import threats
from app.engine.reports.verdicts import answers, with_verdicts

TITLE = "Evaluation of synthetic rows"


@dataclass(frozen=True, slots=True)
class Drawn:
    """What the drawings of a report show."""

    margins: tuple[Margin, ...] = ()
    associations: Associations | None = None


def report_document(
    evaluation: Evaluation,
    *,
    drawn: Drawn | None = None,
    limits: ReportLimits | None = None,
    provenance: Provenance | None = None,
    seed: int = 0,
) -> dict[str, Any]:
    """What a JSON file of an evaluation holds. Figures have as many decimals as their interval
    allows; of the pairs the farthest from their ceiling are named."""
    drawn, limits = drawn or Drawn(), limits or ReportLimits()
    real, holdout, synthetic = evaluation.rows
    figures = with_verdicts([_figure(each) for each in evaluation.figures])
    made = {
        "title": TITLE,
        "rows": {"real": real, "holdout": holdout, "synthetic": synthetic},
        "target": evaluation.target,
        "questions": answers(figures),
        "figures": figures,
        "columns": [_column(each) for each in evaluation.columns],
        "pairs": {
            **mean_of_pairs(evaluation.pairs),
            "farthest": [_pair(each) for each in evaluation.pairs[: limits.bivariate]],
        },
        "models": [_model(each) for each in evaluation.models],
        "composite": _composite(evaluation.composite),
        "fairness": _fairness(evaluation.fairness),
        "margins": [asdict(each) for each in drawn.margins],
        "associations": _associations(drawn.associations),
        "threats": threats(figures),
        "provenance": asdict(provenance or Provenance()),
        "limits": asdict(limits),
        "seed": seed,
        "notes": list(evaluation.notes),
    }
    plain: dict[str, Any] = json.loads(json.dumps(made))
    return plain


def mean_of_pairs(pairs: tuple[PairFidelity, ...]) -> dict[str, float | None]:
    """Means over all pairs; None where there are none."""
    names = ("distance", "ceiling", "floor")
    return {
        name: round(sum(getattr(each, name) for each in pairs) / len(pairs), FINEST)
        if pairs
        else None
        for name in names
    }


def rounded(value: float | None, interval: Interval | None) -> float | None:
    """A figure with the decimals that say something."""
    return (
        None if value is None else round(value, FINEST if interval is None else interval.decimals)
    )


def _figure(figure: Figure) -> dict[str, Any]:
    own, meaning = figure.interval, MEANINGS[figure.name]
    ends = (None, None) if own is None else (rounded(own.low, own), rounded(own.high, own))
    return {
        "name": figure.name,
        "question": ANSWERS[figure.name],
        "title": meaning.title,
        "value": rounded(figure.value, own),
        "low": ends[0],
        "high": ends[1],
        "ceiling": rounded(figure.ceiling, own),
        "floor": rounded(figure.floor, own),
        "copy": rounded(figure.copy, own),
        "best": meaning.best,
        "decides": meaning.decides,
        "says": meaning.says,
        "does_not_show": meaning.hides,
        "note": figure.note,
        "details": dict(figure.details),
    }


def _associations(found: Associations | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {**asdict(found), "difference": found.difference}


def _column(column: ColumnFidelity) -> dict[str, Any]:
    return {
        "name": column.name,
        "distance": round(column.distance, FINEST),
        "ceiling": round(column.ceiling, FINEST),
        "measure": "total variation" if column.is_label else "Kolmogorov-Smirnov",
        "moved": None if column.moved is None else round(column.moved, FINEST),
        "missing": round(column.missing, FINEST),
        "missing_real": round(column.missing_real, FINEST),
        "outside": round(column.outside, FINEST),
    }


def _pair(pair: PairFidelity) -> dict[str, Any]:
    return {
        "columns": [pair.first, pair.second],
        "distance": round(pair.distance, FINEST),
        "ceiling": round(pair.ceiling, FINEST),
        "floor": round(pair.floor, FINEST),
    }


def _model(model: ModelScores) -> dict[str, Any]:
    return {
        "learner": model.learner,
        "trained_on": model.trained_on,
        "rows": model.rows,
        "threshold": None if model.threshold is None else round(model.threshold, 3),
        "scores": {
            name: {
                "value": rounded(each.value, each.interval),
                "low": None if each.interval is None else rounded(each.interval.low, each.interval),
                "high": None
                if each.interval is None
                else rounded(each.interval.high, each.interval),
            }
            for name, each in model.scores.items()
        },
    }


def _composite(found: Composite) -> dict[str, Any]:
    return {
        "value": None if found.value is None else round(found.value, 3),
        "parts": {
            name: None if part is None else round(part, 3) for name, part in found.parts.items()
        },
        "weights": {name: round(share, 4) for name, share in found.weights.items()},
    }


def _fairness(found: FairnessFigures | None) -> dict[str, Any] | None:
    if found is None:
        return None

    def plain(value: float | None) -> float | None:
        return None if value is None else round(value, FINEST)

    return {
        "protected": found.protected,
        "target": found.target,
        "groups": found.groups,
        "left_out": found.left_out,
        "figures": [
            {"name": name, "before": plain(each.before), "after": plain(each.after)}
            for name, each in found.figures.items()
        ],
    }
