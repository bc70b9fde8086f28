from __future__ import annotations

import os
import pickle
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest

from app.engine.errors import DefinitionError
from app.engine.plan.compiler import compile_plan
from app.engine.schema.load import load_definition
from app.engine.schema.models import CategoryColumn, MomentColumn, NumberColumn
from tests.engine.planning import (
    SEVERAL_BLOCKS,
    buckets,
    categories,
    definition_of,
    drawn,
    plan_of,
)

COLUMNS = {
    "spend": NumberColumn(type="float", buckets=buckets((10, 5, 0.5), (-10, 5, 0.5))),
    "plan": CategoryColumn(type="category", cats=categories(Gold=0.5, Bronze=0.5)),
    "since": MomentColumn(type="date", start="2017-01-01", end="2020-12-31"),
}


def test_a_block_is_the_same_whenever_and_from_whichever_copy_it_is_made() -> None:
    plan = plan_of(SEVERAL_BLOCKS, **COLUMNS)
    copy = pickle.loads(pickle.dumps(plan))
    blocks = [plan.tables[0].block(i) for i in (0, 1, 2, 3)]
    again = [copy.tables[0].block(i) for i in (3, 1, 0, 2)]
    assert [block.equals(again[i]) for i, block in zip((2, 1, 3, 0), blocks, strict=True)] == [
        True
    ] * 4


def test_a_new_column_leaves_the_others_as_they_were() -> None:
    few = drawn(plan_of(70_000, **COLUMNS))
    extra = {"first": NumberColumn(type="int", min=0, max=9), **COLUMNS}
    assert drawn(plan_of(70_000, **extra)).select(list(COLUMNS)).equals(few)


def test_another_seed_gives_other_values_of_the_same_margins() -> None:
    definition = definition_of(1_000, **COLUMNS)
    one, other = (drawn(compile_plan(definition, seed=seed)) for seed in (1, 2))
    assert not one.equals(other)
    assert sorted(one["plan"].to_pylist()) == sorted(other["plan"].to_pylist())


def test_a_seed_is_drawn_and_reported_where_none_is_given() -> None:
    definition = definition_of(10, **COLUMNS).model_copy(update={"seed": None})
    plan = compile_plan(definition)
    again = compile_plan(definition, seed=plan.seed)
    assert drawn(again).equals(drawn(plan))


def test_columns_are_arranged_independently_of_one_another() -> None:
    columns = {f"c{i}": NumberColumn(type="int", min=0, max=1_000) for i in range(6)}
    frame = drawn(plan_of(65_536, **columns)).to_pandas()
    correlations = frame.corr().to_numpy().copy()
    correlations[range(6), range(6)] = 0
    assert abs(correlations).max() < 5 / 65_536**0.5


def test_neighbouring_rows_do_not_go_together() -> None:
    frame = drawn(plan_of(65_536, x=COLUMNS["spend"])).to_pandas()
    for lag in (1, 2, 7):
        assert abs(frame["x"].autocorr(lag)) < 5 / 65_536**0.5


def test_rows_can_be_given_in_place_of_the_declared_ones() -> None:
    assert compile_plan(definition_of(10, **COLUMNS), rows=3).tables[0].rows == 3


def test_no_rows_make_one_empty_block() -> None:
    table = drawn(plan_of(0, **COLUMNS))
    assert table.num_rows == 0
    assert table.column_names == list(COLUMNS)


def test_every_fault_of_every_column_is_reported() -> None:
    impossible = NumberColumn(type="int", min=0, max=3, unique=True)
    with pytest.raises(DefinitionError) as caught:
        plan_of(10, a=impossible, b=impossible, **COLUMNS)
    assert [fault.path for fault in caught.value.faults] == [
        "schema.features.a.unique",
        "schema.features.b.unique",
    ]


def test_moments_that_follow_one_another_in_a_circle_are_refused() -> None:
    with pytest.raises(DefinitionError, match="computed from one another"):
        plan_of(
            10,
            a=MomentColumn(type="date", after="b"),
            b=MomentColumn(type="date", after="a"),
        )


DIGEST = """
import hashlib, pyarrow as pa
from tests.engine.plan.test_compiler import COLUMNS
from tests.engine.planning import drawn, plan_of
sink = pa.BufferOutputStream()
table = drawn(plan_of(70_000, **COLUMNS)).combine_chunks()
with pa.ipc.new_stream(sink, table.schema) as writer:
    writer.write_table(table)
print(hashlib.sha256(sink.getvalue()).hexdigest())
"""


def test_the_same_bytes_without_the_processors_vector_instructions() -> None:
    features = "AVX512F AVX512CD AVX512_SKX AVX512_CLX AVX512_CNL AVX512_ICL AVX2 FMA3"
    plain = {**os.environ, "NPY_DISABLE_CPU_FEATURES": features, "PYTHONWARNINGS": "ignore"}
    digests = {
        subprocess.run(
            [sys.executable, "-c", DIGEST], env=env, capture_output=True, text=True, check=True
        ).stdout
        for env in (dict(os.environ), plain)
    }
    assert len(digests) == 1
    assert len(digests.pop()) == pa.binary(65).byte_width


CHURN = (Path(__file__).parents[3] / "examples" / "churn_patent.yaml").read_bytes()


@pytest.mark.parametrize("rows", [0, 1, 2, 3])
def test_the_fewest_rows_can_be_planned_with_a_target(rows: int) -> None:
    plan = compile_plan(load_definition(CHURN).definition, rows=rows, seed=1)
    assert drawn(plan).num_rows == rows


def test_an_input_that_is_null_throughout_has_no_effect() -> None:
    text = """
        n_samples: 100
        features:
          a: {type: int, min: 1, max: 9, missing: 1.0, correlation: positive, strength: high}
        target: {y: {type: category, cats: {p: {proportion: 0.3}, q: {proportion: 0.7}}}}
    """
    table = drawn(compile_plan(load_definition(text).definition))
    assert table.column("a").null_count == 100
    assert table.column("y").to_pylist().count("p") == 30


def test_more_rows_than_a_table_can_have_are_refused_in_place_of_the_declared_ones() -> None:
    definition = definition_of(10, a=NumberColumn(type="int", min=0, max=9))
    with pytest.raises(DefinitionError, match="n_samples: more rows are asked for"):
        compile_plan(definition, rows=10**12 + 1)


def test_what_reads_a_faulty_column_has_no_fault_of_its_own() -> None:
    text = """
        n_samples: 10
        features:
          a: {type: date, start_date: 2024-01-01, end_date: 2024-01-31}
          b: {type: formula, expr: "a + 3"}
          g: {type: formula, expr: "days_between(a, b)"}
          h: {type: formula, expr: "g * 2"}
        constraints: ["h > 0"]
    """
    with pytest.raises(DefinitionError) as caught:
        compile_plan(load_definition(text).definition)
    assert [fault.path for fault in caught.value.faults] == ["features.b.expr"]


def test_a_conflict_stays_one_beside_what_follows_from_it() -> None:
    text = """
        n_samples: 10
        seed: 1
        features:
          a: {type: int, min: 1, max: 5, unique: true}
          b: {type: formula, expr: "a * 2"}
    """
    with pytest.raises(DefinitionError) as caught:
        compile_plan(load_definition(text).definition)
    alone = text.replace('b: {type: formula, expr: "a * 2"}', "")
    with pytest.raises(DefinitionError) as expected:
        compile_plan(load_definition(alone).definition)
    assert type(caught.value) is type(expected.value)
    assert caught.value.faults == expected.value.faults
