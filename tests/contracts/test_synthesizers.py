"""What every registered synthesizer keeps to, whatever it learns by."""

from __future__ import annotations

import pickle
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from app.engine.errors import DefinitionError, SourceError
from app.engine.plan.learned import learned_plan
from app.engine.seeds import Stream
from app.engine.synthesizers.explanation import ExplainedColumn, Explaining
from app.engine.synthesizers.learning import LearnedTable, learn
from app.engine.synthesizers.registry import DEFAULT_SYNTHESIZER, SYNTHESIZERS
from app.engine.synthesizers.table import Kind, encode
from app.engine.synthesizers.values import Protection

pytestmark = pytest.mark.parametrize("name", SYNTHESIZERS)


def customers(rows: int = 600, seed: int = 0) -> pa.Table:
    """A column of every kind, some of which go together."""
    rng = np.random.default_rng(seed)
    plan = rng.choice(["basic", "plus", "pro"], rows, p=[0.5, 0.3, 0.2])
    fee = np.select([plan == "basic", plan == "plus"], [10, 25], 60)
    months = rng.integers(0, 48, rows)
    day = np.datetime64("2020-01-01") + rng.integers(0, 900, rows)
    return pa.table(
        {
            "plan": plan,
            "fee": pa.array(fee, pa.int16()),
            "months": pa.array(months, pa.int32()),
            "paid": np.round(fee * months * rng.uniform(0.9, 1.1, rows), 2),
            "ratio": pa.array(rng.integers(1, 9, rows) / 3.0, pa.float32()),
            "debt": np.where(rng.random(rows) < 0.6, 0.0, np.round(rng.exponential(80, rows), 1)),
            "since": pa.array(day, pa.date32()),
            "seen": pa.array(day.astype("datetime64[ms]"), pa.timestamp("ms", tz="UTC")),
            "code": pa.array([f"{value:03d}" for value in months % 7]).dictionary_encode(),
            "active": pa.array(months > 20, mask=rng.random(rows) < 0.1),
        }
    )


def learned(name: str, table: pa.Table, seed: int = 1, **options: Any) -> LearnedTable:
    return learn(encode(table), name, seed=seed, **options)


def drawn(model: LearnedTable, rows: int, seed: int = 3) -> pa.Table:
    table = learned_plan(model, "t", rows=rows, seed=seed).tables[0]
    return pa.Table.from_batches([table.block(number) for number in range(table.blocks)])


def shares(column: pa.ChunkedArray) -> dict[Any, float]:
    counts = pc.value_counts(column).to_pylist()
    return {each["values"]: each["counts"] / len(column) for each in counts}


def test_types_names_and_order_are_those_of_the_source(name: str) -> None:
    table = customers()
    found = drawn(learned(name, table), 250)
    assert found.schema.equals(table.schema.remove_metadata())
    assert found.num_rows == 250


def test_a_model_says_what_its_columns_depend_on(name: str) -> None:
    table = customers()
    model = learned(name, table).model
    told = model.explained()
    assert sorted(each.name for each in told) == sorted(table.column_names)
    assert model.explained() == told
    for column in told:
        weights = [each.weight for each in column.by]
        assert weights == sorted(weights, reverse=True) and all(0 < each <= 1 for each in weights)
        assert {each.column for each in column.by} <= set(table.column_names) - {column.name}
    if name != "independent":
        assert any(each.column in {"months", "fee", "plan"} for each in _by(told, "paid"))


def _by(told: tuple[ExplainedColumn, ...], name: str) -> list[Explaining]:
    return next(each.by for each in told if each.name == name)


def test_values_stay_among_labels_and_within_ranges(name: str) -> None:
    table = customers()
    found = drawn(learned(name, table), 2000)
    for column in ("plan", "code", "active", "fee", "ratio"):
        assert set(found[column].to_pylist()) <= set(table[column].to_pylist())
    for column in ("months", "paid", "debt", "since", "seen"):
        real, made = pc.min_max(table[column]).as_py(), pc.min_max(found[column]).as_py()
        assert real["min"] <= made["min"] and made["max"] <= real["max"]
    paid = np.array(found["paid"])
    assert (np.round(paid, 2) == paid).all()


def test_shares_spikes_and_missing_shares_hold_within_sampling_error(name: str) -> None:
    table, rows = customers(2000), 4000
    found = drawn(learned(name, table), rows)
    for column in ("plan", "active", "code"):
        for value, share in shares(table[column]).items():
            error = 4 * np.sqrt(share * (1 - share) * (1 / rows + 1 / table.num_rows))
            assert shares(found[column]).get(value, 0.0) == pytest.approx(share, abs=error)
    spike = shares(table["debt"])[0.0]
    assert shares(found["debt"])[0.0] == pytest.approx(spike, abs=0.05)


def test_spikes_keep_their_value_bit_for_bit(name: str) -> None:
    spike = float(np.float32(0.1))
    rng = np.random.default_rng(2)
    values = np.where(rng.random(400) < 0.3, spike, rng.normal(size=400))
    found = np.array(drawn(learned(name, pa.table({"x": values})), 400)["x"])
    assert (found == spike).mean() == pytest.approx(0.3, abs=0.1)


def test_bytes_are_the_same_for_any_chunking_and_order_of_work(name: str) -> None:
    model = learned(name, customers(200))
    rows = 140_000
    table = learned_plan(model, "t", rows=rows, seed=5).tables[0]
    assert table.blocks == 3
    backwards = [table.block(number) for number in (2, 1, 0)]
    assert drawn(model, rows, seed=5).equals(pa.Table.from_batches(backwards[::-1]))
    assert not learned_plan(model, "t", rows=rows, seed=6).tables[0].block(1).equals(backwards[1])


