"""Compiled rules as a tree: conditions that several rules begin with stand once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Branch:
    """A condition, what holds where it is met, and the branches below it.

    `then` is None where only longer rules say what holds; `share` is that of rows, all branches
    below counted in.
    """

    text: str
    share: float = 0.0
    then: Mapping[str, float] | None = None
    children: list[Branch] = field(default_factory=list)

    def child(self, text: str) -> Branch:
        found = next((each for each in self.children if each.text == text), None)
        if found is None:
            found = Branch(text)
            self.children.append(found)
        return found


def tree(rules: Sequence[Mapping[str, Any]]) -> Branch:
    """The rules under one root. Where rules of one beginning are parted by others, as only rules
    written by hand are, the order of the branches is that of their first rule."""
    root = Branch("")
    for rule in rules:
        branch, share = root, float(rule.get("share") or 0)
        root.share += share
        for condition in rule.get("conditions") or [rule.get("if", "")]:
            branch = branch.child(condition)
            branch.share += share
        branch.then = rule.get("then")
    return root


def outcome(then: Mapping[str, float], positive: str) -> float | None:
    """The figure to show: probability of the positive label, or the mean."""
    if positive in then:
        return then[positive]
    return then.get("mean")


def points(otherwise: Mapping[str, Any], positive: str) -> list[tuple[str, list[Grade]]]:
    """The scorecard: each column with its conditions and their points."""
    card = otherwise.get("scorecard") or {}
    return [
        (column["column"], [_grade(grade, positive) for grade in column["grades"]])
        for column in card.get("columns", [])
    ]


@dataclass(frozen=True)
class Grade:
    """One condition of a scorecard; `points` are those of the positive label."""

    text: str
    points: float
    share: float


def _grade(grade: Mapping[str, Any], positive: str) -> Grade:
    given = grade["points"]
    value = given.get(positive, next(iter(given.values()), 0.0))
    return Grade(grade["if"], float(value), float(grade["share"]))
