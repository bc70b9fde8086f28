"""Weights of keys: how often each row of a parent is referred to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.engine.errors import DefinitionError
from app.engine.evaluation.facts import measure_facts
from tests.engine.evaluation.measuring import with_column
from tests.engine.evaluation.test_several_tables import files
from tests.engine.plan.keys.families import child, drawn, made, parent, planned

POPULAR = {"popularity": {"type": "float", "distribution": {"pareto": {"b": 1.2}}, "max": 1e6}}
MANY = 70_000  # more than a block


def counted(tables: dict[str, Any]) -> np.ndarray:
    counts = tables["children"].groupby("parent").size()
    return counts.reindex(tables["parents"]["id"], fill_value=0).to_numpy()


@settings(deadline=None, max_examples=25)
@given(
    parents=st.sampled_from([1, 7, 400, MANY]),
    rows=st.sampled_from([0, 1, 50, 3000, MANY]),
    missing=st.sampled_from([0.0, 0.1, 1.0]),
    seed=st.integers(0, 9),
)
def test_each_row_has_its_share_to_the_whole_number(
    parents: int, rows: int, missing: float, seed: int
) -> None:
    tables = made(
        {
            "parents": parent(parents, **POPULAR),
            "children": child({"weights": "popularity", "missing": missing}, n_samples=rows),
        },
        seed=seed,
    )
    weights = tables["parents"]["popularity"].to_numpy()
    found = counted(tables)
    assert abs(rows * (1 - missing) - found.sum()) < 1
    assert np.abs(found - found.sum() * weights / weights.sum()).max() < 1 + 1e-6


def test_rows_of_a_lookup_table_have_weights() -> None:
    rows = [{"id": "a", "share": 6}, {"id": "b", "share": 3.0}, {"id": "c", "share": 0}]
    lookup = {"rows": rows, "primary_key": "id"}
    tables = made({"parents": lookup, "children": child({"weights": "share"}, n_samples=900)})
    assert counted(tables).tolist() == [600, 300, 0]


@pytest.mark.parametrize(
    "weights",
    [
        {"skew": 1.1},
        {"lognormal": {"mean": 0, "std": 1}},
        {"distribution": "exponential", "scale": 2},
        {"column": "popularity"},
    ],
)
@pytest.mark.parametrize("sampling", ["exact", "random"])
def test_what_weights_say_is_measured_in_the_files(
    weights: Any, sampling: str, tmp_path: Path
) -> None:
    plan = planned(
        {
            "parents": parent(300, **POPULAR),
            "children": child({"weights": weights, "missing": 0.1}, n_samples=5000),
        },
        sampling=sampling,
    )
    results = measure_facts(plan, files(plan, tmp_path))
    assert [result for result in results if not result.holds] == []
    assert "rows per parents by parent" in {result.fact for result in results}
    (tmp_path / "damaged").mkdir()
    first = drawn(plan)["children"]["parent"][0].as_py()
    spoilt = files(
        plan, tmp_path / "damaged", lambda table: with_column(table, "parent", [first] * 5000)
    )
    broken = {result.fact for result in measure_facts(plan, spoilt) if not result.holds}
    assert "rows per parents by parent" in broken


def test_zipf_gives_the_first_ranks_their_shares() -> None:
    tables = made(
        {"parents": parent(50), "children": child({"weights": {"skew": 1}}, n_samples=4500)}
    )
    found = np.sort(counted(tables))[::-1]
    shares = 1 / np.arange(1, 51)
    assert np.abs(found - 4500 * shares / shares.sum()).max() < 1 + 1e-6


def test_popular_rows_of_a_link_table_keep_pairs_unique() -> None:
    link = {
        "n_samples": 600,
        "primary_key": ["student", "course"],
        "foreign_keys": {
            "student": {"references": "students.id"},
            "course": {"references": "courses.id", "weights": {"skew": 0.7}},
        },
    }
    tables = made({"students": parent(200), "courses": parent(12), "children": link})["children"]
    assert not tables.duplicated(["student", "course"]).any()
    assert tables.groupby("course").size().max() > 2 * 600 / 12


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ({"weights": "popularity", "children": 1}, "says already how many rows"),
        ({"weights": "popularity", "unique": True}, "says already how many rows"),
        ({"weights": "popular"}, "has no column"),
        ({"weights": "id"}, "no column of numbers"),
        ({"weights": {"skew": -1}}, "must be above 0"),
        ({"weights": {"skew": 1, "column": "popularity"}}, "in two ways"),
        ({"weights": {}}, "a distribution is wanted|does not say|one distribution"),
        ({"weights": 3}, "a column of the parent or a mapping"),
        ({"weights": "negative"}, "a weight is -"),
        ({"weights": "lost"}, "some rows have no weight"),
        ({"weights": "none"}, "no row has a weight above 0"),
    ],
)
def test_weights_that_say_nothing_are_refused(key: dict[str, Any], message: str) -> None:
    features = {
        **POPULAR,
        "negative": {"type": "int", "min": -3, "max": -1},
        "lost": {"type": "int", "min": 1, "max": 3, "missing": 0.5},
        "none": {"type": "int", "min": 0, "max": 0},
    }
    body = child(key) if key.get("children") else child(key, n_samples=10)
    with pytest.raises(DefinitionError, match=message):
        planned({"parents": parent(20, **features), "children": body})


def test_rows_of_the_same_table_have_no_weights() -> None:
    table = parent(20)
    table["foreign_keys"] = {"boss": {"references": "people.id", "weights": {"skew": 1}}}
    with pytest.raises(DefinitionError, match="same table have no weights"):
        planned({"people": table})
