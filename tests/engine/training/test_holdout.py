"""Rows that are set aside are never learned, and are the same however the table is learned."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from app.engine.errors import DefinitionError
from app.engine.plan.learned import learned_plan
from app.engine.synthesizers.description import describe
from app.engine.synthesizers.learning import LearnedTable
from app.engine.synthesizers.model_file.files import model_of
from app.engine.training.fitting import train_file, train_table
from app.engine.training.training_plan import FEWEST_TO_HOLD_OUT, held_out
from tests.engine.learned_tables import without_times

ROWS, SEED = 1_200, 4
QUICK = {"max_rounds": 3}


def visits(marked: np.ndarray) -> pa.Table:
    """A table whose marked rows have a label and numbers of their own."""
    rng = np.random.default_rng(1)
    return pa.table(
        {
            "place": np.where(marked, "only there", rng.choice(["north", "south"], len(marked))),
            "spent": np.where(marked, 900.0, 0.0) + np.round(rng.uniform(0, 50, len(marked)), 1),
        }
    )


def drawn(learned: LearnedTable) -> pa.Table:
    table = learned_plan(learned, "t", rows=4_000, seed=1).tables[0]
    return pa.Table.from_batches([table.block(0)])


def test_so_many_rows_are_set_aside_by_the_seed_alone() -> None:
    found = held_out(ROWS, 0.1, SEED)
    assert (found.shape, found.sum()) == ((ROWS,), 120)
    assert (found == held_out(ROWS, 0.1, SEED)).all()
    assert (found != held_out(ROWS, 0.1, SEED + 1)).any()
    assert not held_out(ROWS, 0.0, SEED).any()
    assert not held_out(FEWEST_TO_HOLD_OUT - 1, 0.5, SEED).any()
    larger = held_out(ROWS, 0.3, SEED)
    assert larger.sum() == 360 and larger[found].all()


def test_they_lie_all_over_the_table() -> None:
    places = np.flatnonzero(held_out(100_000, 0.1, SEED))
    counts = np.histogram(places, bins=20, range=(0, 100_000))[0]
    assert np.abs(counts - 500).max() < 5 * np.sqrt(500)


def test_nothing_of_them_comes_out() -> None:
    table = visits(held_out(ROWS, 0.1, SEED))
    learned = train_table(table, settings=QUICK, seed=SEED)
    found = drawn(learned)
    assert set(found["place"].to_pylist()) == {"north", "south"}
    assert pc.max(found["spent"]).as_py() <= 50
    assert (learned.rows, learned.held_out, learned.holdout) == (ROWS, 120, 0.1)
    everything = drawn(train_table(table, settings=QUICK, seed=SEED, holdout=0))
    assert "only there" in everything["place"].to_pylist()


def test_the_model_is_the_same_for_any_number_of_workers(tmp_path: Path) -> None:
    path = tmp_path / "visits.csv"
    lines = [f"{row % 7},{row % 11}" for row in range(ROWS)]
    path.write_text("\n".join(["a,b", *lines]) + "\n", encoding="utf-8")
    models = [
        without_times(train_file(path, settings=QUICK, seed=SEED, workers=workers))
        for workers in (1, 2)
    ]
    assert models[0] == models[1]
    said = describe(model_of(models[0]))
    assert (said.rows, said.holdout, said.held_out) == (ROWS, 0.1, 120)
    assert models[0] != without_times(train_file(path, settings=QUICK, seed=SEED, holdout=0.2))


def test_the_definition_says_how_many_and_the_call_goes_before_it() -> None:
    table = visits(np.zeros(ROWS, bool))
    definition = {"tables": {"table": {}}, "holdout": 0.25}
    known = {"settings": QUICK, "seed": SEED, "definition": definition}
    assert train_table(table, **known).held_out == 300
    assert train_table(table, holdout=0, **known).held_out == 0
    small = train_table(table.slice(0, 300), settings=QUICK, seed=SEED)
    assert (small.rows, small.held_out, small.holdout) == (300, 0, 0.1)


@pytest.mark.parametrize("share", [-0.1, 0.6, float("nan")])
def test_a_share_that_cannot_be_set_aside_is_refused(share: float) -> None:
    with pytest.raises(DefinitionError, match="no share that can be set aside"):
        train_table(visits(np.zeros(ROWS, bool)), settings=QUICK, holdout=share)
    document = {"tables": {"table": {}}, "holdout": share}
    with pytest.raises(DefinitionError) as caught:
        train_table(visits(np.zeros(ROWS, bool)), settings=QUICK, definition=document)
    assert [fault.path for fault in caught.value.faults] == ["holdout"]
