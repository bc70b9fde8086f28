"""One number of several, for those who must rank: a weighted mean whose parts are always shown."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from app.engine.errors import DefinitionError, Fault
from app.engine.evaluation.judgement import Figure

PARTS = {
    "fidelity": "two_sample_auc",
    "diversity": "coverage",
    "privacy": "membership_auc",
}
"""The figure that each part is made of."""


Weights = tuple[float, float, float]
"""Of fidelity, diversity and privacy, none below 0 and not all 0; divided by their sum."""
EQUAL: Weights = (1.0, 1.0, 1.0)


@dataclass(frozen=True, slots=True)
class Composite:
    """Q = α·Q_fid + β·Q_div + γ·Q_priv.

    Args:
        value: from 0 to 1; None where a part with a weight could not be measured.
        parts: 1 - 2·|AUC - ½| of the classifier of two tables and of the attack on membership, and
            the coverage; None where it could not be measured.
        weights: of the parts, with a sum of 1.
    """

    value: float | None
    parts: dict[str, float | None]
    weights: dict[str, float]


def composite(figures: Iterable[Figure], weights: Weights = EQUAL) -> Composite:
    """Of the figures of an evaluation. Raises DefinitionError for weights that are none."""
    shares = _shares(weights)
    values = {each.name: each.value for each in figures}
    parts = {part: _part(name, values.get(name)) for part, name in PARTS.items()}
    known = [(shares[part], value) for part, value in parts.items() if value is not None]
    missing = any(value is None and shares[part] for part, value in parts.items())
    total = None if missing else sum(share * value for share, value in known)
    return Composite(total, parts, shares)


def _shares(weights: Weights) -> dict[str, float]:
    total = sum(weights)
    if len(weights) != len(PARTS) or not all(0 <= w < math.inf for w in weights) or not total:
        raise DefinitionError(
            [Fault("weights", "are not three numbers of 0 or more, one of them above 0")]
        )
    return {part: each / total for part, each in zip(PARTS, weights, strict=True)}


def _part(name: str, value: float | None) -> float | None:
    if value is None or not name.endswith("_auc"):
        return value
    return 1.0 - 2.0 * abs(value - 0.5)
