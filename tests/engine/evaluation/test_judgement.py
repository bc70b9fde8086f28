"""The judge knows real rows from shuffled and copied ones."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from app.engine.evaluation.fidelity.two_sample import two_sample_auc
from app.engine.evaluation.judgement import Figure, judge
from app.engine.evaluation.row_space import row_space
from app.engine.evaluation.utility.trained_models import trained_score


def people(rows: int, seed: int) -> pa.Table:
    """Columns that go together, with a label to predict and a hole now and then."""
    rng = np.random.default_rng(seed)
    age = rng.integers(18, 80, rows)
    pay = age * 100.0 + rng.normal(0, 300, rows)
    rich = np.where(pay + rng.normal(0, 500, rows) > 5000, "yes", "no")
    return pa.table(
        {"age": age, "pay": pa.array(pay, mask=rng.random(rows) < 0.05), "rich": rich},
    )


@pytest.fixture(scope="module")
def figures() -> dict[str, Figure]:
    train, holdout, fresh = (people(900, seed) for seed in (1, 2, 3))
    return {each.name: each for each in judge(train, holdout, fresh, "rich")}


def test_fresh_rows_are_as_good_as_real_ones(figures: dict[str, Figure]) -> None:
    assert figures["two_sample_auc"].value == pytest.approx(0.5, abs=0.05)
    assert figures["closer_share"].value == pytest.approx(0.5, abs=0.05)
    assert figures["membership_auc"].value == pytest.approx(0.5, abs=0.05)
    copied = figures["copied_share"]
    assert copied.value is not None and copied.value < 0.05
    assert copied.value == pytest.approx(copied.ceiling, abs=0.03)
    assert figures["trained_score"].value == pytest.approx(
        figures["trained_score"].ceiling, abs=0.03
    )


def test_the_floor_is_told_apart_and_predicts_nothing(figures: dict[str, Figure]) -> None:
    assert figures["two_sample_auc"].floor is not None and figures["two_sample_auc"].floor > 0.8
    assert figures["trained_score"].floor is not None and figures["trained_score"].floor < 0.65


def test_a_copy_gives_itself_away(figures: dict[str, Figure]) -> None:
    assert figures["copied_share"].copy == 1.0
    closer = figures["closer_share"]
    assert closer.floor is not None and closer.copy is not None and closer.floor < closer.copy
    assert figures["closer_share"].copy is not None and figures["closer_share"].copy > 0.8
    assert figures["membership_auc"].copy is not None and figures["membership_auc"].copy > 0.75


def test_equal_rows_of_both_tables_lie_in_one_fold() -> None:
    rows = np.repeat(np.arange(200.0)[:, None], 2, axis=0)
    assert two_sample_auc(rows, rows, []) == pytest.approx(0.5, abs=1e-12)


def test_a_label_that_no_real_row_has_is_one_of_its_own() -> None:
    space = row_space(pa.table({"a": ["x", "x", "y", None]}))
    assert space.numbers(pa.table({"a": ["y", "z", None]}))[:2, 0].tolist() == [1.0, 2.0]
    assert space.categories == [0]


def test_numbers_are_scored_by_r2_and_constants_by_chance() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(600, 1))
    both = np.column_stack([x, 2 * x[:, 0]])
    score = trained_score(both, both, 1, [])
    assert score is not None and score > 0.98
    one_label = np.column_stack([x, np.zeros(600)])
    two_labels = np.column_stack([x, rng.integers(0, 2, 600)])
    assert trained_score(one_label, two_labels, 1, [1]) == 0.5
