"""The report of made tables as plain data: what was asked for beside what the files hold."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from app.engine.evaluation.measure import LIKENESS
from app.engine.plan.explain import explain_table, target_of
from app.engine.plan.explanation import TargetExplanation
from app.engine.plan.plan import Plan
from app.engine.reports.limits import ReportLimits
from app.engine.reports.made.answers import held_answer, nobody_answer, unknown_answer, use_answer
from app.engine.reports.made.columns import made_columns
from app.engine.reports.made.learned import (
    LearnedTables,
    learned_answers,
    learned_epsilon,
    learned_method,
    learned_notes,
    learned_settings,
    learned_tables,
    shown_figures,
)
from app.engine.reports.made.schema import described_tables
from app.engine.reports.made.sources import is_declared
from app.engine.reports.made.tables import MadeTables
from app.engine.reports.provenance import Provenance
from app.engine.reports.threats import threats

DECLARED = "as a definition declares them: every value is drawn by chance from what stands there"
UNKNOWN = "in a way that this report does not know"
PART = "Columns are drawn from the first {rows:,} rows of each table, one block."


def made_report(plan: Plan, made: MadeTables, limits: ReportLimits | None = None) -> dict[str, Any]:
    """What a JSON file of a report of made tables holds; the same for the same arguments.

    Args:
        plan: what the tables were made by; columns are drawn from its first blocks.
    """
    limits = limits or ReportLimits()
    explained = _explained(plan)
    learned = learned_tables(plan)
    figures = [] if learned is None else shown_figures(learned)
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
        "threats": [] if is_declared(plan) else threats(figures),
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


def _questions(
    plan: Plan,
    made: MadeTables,
    explained: Mapping[str, TargetExplanation],
    learned: LearnedTables | None,
) -> list[dict[str, Any]]:
    table = next(iter(explained), None)
    use = use_answer(
        table,
        None if table is None else _target(plan, table),
        None if table is None else explained[table],
        made.facts,
        made.verification,
    )
    held = held_answer(made.facts, is_declared=plan.definition is not None)
    if learned is None:
        return [held, use, nobody_answer() if is_declared(plan) else unknown_answer()]
    likeness, own_use, privacy = learned_answers(learned)
    assert likeness["question"] == LIKENESS
    return [held, likeness, own_use if table is None else use, privacy]


def _target(plan: Plan, table: str) -> str | None:
    found = None if plan.definition is None else plan.definition.tables[table].target
    return None if found is None else found.name


def _provenance(plan: Plan, made: MadeTables, learned: LearnedTables | None) -> Provenance:
    if learned is None:
        method = DECLARED if is_declared(plan) else UNKNOWN
        return Provenance(method=method, seed=plan.seed, settings=tuple(made.settings))
    return Provenance(
        method=learned_method(learned),
        epsilon=learned_epsilon(learned),
        seed=plan.seed,
        settings=(*made.settings, *learned_settings(learned)),
    )


def _notes(plan: Plan, learned: LearnedTables | None) -> Iterator[str]:
    if learned is not None:
        yield from learned_notes(learned)
    blocks = [table.block_rows(0) for table in plan.tables if table.blocks > 1]
    if blocks:
        yield PART.format(rows=max(blocks))
