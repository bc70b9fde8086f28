"""A compiled plan for reading: the rules of its targets, what was declared and what is reached."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, cast

from app.engine.plan.explanation import (
    OtherwiseRule,
    PlanExplanation,
    ScorecardDocument,
    TargetExplanation,
    TargetRule,
)
from app.engine.plan.plan import DeclaredRows, Plan, TablePlan
from app.engine.plan.target.drawing import LabelTarget, ValueTarget
from app.engine.plan.target.model import Segment, TargetModel
from app.engine.plan.target.wording import (
    condition,
    display_name,
    distribution,
    is_rest,
    outcome_text,
)

NO_TARGET = "no target, so no rules"


def explain(plan: Plan) -> PlanExplanation:
    """The body of the answer to a compile call: the first target, and where several tables have
    one, all of them."""
    tables = {table.name: explain_table(table) for table in plan.tables if target_of(table)}
    if not tables:
        return {
            "rules": [],
            "else": {},
            "facts": [],
            "effects": [],
            "expected": {},
            "reachable": {},
            "text": NO_TARGET,
        }
    first = next(iter(tables.values()))
    found = cast(PlanExplanation, dict(first))
    if len(tables) > 1:
        found["tables"] = tables
    return found


def target_of(table: TablePlan) -> TargetModel | None:
    """The compiled target of a table; None where it has none."""
    if not isinstance(table.source, DeclaredRows):
        return None
    for generator in table.source.columns.values():
        if isinstance(generator, LabelTarget | ValueTarget):
            return generator.model
    return None


def explain_table(table: TablePlan) -> TargetExplanation:
    """The target of one table.

    Raises:
        ValueError: where the table has no target.
    """
    model = target_of(table)
    if model is None:
        raise ValueError(f"table {table.name!r} has no target")
    return explain_model(model, table.schema.names)


def explain_model(model: TargetModel, columns: Collection[str]) -> TargetExplanation:
    """A compiled target of a table with the given columns."""
    rules, otherwise = _rules(model, columns)
    return {
        "rules": rules,
        "else": otherwise,
        "facts": [
            {"fact": each.fact, "declared": each.declared, "reached": each.reached}
            for each in model.facts
        ],
        "effects": [
            {
                "column": each.column,
                "effect": each.subject,
                "label": each.label,
                "correlation": each.correlation,
                "strength": each.strength,
                "reached": each.reached,
            }
            for each in model.effects
        ],
        "expected": {model.metric: model.reached},
        "reachable": {model.metric: list(model.reachable)},
        "text": _text(model, rules, otherwise),
    }


def _rules(model: TargetModel, columns: Collection[str]) -> tuple[list[TargetRule], OtherwiseRule]:
    """The user's rules, then the segments, and what is left.

    A complete list leaves out the conditions of what lies outside of all buckets, longer
    conditions standing before the shorter ones that they imply; its last segment is the else.
    """
    own = [_own_rule(model, number) for number in range(len(model.rules))]
    segments = list(model.segments)
    if model.complete:
        segments.sort(key=lambda each: (_rests(model, each), each.share))
    rules = [_segment_rule(model, each, columns, model.complete) for each in segments]
    if model.complete:
        last = rules.pop() if rules else None
        conditions = last["conditions"] if last else []
        covers = " and ".join(conditions) or "everything else"
        then = last["then"] if last else distribution(model, model.elsewhere)
        return own + rules, {
            "covers": covers,
            "then": then,
            "share": _rest_share(model, own + rules),
        }
    return own + rules, _scored_else(model, own + rules, columns)


def _own_rule(model: TargetModel, number: int) -> TargetRule:
    rule = model.rules[number]
    text = rule.condition.text
    return {"if": text, "conditions": [text], "then": dict(rule.then), "share": rule.share}


def _rests(model: TargetModel, segment: Segment) -> int:
    return sum(is_rest(card, g) for card, g in zip(model.cards, segment.bins, strict=True))


def _segment_rule(
    model: TargetModel, segment: Segment, columns: Collection[str], short: bool
) -> TargetRule:
    conditions = [
        condition(card, code, columns)
        for card, code in zip(model.cards, segment.bins, strict=True)
        if not (short and is_rest(card, code))
    ]
    conditions = [each for each in conditions if each != "true"]
    then = distribution(model, segment.then)
    return {
        "if": " and ".join(conditions) or "true",
        "conditions": conditions,
        "then": then,
        "share": segment.share,
    }


def _rest_share(model: TargetModel, rules: list[TargetRule]) -> float:
    return float(max(0.0, 1.0 - sum(rule["share"] for rule in rules)))


def _scored_else(
    model: TargetModel, rules: list[TargetRule], columns: Collection[str]
) -> OtherwiseRule:
    return {
        "covers": "every other segment, by the scorecard",
        "then": distribution(model, model.elsewhere),
        "share": _rest_share(model, rules),
        "scorecard": {
            "base": _points(model, model.base),
            "columns": [
                {
                    "column": card.column,
                    "grades": [
                        {
                            "if": condition(card, code, columns),
                            "points": _points(model, card.points[:, code]),
                            "share": float(share),
                        }
                        for code, share in enumerate(card.shares)
                        if share > 0
                    ],
                }
                for card in model.cards
            ],
            "meaning": _meaning(model),
        },
    }


def _points(model: TargetModel, points: Any) -> dict[str, float]:
    """Points by label; of two labels those of the positive one over the other."""
    if not model.labels:
        return {"score": round(float(points[0]), 6)}
    if len(model.labels) == 2:
        positive = model.positive
        return {model.labels[positive]: round(float(points[positive] - points[1 - positive]), 6)}
    return {label: round(float(p), 6) for label, p in zip(model.labels, points, strict=True)}


def _meaning(model: TargetModel) -> str:
    if not model.labels:
        return (
            f"{model.name} takes its declared distribution in the order of the sum of the points "
            "plus standard normal noise"
        )
    if len(model.labels) == 2:
        label = model.labels[model.positive]
        return f"P({model.name} = {label}) = 1 / (1 + exp(-(base + sum of points)))"
    return f"P({model.name} = label) = exp(base + sum of points) / the sum of these over all labels"


def _text(model: TargetModel, rules: list[TargetRule], otherwise: OtherwiseRule) -> str:
    heads = [f"{'elif' if i else 'if'} {rule['if']}:" for i, rule in enumerate(rules)] + ["else:"]
    outcomes = [outcome_text(model, rule["then"]) for rule in [*rules, otherwise]]
    shares = [rule["share"] for rule in [*rules, otherwise]]
    width, middle = max(map(len, heads)), max(map(len, outcomes))
    lines = [
        f"{head:<{width}}  {outcome:<{middle}}  # {share:.1%} of rows"
        for head, outcome, share in zip(heads, outcomes, shares, strict=True)
    ]
    if "scorecard" in otherwise:
        lines += _scorecard_text(otherwise["scorecard"])
    return "\n".join(lines)


def _scorecard_text(scorecard: ScorecardDocument) -> list[str]:
    lines = ["", "# every other segment: " + scorecard["meaning"]]
    lines.append(f"base: {_shown(scorecard['base'])}")
    for column in scorecard["columns"]:
        for grade in column["grades"]:
            lines.append(f"{grade['if']}: {_shown(grade['points'])}")
    return lines


def _shown(points: dict[str, float]) -> str:
    if len(points) == 1:
        return f"{next(iter(points.values())):+.4f}"
    return ", ".join(f"{label} {value:+.4f}" for label, value in points.items())


__all__ = ["display_name", "explain", "explain_model", "explain_table", "target_of"]
