"""The report of made tables as plain data: what was asked for beside what the files hold."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from app.engine.evaluation.measure import LIKENESS
from app.engine.plan.explain import explain_table, target_of
from app.engine.plan.explanation import TargetExplanation
from app.engine.plan.plan import Plan
from app.engine.reports.limits import ReportLimits
from app.engine.reports.made.answers import held_answer, nobody_answer, use_answer
from app.engine.reports.made.columns import made_columns
from app.engine.reports.made.models import (
    given_columns,
    made_by,
    model_answers,
    model_epsilon,
    model_figures,
    model_notes,
    model_settings,
    models_of,
)
from app.engine.reports.made.schema import described_tables
from app.engine.reports.made.tables import MadeTables
from app.engine.reports.provenance import Provenance
from app.engine.reports.threats import threats
from app.engine.synthesizers.description import ModelDescription

DECLARED = "as a definition declares them: every value is drawn by chance from what stands there"
SEVERAL = "The tables {names} are drawn by models; figures are those of the first of them."
PART = "Columns are drawn from the first {rows:,} rows of each table, one block."


@dataclass(frozen=True, slots=True)
class _Learned:
    """The model that a report speaks of, and the table that it draws."""

    table: str
    model: ModelDescription
    figures: list[dict[str, Any]]


def made_report(plan: Plan, made: MadeTables, limits: ReportLimits | None = None) -> dict[str, Any]:
    """What a JSON file of a report of made tables holds; the same for the same arguments.

    Args:
        plan: what the tables were made by; columns are drawn from its first blocks.
    """
    limits = limits or ReportLimits()
    explained = _explained(plan)
    learned = _learned(plan)
    figures = [] if learned is None else learned.figures
    columns, left_out = made_columns(plan, limits.univariate)
    document = {
        "title": f"Report on {plan.name}",
        "name": plan.name,
        "licence": made.licence,
        "about": _about(plan, made),
        "rows": {"synthetic": made.rows},
        "tables": [dict(each) for each in made.tables],
        "schema": described_tables(plan),
        "questions": _questions(plan, made, explained, learned),
        "facts": sorted(made.facts, key=lambda fact: fact["holds"]),
        "targets": [{"table": name, **each} for name, each in explained.items()],
        "verification": made.verification,
        "figures": figures,
        "drawn": [asdict(each) for each in columns],
        "left_out": left_out,
        "timeline": [dict(each) for each in made.timeline],
        "asked_at": made.asked_at,
        "threats": threats(figures) if learned else [],
        "provenance": asdict(_provenance(plan, made, learned)),
        "limits": asdict(limits),
        "seed": plan.seed,
        "notes": [*made.notes, *_notes(plan, learned)],
    }
    plain: dict[str, Any] = json.loads(json.dumps(document))
    return plain


def _about(plan: Plan, made: MadeTables) -> str:
    several = f" in {len(made.tables)} tables" if len(made.tables) > 1 else ""
    return f"{made.rows:,} rows{several}, seed {plan.seed}."


def _explained(plan: Plan) -> dict[str, TargetExplanation]:
    """The target of each table that has one."""
    return {each.name: explain_table(each) for each in plan.tables if target_of(each)}


def _learned(plan: Plan) -> _Learned | None:
    found = models_of(plan)
    for table, model in found.items():
        return _Learned(table, model, model_figures(model.evaluation))
    return None


def _questions(
    plan: Plan,
    made: MadeTables,
    explained: Mapping[str, TargetExplanation],
    learned: _Learned | None,
) -> list[dict[str, Any]]:
    table = next(iter(explained), None)
    use = use_answer(
        None if table is None else _target(plan, table),
        None if table is None else explained[table],
        made.facts,
        made.verification,
    )
    held = held_answer(made.facts, is_declared=plan.definition is not None)
    if learned is None:
        return [held, use, nobody_answer()]
    likeness, own_use, privacy = model_answers(
        learned.figures, given_columns(plan.table(learned.table))
    )
    assert likeness["question"] == LIKENESS
    return [held, likeness, own_use if table is None else use, privacy]


def _target(plan: Plan, table: str) -> str | None:
    found = None if plan.definition is None else plan.definition.tables[table].target
    return None if found is None else found.name


def _provenance(plan: Plan, made: MadeTables, learned: _Learned | None) -> Provenance:
    method = DECLARED if learned is None else made_by(learned.model)
    settings, epsilon = [*made.settings], None
    if learned is not None:
        settings += model_settings(learned.model)
        epsilon = model_epsilon(learned.model)
    return Provenance(method=method, epsilon=epsilon, seed=plan.seed, settings=tuple(settings))


def _notes(plan: Plan, learned: _Learned | None) -> Iterator[str]:
    if learned is not None:
        yield from model_notes(learned.model)
        names = list(models_of(plan))
        if len(names) > 1:
            yield SEVERAL.format(names=", ".join(names))
    blocks = [table.block_rows(0) for table in plan.tables if table.blocks > 1]
    if blocks:
        yield PART.format(rows=max(blocks))
