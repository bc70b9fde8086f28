"""The target: what was asked of it, what the rules come to, and what a trained model found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from app.engine.evaluation.metrics import METRICS
from app.engine.reports.charts.chart import percent
from app.engine.reports.sections.markup import number, paragraphs, section, table

MOST_RULES = 60
ABOUT_RULES = (
    "What decides the target. The first rule whose conditions hold is the one that counts."
)
ABOUT_EFFECTS = "What each effect was declared to be, and the correlation that it has."


def targets(document: dict[str, Any]) -> str:
    """Each target with its rules and effects, then the trained model."""
    found = document.get("targets") or ()
    if not found:
        return ""
    several = len(found) > 1
    parts = [_target(each, several=several) for each in found]
    return section("Target", *parts, _trained(document["verification"]), name="target")


def _target(found: Mapping[str, Any], *, several: bool) -> str:
    name = f"<h3>{escape(found['table'])}</h3>" if several else ""
    facts = [(each["fact"], each["declared"], each["reached"]) for each in found["facts"]]
    cells = (
        (escape(fact), number(declared), figure_shown(reached)) for fact, declared, reached in facts
    )
    planned = table(
        ("Asked of the target", "Asked", "Planned"), cells, first_number=1, label="Asked"
    )
    return name + (planned if facts else "") + _effects(found) + _rules(found)


def _effects(found: Mapping[str, Any]) -> str:
    if not found["effects"]:
        return ""
    cells = (
        (
            escape(each["effect"] + (f" on {each['label']}" if each["label"] else "")),
            escape(each["correlation"]),
            escape(f"{each['strength']}"),
            figure_shown(each["reached"]),
        )
        for each in found["effects"]
    )
    heads = ("Effect", "Direction", "Strength", "Correlation")
    drawn = table(heads, cells, first_number=3, label="Effects")
    return f"<h3>Effects</h3>{paragraphs(ABOUT_EFFECTS)}{drawn}"


def _rules(found: Mapping[str, Any]) -> str:
    rules, otherwise = found["rules"], found["else"]
    if not rules and not otherwise:
        return ""
    left = len(rules) - MOST_RULES
    more = f"And {left} more rules, which the JSON file has." if left > 0 else ""
    heads = ("If", "Then", "Share of rows")
    listed = table(heads, _rule_rows(found), first_number=2, label="Rules")
    return f"<h3>Rules</h3>{paragraphs(ABOUT_RULES)}{listed}{paragraphs(more)}"


def _rule_rows(found: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    for rule in found["rules"][:MOST_RULES]:
        yield escape(rule["if"]), escape(outcome(rule["then"])), percent(rule["share"])
    last = found["else"]
    if last:
        covers = f"else: {last.get('covers', 'everything else')}"
        yield escape(covers), escape(outcome(last["then"])), percent(last["share"])


def outcome(then: Mapping[str, float]) -> str:
    """What a rule makes of the target."""
    return ", ".join(f"{label} {chance:.4g}" for label, chance in then.items())


def _trained(found: Mapping[str, Any] | None) -> str:
    if found is None:
        return ""
    names = [name for name in METRICS if found.get(name) is not None]
    cells = (
        (
            escape(METRICS[name].label),
            figure_shown(found[name]),
            figure_shown(found.get(f"best_possible_{name}")),
        )
        for name in names
    )
    heads = ("Metric", "Trained model", "Best possible")
    said = (
        f"A model ({found['model']}) that saw {found['rows_trained']:,} rows and nothing of what "
        f"was declared, tested on {found['rows_tested']:,} others. {found['note']}"
    )
    figures = table(heads, cells, first_number=1, label="Trained model") if names else ""
    return f"<h3>A trained model</h3>{paragraphs(said.strip())}{figures}{_importance(found)}"


def _importance(found: Mapping[str, Any]) -> str:
    cells = [
        (escape(each["column"]), percent(each["share"]))
        for each in found["importance"]
        if each["share"] is not None
    ]
    if not cells:
        return ""
    listed = table(("Column", "Share of the gain"), cells, first_number=1, label="Importance")
    return f"<h3>What it looked at</h3>{listed}"


def figure_shown(value: float | None) -> str:
    """With the digits that say something."""
    return "–" if value is None else f"{value:.4g}"
