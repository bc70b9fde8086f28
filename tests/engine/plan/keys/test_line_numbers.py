"""Numbers of the rows of each parent."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from app.engine.errors import DefinitionError
from app.engine.evaluation.facts import measure_facts
from tests.engine.evaluation.measuring import with_value
from tests.engine.evaluation.test_several_tables import files
from tests.engine.plan.keys.families import child, made, parent, planned

LINE = {"line": {"type": "line_number"}}


def family(key: dict[str, Any], rows: int = 500, **more: Any) -> dict[str, Any]:
    return {"parents": parent(rows), "children": child(key, features=LINE, **more)}


@pytest.mark.parametrize(
    ("key", "more"),
    [
        ({"children": {"mean": 3, "max": 9}}, {}),
        ({"children": {"mean": 3, "max": 9}, "missing": 0.2}, {}),
        ({"weights": {"skew": 1.2}}, {"n_samples": 3000}),
        ({}, {"n_samples": 3000}),
        ({"missing": 0.3}, {"n_samples": 3000}),
        ({"children": {"mean": 3, "max": 9}}, {"primary_key": ["parent", "line"]}),
        ({"children": {"mean": 2, "max": 9}}, {"rows": 70_000}),
    ],
)
@pytest.mark.parametrize("sampling", ["exact", "random"])
def test_rows_are_numbered_within_their_parent(
    key: dict[str, Any], more: dict[str, Any], sampling: str
) -> None:
    rows = made(family(key, **more), sampling=sampling)["children"]
    known = rows.dropna(subset=["parent"])
    assert rows["line"].isna().equals(rows["parent"].isna())
    expected = known.groupby("parent")["line"].rank()
    assert (known["line"] == expected).all()


def test_rows_without_children_keep_the_parents_that_they_draw() -> None:
    counts = made(family({}, rows=2000, n_samples=4000))["children"].groupby("parent").size()
    assert counts.max() >= 7  # Poisson with mean 2, not two each


def test_gaps_and_repetitions_are_facts_that_do_not_hold(tmp_path: Path) -> None:
    plan = planned(family({"children": {"mean": 3, "max": 9}, "missing": 0.1}))
    results = measure_facts(plan, files(plan, tmp_path))
    assert [result for result in results if not result.holds] == []
    for number, value in enumerate((40, None)):
        folder = tmp_path / str(number)
        folder.mkdir()
        spoilt = files(plan, folder, lambda table, value=value: with_value(table, "line", 7, value))
        found = {result.fact for result in measure_facts(plan, spoilt) if not result.holds}
        assert "line from 1 on, per parent" in found


def test_lines_go_along_with_parents_that_a_constraint_exchanges() -> None:
    parents = parent(300, limit={"type": "int", "min": 3, "max": 9})
    body = child(
        {"children": {"mean": 3, "max": 9}}, features=LINE, constraints=["value <= parents.limit"]
    )
    tables = made({"parents": parents, "children": body})
    rows = tables["children"].merge(tables["parents"], left_on="parent", right_on="id")
    assert (rows["value"] <= rows["limit"]).all()
    assert (rows["line"] == rows.groupby("parent")["line"].rank()).all()


@pytest.mark.parametrize(
    ("tables", "message"),
    [
        ({"t": {"n_samples": 5, "features": LINE}}, "no foreign key to another table"),
        (family({"unique": True}, n_samples=20), "nobody counts"),
    ],
)
def test_what_cannot_be_numbered_is_refused(tables: dict[str, Any], message: str) -> None:
    with pytest.raises(DefinitionError, match=message):
        planned(tables)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ({"per": "nobody"}, "no foreign key `nobody`"),
        ({"missing": 0.1}, "is missing where the key refers to nothing"),
        ({"unique": True}, "have the same numbers"),
        ({"start": "one"}, "whole number|integer"),
    ],
)
def test_faults_of_line_numbers(line: dict[str, Any], message: str) -> None:
    body = child({"children": 2}, features={"line": {"type": "line_number", **line}})
    with pytest.raises(DefinitionError, match=message):
        planned({"parents": parent(20), "children": body})


def test_start_is_the_first_number() -> None:
    body = child({"children": 3}, features={"line": {"type": "line_number", "start": 0}})
    rows = made({"parents": parent(20), "children": body})["children"]
    assert sorted(rows["line"]) == sorted([0, 1, 2] * 20)
