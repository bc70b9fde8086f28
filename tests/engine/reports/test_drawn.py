"""What drawings show: shares by value, and how strongly columns go together."""

from __future__ import annotations

import datetime

import numpy as np
import pyarrow as pa
import pytest

from app.engine.evaluation.row_space import row_space
from app.engine.reports.associations import associations_of, cramers_v
from app.engine.reports.charts.chart import PAPER
from app.engine.reports.charts.heat_map import heat_map
from app.engine.reports.charts.margins import margin_chart
from app.engine.reports.margins import Margin, margin_of


def margin(real: pa.Array, synthetic: pa.Array) -> Margin:
    first, second = pa.table({"c": real}), pa.table({"c": synthetic})
    space = row_space(first)
    own, made = space.numbers(first)[:, 0], space.numbers(second)[:, 0]
    return margin_of(space.axes[0], real.type, own, made)


def test_rare_labels_of_real_rows_are_not_named() -> None:
    real = pa.array(["a"] * 60 + ["b"] * 35 + ["Ms Rare"] * 4 + [None])
    found = margin(real, pa.array(["a"] * 50 + ["new"] * 50))
    assert found.places == ("a", "b", "(other)", "(not in the real rows)", "(missing)")
    assert found.real == (0.6, 0.35, None, 0.0, None)
    assert found.synthetic == (0.5, 0.0, 0.0, 0.5, 0.0)
    chart = margin_chart(found, PAPER)
    assert chart.rows[2] == ("(other)", "under 5 rows", "0.0 %")
    assert "real 0.0 %, synthetic 50.0 %" in chart.description


def test_bins_have_round_ends_and_show_what_lies_beyond() -> None:
    real = pa.array(np.linspace(17.3, 93.9, 200))
    found = margin(real, pa.array(np.linspace(150.0, 160.0, 10)))
    inner = [place for place in found.places if "–" in place]
    assert inner[0] == "15 – 20" and inner[-1] == "90 – 95"
    assert found.places[-1] == "≥ 95" and found.synthetic[-1] == 1.0
    assert sum(share or 0 for share in found.real) == pytest.approx(1.0, abs=0.001)


def test_whole_numbers_and_days_are_told_as_such() -> None:
    found = margin(pa.array([0, 1, 1, 0, 3] * 10), pa.array([0, 1] * 10))
    assert found.places == ("0", "1", "2", "3")
    days = [datetime.date(2024, 1, 1) + datetime.timedelta(days=n) for n in range(100)]
    dated = margin(pa.array(days), pa.array(days))
    assert all(part.startswith("202") for part in dated.places[1].split(" – "))
    empty = margin(pa.array([None] * 9, pa.float64()), pa.array([1.0]))
    assert dict(zip(empty.places, empty.real, strict=True))["(missing)"] == 1.0


def test_cramers_v_is_that_of_a_table_by_hand() -> None:
    first = np.repeat([0, 0, 1, 1], [30, 10, 10, 30])
    second = np.repeat([0, 1, 0, 1], [30, 10, 10, 30])
    # chi² = 20, phi² = .25; less its bias .25 - 1/79; both have 2 - 1/79 levels.
    assert cramers_v(first, second) == pytest.approx(((0.25 - 1 / 79) / (1 - 1 / 79)) ** 0.5)
    assert cramers_v(first, np.zeros(80, dtype=np.intp)) == 0.0
    rng = np.random.default_rng(1)
    assert cramers_v(rng.integers(3, size=900), rng.integers(3, size=900)) < 0.06


def test_matrices_are_drawn_with_every_value() -> None:
    first = pa.table({"a": [1, 2] * 30, "b": ["x", "y"] * 30, "c": list(range(60))})
    space = row_space(first)
    numbers = space.numbers(first)
    shuffled = np.column_stack([numbers[:, 0], np.roll(numbers[:, 1], 1), numbers[::-1, 2]])
    found = associations_of(space, [0, 1], numbers, shuffled)
    assert found.columns == ("a", "b") and found.real[0][1] == 1.0
    chart = heat_map("Difference", found.columns, found.difference, PAPER)
    assert chart.rows == (("a", "0.00", "0.00"), ("b", "0.00", "0.00"))
    assert chart.svg().count("<rect") == 4
