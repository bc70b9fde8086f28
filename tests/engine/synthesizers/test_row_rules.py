"""Orders and sums that hold in every row of a source hold in every row that is drawn."""

from __future__ import annotations

import datetime as dt
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from numpy.typing import NDArray

from app.engine.plan.compiler import compile_plan
from app.engine.plan.learned import Request, learned_plan
from app.engine.profiling.sources import profiled_table
from app.engine.schema.learned import TableModel
from app.engine.schema.load import load_definition
from app.engine.synthesizers.learning import LearnedTable, learn
from app.engine.synthesizers.model_file.files import model_bytes, model_of
from app.engine.synthesizers.model_rows import table_model
from app.engine.synthesizers.number_line import cells_on_line, places_on_line, step_of
from app.engine.synthesizers.registry import SYNTHESIZERS
from app.engine.synthesizers.row_rules import stated_rules
from app.engine.synthesizers.table import encode
from app.engine.training.fitting import train_table
from app.engine.training.prepared_table import prepare_source

ROWS = 500
SEEDS = (1, 2, 3)
ORDERS = [("start", "end"), ("low", "middle"), ("middle", "high"), ("low", "high")]

synthesizers = pytest.mark.parametrize("synthesizer", SYNTHESIZERS)
seeds = pytest.mark.parametrize("seed", SEEDS)


@cache
def planted(seed: int) -> pa.Table:
    """Dates in order, three measures in order of which some are missing, a sum of two and one of
    three, in an order of columns that depends on the seed."""
    rng = np.random.default_rng(seed)
    start = rng.integers(0, 700, ROWS)
    net = np.round(rng.gamma(2, 50, ROWS), 2)
    tax = np.round(net * rng.choice([0.04, 0.1, 0.22], ROWS) + rng.uniform(0, 5, ROWS), 2)
    low = np.round(rng.normal(50, 10, ROWS), 1)
    middle = np.round(low + rng.exponential(8, ROWS), 1)
    high = np.round(middle + rng.exponential(8, ROWS), 1)
    parts = rng.poisson([20, 30, 40], (ROWS, 3))
    columns = {
        "start": days(start),
        "end": days(start + rng.geometric(0.05, ROWS) - 1),
        "net": pa.array(net),
        "tax": pa.array(tax),
        "gross": pa.array(np.round(net + tax, 2)),
        "low": pa.array(low),
        "middle": pa.array(middle, mask=rng.random(ROWS) < 0.1),
        "high": pa.array(high, mask=rng.random(ROWS) < 0.2),
        "east": pa.array(parts[:, 0]),
        "west": pa.array(parts[:, 1]),
        "north": pa.array(parts[:, 2]),
        "all": pa.array(parts.sum(axis=1)),
        "kind": pa.array(rng.choice(["a", "b", "c"], ROWS)),
    }
    return pa.table({name: columns[name] for name in rng.permutation(list(columns)).tolist()})


def days(numbers: NDArray[np.int64]) -> pa.Array:
    return pa.array([dt.date(2022, 1, 1) + dt.timedelta(days=int(each)) for each in numbers])


@cache
def learned(synthesizer: str, seed: int) -> LearnedTable:
    return train_table(planted(seed), synthesizer, seed=seed)


def drawn(synthesizer: str, seed: int, rows: int | None = None, **asked: Any) -> pa.RecordBatch:
    request = Request(**asked) if asked else None
    plan = learned_plan(learned(synthesizer, seed), "rows", rows=rows, seed=seed, request=request)
    return plan.tables[0].block(0)


def broken(rows: pa.RecordBatch) -> dict[str, int]:
    """How many rows break each planted rule; none of them are listed."""
    column = {
        field.name: places_on_line(rows.column(field.name))
        for field in rows.schema
        if field.name != "kind"
    }
    found = {f"{a} <= {b}": int((column[a] > column[b]).sum()) for a, b in ORDERS}
    total = np.round(column["net"] + column["tax"], 2)
    found["net + tax"] = int((np.round(column["gross"], 2) != total).sum())
    parts = column["east"] + column["west"] + column["north"]
    found["parts"] = int((parts != column["all"]).sum())
    return {rule: count for rule, count in found.items() if count}


