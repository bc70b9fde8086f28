"""The threats that opinion 05/2014 of the Article 29 Working Party (WP216) names, and membership,
beside the figures that tell of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from app.engine.evaluation.measure import PRIVACY, THREATS
from app.engine.evaluation.measures import THREATENING

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
            found[THREATENING[each["name"]]].append(each["name"])
    return [
        {"threat": name, "meaning": THREATS[name], "figures": names}
        for name, names in found.items()
    ]
