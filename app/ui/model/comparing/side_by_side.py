"""Several models and evaluations side by side: their figures, line by line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.engine.evaluation.measure import PRIVACY
from app.engine.reports.meanings import ANSWERS, MEANINGS, QUESTIONS
from app.engine.reports.verdicts import verdict
from app.engine.synthesizers.registry import SYNTHESIZERS
from app.ui.client import Answer
from app.ui.model.moments import ago

MOST = 6


@dataclass(frozen=True)
class Judged:
    """A model or a job with its figures by name.

    Args:
        place: where its page is.
        said: what is known of it, in words.
    """

    title: str
    place: str
    said: tuple[str, ...]
    figures: Mapping[str, Answer]


@dataclass(frozen=True)
class Cell:
    """A figure of one of them: its value, what is possible, and the word for it; texts, empty
    where nothing is known."""

    value: str = "–"
    beside: str = ""
    word: str = ""


@dataclass(frozen=True)
class Line:
    """One figure of all of them."""

    title: str
    cells: tuple[Cell, ...]


def judged_model(found: Answer) -> Judged:
    """A synthesizer, as the API answers with it."""
    said = found["description"]
    place, at = f"/synthesizers/{found['id']}", found["created_at"]
    return Judged(found["name"], place, (*_model(said), f"trained {ago(at)}"), _of_model(said))


def judged_job(job: Answer) -> Judged:
    """A finished job that has trained a model or judged a table."""
    details = (job["result"] or {}).get("details") or {}
    at = f"made {ago(job['created_at'])}"
    if "description" in details:
        said = details["description"]
        return _named(job, (*_model(said), at), _of_model(said))
    asked = job["schema"] or {}
    target = asked.get("target")
    said_of = ("a judged table", f"to predict: {target}" if target else "no target", at)
    return _named(job, said_of, details.get("figures", ()))


def lines_of(judged: Sequence[Judged]) -> list[tuple[str, list[Line]]]:
    """By question the figures that any of them has."""
    found = []
    for question, title in QUESTIONS.items():
        names = [name for name in MEANINGS if ANSWERS[name] == question]
        lines = [
            Line(MEANINGS[name].title, tuple(_cell(name, each.figures) for each in judged))
            for name in names
            if any(name in each.figures for each in judged)
        ]
        if lines:
            found.append((title, lines))
    return found


def _named(job: Answer, said: tuple[str, ...], figures: Any) -> Judged:
    own = figures if isinstance(figures, Mapping) else {each["name"]: each for each in figures}
    return Judged(job["name"], f"/jobs/{job['id']}", said, own)


def _of_model(said: Answer) -> dict[str, Answer]:
    evaluation = said["evaluation"] or {}
    return {each["name"]: each for each in evaluation.get("figures", ())}


def _model(said: Answer) -> tuple[str, ...]:
    kind = said["synthesizer"]
    label = SYNTHESIZERS[kind].label if kind in SYNTHESIZERS else kind
    privacy = said.get("privacy")
    seconds = said["provenance"]["seconds"]
    return (
        f"{label}, {len(said['columns']):,} columns, {said['rows']:,} rows",
        f"seed {said['seed']}, k {said['k']}" if said["k"] > 1 else f"seed {said['seed']}",
        "no differential privacy" if privacy is None else f"ε {privacy['epsilon']:g}",
        *([] if seconds is None else [f"learned in {seconds:g} s"]),
    )


def _cell(name: str, figures: Mapping[str, Answer]) -> Cell:
    found = figures.get(name)
    if found is None or found["value"] is None:
        return Cell()
    ends = [f"{found[each]:g}" if found[each] is not None else "–" for each in ("ceiling", "floor")]
    word = "" if ANSWERS[name] == PRIVACY else verdict(found) or ""
    return Cell(f"{found['value']:g}", " / ".join(ends), word)
