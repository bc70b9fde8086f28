"""The target by the values of a column."""

from __future__ import annotations

import pytest

from app.engine.profiling.targets import target_by_column


def test_the_share_of_the_positive_label_in_each_bar() -> None:
    rows = [{"x": i % 2, "y": "yes" if i % 2 else "no"} for i in range(40)]
    found = target_by_column(rows, "x", "y", "yes")
    assert found is not None and found.figures == (0.0, 1.0)
    few = target_by_column(rows[:3], "x", "y", "yes")
    assert few is not None and few.figures == (None, None)


def test_the_mean_of_a_target_of_numbers_by_label() -> None:
    rows = [{"x": "ab"[i % 2], "y": 10.0 + i % 2} for i in range(20)]
    rows += [{"x": None, "y": 100.0}, {"x": "a", "y": None}]
    found = target_by_column(rows, "x", "y", "")
    assert found is not None
    assert dict(zip(found.column["labels"], found.figures, strict=True)) == {"a": 10, "b": 11}


def test_the_rest_of_the_labels_has_a_figure_of_its_own() -> None:
    rows = [{"x": label, "y": label >= "i"} for label in "abcdefghij" for _ in range(6)]
    found = target_by_column(rows, "x", "y", "true")
    assert found is not None
    assert found.figures == pytest.approx((0,) * 8 + (1,))


def test_a_column_without_bars_has_no_figures() -> None:
    rows = [{"x": f"name {i}", "y": True} for i in range(40)]
    assert target_by_column(rows, "x", "y", "true") is None
