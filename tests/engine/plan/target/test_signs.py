"""The sign of every declared effect holds in small tables, too, and strengths keep their order."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.engine.evaluation.measurement import FactResult
from app.engine.plan.compiler import compile_plan
from app.engine.plan.plan import Plan
from app.engine.schema.load import load_definition
from tests.engine.evaluation.measuring import measured_table
from tests.engine.planning import drawn

CHURN = Path(__file__).parents[4] / "examples" / "churn_patent.yaml"
SPEND = "Last 30 Days Spend Trend"


def planned(document: Any, rows: int, seed: int) -> Plan:
    return compile_plan(load_definition(document).definition, rows=rows, seed=seed)


def correlations(plan: Plan) -> dict[str, float]:
    """Of everything that has an effect in the sample with its positive label."""
    frame = drawn(plan).to_pandas()
    churned = (frame["Churned"] == "Inactive").to_numpy(dtype=float)
    found = {name: frame[name] for name in ("Tenure (Months)", "Topup Frequency Trend")}
    found |= {label: frame["Subscription Type"] == label for label in ("Gold", "Silver", "Bronze")}
    found |= {"high spend": frame[SPEND].between(5, 15), "low spend": frame[SPEND].between(-15, -5)}
    return {
        name: float(np.corrcoef(np.asarray(values, dtype=float), churned)[0, 1])
        for name, values in found.items()
    }


@pytest.mark.parametrize("seed", range(24))
def test_the_sample_with_100_rows_has_every_sign_as_declared(seed: int) -> None:
    plan = planned(CHURN.read_bytes(), 100, seed)
    found = correlations(plan)
    assert found.pop("Bronze") < 0
    assert found.pop("low spend") < 0
    assert all(value > 0 for value in found.values()), found
    assert not [each for each in plan.warnings if "do not show it" in each.message]


def test_an_effect_that_whole_numbers_do_not_allow_is_warned_of_with_the_rows_it_takes() -> None:
    # Of two positive rows both would have to be Gold, and then none is Silver.
    plan = planned(CHURN.read_bytes(), 20, 3)
    (warning,) = [each for each in plan.warnings if "do not show it" in each.message]
    assert "Subscription Type = Gold on Churned=Inactive is declared positive" in warning.message
    assert "20 rows" in warning.message
    assert warning.hint == "it takes about 71 rows"


EFFECTS: dict[str, Any] = {
    "a": {"type": "float", "mean": 0, "std": 1, "correlation": "positive", "strength": "low"},
    "b": {"type": "int", "min": 0, "max": 9, "correlation": "negative", "strength": "medium"},
    "c": {
        "type": "category",
        "missing": 0.1,
        "cats": {
            "x": {"proportion": 0.3, "correlation": "negative", "strength": "high"},
            "y": {"proportion": 0.7},
        },
    },
}
TARGETS: dict[str, dict[str, Any]] = {
    "labels": {"type": "category", "cats": {"no": 0.7, "yes": 0.3}, "positive": "yes"},
    "bool": {"type": "bool", "proportion": 0.4},
    "classes": {"type": "category", "cats": {"p": 0.5, "q": 0.3, "r": 0.2}, "positive": "q"},
    "numbers": {"type": "float", "mean": 5, "std": 2},
    "missing": {"type": "float", "mean": 5, "std": 2, "missing": 0.2},
}


@pytest.mark.parametrize("rows", [40, 150, 1000])
@pytest.mark.parametrize("kind", TARGETS)
def test_signs_are_measured_and_hold_at_every_size(kind: str, rows: int, tmp_path: Path) -> None:
    document = {"features": EFFECTS, "target": {"z": TARGETS[kind]}}
    for seed in range(4):
        signs = _signs(planned(document, rows, seed), tmp_path)
        assert len(signs) == 3
        assert all(fact.holds for fact in signs), signs
        assert {fact.declared for fact in signs} == {"positive", "negative"}


def test_strengths_keep_their_order() -> None:
    features = {
        name: {"type": "float", "mean": 0, "std": 1, "correlation": "positive", "strength": word}
        for name, word in (("low", "low"), ("medium", "medium"), ("high", "high"))
    }
    document = {"features": features, "target": {"z": TARGETS["labels"]}}
    for seed in range(12):
        frame = drawn(planned(document, 100, seed)).to_pandas()
        yes = (frame["z"] == "yes").astype(float)
        found = [frame[name].corr(yes) for name in ("low", "medium", "high")]
        assert 0 < found[0] < found[1] < found[2]


def test_a_table_whose_signs_hold_by_themselves_stays_as_it_was(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    document = {"features": EFFECTS, "target": {"z": TARGETS["labels"]}}
    rows = drawn(planned(document, 20_000, 1))
    monkeypatch.setattr("app.engine.plan.target.drawing.with_tendencies", lambda *arguments: None)
    assert drawn(planned(document, 20_000, 1)).equals(rows)


def test_random_rows_promise_no_signs(tmp_path: Path) -> None:
    document = {"sampling": "random", "features": EFFECTS, "target": {"z": TARGETS["labels"]}}
    assert not _signs(planned(document, 40, 1), tmp_path)


def _signs(plan: Plan, folder: Path) -> list[FactResult]:
    facts = measured_table(plan, drawn(plan), folder)
    return [fact for words, fact in facts.items() if words.startswith("sign of the effect of")]
