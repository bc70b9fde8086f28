"""Bins as conditions in the expression language, and distributions as texts."""

from __future__ import annotations

from collections.abc import Collection

import pyarrow as pa

from app.engine.expressions import snake_case, written
from app.engine.plan.target.bins import Edge, LabelBins, NumberBins, moment_text
from app.engine.plan.target.model import Scorecard, TargetModel


def display_name(name: str, columns: Collection[str]) -> str:
    """A column as rules show it: as it is where that is an identifier, else in snake case where
    only this column has that form, else in backticks."""
    shown = written(name)
    alias = snake_case(name)
    if shown == name or not alias.replace(".", "_").isidentifier():
        return shown
    others = {snake_case(other) for other in columns if other != name} | set(columns)
    return shown if alias in others or written(alias) != alias else alias


def condition(card: Scorecard, code: int, columns: Collection[str]) -> str:
    """When a row belongs to the bin of an input."""
    name = display_name(card.column, columns)
    if code == card.bins.count:
        return f"{name} is null"
    if isinstance(card.bins, LabelBins):
        label = card.bins.labels[code]
        plain = card.bins.kind in {"int", "float", "bool"}
        return f"{name} == {label if plain else quoted(label)}"
    if pa.types.is_boolean(card.bins.type):
        return f"{name} == {'true' if code else 'false'}"
    parts = [_interval(name, card.bins, *ends) for ends in card.bins.intervals(code)]
    return parts[0] if len(parts) == 1 else f"({' or '.join(parts)})"


def is_rest(card: Scorecard, code: int) -> bool:
    """Whether the bin is what lies outside of all buckets."""
    return isinstance(card.bins, NumberBins) and code == card.bins.rest


def _interval(name: str, bins: NumberBins, low: Edge | None, high: Edge | None) -> str:
    """Ends of whole numbers are shown as belonging to the interval on both sides."""
    first = None if low is None else low.value
    last = None if high is None else high.value - 1 if bins.whole else high.value
    if first is not None and first == last and bins.whole:
        return f"{name} == {_number(first, bins)}"
    below = "<=" if high is not None and (high.after or bins.whole) else "<"
    above = "<" if low is not None and low.after else "<="
    if first is None:
        return "true" if last is None else f"{name} {below} {_number(last, bins)}"
    if last is None:
        return f"{name} {'>' if above == '<' else '>='} {_number(first, bins)}"
    return f"{_number(first, bins)} {above} {name} {below} {_number(last, bins)}"


def _number(value: float, bins: NumberBins) -> str:
    if pa.types.is_temporal(bins.type):
        return moment_text(value, bins.type)
    return f"{value:.15g}"


def quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def outcome_text(model: TargetModel, then: dict[str, float]) -> str:
    """``P(Churned = Inactive) = 0.02``; for more than two labels all of them."""
    if not model.labels:
        return f"mean of {model.name} = {then['mean']:.6g}"
    shown = [model.labels[model.positive]] if len(model.labels) == 2 else model.labels
    return ", ".join(f"P({model.name} = {label}) = {then[label]:.4g}" for label in shown)


def distribution(model: TargetModel, then: tuple[float, ...]) -> dict[str, float]:
    """Probabilities by label, or the mean."""
    if not model.labels:
        return {"mean": _rounded(then[0])}
    return {label: _rounded(p) for label, p in zip(model.labels, then, strict=True)}


def _rounded(value: float) -> float:
    return float(f"{value:.6g}")
