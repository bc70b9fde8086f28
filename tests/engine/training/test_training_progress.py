"""How far learning has come is said column by column, with one worker and with two."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from app.engine.execution.results import Progress
from app.engine.training.fitting import train_table
from tests.engine.learned_tables import without_times


@pytest.mark.parametrize("workers", [1, 2])
def test_every_column_is_counted_and_changes_nothing(workers: int) -> None:
    rng = np.random.default_rng(1)
    table = pa.table({name: rng.integers(0, 9, 60) for name in ("a", "b", "c")})
    seen: list[Progress] = []
    settings = {"max_rounds": 2}
    made = train_table(table, settings=settings, seed=1, workers=workers, progress=seen.append)
    assert seen == [Progress("learn", done, 3) for done in (1, 2, 3)]
    assert without_times(made) == without_times(train_table(table, settings=settings, seed=1))
