"""Compiled rules as markup: a strip of segments, a tree of conditions, a scorecard of points."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from app.ui.model.rules import Branch, Grade, outcome, points, tree
from app.ui.model.values import figure_text
from app.ui.parts.drawing import meter

STRIP = 90
Rule = Mapping[str, Any]


def segments_svg(rules: Sequence[Rule], otherwise: Rule, positive: str) -> str:
    """The target by segment: as wide as the segment's share of rows, as high as its figure."""
    found = [*rules, {**otherwise, "if": "else"}]
    figures = sorted(
        (value, float(rule.get("share") or 0), str(rule.get("if", "else")))
        for rule in found
        if (value := outcome(rule.get("then") or {}, positive)) is not None
    )
    whole = sum(share for _, share, _ in figures)
    if not figures or not whole:
        return ""
    top = max(value for value, *_ in figures) or 1
    at, drawn = 0.0, []
    for value, share, text in figures:
        width, height = 100 * share / whole, STRIP * max(value, 0) / top
        drawn.append(
            f'<rect x="{at:.2f}" y="{STRIP - height:.2f}" width="{max(width - 0.15, 0.1):.2f}" '
            f'height="{max(height, 0.8):.2f}" fill="currentColor" '
            f'opacity="{0.45 if text == "else" else 1}">'
            f"<title>{escape(text)}: {_figure(value, positive)}, {share:.1%} of rows</title></rect>"
        )
        at += width
    reach = f"{_figure(figures[0][0], positive)} to {_figure(top, positive)}"
    said = f"{_subject(positive)} by segment, from {reach}"
    return (
        f'<svg class="bars" style="height:{STRIP}px" viewBox="0 0 100 {STRIP}" role="img" '
        f'preserveAspectRatio="none" aria-label="{escape(said)}">{"".join(drawn)}</svg>'
        f'<p class="plot__said">{escape(said)}; width is the share of rows, pale is the rest.</p>'
    )


def rules_html(rules: Sequence[Rule], otherwise: Rule, positive: str) -> str:
    """The rules as a tree that opens by conditions, the else at its end."""
    root = tree(rules)
    top = _top(rules, otherwise, positive)
    lines = "".join(_branch(each, positive, top) for each in root.children)
    value = outcome(otherwise.get("then") or {}, positive)
    if value is not None:
        covers = otherwise.get("covers") or "everything else"
        share = float(otherwise.get("share") or 0)
        lines += f"<li>{_leaf(f'else: {covers}', value, share, positive, top)}</li>"
    return f'<ul aria-label="Rules">{lines}</ul>'


def _top(rules: Sequence[Rule], otherwise: Rule, positive: str) -> float:
    values = [outcome(rule.get("then") or {}, positive) for rule in [*rules, otherwise]]
    return max([abs(value) for value in values if value is not None] or [1.0]) or 1.0


def _branch(branch: Branch, positive: str, top: float) -> str:
    """A branch with one child stands in one line with it."""
    text = branch.text
    while branch.then is None and len(branch.children) == 1:
        branch = branch.children[0]
        text = f"{text} and {branch.text}"
    if not branch.children:
        value = outcome(branch.then or {}, positive) or 0.0
        return f"<li>{_leaf(text, value, branch.share, positive, top)}</li>"
    inner = "".join(_branch(each, positive, top) for each in branch.children)
    return (
        f"<li><details><summary>{escape(text)} "
        f'<span class="quiet">({branch.share:.1%} of rows, {_leaves(branch)} segments)</span>'
        f"</summary><ul>{inner}</ul></details></li>"
    )


def _leaves(branch: Branch) -> int:
    return sum(map(_leaves, branch.children)) if branch.children else 1


def _leaf(text: str, value: float, share: float, positive: str, top: float) -> str:
    return (
        f'<div class="tree__leaf"><code>{escape(text)}</code>{meter(value / top)}'
        f'<span class="number">{_figure(value, positive)}</span>'
        f'<span class="quiet small">{share:.1%} of rows</span></div>'
    )


def scorecard_html(otherwise: Rule, positive: str) -> str:
    """The points of every condition, one column after the other."""
    card = points(otherwise, positive)
    if not card:
        return ""
    reach = max(abs(grade.points) for _, grades in card for grade in grades) or 1.0
    said = escape(str(otherwise["scorecard"].get("meaning", "")))
    inner = "".join(
        f'<details><summary>{escape(name)}</summary><div class="score">'
        f"{''.join(_grade(grade, reach) for grade in grades)}</div></details>"
        for name, grades in card
    )
    return f'<h3>Points of all segments</h3><p class="quiet small">{said}</p>{inner}'


def _grade(grade: Grade, reach: float) -> str:
    width = 50 * abs(grade.points) / reach
    left = 50 if grade.points >= 0 else 50 - width
    down = ' class="down"' if grade.points < 0 else ""
    return (
        f"<code>{escape(grade.text)}</code>"
        f'<div class="score__bar"><div{down} style="left:{left:.1f}%;width:{width:.1f}%"></div>'
        "</div>"
        f'<span class="number">{grade.points:+.2f}</span>'
    )


def _figure(value: float, positive: str) -> str:
    return f"{value:.1%}" if positive else figure_text(value)


def _subject(positive: str) -> str:
    return f"Probability of {positive}" if positive else "Mean of the target"
