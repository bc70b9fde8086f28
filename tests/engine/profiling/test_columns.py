"""Summaries of columns: bars, figures, and values that bars are not made for."""

from __future__ import annotations

import json
import math
import statistics
from typing import Any

import pytest

from app.engine.profiling.columns import bar_of, summarize, summarize_rows


def test_numbers_are_counted_in_equal_steps() -> None:
    values = [0.5 * number for number in range(101)]
    found = summarize([*values, None])
    assert found["kind"] == "number" and found["distinct"] == 101
    assert found["missing"] == pytest.approx(1 / 102)
    assert found["edges"] == pytest.approx([2.5 * number for number in range(21)])
    assert found["shares"] == pytest.approx([5 / 101] * 19 + [6 / 101])
    assert (found["min"], found["max"]) == (0, 50)
    assert found["mean"] == pytest.approx(statistics.fmean(values))
    assert found["std"] == pytest.approx(statistics.pstdev(values))


def test_a_few_whole_numbers_have_a_bar_each() -> None:
    found = summarize([1, 2, 2, 3, None, ""])
    assert found["edges"] == [0.5, 1.5, 2.5, 3.5]
    assert found["shares"] == [0.25, 0.5, 0.25]
    assert found["missing"] == pytest.approx(1 / 3)


def test_labels_come_by_how_frequent_they_are() -> None:
    found = summarize([True, False, False, False])
    assert (found["kind"], found["labels"], found["shares"]) == (
        "label", ["false", "true"], [0.75, 0.25],
    )  # fmt: skip
    assert (found["rest"], found["mean"], found["edges"]) == (0, None, [])


def test_labels_beyond_the_most_frequent_are_the_rest() -> None:
    values = [label for label in "abcdefghij" for _ in range(3)]
    found = summarize(values)
    assert found["labels"] == list("abcdefgh") and found["distinct"] == 10
    assert found["rest"] == pytest.approx(0.2)
    assert bar_of(found, "j") == 8 and bar_of(found, "a") == 0


def test_moments_are_told_in_seconds() -> None:
    found = summarize(["1970-01-01", "1970-01-02", "1970-01-02T00:00:00"])
    assert (found["kind"], found["min"], found["max"]) == ("moment", 0, 86_400)
    assert (found["mean"], found["std"]) == (None, None)
    assert sum(found["shares"]) == pytest.approx(1)


def test_too_many_different_values_have_an_example_and_no_bars() -> None:
    found = summarize([f"name {i}" for i in range(50)])
    assert (found["kind"], found["shares"], found["distinct"]) == ("other", [], 50)
    assert found["example"] == "name 0" and bar_of(found, "name 1") is None


@pytest.mark.parametrize("values", [[], [None, ""]])
def test_nothing_has_no_bars(values: list[Any]) -> None:
    found = summarize(values)
    assert (found["kind"], found["distinct"], found["shares"]) == ("label", 0, [])
    assert found["missing"] == bool(values)


@pytest.mark.parametrize(
    "values",
    [
        [1e17] * 3,
        [1e17, 1e17 + 16],
        [5e-324, 1e-323],
        [1.0, math.nextafter(1.0, 2.0)],
        [-1.7e308, 1.7e308],
        [10**400, 1],
        [math.nan, 1.0],
        [math.inf, 1.0],
        [1, "x", True],
        [2, "2024-01-01"],
    ],
)
def test_numbers_that_are_hard_to_tell_apart_or_to_add_up(values: list[Any]) -> None:
    found = summarize(values)
    json.dumps(found, allow_nan=False)
    assert sum(found["shares"]) + found["rest"] == pytest.approx(1)
    assert found["edges"] == sorted(set(found["edges"]))
    assert all(bar_of(found, value) is not None for value in values)


def test_edges_of_another_column_are_kept_and_outer_values_count_at_the_ends() -> None:
    first = summarize([0.0, 10.5, 5.5])
    found = summarize([-5.0, 3.0, 40.0, 41.0], first["edges"])
    assert found["edges"] == first["edges"]
    assert found["shares"][0] == 0.25 and found["shares"][-1] == 0.5
    assert bar_of(first, 1000) == 19 and bar_of(first, "x") is None


def test_rows_are_summarized_by_column() -> None:
    found = summarize_rows({"x": each, "y": "a"} for each in range(3))
    assert list(found) == ["x", "y"]
    assert (found["x"]["max"], found["y"]["labels"]) == (2, ["a"])
    assert summarize_rows([]) == {}
