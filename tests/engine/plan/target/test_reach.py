"""What is said to be the most that can be reached is: short of it facts are met, beyond it no
conditional distributions meet them, by a bound that knows nothing of the engine's."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from app.engine.errors import ConflictError, Fault
from app.engine.plan.target.bins import EQUAL_BINS
from app.engine.plan.target.drawing import LabelTarget, ValueTarget
from tests.engine.plan.target.support import as_floats, compiled, drawn, indicator

LABEL = {"type": "category", "positive": "yes",
         "cats": {"no": {"proportion": 0.4}, "yes": {"proportion": 0.6}}}  # fmt: skip
LEAP = {"type": "float", "buckets": [{"mean": -10, "std": 1, "proportion": 0.4},
                                     {"mean": 10, "std": 1, "proportion": 0.6}]}  # fmt: skip
BELL = {"type": "float", "distribution": {"normal": {"mean": 0, "std": 1}}}
SLICES = 1_000
ANGLES = 721


def effect(strength: float) -> dict[str, Any]:
    return {"correlation": "positive" if strength > 0 else "negative", "strength": abs(strength)}


def skewed(a: float, c: float, target: dict[str, Any]) -> dict[str, Any]:
    """A lognormal input and a category of 30 %."""
    cats = {"x": {"proportion": 0.3, **effect(c)}, "y": {"proportion": 0.7}}
    lognormal = {"type": "float", "distribution": {"lognormal": {"mean": 0, "std": 1}}}
    features = {"a": {**lognormal, **effect(a)}, "c": {"type": "category", "cats": cats}}
    return {"features": features, "target": {"t": target}}


def bell(strength: float) -> dict[str, Any]:
    return {"features": {"x": {**BELL, **effect(strength)}}, "target": {"t": BELL}}


def reached(found: LabelTarget | ValueTarget) -> list[float]:
    return [each.reached for each in found.model.effects]


def refused(document: dict[str, Any]) -> tuple[Fault, ...]:
    with pytest.raises(ConflictError) as raised:
        compiled(document)
    return tuple(raised.value.faults)


def bound(fault: Fault) -> float:
    found = re.search(r"declared, (-?[\d.]+) is the (?:most|least)", fault.message)
    assert found is not None, fault.message
    return float(found[1])


def farthest(target: dict[str, Any], ray: tuple[float, float]) -> float:
    """The largest factor by which the correlations of `ray` can be had, whatever the bins.

    The dual of the linear program over all couplings of inputs and target: in any direction, no
    coupling has more than the one in the same order has.
    """
    found = drawn(skewed(0.2, -0.1, target), 10 * SLICES)
    a = np.repeat(np.sort(found.values("a")).reshape(SLICES, -1).mean(axis=1), 10)
    a = (a - a.mean()) / found.values("a").std()
    c = np.tile(np.repeat([0.7, -0.3], [3, 7]), SLICES) / np.sqrt(0.21)
    y = np.sort(indicator(found.target, "yes" if "cats" in target else None))
    y = (y - y.mean()) / y.std()
    factors = []
    for angle in np.linspace(-np.pi, np.pi, ANGLES):
        direction = np.array([np.cos(angle), np.sin(angle)])
        if direction @ ray > 1e-3:
            most = np.sort(direction[0] * a + direction[1] * c) @ y / len(y)
            factors.append(most / (direction @ ray))
    return float(min(factors))


@pytest.mark.parametrize(
    ("a", "c"),
    [(0.1, 0.05), (0.3, -0.18), (0.4, -0.24), (0.45, -0.27), (0.44, -0.05), (0.468, -0.053)],
)
def test_a_target_that_leaps_is_met(a: float, c: float) -> None:
    found = compiled(skewed(a, c, LEAP))
    assert reached(found) == pytest.approx([a, c], abs=1e-6)
    assert len(found.model.cards[0].shares) == EQUAL_BINS + 1


def test_a_target_that_leaps_is_met_in_the_data_without_exchanges() -> None:
    found = drawn(skewed(0.2, -0.1, LEAP), 200_000)
    assert found.correlation(found.values("a")) == pytest.approx(0.2, abs=0.008)
    assert found.correlation(found.membership("c", "x")) == pytest.approx(-0.1, abs=0.008)


@pytest.mark.parametrize(("target", "ray"), [(LEAP, (0.5, -0.3)), (LABEL, (0.45, -0.27))])
def test_stated_bounds_agree_with_independent_ones(
    target: dict[str, Any], ray: tuple[float, float]
) -> None:
    faults = refused(skewed(*ray, target))
    assert [fault.path.split(".")[2] for fault in faults] == ["a", "c"]
    most = bound(faults[0])
    assert most < ray[0]
    for fraction in (0.95, 0.97):
        at = (fraction * most, ray[1])
        assert reached(compiled(skewed(*at, target))) == pytest.approx(at, abs=1e-5)
    other = (ray[0], bound(faults[1]))
    kept = (0.97 * other[0], 0.97 * other[1])
    assert reached(compiled(skewed(*kept, target))) == pytest.approx(kept, abs=1e-5)
    assert farthest(target, (most, ray[1])) == pytest.approx(1.0, abs=0.01)


@pytest.mark.parametrize("strength", [0.95, 0.97, 0.99])
def test_a_strong_effect_gets_finer_bins(strength: float) -> None:
    found = compiled(bell(strength))
    assert reached(found) == pytest.approx([strength], abs=1e-5)
    assert len(found.model.cards[0].shares) > EQUAL_BINS + 1
    assert len(compiled(bell(0.9)).model.cards[0].shares) == EQUAL_BINS + 1


def test_where_the_segments_are_the_limit_they_are_named() -> None:
    (fault,) = refused(bell(0.9995))
    assert re.search(r"0\.996 is the most that the 24 segments of x can express", fault.message)
    assert reached(compiled(bell(0.99 * bound(fault))))[0] > 0.985


def test_the_drawn_data_of_a_strong_effect() -> None:
    found = drawn(bell(0.99), 100_000)
    correlation = np.corrcoef(found.values("x"), as_floats(found.target))[0, 1]
    assert correlation == pytest.approx(0.99, abs=0.003)
