"""Rows that cannot be, and the composite figure."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from app.engine.errors import DefinitionError
from app.engine.evaluation.composite import Weights, composite
from app.engine.evaluation.contest import contest
from app.engine.evaluation.fidelity import validity
from app.engine.evaluation.fidelity.validity import broken_rows, dependencies
from app.engine.evaluation.judgement import Figure


def towns(rows: int, seed: int, *, broken: int = 0) -> pa.Table:
    """A town says its country; the first rows have another one, or a size that none has."""
    rng = np.random.default_rng(seed)
    town = rng.integers(0, 6, rows)
    country = town // 3
    country[:broken] = 1 - country[:broken]
    size = rng.random(rows)
    size[rows - broken :] = 7.0
    names = {"town": town.astype(str), "country": country.astype(str)}
    return pa.table({**names, "size": size})


def test_what_one_column_says_of_another_is_found() -> None:
    rows = np.array([[0, 0, 1], [1, 0, 1], [2, 1, 1], [np.nan, 1, 1]] * 6, dtype=float)
    assert dependencies(rows) == [(0, 1)]
    asked = np.array([[0, 1, 1], [2, 1, 1], [9, 0, 1], [np.nan, 0, 1], [np.nan, 1, 1]])
    assert broken_rows(rows, asked, 0, 1).tolist() == [True, False, False, True, False]


def test_rows_that_cannot_be_are_counted() -> None:
    judged = contest(towns(600, 1), towns(600, 2), towns(400, 3, broken=40))
    found = validity._taken(judged, judged.synthetic)
    assert found["outside_share"].value == pytest.approx(0.1, abs=0.006)
    assert found["broken_dependencies"].value == 0.1
    listed = found["broken_dependencies"].details["dependencies"]
    assert listed == [{"columns": ["town", "country"], "share": 0.1}]
    real = validity._taken(judged, judged.train)
    assert real["outside_share"].value == real["broken_dependencies"].value == 0.0


def figures(**values: float) -> list[Figure]:
    return [Figure(name, value, None, None, None, None) for name, value in values.items()]


def test_the_composite_is_the_weighted_mean_of_its_parts() -> None:
    found = composite(figures(two_sample_auc=0.6, coverage=0.9, membership_auc=0.45), (2, 1, 1))
    assert found.parts == pytest.approx({"fidelity": 0.8, "diversity": 0.9, "privacy": 0.9})
    assert found.weights == {"fidelity": 0.5, "diversity": 0.25, "privacy": 0.25}
    assert found.value == pytest.approx(0.85)


def test_a_part_that_is_missing_leaves_no_composite_unless_it_has_no_weight() -> None:
    known = figures(two_sample_auc=0.5, coverage=0.8)
    assert composite(known).value is None and composite(known).parts["privacy"] is None
    assert composite(known, (1, 1, 0)).value == pytest.approx(0.9)


@pytest.mark.parametrize("weights", [(0, 0, 0), (-1, 1, 1), (float("nan"), 1, 1)])
def test_weights_that_are_none_are_refused(weights: Weights) -> None:
    with pytest.raises(DefinitionError, match="weights"):
        composite([], weights)
