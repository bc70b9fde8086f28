"""The report of a model as plain data: what was learned, and what it was found to be worth."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from app.engine.reports.limits import ReportLimits
from app.engine.reports.made.models import (
    model_answers,
    model_epsilon,
    model_figures,
    model_notes,
    model_settings,
)
from app.engine.reports.provenance import Provenance
from app.engine.reports.threats import threats
from app.engine.synthesizers.description import ModelDescription

ABOUT = "A model ({synthesizer}) that learned {learned:,} columns of a table of {rows:,} rows."


@dataclass(frozen=True, slots=True)
class ModelTraining:
    """What is known of a training besides the model; plain data.

    Args:
        timeline, asked_at, settings, notes: as in `MadeTables`.
    """

    name: str
    timeline: Sequence[Mapping[str, Any]] = ()
    asked_at: str | None = None
    settings: Sequence[tuple[str, str]] = ()
    notes: Sequence[str] = ()


def model_report(model: ModelDescription, training: ModelTraining) -> dict[str, Any]:
    """What a JSON file of a report of a model holds; the same for the same arguments."""
    figures = model_figures(model.evaluation)
    judged = 0 if model.evaluation is None else model.evaluation.synthetic
    learned = len(model.learned)
    settings = (*training.settings, *model_settings(model), *_plain(model.settings))
    method = f"by a model ({model.synthesizer})"
    known = Provenance(method=method, epsilon=model_epsilon(model), settings=settings)
    document = {
        "title": f"Report on the model {training.name}",
        "about": ABOUT.format(synthesizer=model.synthesizer, learned=learned, rows=model.rows),
        "rows": {"synthetic": judged},
        "tables": [],
        "questions": model_answers(figures),
        "figures": figures,
        "learned": [each.model_dump(mode="json") for each in model.learned],
        "made": list(model.made),
        "rules": list(model.rules),
        "timeline": [dict(each) for each in training.timeline],
        "asked_at": training.asked_at,
        "threats": threats(figures),
        "provenance": asdict(known),
        "limits": asdict(ReportLimits()),
        "seed": model.seed,
        "notes": list(dict.fromkeys([*training.notes, *model.warnings, *model_notes(model)])),
    }
    plain: dict[str, Any] = json.loads(json.dumps(document))
    return plain


def _plain(settings: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(f"Setting {name}", str(value)) for name, value in settings.items()]