def test_models_are_the_same_for_any_number_of_workers(name: str) -> None:
    table = customers(300)
    with ThreadPoolExecutor(3) as pool:
        side_by_side = learned(name, table, run=pool.map)
    assert drawn(side_by_side, 500).equals(drawn(learned(name, table), 500))
    assert not drawn(learned(name, table), 500, seed=4).equals(drawn(side_by_side, 500))


def test_models_go_through_pickle_and_hold_no_table(name: str) -> None:
    model = learned(name, customers(200))
    again = pickle.loads(pickle.dumps(model))
    assert drawn(again, 300).equals(drawn(model, 300))


@pytest.mark.parametrize("seed", range(6))
def test_nothing_that_fewer_than_k_rows_stand_for_comes_out(name: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows = 300
    label = rng.choice(["a", "b", "c"], rows).astype(object)
    label[:4] = "rare"
    label[4] = "alone"
    wealth = np.round(rng.normal(100, 10, rows), 1)
    wealth[:4] = 10_000 + np.arange(4)
    wealth[4:8] = -9_999 - np.arange(4)
    table = pa.table({"label": label, "wealth": wealth, "id": [f"p{i}" for i in range(rows)]})
    found = drawn(learned(name, table), 5000, seed=seed)
    assert set(found["label"].to_pylist()) == {"a", "b", "c"}
    ends = pc.min_max(found["wealth"]).as_py()
    ordered = np.sort(wealth)
    assert ordered[4] <= ends["min"] and ends["max"] <= ordered[-5]
    assert found["id"].null_count == 5000


def test_protection_can_be_set(name: str) -> None:
    label = ["a"] * 90 + ["b"] * 8 + ["c"] * 2
    table = pa.table({"label": label, "x": np.arange(100.0) % 7})
    loose = drawn(learned(name, table, protection=Protection(1)), 5000)
    strict = drawn(learned(name, table, protection=Protection(10)), 5000)
    assert set(loose["label"].to_pylist()) == {"a", "b", "c"}
    assert set(strict["label"].to_pylist()) == {"a"}


ODD = {
    "constant": pa.array([7] * 40),
    "constant_label": pa.array(["x"] * 40),
    "all_missing": pa.nulls(40, pa.float64()),
    "null_type": pa.nulls(40),
    "all_distinct_numbers": pa.array(np.arange(40)),
    "all_distinct_labels": pa.array([f"n{i}" for i in range(40)]),
    "one_known": pa.array([1.5] + [None] * 39),
    "infinite": pa.array([float("inf"), float("nan")] + [1.0, 2.0] * 19),
    "huge": pa.array([2**62 + i for i in range(40)]),
    "decimal": pa.array([None, *range(39)], pa.decimal128(9, 2)),
    "times": pa.array(np.arange(40, dtype=np.int32)).cast(pa.time32("s")),
}


@pytest.mark.parametrize("odd", ODD)
def test_odd_columns_are_learned_alone_and_beside_others(name: str, odd: str) -> None:
    alone = pa.table({odd: ODD[odd]})
    beside = alone.append_column("other", pa.array(["u", "v"] * 20))
    for table in (alone, beside):
        found = drawn(learned(name, table), 100)
        assert found.schema.equals(table.schema) and found.num_rows == 100
        known = set(table[odd].drop_null().to_pylist())
        numbers = odd == "all_distinct_numbers"
        assert set(found[odd].drop_null().to_pylist()) <= (set(range(40)) if numbers else known)


def test_a_number_can_be_learned_as_a_label(name: str) -> None:
    zips = pa.array([1001, 90210, 60601] * 20)
    model = learn(encode(pa.table({"zip": zips}), {"zip": Kind.LABEL}), name, seed=1)
    found = drawn(model, 300)["zip"]
    assert found.type == pa.int64()
    assert set(found.to_pylist()) == {1001, 90210, 60601}


def test_few_rows_are_warned_of_and_fewer_are_refused(name: str) -> None:
    model = learned(name, customers(20))
    assert drawn(model, 50).num_rows == 50
    assert any("20 rows are few" in warning for warning in model.warnings)
    assert learned(name, customers(100)).warnings == ()
    with pytest.raises(SourceError, match="too small: it has 19 rows, and 20 are needed"):
        encode(customers(19))


def test_no_rows_and_no_columns(name: str) -> None:
    assert drawn(learned(name, customers(50)), 0).num_rows == 0
    with pytest.raises(SourceError, match="no columns"):
        encode(pa.table({}))


def test_what_cannot_be_learned_is_refused_by_name(name: str) -> None:
    with pytest.raises(SourceError, match="list"):
        encode(pa.table({"tags": [["a"]] * 30}))
    with pytest.raises(DefinitionError, match="sizzle"):
        learned(name, customers(50), settings={"sizzle": 1})


def test_settings_have_defaults_and_say_what_they_are(name: str) -> None:
    synthesizer = SYNTHESIZERS[name]
    assert synthesizer.name == name
    assert DEFAULT_SYNTHESIZER in SYNTHESIZERS
    synthesizer.settings()
    for field in synthesizer.settings.model_fields.values():
        assert field.description


def test_the_stream_alone_decides(name: str) -> None:
    model = learned(name, customers(60)).model
    assert model.block(10, Stream(1).child("a")).equals(model.block(10, Stream(1).child("a")))
