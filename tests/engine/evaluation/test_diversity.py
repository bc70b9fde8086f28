"""Precision, recall and the like against plain loops, and what ties come to."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from app.engine.evaluation.contest import contest
from app.engine.evaluation.diversity import manifolds
from app.engine.evaluation.diversity.authenticity import authenticity
from app.engine.evaluation.diversity.manifolds import density_and_coverage, precision_and_recall
from app.engine.evaluation.diversity.neighbours import distances, radii
from app.engine.evaluation.diversity.supports import (
    LEVELS,
    alpha_precision,
    beta_recall,
    integrated,
)
from app.engine.evaluation.row_space import Array
from tests.engine.evaluation.oracles import ORACLES

REAL = np.array(ORACLES["rows"]["real"], dtype=float)
MADE = np.array(ORACLES["rows"]["synthetic"], dtype=float)


def neighbours(real: Array, made: Array, k: int) -> dict[str, float]:
    apart = distances(real, made)
    [of_real], [of_made] = radii(real, k), radii(made, k)
    precision, recall = precision_and_recall(apart, of_real, of_made)
    density, coverage = density_and_coverage(apart, of_real, k)
    return {
        "precision": precision, "recall": recall, "density": density, "coverage": coverage,
        "authenticity": authenticity(real, made),
    }  # fmt: skip


@pytest.mark.parametrize("k", [1, 3, 5])
def test_figures_are_those_of_plain_loops(k: int) -> None:
    assert neighbours(REAL, MADE, k) == pytest.approx(ORACLES["neighbours"][str(k)], abs=1e-12)


def test_supports_are_those_of_plain_loops() -> None:
    half = int(np.flatnonzero(LEVELS == 0.5)[0])
    alpha, beta = (
        curve.mean(axis=1) for curve in (alpha_precision(REAL, MADE), beta_recall(REAL, MADE))
    )
    assert [alpha[half], alpha[-1]] == pytest.approx(ORACLES["supports"]["alpha"])
    assert [beta[half], beta[-1]] == pytest.approx(ORACLES["supports"]["beta"])


def test_equal_rows_lie_in_each_others_balls_and_none_is_authentic() -> None:
    ties = np.array(ORACLES["ties"]["rows"], dtype=float)
    found = neighbours(ties, ties, 3)
    assert found["precision"] == found["recall"] == 1.0 == ORACLES["ties"]["precision"]
    assert found["authenticity"] == 0.0 == ORACLES["ties"]["authenticity"]
    assert (radii(ties, 3)[0] == 0).all()


def test_the_share_of_balls_without_a_size_is_told() -> None:
    table = pa.table({"a": ["x", "y"] * 50})
    judged = contest(table, table, table)
    found = manifolds._taken(judged, judged.synthetic)
    assert found["precision"].details == {"zero_radii": {"real": 1.0, "synthetic": 1.0}}
    assert "100.0% of real" in found["precision"].note


def test_the_integral_is_one_on_the_diagonal_and_nothing_where_nothing_is_covered() -> None:
    assert integrated(LEVELS) == 1.0
    assert integrated(np.zeros(len(LEVELS))) == pytest.approx(0.0)
    assert integrated(np.ones(len(LEVELS))) == pytest.approx(0.0)


def test_a_collapse_is_precise_and_recalls_nothing() -> None:
    rng = np.random.default_rng(0)
    real: Array = rng.normal(size=(400, 3))
    collapsed = real[:1] + rng.normal(size=(400, 3)) * 1e-3
    far: Array = rng.normal(size=(400, 3)) + 50
    assert neighbours(real, collapsed, 3)["precision"] == 1.0
    assert neighbours(real, collapsed, 3)["recall"] < 0.02
    assert neighbours(real, far, 3) == pytest.approx(
        {"precision": 0, "recall": 0, "density": 0, "coverage": 0, "authenticity": 1}
    )
    assert integrated(alpha_precision(real, far).mean(axis=1)) == pytest.approx(0.0, abs=0.06)


def test_fewer_rows_than_neighbours_reach_to_the_farthest() -> None:
    [found] = radii(np.array([[0.0], [1.0]]), 5)
    assert found.tolist() == [1.0, 1.0]


def test_neighbours_are_looked_for_by_as_many_columns_as_asked() -> None:
    rng = np.random.default_rng(4)
    tables = [
        pa.table({"a": rng.normal(size=300), "b": rng.normal(shift, 1, 300)})
        for shift in (0.0, 0.0, 9.0)
    ]
    whole = contest(*tables)
    first = replace(whole, neighbour_columns=1)
    coverage = [manifolds._taken(each, each.synthetic)["coverage"].value for each in (whole, first)]
    assert coverage[0] < 0.2 and coverage[1] > 0.9
