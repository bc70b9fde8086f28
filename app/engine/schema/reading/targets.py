"""The target and the rules written for it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from app.engine.schema.learned import LearnedMarginal
from app.engine.schema.models import (
    BoolColumn,
    CategoryColumn,
    Column,
    NumberColumn,
    Rule,
    Target,
)
from app.engine.schema.problems import Problems, did_you_mean, listed, quoted, shown
from app.engine.schema.reading.columns import read_column
from app.engine.schema.reading.entries import Entry, named_entries
from app.engine.schema.reading.learned import read_learned_target
from app.engine.schema.reading.section import Section
from app.engine.schema.source import Path
from app.engine.schema.targets import LABEL_METRICS, NUMBER_METRICS, TARGET_METRICS, least_frequent

_MEAN_RULE = "mean"


def read_target(
    problems: Problems,
    path: Path,
    value: Any,
    learned: Mapping[str, LearnedMarginal] | None = None,
) -> tuple[str | None, Target | None]:
    """The target's name and the target; either is None where it cannot be read.

    Args:
        learned: the columns that a model draws.
    """
    name, place, body = _named(problems, path, value)
    if name is None:
        return None, None
    if learned and name in learned:
        return name, _read_learned(problems, Entry(name, place, body), learned[name])
    section = Section.of(problems, place, body, "a mapping that declares a column")
    target_metrics = section.take_all(*TARGET_METRICS)
    positive = section.text("positive")
    before = len(problems.effects)
    column = read_column(section)
    _refuse_effects(problems, before)
    _check_kind(section, column)
    _check_target_metrics(section, target_metrics, column)
    positive = _positive(section, positive, column)
    if column is None:
        return name, None
    fields = {"name": name, "column": column, "positive": positive, **target_metrics}
    return name, section.build(Target, fields)


def _read_learned(problems: Problems, entry: Entry, found: LearnedMarginal) -> Target | None:
    column, about = read_learned_target(problems, entry, found)
    section = Section(problems, entry.place, about)
    target_metrics = section.take_all(*TARGET_METRICS)
    _check_target_metrics(section, target_metrics, column)
    positive = _positive(section, section.text("positive"), column)
    if column is None:
        return None
    fields = {"name": entry.name, "column": column, "positive": positive, **target_metrics}
    return section.build(Target, {**fields, "is_learned": True})


def _named(problems: Problems, path: Path, value: Any) -> tuple[str | None, Path, Any]:
    """`{Churned: {…}}`, or `{name: Churned, type: …}`."""
    if isinstance(value, Mapping) and not isinstance(value.get("type", {}), Mapping):
        if isinstance(value.get("name"), str):
            body = {key: item for key, item in value.items() if key != "name"}
            return str(value["name"]), path, body
        problems.fault(path, "the target has no name", "write `target: {Churned: {type: …}}`")
        return None, path, None
    entries = named_entries(problems, path, value, "the target")
    if len(entries) == 1:
        return entries[0][:3]
    if isinstance(value, Mapping | list):
        names = [entry.name for entry in entries]
        message = f"one target is wanted, not {len(names)}" + (
            f": {listed(names)}" if names else ""
        )
        problems.fault(path, message, "further columns belong in `features`")
    return None, path, None


def target_labels(column: Column | None) -> tuple[str, ...] | None:
    """The labels of a target as texts; None where it has none."""
    if isinstance(column, CategoryColumn):
        return tuple(cat.label for cat in column.cats)
    return ("false", "true") if isinstance(column, BoolColumn) else None


def _refuse_effects(problems: Problems, before: int) -> None:
    for place, _ in problems.effects[before:]:
        message = "the target has no correlation with itself"
        problems.fault(place, message, "declare the effect on a feature")
    del problems.effects[before:]


def _check_kind(section: Section, column: Column | None) -> None:
    if column is not None and not isinstance(column, CategoryColumn | BoolColumn | NumberColumn):
        section.fault(
            f"a target of type {quoted(column.type)} cannot be predicted",
            "known are `category`, `bool`, `int`, `float`",
            "type",
        )


def _check_target_metrics(
    section: Section, target_metrics: Mapping[str, Any], column: Column | None
) -> None:
    names = list(target_metrics)
    for extra in names[1:]:
        section.fault(f"{quoted(names[0])} is declared too", "one dial only", extra)
    if isinstance(column, NumberColumn):
        wrong, right = LABEL_METRICS, "a numeric target has `r2`"
    else:
        wrong, right = NUMBER_METRICS, "a target of labels has `auc` or `accuracy`"
    for name in names:
        if column is not None and name in wrong:
            section.fault(f"{quoted(name)} does not fit a target of this type", right, name)


def _positive(section: Section, written: str | None, column: Column | None) -> str | None:
    labels = target_labels(column)
    if labels is None:
        if written is not None and column is not None:
            section.fault("a numeric target has no positive label", "leave it out", "positive")
        return None
    if isinstance(column, BoolColumn) and written is not None:
        written = written.lower()
    if written is None:
        return _least_frequent(section, labels, column)
    if written not in labels:
        hint = did_you_mean(written, labels)
        section.fault(f"{quoted(written)} is no label of the target", hint, "positive")
    return written


def _least_frequent(section: Section, labels: tuple[str, ...], column: Column | None) -> str | None:
    if not labels:
        return None
    shares = {"false": 0.5, "true": 0.5}
    if isinstance(column, CategoryColumn):
        shares = {cat.label: cat.proportion for cat in column.cats}
    elif isinstance(column, BoolColumn):
        shares = {"false": 1 - column.proportion, "true": column.proportion}
    label = least_frequent(shares)
    section.problems.warn(
        section.path,
        f"no positive label is declared: {quoted(label)} is taken, the least frequent",
        f"add `positive: {label}`",
    )
    return label


def read_rules(problems: Problems, path: Path, value: Any) -> list[tuple[Path, Rule]]:
    """`[{if: "…", then: {label: probability}}]`."""
    if not isinstance(value, list):
        problems.fault(
            path, f"a list of rules is wanted, not {shown(value)}", "`- {if: …, then: …}`"
        )
        return []
    rules = [_read_rule(problems, (*path, i), item) for i, item in enumerate(value)]
    return [((*path, i), rule) for i, rule in enumerate(rules) if rule is not None]


def _read_rule(problems: Problems, path: Path, item: Any) -> Rule | None:
    section = Section.of(problems, path, item, "a mapping with `if` and `then`")
    fields = section.take_all("if", "then")
    section.close()
    return section.build(Rule, fields)


def check_rules(problems: Problems, rules: list[tuple[Path, Rule]], target: Target | None) -> None:
    """Rules speak of the labels of the target, or of its mean where it is a number."""
    for path, rule in rules:
        if target is None:
            problems.fault(path, "there is no target for this rule", "declare a `target`")
            continue
        labels = target_labels(target.column)
        if not rule.then:
            problems.fault((*path, "then"), "says nothing", "for instance `{label: 0.8}`")
        for name, value in rule.then.items():
            _check_outcome(problems, (*path, "then", name), name, value, labels)
        if labels and all(0 <= value <= 1 for value in rule.then.values()):
            _check_sum(problems, (*path, "then"), rule, labels)


def _check_sum(problems: Problems, path: Path, rule: Rule, labels: tuple[str, ...]) -> None:
    total = math.fsum(rule.then.values())
    if total > 1 + 1e-9:
        problems.fault(path, f"the probabilities sum to {total:.12g}, more than 1")
    if set(labels) == set(rule.then) and total < 1 - 1e-9:
        problems.fault(path, f"the probabilities sum to {total:.12g}, not to 1")


def _check_outcome(
    problems: Problems, path: Path, name: str, value: float, labels: tuple[str, ...] | None
) -> None:
    if labels is None:
        if name != _MEAN_RULE:
            problems.fault(path, "the target is a number", "write `then: {mean: 300000}`")
    elif name not in labels:
        hint = did_you_mean(name, labels)
        problems.fault(path, f"{quoted(name)} is no label of the target", hint)
    elif not 0 <= value <= 1:
        problems.fault(path, f"a probability lies between 0 and 1, not {shown(value)}")
