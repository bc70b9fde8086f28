"""What is asked of learned rows holds, whichever synthesizer has learned them."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.engine.errors import ConflictError, DefinitionError
from app.engine.expressions import parse
from app.engine.plan.learned import Request, learned_plan
from app.engine.plan.plan import TablePlan
from app.engine.synthesizers.learning import LearnedTable, learn
from app.engine.synthesizers.registry import SYNTHESIZERS
from app.engine.synthesizers.table import encode
from tests.contracts.test_synthesizers import customers

pytestmark = pytest.mark.parametrize("name", SYNTHESIZERS)


@cache
def model(name: str, rows: int = 600) -> LearnedTable:
    return learn(encode(customers(rows)), name, seed=1)


def planned(name: str, rows: int | None = None, seed: int = 3, **asked: Any) -> TablePlan:
    return learned_plan(model(name), "t", rows=rows, seed=seed, request=Request(**asked)).tables[0]


def drawn(name: str, rows: int | None = None, seed: int = 3, **asked: Any) -> pa.Table:
    table = planned(name, rows, seed, **asked)
    return pa.Table.from_batches([table.block(number) for number in range(table.blocks)])


def holding(table: pa.Table, text: str) -> int:
    """How many rows fulfil a condition."""
    whole = table.combine_chunks().to_batches()[0]
    columns = {each: whole.column(each) for each in whole.schema.names}
    return int(parse(text, whole.schema.names).mask(columns).sum())


def share(column: pa.ChunkedArray, value: Any) -> float:
    return float(pc.sum(pc.equal(column, value)).as_py() / len(column))


def test_so_many_rows_fulfil_a_condition_and_no_other_ones(name: str) -> None:
    for text in (
        "plan == 'pro'",
        "months >= 40 and debt == 0",
        "since < '2021-01-01'",
        "active is null",
    ):
        found = drawn(name, 500, conditions=[{"where": text, "rows": 123}])
        assert (found.num_rows, holding(found, text)) == (500, 123)
        assert found.schema.equals(customers(1).schema.remove_metadata())


def test_without_a_count_all_rows_fulfil_it(name: str) -> None:
    asked = [{"where": "plan in ('plus', 'pro')"}, {"where": "months > 10", "rows": 70}]
    found = drawn(name, 200, conditions=asked)
    assert (holding(found, asked[0]["where"]), holding(found, "months > 10")) == (200, 70)


def test_rows_come_to_the_counts_where_nobody_says_how_many(name: str) -> None:
    asked = [{"where": "plan == 'pro'", "rows": 30}, {"where": "plan == 'basic'", "rows": 50}]
    found = drawn(name, conditions=asked)
    assert found.num_rows == 80 and share(found["plan"], "plus") == 0
    assert holding(found, "plan == 'pro'") == 30


def test_shares_are_counts(name: str) -> None:
    shares = {"plan": {"pro": 0.5, "basic": 0.1}, "active": {"true": 0.25}}
    found = drawn(name, 1000, shares=shares)
    counts = {each["values"]: each["counts"] for each in pc.value_counts(found["plan"]).to_pylist()}
    assert counts == {"pro": 500, "basic": 100, "plus": 400}
    assert pc.sum(found["active"]).as_py() == 250
    numbers = drawn(name, 300, shares={"debt": {"0": 0.9}, "code": {"003": 1 / 3}})
    assert share(numbers["debt"], 0.0) == 0.9
    assert share(numbers["code"].cast(pa.string()), "003") == pytest.approx(1 / 3)


def test_shares_and_conditions_hold_together(name: str) -> None:
    asked = [{"where": "months >= 30", "rows": 100}, {"where": "debt > 20", "rows": 333}]
    found = drawn(name, 777, conditions=asked, shares={"plan": {"pro": 0.4}})
    assert [holding(found, each["where"]) for each in asked] == [100, 333]
    assert holding(found, "plan == 'pro'") == 311


def test_what_is_asked_is_drawn_from_the_conditional_distribution(name: str) -> None:
    """As many rows of another column's values as among those rows that fulfil the condition when
    nothing is asked."""
    text = "months >= 24"
    plain = drawn(name, 60_000)
    whole = plain.combine_chunks().to_batches()[0]
    mask = parse(text, whole.schema.names).mask({n: whole.column(n) for n in whole.schema.names})
    filtered = plain.filter(pa.array(mask))
    found = drawn(name, 20_000, seed=9, conditions=[{"where": text}])
    for column, value in (("plan", "pro"), ("code", "003"), ("debt", 0.0), ("active", True)):
        wanted = share(filtered[column], value)
        error = 4 * np.sqrt(wanted * (1 - wanted) * (1 / 20_000 + 1 / filtered.num_rows))
        assert share(found[column], value) == pytest.approx(wanted, abs=error + 1e-9)


def test_blocks_meet_counts_together_in_any_order(name: str) -> None:
    asked = {"conditions": [{"where": "plan == 'pro'", "rows": 50_001}]}
    table = planned(name, 140_000, seed=5, **asked)
    assert table.blocks == 3
    backwards = [table.block(number) for number in (2, 1, 0)][::-1]
    found = pa.Table.from_batches(backwards)
    assert holding(found, "plan == 'pro'") == 50_001
    assert found.equals(drawn(name, 140_000, seed=5, **asked))


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "never": ({"conditions": [{"where": "months > 900", "rows": 5}]}, "0 of 5 can be had"),
    "always": ({"conditions": [{"where": "months >= 0", "rows": 5}]}, "every row that the model"),
    "too rare": (
        {"conditions": [{"where": "paid == 1234.5678", "rows": 5}]},
        "0 of 5 can be had",
    ),
    "apart": (
        {
            "conditions": [
                {"where": "months < 10", "rows": 60},
                {"where": "months >= 10", "rows": 60},
            ]
        },
        "do not go together",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_cannot_be_reached_is_refused_with_what_can(name: str, what: str) -> None:
    asked, words = REFUSED[what]
    with pytest.raises(ConflictError, match=words):
        drawn(name, 100, **asked)


def test_every_fault_is_told_at_once(name: str) -> None:
    asked: dict[str, Any] = {
        "conditions": [
            {"where": "nothing == 1", "rows": 5},
            {"where": "months", "rows": 5},
            {"where": "months > 3", "rows": 500},
            {"where": "months > 3", "row": 500},
            {"rows": -1},
        ],
        "shares": {
            "plan": {"gold": 0.5}, "debt": {"0": 1.5}, "nobody": {"x": 1},
            "code": {"003": 0.7, "001": 0.7},
        },
    }  # fmt: skip
    with pytest.raises(DefinitionError) as raised:
        drawn(name, 100, **asked)
    assert {fault.path for fault in raised.value.faults} == {
        "conditions[0].where", "conditions[1].where", "conditions[2].rows", "conditions[3].row",
        "conditions[4].rows", "conditions[4].where", "shares.plan.gold", "shares.debt.0",
        "shares.nobody", "shares.code",
    }  # fmt: skip


def test_given_cells_come_out_as_they_are_and_the_others_are_drawn(name: str) -> None:
    real = customers(400, seed=8)
    parts = real.select(["months", "active", "plan"])
    found = drawn(name, given=parts)
    assert found.schema.equals(real.schema.remove_metadata())
    for column in parts.column_names:
        assert found[column].equals(parts[column].cast(found[column].type))
    assert set(found["fee"].to_pylist()) <= {10, 25, 60}
    assert found["debt"].null_count == 0
    again = drawn(name, seed=4, given=parts)
    assert not again.equals(found) and again["months"].equals(found["months"])


def test_unknown_labels_and_far_numbers_are_given_all_the_same(name: str) -> None:
    parts = pa.table(
        {"plan": ["gold", "pro", None], "months": pa.array([3, 10_000, -7], pa.int32())}
    )
    found = drawn(name, given=parts)
    assert found["plan"].to_pylist() == ["gold", "pro", None]
    assert found["months"].to_pylist() == [3, 10_000, -7]
    assert found.num_rows == 3


def test_holes_alone_are_filled(name: str) -> None:
    real = customers(400, seed=8)
    rng = np.random.default_rng(1)
    holed = pa.table(
        {
            each: pc.if_else(pa.array(rng.random(400) < 0.3), pa.scalar(None, kind), cells)
            for each, kind, cells in (
                (n, real[n].type, real[n].combine_chunks())
                for n in real.column_names
                if n != "code"
            )
        }
    )
    for draw in (False, True):
        found = drawn(name, impute=holed, draw=draw)
        for column in holed.column_names:
            known = holed[column].is_valid()
            assert found[column].null_count == 0
            assert found[column].filter(known).equals(holed[column].filter(known))
        assert set(found["plan"].to_pylist()) == {"basic", "plus", "pro"}
    assert found["code"].null_count == 0
    assert not drawn(name, seed=8, impute=holed, draw=True).equals(found)


def test_tables_that_do_not_fit_are_refused(name: str) -> None:
    faulty: dict[str, tuple[dict[str, Any], str]] = {
        "given": ({"given": pa.table({"x": [1]})}, "none of the model's columns"),
        "given.months": ({"given": pa.table({"months": ["many"]})}, "none of type int32"),
        "n_samples": ({"given": pa.table({"months": [3]}), "rows": 2}, "the table has 1"),
        "impute": (
            {"given": pa.table({"months": [3]}), "impute": pa.table({"months": [3]})},
            "does not go together",
        ),
    }
    for path, (asked, words) in faulty.items():
        with pytest.raises(DefinitionError, match=words) as raised:
            drawn(name, **asked)
        assert raised.value.faults[0].path == path
    table = pa.table({"months": [3], "colour": ["red"]})
    plan = learned_plan(model(name), "t", seed=1, request=Request(given=table))
    assert [each.path for each in plan.warnings] == ["given.colour"]
    assert drawn(name, given=table.slice(0, 0)).num_rows == 0


def test_bytes_of_completed_rows_do_not_depend_on_the_order_of_blocks(name: str) -> None:
    active = pa.array([True, False, None] * 22_000)
    table = planned(name, given=pa.table({"active": active}))
    assert table.blocks == 2
    assert [table.block(1), table.block(0)][::-1] == [table.block(0), table.block(1)]
    assert not table.block(0).slice(0, 9).equals(table.block(1).slice(0, 9))


CONDITIONS = st.one_of(
    st.tuples(st.just("months"), st.sampled_from(["<", ">=", "=="]), st.integers(-2, 60)),
    st.tuples(st.just("paid"), st.sampled_from(["<", ">="]), st.integers(-10, 4000)),
    st.tuples(st.just("plan"), st.sampled_from(["==", "!="]), st.sampled_from(["'pro'", "'gold'"])),
    st.tuples(st.just("active"), st.just("is"), st.sampled_from(["null", "not null"])),
).map(lambda parts: " ".join(map(str, parts)))


@settings(max_examples=15, deadline=None)
@given(
    texts=st.lists(CONDITIONS, min_size=1, max_size=3),
    joined=st.sampled_from([" and ", " or "]),
    rows=st.integers(0, 60),
    total=st.integers(60, 90),
    pro=st.none() | st.sampled_from([0.0, 0.2, 0.5, 1.0]),
)
def test_any_condition_holds_or_is_refused(
    name: str, texts: list[str], joined: str, rows: int, total: int, pro: float | None
) -> None:
    text = joined.join(texts)
    shares = None if pro is None else {"plan": {"pro": pro}}
    try:
        found = drawn(name, total, conditions=[{"where": text, "rows": rows}], shares=shares)
    except ConflictError:
        return
    assert (found.num_rows, holding(found, text)) == (total, rows)
    if pro is not None:
        assert abs(holding(found, "plan == 'pro'") - total * pro) < 1
