"""Labels that go together as declared, while their counts stay."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.engine.errors import DefinitionError
from app.engine.plan.associations import cramers_v, whole_table
from tests.engine.evaluation.measuring import broken, measured, plan_of_document
from tests.engine.planning import drawn

PLAN = {"type": "category", "cats": {"basic": 0.5, "plus": 0.3, "pro": 0.2}}
REGION = {"type": "category", "cats": ["north", "south", "west"]}
SMOKER = {"type": "bool", "proportion": 0.2}
FINDING = {"type": "category", "cats": {"healthy": 0.88, "ill": 0.12}}
SHARES = {"true": {"healthy": 0.72, "ill": 0.28}, "false": {"healthy": 0.92}}


def document(first: Any, second: Any, rows: int = 5000, **association: Any) -> dict[str, Any]:
    return {
        "n_samples": rows,
        "features": {"a": first, "b": second},
        "associations": [{"between": ["a", "b"], **association}],
    }


def table_of(found: Any) -> np.ndarray:
    pairs = Counter(zip(found["a"].to_pylist(), found["b"].to_pylist(), strict=True))
    first, second = ({pair[side] for pair in pairs if None not in pair} for side in (0, 1))
    return np.array([[pairs[x, y] for y in sorted(second)] for x in sorted(first)], float)


@pytest.mark.parametrize("wanted", [0.0, 0.1, 0.3, 0.7])
@pytest.mark.parametrize("rows", [5000, 140_000])
def test_cramers_v_is_as_declared_and_margins_stay(wanted: float, rows: int) -> None:
    found = drawn(plan_of_document(document(PLAN, REGION, rows, cramers_v=wanted)))
    assert abs(cramers_v(table_of(found)) - wanted) < 0.005
    counts = Counter(found["a"].to_pylist())
    assert [counts[label] / rows for label in PLAN["cats"]] == [0.5, 0.3, 0.2]


def test_shares_are_those_beside_each_label() -> None:
    found = drawn(plan_of_document(document(SMOKER, FINDING, 10_000, shares=SHARES)))
    pairs = Counter(zip(found["a"].to_pylist(), found["b"].to_pylist(), strict=True))
    assert pairs == {
        (True, "healthy"): 1440, (True, "ill"): 560, (False, "healthy"): 7360, (False, "ill"): 640,
    }  # fmt: skip


def test_of_rare_labels_one_row_more_or_less_is_allowed(tmp_path: Path) -> None:
    """The 15 and 15 of 300 rows can have 6 in common, or 7: a V of .37, or .44."""
    rare = {"type": "bool", "proportion": 0.05, "missing": 0.5}
    results = measured(document(rare, rare, 1200, cramers_v=0.4), tmp_path)
    assert broken(results) == set()

    def without_both(table: Any) -> Any:
        both = np.logical_and(*(np.asarray(table[name].fill_null(False)) for name in "ab"))
        return table.set_column(1, "b", pa.array(np.asarray(table["b"]), mask=both))

    assert broken(measured(document(rare, rare, 1200, cramers_v=0.4), tmp_path, without_both))


@pytest.mark.parametrize("sampling", ["exact", "random"])
@pytest.mark.parametrize("missing", [0.0, 0.3])
@pytest.mark.parametrize("how", [{"cramers_v": 0.25}, {"shares": SHARES}])
def test_facts_measure_what_was_declared(
    how: Any, missing: float, sampling: str, tmp_path: Path
) -> None:
    columns = ({**SMOKER, "missing": missing}, {**FINDING, "missing": missing / 2})
    wanted = {**document(*columns, **how), "sampling": sampling}
    results = measured(wanted, tmp_path)
    assert broken(results) == set()
    names = {fact for fact in results if "association" in fact or "beside" in fact}
    assert names

    def mixed(table: Any) -> Any:
        return table.set_column(
            1,
            "b",
            table["b"].take(
                np.argsort(
                    table["b"].to_pylist()
                    if not missing
                    else [str(x) for x in table["b"].to_pylist()]
                )
            ),
        )

    assert names & broken(measured(wanted, tmp_path, mixed))


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_whole_numbers_keep_both_margins(data: st.DataObject) -> None:
    rows, columns = data.draw(st.integers(1, 7)), data.draw(st.integers(1, 7))
    rng = np.random.default_rng(data.draw(st.integers(0, 10**6)))
    whole = rng.integers(0, 9, (rows, columns)).astype(float)
    table = whole.copy()
    for _ in range(rows * columns):  # broken cells whose sums stay whole
        i, k = rng.integers(0, rows, 2)
        j, m = rng.integers(0, columns, 2)
        if i != k and j != m:
            step = float(rng.random()) * min(table[i, j], table[k, m])
            table[i, j] -= step
            table[k, m] -= step
            table[i, m] += step
            table[k, j] += step
    found = whole_table(table)
    assert (found.sum(axis=0) == np.rint(table.sum(axis=0))).all()
    assert (found.sum(axis=1) == np.rint(table.sum(axis=1))).all()
    assert np.abs(found - table).max() < 1 + 1e-4
    assert found.min() >= 0


def test_what_proportions_do_not_allow_is_refused_with_what_they_do() -> None:
    with pytest.raises(DefinitionError, match=r"1 declared, these proportions give up to 0\."):
        plan_of_document(document(PLAN, REGION, cramers_v=1))
    shares = {"true": {"ill": 0.5}, "false": {"ill": 0.1}}
    with pytest.raises(DefinitionError, match=r"make 0.18 of b=ill, 0.12 is declared"):
        plan_of_document(document(SMOKER, FINDING, shares=shares))


def test_equal_proportions_can_say_each_other() -> None:
    found = drawn(plan_of_document(document(REGION, REGION, 3001, cramers_v=1)))
    same = np.array(found["a"].to_pylist()) == np.array(found["b"].to_pylist())
    assert same.mean() > 0.999


@pytest.mark.parametrize(
    ("association", "message"),
    [
        ({"between": ["a"]}, "the names of two columns"),
        ({"between": ["a", "b"]}, "does not say how"),
        ({"between": ["a", "b"], "cramers_v": 0.1, "shares": {}}, "does not say how"),
        ({"between": ["a", "a"], "cramers_v": 0.1}, "names one column twice"),
        ({"between": ["a", "c"], "cramers_v": 0.1}, "no feature `c`"),
        ({"between": ["a", "n"], "cramers_v": 0.1}, "no labels"),
        ({"between": ["a", "b"], "cramers_v": 2}, "at most 1|between 0 and 1"),
        ({"between": ["a", "b"], "shares": {"true": {"ill": 0.5}}}, "says nothing of the label"),
        ({"between": ["a", "b"], "shares": {"yes": {"ill": 0.5}}}, "`yes` is no label"),
        ({"between": ["a", "b"], "shares": {"true": {"sick": 0.5}}}, "`sick` is no label"),
        ({"between": ["a", "b"], "shares": {"true": 0.5}}, "shares by label are wanted"),
        ({"between": ["a", "b"], "shares": [1]}, "a mapping of labels"),
        ({"between": ["a", "y"], "cramers_v": 0.1}, "is the target"),
    ],
)
def test_faults_of_associations(association: dict[str, Any], message: str) -> None:
    wanted = {
        "n_samples": 100,
        "features": {"a": SMOKER, "b": FINDING, "n": {"type": "int", "min": 0, "max": 9}},
        "target": {"y": {"type": "bool"}},
        "associations": [association],
    }
    with pytest.raises(DefinitionError, match=message):
        plan_of_document(wanted)


def test_a_column_goes_together_with_one_other() -> None:
    wanted = document(SMOKER, FINDING, cramers_v=0.1)
    wanted["features"]["c"] = REGION
    wanted["associations"].append({"between": ["c", "b"], "cramers_v": 0.1})
    with pytest.raises(DefinitionError, match="goes together with another column already"):
        plan_of_document(wanted)


def test_a_target_knows_that_its_inputs_go_together(tmp_path: Path) -> None:
    cats = {
        "basic": 0.5,
        "plus": {"proportion": 0.3, "correlation": "positive", "strength": 0.2},
        "pro": {"proportion": 0.2, "correlation": "positive", "strength": 0.2},
    }
    region = {"north": {"correlation": "negative", "strength": 0.15}, "south": None, "west": None}
    wanted = document(
        {"type": "category", "cats": cats},
        {"type": "category", "cats": region},
        8000,
        cramers_v=0.4,
    )
    wanted["target"] = {"y": {"type": "bool", "proportion": 0.3}}
    assert broken(measured(wanted, tmp_path)) == set()


def test_a_constraint_takes_both_columns_along_or_is_refused(tmp_path: Path) -> None:
    wanted = document(PLAN, REGION, 4000, cramers_v=0.3)
    wanted["features"]["n"] = {"type": "int", "min": 0, "max": 9}
    wanted["constraints"] = ["a != 'pro' or n >= 3"]
    assert broken(measured(wanted, tmp_path)) == set()
    wanted["constraints"] = ["a != 'pro' or b != 'west'"]
    with pytest.raises(DefinitionError):
        measured(wanted, tmp_path)
