"""Columns of parents, read by their children: formulas, moments, constraints, rules, targets."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from app.engine.errors import ConflictError, DefinitionError
from app.engine.plan.explain import explain
from tests.engine.plan.keys.families import ID, child, made, parent, planned

REGION = {"region": {"type": "category", "cats": {"north": 0.3, "south": 0.7}}}
SEGMENT = {
    "type": "category",
    "cats": {
        "private": {"proportion": 0.8},
        "business": {"proportion": 0.2, "correlation": "positive", "strength": "high"},
    },
}
TARGET = {"back": {"type": "category", "cats": {"no": 0.9, "yes": 0.1}, "positive": "yes"}}


def generations(**features: Any) -> dict[str, Any]:
    """Grandparents, parents, and children with these features."""
    parents = parent(500, joined={"type": "date", "start_date": "2020-01-01"})
    parents["foreign_keys"] = {"grand": {"references": "grandparents.id", "missing": 0.2}}
    grandparents = parent(40, size={"type": "int", "min": 1, "max": 90}, **REGION)
    children = child({"children": {"mean": 2}, "missing": 0.1}, features=features)
    return {"children": children, "parents": parents, "grandparents": grandparents}


def joined(found: dict[str, Any]) -> Any:
    """The children beside their parents and grandparents."""
    frame = found["children"].merge(
        found["parents"], left_on="parent", right_on="id", how="left", suffixes=("", "_parent")
    )
    return frame.merge(
        found["grandparents"], left_on="grand", right_on="id", how="left", suffixes=("", "_grand")
    )


def test_formulas_read_parents_and_their_parents() -> None:
    expression = "grandparents.size * 2 + value"
    found = made(generations(twice={"type": "formula", "expr": expression}))
    frame = joined(found)
    wanted = frame["size"] * 2 + frame["value"]
    assert frame["twice"].isna().equals(frame["grand"].isna())
    assert (frame["twice"] == wanted)[frame["grand"].notna()].all()
    assert frame["twice"].notna().sum() > 500


def test_moments_follow_those_of_a_parent() -> None:
    moment = {"type": "date", "after": "parents.joined", "end_date": "2040-01-01"}
    frame = joined(made(generations(placed=moment)))
    known = frame["parent"].notna()
    assert (frame["placed"] > frame["joined"])[known].all()
    assert frame["placed"].notna().all()


def test_labels_of_a_parent_are_read_as_labels() -> None:
    expression = "if(grandparents.region == 'north', 'N', 'S')"
    frame = joined(made(generations(sign={"type": "formula", "expr": expression})))
    known = frame["grand"].notna()
    assert (frame["sign"] == frame["region"].str[0].str.upper())[known].all()


def test_a_constraint_moves_values_of_the_child_alone() -> None:
    tables = generations(limit={"type": "int", "min": 1, "max": 200})
    tables["children"]["constraints"] = ["limit >= grandparents.size"]
    before, after = (
        joined(made(generations(**tables["children"]["features"]))),
        joined(made(tables)),
    )
    known = after["size"].notna()
    assert (after["limit"] >= after["size"])[known].all()
    assert sorted(after["limit"]) == sorted(before["limit"])
    assert after["size"].equals(before["size"])


def test_a_constraint_on_what_cannot_be_moved_is_refused_where_it_does_not_hold() -> None:
    tables = generations()
    tables["children"]["constraints"] = ["grandparents.size > 45"]
    with pytest.raises(ConflictError, match="rows break it"):
        planned(tables)


def test_an_effect_on_a_parents_column_is_one_on_the_childs_target() -> None:
    tables = {
        "parents": parent(4000, segment=SEGMENT),
        "children": child({"children": {"mean": 3}}, target={**TARGET}),
    }
    tables["children"]["target"]["back"] = {**TARGET["back"], "auc": 0.7}
    plan = planned(tables)
    told = explain(plan)
    assert told["expected"]["auc"] == pytest.approx(0.7, abs=0.005)
    (rule,) = told["rules"]
    assert rule["if"] == 'parents.segment == "business"'
    frame = joined_to_parents(made(tables))
    seen = frame.groupby("segment")["back"].agg(lambda labels: (labels == "yes").mean())
    assert seen["business"] == pytest.approx(rule["then"]["yes"], abs=0.02)
    assert seen["private"] == pytest.approx(told["else"]["then"]["yes"], abs=0.01)


def joined_to_parents(found: dict[str, Any]) -> Any:
    return found["children"].merge(
        found["parents"], left_on="parent", right_on="id", suffixes=("", "_parent")
    )


def test_a_promised_correlation_with_a_parents_column_holds() -> None:
    age = {"type": "int", "min": 18, "max": 90, "correlation": "positive", "strength": 0.25}
    tables = {
        "parents": parent(3000, age=age),
        "children": child({"children": {"mean": 3}}, target=TARGET),
    }
    frame = joined_to_parents(made(tables))
    found = np.corrcoef(frame["age"], frame["back"] == "yes")[0, 1]
    assert found == pytest.approx(0.25, abs=0.02)


def test_effects_in_a_table_with_a_target_are_its_own() -> None:
    own = {"left": {"type": "category", "cats": {"no": 0.6, "yes": 0.4}, "positive": "yes"}}
    tables = {
        "parents": {**parent(2000, segment=SEGMENT), "target": own},
        "children": child({"children": 1}, target=TARGET),
    }
    told = explain(planned(tables))["tables"]
    assert [each["column"] for each in told["parents"]["effects"]] == ["segment"]
    assert told["children"]["effects"] == []


def test_a_rule_may_read_a_parent() -> None:
    rules = [{"if": "parents.segment == 'business'", "then": {"yes": 0.45}}]
    plain = {"type": "category", "cats": {"private": 0.9, "business": 0.1}}
    tables = {
        "parents": parent(3000, segment=plain),
        "children": child({"children": 2}, target=TARGET, rules=rules),
    }
    frame = joined_to_parents(made(tables))
    found = frame[frame["segment"] == "business"]["back"]
    assert (found == "yes").mean() == pytest.approx(0.45, abs=0.03)
    assert (frame["back"] == "yes").mean() == pytest.approx(0.1, abs=0.001)


@pytest.mark.parametrize("rows", [3, 40])
def test_few_rows_are_no_obstacle_to_a_target(rows: int) -> None:
    tables = {
        "parents": parent(rows, code={"type": "id", "format": "pattern", "pattern": "#?"},
                          segment=SEGMENT),
        "children": child({"children": 2}, target=TARGET),
    }  # fmt: skip
    found = made(tables)["children"]
    assert abs((found["back"] == "yes").sum() - rows / 5) < 1


def test_a_table_reached_in_two_ways_has_no_row_to_read() -> None:
    keys = {"home": {"references": "teams.id"}, "away": {"references": "teams.id"}}
    games: dict[str, Any] = {"n_samples": 50, "foreign_keys": keys, "features": ID}
    tables = {"teams": parent(9, **REGION), "games": games}
    assert set(made(tables)["games"]["home"]) <= set(made(tables)["teams"]["id"])
    games["features"] = {"place": {"type": "formula", "expr": "teams.region"}}
    with pytest.raises(DefinitionError, match="in several ways \\(home and away\\)"):
        planned(tables)


def test_very_many_ways_to_an_ancestor_are_not_all_walked() -> None:
    """There are 2^30 of them from the last table to the first."""
    tables: dict[str, Any] = {"t0": parent(3)}
    for number in range(1, 31):
        keys = {name: {"references": f"t{number - 1}.id"} for name in ("a", "b")}
        tables[f"t{number}"] = {**parent(3), "foreign_keys": keys}
    assert len(planned(tables).tables) == 31
