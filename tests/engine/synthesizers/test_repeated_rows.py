"""Rows that repeat one another are set aside together."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from app.engine.seeds import Stream
from app.engine.synthesizers.base import FitContext
from app.engine.synthesizers.sequential.columns import TreeColumn
from app.engine.synthesizers.sequential.fitting import ColumnTask, fit, fit_column
from app.engine.synthesizers.sequential.settings import SequentialSettings
from app.engine.synthesizers.table import encode


def tasks_of(table: pa.Table) -> list[ColumnTask]:
    found: list[ColumnTask] = []

    def kept(function: object, tasks: object) -> list[TreeColumn]:
        found.extend(tasks)  # type: ignore[call-overload]
        return [fit_column(each) for each in found]

    fit(encode(table), SequentialSettings(), FitContext(Stream(1), map=kept))  # type: ignore[arg-type]
    return found


def test_equal_rows_are_one_group_and_others_are_not() -> None:
    rng = np.random.default_rng(4)
    numbers = rng.normal(0, 1, (2, 150))
    again = np.tile(numbers, 3)
    for task in tasks_of(pa.table({"a": again[0], "b": again[1]})):
        groups = task.groups.reshape(3, 150)
        assert (groups == groups[0]).all()
        assert len(np.unique(groups)) > 130  # extremes are drawn as one value


def test_repeated_noise_is_not_learned_by_heart() -> None:
    rng = np.random.default_rng(5)
    noise = np.tile(rng.normal(0, 1, (4, 700)), 2)
    names = ("a", "b", "c", "d")
    model = fit(
        encode(pa.table(dict(zip(names, noise, strict=True)))), SequentialSettings(),
        FitContext(Stream(1)),
    )  # fmt: skip
    trees = [each.tree.trees.count for each in model.columns if isinstance(each, TreeColumn)]
    # Where a row may stand on both sides, these are thousands.
    assert sum(trees) < 1000, trees
