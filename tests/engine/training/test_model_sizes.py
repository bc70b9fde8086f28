"""What the size of a model stands for."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from app.engine.errors import DefinitionError
from app.engine.synthesis.models import MODEL_SIZES
from app.engine.synthesizers.learning import LearnedTable
from app.engine.synthesizers.model_file.files import model_bytes
from app.engine.synthesizers.sequential.settings import SequentialSettings
from app.engine.training.fitting import train_table
from tests.engine.learned_tables import without_times

DOCS = Path(__file__).parents[3] / "docs" / "learning.md"


def table() -> pa.Table:
    """Two columns of which one follows from the other but for noise."""
    rng = np.random.default_rng(4)
    x = np.round(rng.normal(0, 100, 3_000))
    return pa.table({"x": x, "y": np.round(np.sin(x / 30) * 50 + rng.normal(0, 3, 3_000), 1)})


def learned(size: str | None, **settings: object) -> LearnedTable:
    said = {} if size is None else {"model_size": size}
    definition = {"tables": {"table": {}}, "synthesizer": {**said, **settings}}
    return train_table(table(), seed=1, definition=definition)


def test_a_larger_model_knows_more() -> None:
    sizes = {each: len(model_bytes(learned(each))) for each in MODEL_SIZES}
    assert sizes["small"] < sizes["medium"] < sizes["large"]


def test_the_medium_size_is_what_nobody_asks_for() -> None:
    plain = without_times(learned(None))
    assert without_times(learned("medium")) == plain
    by_call = train_table(table(), seed=1, settings={"model_size": "small"})
    assert without_times(by_call) == without_times(learned("small")) != plain


def test_what_is_said_beside_it_goes_before_it() -> None:
    found = learned("small", max_rounds=7).settings
    assert isinstance(found, SequentialSettings)
    assert (found.max_rounds, found.bins, found.rows_per_leaf) == (7, 64, 40)
    with pytest.raises(DefinitionError, match="there is no such size"):
        train_table(table(), seed=1, settings={"model_size": "huge"})


def test_no_size_learns_from_fewer_rows_a_leaf() -> None:
    least = SequentialSettings().rows_per_leaf
    assert set(SequentialSettings.sizes) == set(MODEL_SIZES)
    for each in SequentialSettings.sizes.values():
        assert SequentialSettings(**each).rows_per_leaf >= least


def test_sizes_are_documented() -> None:
    rows = re.findall(r"^\| (small|medium|large) \| (.*?) \|", DOCS.read_text("utf-8"), re.M)
    said = {name: dict(re.findall(r"`(\w+)` ([\d.]+)", text)) for name, text in rows}
    wanted = {
        name: {key: str(value) for key, value in each.items()}
        for name, each in SequentialSettings.sizes.items()
    }
    assert said == wanted


def test_a_size_that_has_no_effect_is_said_so() -> None:
    found = train_table(table(), "copula", {"model_size": "large"}, seed=1)
    assert found.warnings[0] == "synthesizer.model_size has no effect: 'copula' does not use it"
