"""Facts that cannot hold together are refused, with what can be reached: and that is true."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from app.engine.errors import ConflictError, DefinitionError
from app.engine.plan.target.conflicts import largest_correlation
from tests.engine.plan.target.support import compiled

SHAPES: dict[str, dict[str, Any]] = {
    "normal": {"type": "float", "distribution": {"normal": {"mean": 3, "std": 2}}},
    "uniform": {"type": "float", "min": 0, "max": 1},
    "skewed": {"type": "float", "min": 0, "distribution": {"lognormal": {"mean": 0, "std": 1}}},
    "counts": {"type": "int", "min": 0, "max": 30, "distribution": {"poisson": {"mean": 2}}},
    "clipped": {"type": "int", "min": 0, "max": 500, "buckets": {"mean": -20, "std": 20}},
    "flag": {"type": "bool", "proportion": 0.3},
}


def document(share: float, **strengths: float) -> dict[str, Any]:
    features = {}
    for name, strength in strengths.items():
        direction = "positive" if strength > 0 else "negative"
        effect = {"correlation": direction, "strength": abs(strength)}
        features[name] = {**SHAPES[name.rstrip("_")], **effect}
    cats = {"no": {"proportion": 1 - share}, "yes": {"proportion": share}}
    return {
        "features": features,
        "target": {"t": {"type": "category", "cats": cats, "positive": "yes"}},
    }


INFEASIBLE = [
    (0.1, {"normal": 0.9}), (0.1, {"normal": -0.7}), (0.5, {"normal": 0.85}),
    (0.01, {"normal": 0.4}), (0.1, {"uniform": 0.7}), (0.3, {"uniform": -0.9}),
    (0.1, {"skewed": -0.5}), (0.1, {"skewed": 0.95}), (0.02, {"counts": 0.8}),
    (0.2, {"counts": -0.75}), (0.1, {"clipped": 0.95}), (0.1, {"clipped": -0.3}),
    (0.1, {"flag": 0.8}), (0.3, {"flag": -0.6}),
    (0.1, {"normal": 0.5, "uniform": 0.4}), (0.1, {"normal": 0.4, "normal_": -0.5}),
    (0.5, {"uniform": 0.7, "normal": 0.5}), (0.1, {"flag": 0.6, "uniform": 0.3}),
    (0.05, {"skewed": 0.55, "counts": 0.4}), (0.2, {"normal": 0.55, "uniform": 0.5, "flag": 0.45}),
]  # fmt: skip


@pytest.mark.parametrize(("share", "strengths"), INFEASIBLE)
def test_what_is_said_to_be_reachable_is(share: float, strengths: dict[str, float]) -> None:
    with pytest.raises(ConflictError) as raised:
        compiled(document(share, **strengths))
    named = {fault.path.split(".")[2] for fault in raised.value.faults}
    assert named <= strengths.keys()
    for fault in raised.value.faults:
        name = fault.path.split(".")[2]
        match = re.search(r"declared, (-?[\d.]+) is the (most|least)", fault.message)
        assert match is not None
        reachable = float(match[1])
        assert abs(reachable) < abs(strengths[name])
    # Short of the bounds by a little, everything can be had: the first bound keeps the others.
    first = raised.value.faults[0]
    alone = len(raised.value.faults) == 1 or "together with" in first.message
    changed = dict(strengths)
    for fault in raised.value.faults[: 1 if alone else None]:
        name = fault.path.split(".")[2]
        match = re.search(r"declared, (-?[\d.]+) is", fault.message)
        assert match is not None
        changed[name] = 0.95 * float(match[1])
    model = compiled(document(share, **changed)).model
    for each in model.effects:
        assert each.reached == pytest.approx(changed[each.column], abs=1e-4)


def test_the_bound_of_a_normal_input_and_a_rare_label() -> None:
    with pytest.raises(ConflictError, match=r"0\.9 declared, 0\.585 is the most"):
        compiled(document(0.1, normal=0.9))


def test_the_bound_of_a_membership() -> None:
    from app.engine.plan.target.statistic import Statistic

    spread = (np.array([-0.5, 2.0]), np.array([0.8, 0.2]))
    statistic = Statistic(0, "yes", "x", "x", 1, 0.5, np.zeros(3), spread, 0.2, 0.4, (0,))
    assert largest_correlation(statistic, 0.2) == pytest.approx(1.0)
    assert largest_correlation(statistic, 0.1) == pytest.approx(2.0 * 0.1 / 0.3)


def test_a_constant_input_cannot_correlate() -> None:
    constant = {"type": "int", "min": 0, "max": 5000, "buckets": {"mean": -400, "std": 20},
                "correlation": "positive", "strength": 0.1}  # fmt: skip
    definition = document(0.1, normal=0.2)
    definition["features"]["CLTV"] = constant
    with pytest.raises(ConflictError, match=r"CLTV.*0\.1 declared, 0 is all that can be reached"):
        compiled(definition)
    constant["strength"] = "high"
    assert [each.column for each in compiled(definition).model.effects] == ["normal"]


def test_all_categories_of_a_column_cannot_rise_together() -> None:
    definition = document(0.1, normal=0.1)
    definition["features"]["p"] = {"type": "category", "cats": {
        name: {"proportion": 0.5, "correlation": "positive", "strength": 0.2} for name in "ab"
    }}  # fmt: skip
    with pytest.raises(ConflictError) as raised:
        compiled(definition)
    assert {"schema.features.p.cats.a.strength", "schema.features.p.cats.b.strength"} <= {
        fault.path for fault in raised.value.faults
    }


def test_rules_that_leave_no_room() -> None:
    definition = document(0.02, normal=0.05)
    definition["rules"] = [{"if": "normal > 3", "then": {"yes": 0.2}}]
    with pytest.raises(
        ConflictError, match=r"share of t=yes: 0\.02 declared, the rules leave more than 0\.1"
    ):
        compiled(definition)


def test_rules_that_cannot_be_read_say_where() -> None:
    definition = document(0.1, normal=0.05)
    definition["rules"] = [{"if": "norml > 3", "then": {"yes": 0.2}}]
    with pytest.raises(DefinitionError, match="did you mean normal"):
        compiled(definition)


def test_a_text_has_no_value() -> None:
    definition = document(0.1, normal=0.05)
    definition["features"]["d"] = {"type": "date", "format": "%d.%m.%Y", "correlation": "positive"}
    with pytest.raises(DefinitionError, match="no order"):
        compiled(definition)
