"""Link tables whose pairs are counted by both parents and all differ."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.engine.errors import DefinitionError
from app.engine.evaluation.facts import measure_facts
from app.engine.plan.keys.pairing import most_beyond, paired
from tests.engine.evaluation.test_several_tables import files
from tests.engine.plan.keys.families import made, parent, planned


def link(student: dict[str, Any], course: dict[str, Any], **more: Any) -> dict[str, Any]:
    keys = {
        "student": {"references": "students.id", **student},
        "course": {"references": "courses.id", **course},
    }
    table = {"primary_key": ["student", "course"], "foreign_keys": keys, **more}
    return {"students": parent(120), "courses": parent(30), "children": table}


@settings(max_examples=80, deadline=None)
@given(st.integers(1, 12), st.integers(1, 12), st.floats(0, 1), st.integers(0, 10**6))
def test_pairs_that_are_possible_are_found(rows: int, others: int, share: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    there = rng.random((rows, others)) < share
    first, second = there.sum(axis=1), there.sum(axis=0)
    assert most_beyond(first, second) is None
    left = np.repeat(np.arange(rows), first)
    right = paired(first, second, rng)
    assert len({*zip(left, right, strict=True)}) == there.sum()
    assert (np.bincount(right, minlength=others) == second).all()


def test_what_is_not_possible_is_known() -> None:
    assert most_beyond(np.array([3, 3, 0]), np.array([2, 2, 2])) is None
    assert most_beyond(np.array([3, 3]), np.array([3, 3])) == (1, 3, 2)
    assert most_beyond(np.array([2, 1, 1]), np.array([4])) == (1, 2, 1)


@pytest.mark.parametrize(
    ("student", "course"),
    [
        ({"children": 6}, {"children": 24}),
        ({"children": 29}, {"children": 116}),
        ({"children": {"mean": 4, "max": 12}}, {"weights": {"skew": 0.6}}),
        ({"weights": {"skew": 0.3}}, {"weights": {"skew": 0.3}}),
    ],
)
def test_both_parents_have_their_numbers(
    student: dict[str, Any], course: dict[str, Any], tmp_path: Path
) -> None:
    more = {"n_samples": 600} if "children" not in student else {}
    tables = link(student, course, **more)
    plan = planned(tables)
    results = measure_facts(plan, files(plan, tmp_path))
    assert [each for each in results if not each.holds] == []
    rows = made(tables)["children"]
    assert not rows.duplicated(["student", "course"]).any()
    for key, said in (("student", student), ("course", course)):
        if isinstance(said.get("children"), int):
            assert set(rows.groupby(key).size()) == {said["children"]}


def test_pairs_are_the_same_in_every_process() -> None:
    plan = planned(link({"children": 6}, {"children": 24}))
    again = pickle.loads(pickle.dumps(plan))
    first, second = (each.table("children").block(0) for each in (plan, again))
    assert first.equals(second)


def test_students_of_a_course_are_as_if_drawn() -> None:
    rows = made(link({"children": 6}, {"children": 24}))["children"]
    ids = sorted(set(rows["student"]))
    apart = rows.groupby("course")["student"].apply(lambda x: np.diff(sorted(map(ids.index, x))))
    assert len(set(np.concatenate(apart.to_numpy()))) > 5


@pytest.mark.parametrize(
    ("student", "course", "message"),
    [
        ({"children": 31}, {"children": 124}, "the pairs cannot all differ"),
        ({"children": 6}, {"children": 23}, "numbers of rows do not agree"),
        ({"children": 20}, {"weights": {"skew": 3}}, "the pairs cannot all differ"),
    ],
)
def test_numbers_that_no_pairs_have_are_refused(
    student: dict[str, Any], course: dict[str, Any], message: str
) -> None:
    with pytest.raises(DefinitionError, match=message):
        planned(link(student, course))
