"""The threats that opinion 05/2014 of the Article 29 Working Party (WP216) names, and membership,
beside the figures that tell of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from app.engine.evaluation.measure import PRIVACY

MEMBERSHIP, OTHER = "Membership", "Copies and closeness"
# Words of the names of figures; a figure that has none of them tells of the last one.
THREATS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "Singling out": ("a record of one person can be distinguished from all others", ("singl",)),
    "Linkability": ("two records can be found to be of one person", ("link",)),
    "Inference": (
        "an attribute of one person can be deduced from others",
        ("infer", "attribute", "disclos", "tcap"),
    ),
    MEMBERSHIP: ("whether a person's record was learned can be found out", ("member",)),
    OTHER: ("learned records come back as they were, or nearly so", ()),
}
ABOUT_THREATS = (
    "Those of opinion 05/2014 of the Article 29 Working Party (WP216), and membership. The "
    "attacker has the synthetic rows and knows whole records of people, and not the model, its "
    "settings or its seed. Each figure stands beside that of real rows that were not learned (the "
    "control). The last column says how much more than that is given away, as a share of what a "
    "copy of the learned rows gives away, with room for chance and for this many figures."
)


def threats(figures: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Each threat with the names of its figures that were measured; none means that it was not
    tested."""
    found: dict[str, list[str]] = {name: [] for name in THREATS}
    for each in figures:
        if each["question"] == PRIVACY and each["value"] is not None:
            found[_threat(each["name"])].append(each["name"])
    return [
        {"threat": name, "meaning": THREATS[name][0], "figures": names}
        for name, names in found.items()
    ]


def _threat(figure: str) -> str:
    for name, (_, words) in THREATS.items():
        if any(word in figure for word in words):
            return name
    return OTHER
