"""Several copies with one call, what is found of them combined, and who is found in them."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

import tablesmith as ts

QUICK = {"max_rounds": 3}


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return ts.generate("examples/churn.yaml", rows=300, seed=1).to_pandas()


@pytest.fixture(scope="module")
def partly(frame: pd.DataFrame) -> ts.Model:
    """A model of rows that keep their own plan and months."""
    columns = {"Plan": "keep", "Tenure (Months)": "keep"}
    definition: dict[str, Any] = {"tables": {"table": {"columns": columns}}}
    return ts.fit(frame, definition=definition, settings=QUICK, holdout=0, seed=1)


def fits(rows: ts.Rows, column: str) -> list[dict[str, tuple[float, float]]]:
    series = [rows.to_pandas(name)[column] for name in rows.tables]
    return [{"mean": (each.mean(), each.var() / len(each))} for each in series]


def test_copies_are_what_the_next_seeds_give(frame: pd.DataFrame) -> None:
    model = ts.fit(frame, synthesizer="independent", seed=1)
    rows = model.sample(50, copies=3, seed=7)
    assert rows.tables == ("synthetic_1", "synthetic_2", "synthetic_3")
    for seed, name in zip((7, 8, 9), rows.tables, strict=True):
        assert rows.to_arrow(name).equals(model.sample(50, seed=seed).to_arrow())
    assert all(fact.holds for fact in rows.facts) and len(rows.facts) == 3
    found = rows.combine(fits(rows, "Tenure (Months)"))["mean"]
    estimates, variances = zip(
        *(each["mean"] for each in fits(rows, "Tenure (Months)")), strict=True
    )
    whole = ts.combine(estimates, variances, rule="raab", rows=50, real_rows=300)
    assert found == whole and isinstance(found, ts.Combined)


def test_of_rows_that_keep_cells_the_rule_is_reiters(frame: pd.DataFrame, partly: ts.Model) -> None:
    rows = partly.sample(given=frame, copies=3, seed=7)
    for name in rows.tables:
        assert list(rows.to_pandas(name)["Plan"]) == list(frame["Plan"])
    spent = fits(rows, "Monthly Fee")
    estimates, variances = zip(*(each["mean"] for each in spent), strict=True)
    assert rows.combine(spent)["mean"] == ts.combine(estimates, variances, rule="reiter")
    with pytest.raises(ts.DefinitionError, match="2 fits of 3 copies"):
        rows.combine(spent[:2])


def test_people_are_found_by_what_was_kept(frame: pd.DataFrame, partly: ts.Model) -> None:
    rows = partly.sample(given=frame, copies=2, seed=7)
    kept = ts.match_risk(frame, rows, ["Plan", "Tenure (Months)"])
    itself = ts.match_risk(frame, [frame], ["Plan", "Tenure (Months)"])
    assert kept == itself
    more = ["Plan", "Tenure (Months)", "Monthly Fee"]
    drawn = ts.match_risk(frame, rows, more, within={"Monthly Fee": 5})
    alone = ts.match_risk(frame, [frame], more)
    assert drawn.true_match_rate < 0.5 * alone.true_match_rate
    assert drawn.false_match_rate is not None and drawn.false_match_rate > 0.2


def test_match_risk_of_nobody_and_of_what_is_no_list(frame: pd.DataFrame) -> None:
    nobody = frame.head(0)
    assert ts.match_risk(nobody, [nobody], ["Plan"]) == ts.MatchRisk(0, 0.0, 0.0, None, 0)
    risk: Any = ts.match_risk
    for copies, keys in ((frame, ["Plan"]), ([frame], "Plan")):
        with pytest.raises(TypeError, match="a list of"):
            risk(frame, copies, keys)


@pytest.mark.parametrize("copies", [0, 1_001])
def test_how_many_copies_has_bounds(frame: pd.DataFrame, copies: int) -> None:
    model = ts.fit(frame, synthesizer="independent", seed=1)
    with pytest.raises(ts.DefinitionError, match=r"^copies: "):
        model.sample(5, copies=copies)
