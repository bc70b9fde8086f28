"""What learning takes, told from a profile: more where there is more, and what will be weak."""

from __future__ import annotations

import pytest

from app.engine.formats.cells.cell_format import CellFormat, Kind
from app.engine.profiling.models import ColumnProfile, TableProfile
from app.engine.synthesizers.registry import SYNTHESIZERS
from app.engine.synthesizers.sequential.settings import SequentialSettings
from app.engine.training.training_estimate import TrainingEstimate, estimate_training


def column(name: str, kind: Kind, distinct: int, missing: float = 0.0) -> ColumnProfile:
    form = CellFormat(storage="string")
    return ColumnProfile(name=name, kind=kind, format=form, missing=missing, distinct=distinct)


def table(rows: int, *columns: ColumnProfile) -> TableProfile:
    return TableProfile(name="t", rows=rows, columns=columns)


def estimated(found: TableProfile, name: str = "sequential", k: int = 5) -> TrainingEstimate:
    return estimate_training(found, found.names, name, {}, k)


@pytest.mark.parametrize("name", SYNTHESIZERS)
def test_more_cells_take_more_of_everything(name: str) -> None:
    columns = [column(f"c{place}", "integer", 50) for place in range(8)]
    small, tall = estimated(table(1_000, *columns), name), estimated(table(50_000, *columns), name)
    narrow = estimated(table(50_000, *columns[:3]), name)
    assert small.seconds < tall.seconds and small.memory < tall.memory
    assert narrow.seconds < tall.seconds and narrow.model_bytes < tall.model_bytes


def test_the_rows_that_trees_are_grown_from_are_told() -> None:
    found = table(1_000_000, column("a", "integer", 9))
    assert estimated(found).sampled == ("trees are grown from 200,000 of the 1,000,000 rows",)
    assert estimated(found, "copula").sampled == ()
    assert estimated(table(9_000, column("a", "integer", 9))).sampled == ()


def test_what_will_be_weak_is_named() -> None:
    few = estimated(table(50, column("a", "integer", 9)))
    assert few.weak == ("50 rows are few: relations will be weak below 100 rows",)
    assert "20 are needed" in estimated(table(10, column("a", "integer", 9))).weak[0]
    names = table(1_000, column("who", "text", 990), column("age", "integer", 990))
    told = estimated(names)
    assert [each for each in told.weak if "`who` stand in fewer than 5 rows" in each]
    assert told.suggestions == ("nearly all values of `who` differ: fake them, or drop the column",)
    assert not [each for each in told.weak if "age" in each]


def test_columns_that_are_not_learned_do_not_count() -> None:
    found = table(1_000, column("who", "text", 990), column("age", "integer", 60))
    told = estimate_training(found, ["age"], "sequential", {}, 5)
    assert told.columns == 1 and told.weak == told.suggestions == ()


def test_very_wide_tables_are_pointed_to_the_copula() -> None:
    wide = table(500, *(column(f"c{place}", "integer", 9) for place in range(300)))
    assert "copula" in estimated(wide).suggestions[0]
    assert estimated(wide, "copula").suggestions == ()


def test_larger_models_take_longer() -> None:
    found = table(50_000, *(column(f"c{place}", "integer", 500) for place in range(10)))
    seconds = [
        estimate_training(found, found.names, "sequential", settings, 5).seconds
        for settings in SequentialSettings.sizes.values()
    ]
    assert seconds == sorted(set(seconds)) and len(seconds) == 3
