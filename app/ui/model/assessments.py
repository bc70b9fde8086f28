"""What learning takes, in figures and words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from app.ui.client import Fault, Problem
from app.ui.model.progress import duration, size

INSIDE = "definition."


def figures(assessment: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Figures with their names, as they are shown side by side."""
    return [
        (f"{assessment['columns']:,}", f"columns from {assessment['rows']:,} rows"),
        (_about(assessment["seconds"]), "on one core, about"),
        (size(assessment["memory"]), "of memory at most"),
        (size(assessment["model_bytes"]), "model file, about"),
    ]


def _about(seconds: float) -> str:
    """Whole seconds: an estimate says no more."""
    return f"{max(1, round(seconds))} s" if seconds < 60 else duration(seconds)


def sentences(assessment: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What is revealed, what will be weak, and what would mend it: the colour of a note, and its
    text."""
    parts = ("reveals", "weak", "sampled")
    found = [("warn", each) for part in parts for each in assessment[part]]
    return found + [("", each) for each in assessment["suggestions"]]


def refused_definition(problem: Problem) -> Problem:
    """A refusal of a request as one of the definition in it."""
    faults = within_definition(problem.faults)
    return Problem(problem.status, problem.title, str(problem), faults)


def within_definition(faults: Iterable[Fault]) -> tuple[Fault, ...]:
    """Faults of a request with the places that they have in the definition itself."""
    return tuple(replace(each, path=each.path.removeprefix(INSIDE)) for each in faults)