@synthesizers
@seeds
def test_no_row_breaks_a_rule(synthesizer: str, seed: int) -> None:
    assert not broken(drawn(synthesizer, seed, 4000))


@synthesizers
@seeds
def test_no_row_that_fulfils_conditions_breaks_a_rule(synthesizer: str, seed: int) -> None:
    where = {"where": "gross > 150 and low < 55", "rows": 700}
    rows = drawn(synthesizer, seed, 1500, conditions=[where])
    assert not broken(rows)
    fulfilled = pc.and_(pc.greater(rows["gross"], 150), pc.less(rows["low"], 55))
    assert pc.sum(fulfilled).as_py() == 700


@synthesizers
def test_no_row_with_shares_of_its_own_breaks_a_rule(synthesizer: str) -> None:
    rows = drawn(synthesizer, 1, 1000, shares={"kind": {"a": 0.6}})
    assert not broken(rows)
    assert pc.sum(pc.equal(rows["kind"], "a")).as_py() == 600


@synthesizers
def test_no_row_of_a_definition_that_names_the_model_breaks_a_rule(synthesizer: str) -> None:
    class Models:
        def find(self, reference: str) -> TableModel:
            return table_model(learned(synthesizer, 1), "0" * 64)

    features = {"kind": {"cats": {"a": 0.7, "b": 0.2, "c": 0.1}}, "extra": {"type": "bool"}}
    document = {"from": "rows.tsm", "n_samples": 1000, "features": features}
    definition = load_definition(document, models=Models()).definition
    rows = compile_plan(definition, seed=1).tables[0].block(0)
    assert not broken(rows.drop_columns(["extra"]))
    assert pc.sum(pc.equal(rows["kind"], "a")).as_py() == 700


@synthesizers
@seeds
def test_no_row_with_given_cells_breaks_a_rule(synthesizer: str, seed: int) -> None:
    given = planted(seed).select(["gross", "start", "high", "west"])
    rows = drawn(synthesizer, seed, given=given)
    assert not broken(rows)
    assert rows.select(given.column_names).to_pydict() == given.to_pydict()


@synthesizers
@pytest.mark.parametrize("draw", [False, True])
def test_no_filled_row_breaks_a_rule(synthesizer: str, draw: bool) -> None:
    rng, source = np.random.default_rng(9), planted(1)
    holes = {
        name: pa.array(source[name].to_pylist(), source[name].type, mask=rng.random(ROWS) < 0.3)
        for name in source.column_names
    }
    rows = drawn(synthesizer, 1, impute=pa.table(holes), draw=draw)
    assert not broken(rows)
    assert not any(rows.column(name).null_count for name in rows.schema.names)


@synthesizers
def test_rules_leave_the_margins_as_they_were(synthesizer: str) -> None:
    """Not farther from the source's than those of a model without rules, but for a little."""
    source = planted(1)
    free = learn(encode(source, dependencies=()), synthesizer, seed=1).block(4000, 1, 0)
    rows = drawn(synthesizer, 1, 4000)
    for name in ("start", "end", "net", "tax", "gross", "low", "middle", "high", "all"):
        there, without, here = (
            places_on_line(each.drop_null())
            for each in (source[name].combine_chunks(), free.column(name), rows.column(name))
        )
        assert distance(there, here) < distance(there, without) + 0.07, name


