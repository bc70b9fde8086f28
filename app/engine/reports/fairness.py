"""How differently groups fare: the words and cells that every form of a report shares."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

ABOUT = (
    "Before is in real rows, after in synthetic ones. Models are boosted trees that were trained "
    "on these and tested on held-out real rows; what they lose of their AUC is what fairness costs."
)
FAIRNESS_HEADS = ("Figure", "Before", "After", "Even is")
TITLES: Mapping[str, tuple[str, str]] = {
    "parity_difference": ("Rows: demographic parity difference", "0"),
    "parity_ratio": ("Rows: demographic parity ratio", "1"),
    "predicted_parity_difference": ("Models: demographic parity difference", "0"),
    "equalized_odds_difference": ("Models: equalised odds difference", "0"),
    "trained_score": ("Models: AUC", "–"),
}
"""What each figure is called, and its value where groups fare alike."""


def fairness_heading(found: Mapping[str, Any]) -> str:
    """Of what between which groups."""
    return f"Fairness of {found['target']} by {found['protected']}"


def fairness_cells(found: Mapping[str, Any]) -> Iterator[list[str]]:
    """A row for each figure."""
    for each in found["figures"]:
        title, even = TITLES[each["name"]]
        yield [title, _shown(each["before"]), _shown(each["after"]), even]


def fairness_words(found: Mapping[str, Any]) -> str:
    """What is compared."""
    left = found["left_out"]
    few = f" {left} more have too few rows." if left else ""
    return f"{found['groups']} groups are compared.{few} {ABOUT}"


def _shown(value: float | None) -> str:
    return "–" if value is None else f"{value:g}"
