"""Cells that are given weigh those that are not, however late a model draws them."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from app.engine.seeds import Stream
from app.engine.synthesizers.drawing import UNKNOWN
from app.engine.synthesizers.learning import learn
from app.engine.synthesizers.particles import Completion, completed, nearest
from app.engine.synthesizers.registry import SYNTHESIZERS
from app.engine.synthesizers.sequential.columns import TreeColumn
from app.engine.synthesizers.sequential.model import SequentialModel
from app.engine.synthesizers.table import encode


def dependent(rows: int = 4000) -> pa.Table:
    """A label of few values, and a number and another label that it decides in part."""
    rng = np.random.default_rng(3)
    kind = rng.choice(["a", "b"], rows, p=[0.7, 0.3])
    size = np.where(kind == "a", rng.integers(0, 12, rows), rng.integers(6, 18, rows))
    place = np.where(rng.random(rows) < 0.8, kind, rng.choice(["x", "y", "z"], rows))
    return pa.table({"kind": kind, "size": size, "place": place})


@pytest.fixture(scope="module")
def model() -> SequentialModel:
    found = learn(encode(dependent()), "sequential", seed=1).model
    assert isinstance(found, SequentialModel)
    assert found.columns[0].values.name == "kind"
    return found


def test_chances_of_all_symbols_come_to_one(model: SequentialModel) -> None:
    drawing = model.drawing(50)
    rng = np.random.default_rng(1)
    for column in model.columns:
        assert isinstance(column, TreeColumn)
        before = drawing._before(np.arange(50))
        seen = column._seen(before)
        symbols = range(column.values.symbols)
        each = [column.tree.chances_of(seen, np.full(50, s, np.int32)) for s in symbols]
        assert np.sum(each, axis=0) == pytest.approx(1.0)
        drawing.advance(rng.random(50))


@pytest.mark.parametrize("name", ["sequential", "copula"])
def test_what_is_drawn_is_likely_given_what_comes_behind_it(name: str) -> None:
    """As often as among the model's own rows of that size."""
    found = learn(encode(dependent()), name, seed=1).model
    plain = found.block(60_000, Stream(5)).to_pandas()
    wanted = plain[plain["size"] == 8]["kind"].value_counts(normalize=True)["a"]
    columns = {each.name: each for each in found.drawing(0).columns}
    rows = 3000
    known = {each: np.full(rows, UNKNOWN, np.int32) for each in columns}
    code = columns["size"].values.to_pylist().index(8)
    known["size"] = np.full(rows, code, np.int32)
    drawn = completed(found, known, Stream(6))
    cells = columns["kind"].decode(drawn["kind"]).to_pylist()
    assert (drawn["size"].codes == code).all()
    assert cells.count("a") / rows == pytest.approx(wanted, abs=0.05)


def test_estimates_are_means_and_the_likeliest_labels(model: SequentialModel) -> None:
    columns = {each.name: each for each in model.drawing(0).columns}
    known = {each: np.full(2, UNKNOWN, np.int32) for each in columns}
    labels = columns["kind"].values.to_pylist()
    known["kind"] = np.array([labels.index("a"), labels.index("b")], np.int32)
    how = Completion(estimate=True, may_miss=False)
    found = completed(model, known, Stream(1), how)
    sizes = columns["size"].decode(found["size"]).to_pylist()
    assert sizes == pytest.approx([5.5, 11.5], abs=1.1)
    assert columns["place"].decode(found["place"]).to_pylist() == ["a", "b"]


@pytest.mark.parametrize("name", SYNTHESIZERS)
def test_known_rows_stay_and_nothing_may_be_known(name: str) -> None:
    found = learn(encode(dependent(300)), name, seed=1).model
    drawing = found.drawing(0)
    known = {each.name: np.zeros(5, np.int32) for each in drawing.columns}
    drawn = completed(found, known, Stream(1))
    assert all((each.codes == 0).all() for each in drawn.values())
    nothing = {each.name: np.full(5, UNKNOWN, np.int32) for each in drawing.columns}
    again = completed(found, nothing, Stream(1), Completion(estimate=True))
    assert all((each.codes >= 0).all() for each in again.values())


def test_the_nearest_of_several_places() -> None:
    line = np.array([0.0, 1.0, 5.0])
    assert nearest(line, np.array([-3.0, 0.5, 0.6, 3.1, 99.0])).tolist() == [0, 0, 1, 2, 2]
    assert nearest(np.array([4.0]), np.array([-1.0, 9.0])).tolist() == [0, 0]
