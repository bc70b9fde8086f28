"""In which order columns are learned and drawn."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from app.engine.synthesizers.explanation import ExplainedColumn
from app.engine.synthesizers.learning import learn
from app.engine.synthesizers.table import encode

QUICK = {"max_rounds": 5}


def table(share: float) -> pa.Table:
    """What goes with a fault, which has this share of the rows."""
    rng = np.random.default_rng(3)
    heat, load = rng.normal(0, 1, (2, 400))
    is_fault = heat + load > np.quantile(heat + load, 1.0 - share)
    return pa.table(
        {
            "fault": np.where(is_fault, "yes", "no"),
            "heat": heat,
            "load": load,
            "region": rng.choice(["north", "south", "west"], 400),
        }
    )


def explained(rows: pa.Table, target: str | None) -> tuple[ExplainedColumn, ...]:
    return learn(encode(rows), "sequential", QUICK, seed=1, target=target).model.explained()


def names(rows: pa.Table, target: str | None) -> list[str]:
    return [each.name for each in explained(rows, target)]


@pytest.mark.parametrize(("share", "target"), [(0.05, None), (0.05, "region"), (0.3, "fault")])
def test_columns_that_say_least_come_first(share: float, target: str | None) -> None:
    assert names(table(share), target) == ["fault", "region", "heat", "load"]


def test_a_target_of_rare_rows_comes_last_and_is_learned_from_all_others() -> None:
    columns = explained(table(0.08), "fault")
    assert [each.name for each in columns] == ["region", "heat", "load", "fault"]
    assert {each.column for each in columns[-1].by} >= {"heat", "load"}


def test_numbers_of_two_values_are_such_targets_too() -> None:
    rows = table(0.05)
    number = pa.array(np.array(rows["fault"]) == "yes").cast(pa.int8())
    assert names(rows.set_column(0, "fault", number), "fault")[-1] == "fault"


def test_what_a_target_says_stands_behind_it() -> None:
    rows = table(0.05)
    rows = rows.append_column("repair", pa.array(np.where(np.array(rows["fault"]) == "yes", 1, 0)))
    assert set(names(rows, "fault")[-2:]) == {"fault", "repair"}