def distance(first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
    """Kolmogorov and Smirnov's, between two samples."""
    line = np.sort(np.concatenate([first, second]))
    one, other = (np.searchsorted(np.sort(each), line, side="right") for each in (first, second))
    return float(np.abs(one / len(first) - other / len(second)).max())


@synthesizers
def test_missing_shares_stay_and_ranges_are_kept(synthesizer: str) -> None:
    rows, source = drawn(synthesizer, 1, 4000), planted(1)
    for name in ("middle", "high"):
        share = source[name].null_count / ROWS
        assert abs(rows.column(name).null_count / 4000 - share) < 0.05
    for name in ("start", "end", "net", "tax", "gross", "low", "all"):
        ends = pc.min_max(source[name]).as_py()
        found = pc.min_max(rows.column(name)).as_py()
        assert ends["min"] <= found["min"] and found["max"] <= ends["max"], name


@synthesizers
def test_a_model_that_was_stored_keeps_its_rules(synthesizer: str) -> None:
    first = learned(synthesizer, 1)
    again = model_of(model_bytes(first))
    assert again.model.rules == first.model.rules
    assert any(each.weights for each in again.model.rules.columns)
    assert {"net + tax == gross", "start <= end"} <= set(again.model.rules.texts)
    assert again.block(300, 5, 0).equals(first.block(300, 5, 0))


@synthesizers
def test_a_pair_is_kept(synthesizer: str) -> None:
    rng = np.random.default_rng(3)
    place = rng.integers(0, 4, 400)
    cities = np.array(["Bari", "Lecce", "Como", "Pavia"])[place]
    codes = np.array([3, 1, 7, 5])[place]
    source = pa.table({"code": codes, "size": rng.normal(size=400), "city": cities})
    rows = train_table(source, synthesizer, seed=1).block(3000, 1, 0)
    pairs = set(zip(rows["city"].to_pylist(), rows["code"].to_pylist(), strict=True))
    assert pairs == {("Bari", 3), ("Lecce", 1), ("Como", 7), ("Pavia", 5)}


def unruled() -> pa.Table:
    rng = np.random.default_rng(1)
    first, second = rng.integers(0, 100, 400), rng.integers(0, 120, 400)
    return pa.table({"a": first, "b": second, "c": rng.integers(0, 50, 400)})


@synthesizers
def test_a_declared_rule_is_kept_also_where_the_source_breaks_it(synthesizer: str) -> None:
    definition = {"tables": {"table": {"rules": ["a < b", "c <= a + b"]}}}
    found = train_table(unruled(), synthesizer, seed=1, definition=definition)
    assert found.model.rules.texts == ("a < b", "c <= a + b")
    rows = found.block(3000, 1, 0)
    a, b, c = (places_on_line(rows.column(name)) for name in "abc")
    assert (a < b).all()
    assert (c <= a + b).all()


def test_a_declared_rule_that_cannot_be_kept_is_named() -> None:
    definition = {"tables": {"table": {"rules": ["a * b == c", "a < b"]}}}
    with profiled_table(unruled(), "table") as source:
        prepared = prepare_source(source, definition)
    assert prepared.warnings == ("the rule 'a * b == c' is not kept: only orders and sums are",)
    found = train_table(unruled(), "copula", seed=1, definition=definition)
    assert found.model.rules.texts == ("a < b",)


@pytest.mark.parametrize(
    ("text", "weights", "least"),
    [
        ("a <= b", {"b": 1, "a": -1}, 0),
        ("b >= a", {"b": 1, "a": -1}, 0),
        ("a + b == c", {"a": 1, "b": 1, "c": -1}, 0),
        ("a - c == 3 - b", {"a": 1, "b": 1, "c": -1}, 3),
        ("a + b + c == 100", {"a": 1, "b": 1, "c": 1}, 100),
        ("a >= 0", {"a": 1}, 0),
    ],
)
def test_a_rule_is_a_weighted_sum(text: str, weights: dict[str, float], least: float) -> None:
    (stated,) = stated_rules(text, ["a", "b", "c"])
    found = dict(zip(stated.rule.columns, stated.rule.weights, strict=True))
    assert (found, stated.rule.least) == (weights, least)


@pytest.mark.parametrize(
    "text", ["a * b == c", "a <= b or b <= c", "a + 'x' == b", "a != b", "a <"]
)
def test_what_is_no_sum_or_order_is_no_such_rule(text: str) -> None:
    assert not stated_rules(text, ["a", "b", "c"])


def test_moments_and_numbers_come_back_from_the_line() -> None:
    for cells in (
        days(np.array([0, 5, 40])),
        pa.array([1, None, -7]),
        pa.array([0.1, 2.25, None]),
        pa.array([dt.datetime(2024, 2, 29, 23, 59, 1), None], pa.timestamp("us")),
    ):
        assert cells_on_line(places_on_line(cells), cells.type).equals(cells)
    assert step_of(pa.array([0.25, 1.5])) == 0.01
    assert step_of(pa.array([1 / 3, 2.0])) == 0.0
