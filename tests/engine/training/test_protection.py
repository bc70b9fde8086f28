"""Value protection that is switched off: a choice that is recorded, warned of, and carried out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from app.engine.plan.learned import learned_plan
from app.engine.synthesizers.description import describe
from app.engine.synthesizers.learning import UNPROTECTED, LearnedTable
from app.engine.synthesizers.model_file.files import load_model, save_model
from app.engine.synthesizers.registry import SYNTHESIZERS
from app.engine.training.fitting import train_table

ROWS = 400
RARE, EXTREME = "only once", 9_000
OFF = {"tables": {"table": {}}, "privacy": {"value_protection": False}, "holdout": 0}


def visits() -> pa.Table:
    """A table of which one row has a label and a number of its own."""
    rng = np.random.default_rng(3)
    place = rng.choice(["north", "south"], ROWS).astype(object)
    spent = rng.integers(0, 50, ROWS)
    place[7], spent[7] = RARE, EXTREME
    return pa.table({"place": place.tolist(), "spent": spent})


def values_of(learned: LearnedTable, column: str) -> set[object]:
    table = learned_plan(learned, "t", rows=20_000, seed=1).tables[0]
    return set(table.block(0).column(column).to_pylist())


@pytest.mark.parametrize("synthesizer", SYNTHESIZERS)
def test_what_one_row_has_comes_out_only_where_that_is_chosen(
    synthesizer: str, tmp_path: Path
) -> None:
    kept_back = train_table(visits(), synthesizer, seed=1)
    assert RARE not in values_of(kept_back, "place")
    assert EXTREME not in values_of(kept_back, "spent")
    assert UNPROTECTED not in kept_back.warnings
    learned = train_table(visits(), synthesizer, seed=1, definition=OFF)
    save_model(learned, tmp_path / "m.tsm")
    found = load_model(tmp_path / "m.tsm")
    assert RARE in values_of(found, "place") and EXTREME in values_of(found, "spent")
    said = describe(found)
    assert said.k == 1 and UNPROTECTED in said.warnings
