"""Correlation and strength: how a column, a label or a bucket goes with the target."""

from __future__ import annotations

from typing import Any

from app.ui.model.values import put, read_number, show

CORRELATIONS = {"": "none", "positive": "positive", "negative": "negative", "neutral": "neutral"}
STRENGTHS = ("low", "medium", "high")
EFFECT = ("correlation", "strength", "effects")


def correlation(spec: dict[str, Any]) -> str:
    return show(spec.get("correlation"))


def strength(spec: dict[str, Any]) -> str:
    return show(spec.get("strength"))


def set_correlation(spec: dict[str, Any], text: str) -> None:
    """No correlation has no strength."""
    put(spec, "correlation", text)
    if not text:
        spec.pop("strength", None)


def set_strength(spec: dict[str, Any], text: str) -> None:
    """A word, or the correlation itself as a number from 0 to 1."""
    put(spec, "strength", read_number(text))


def without_effects(spec: dict[str, Any]) -> None:
    """Take out all that a column, its labels and its buckets say of the target."""
    cats, found = spec.get("cats"), spec.get("buckets")
    labels = list(cats.values()) if isinstance(cats, dict) else cats
    parts = [*(labels or []), *(found if isinstance(found, list) else [found])]
    for each in [spec, *parts]:
        if isinstance(each, dict):
            for key in EFFECT:
                each.pop(key, None)
