from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.engine.distributions.lognormal import Lognormal
from app.engine.errors import ConflictError, DefinitionError, Fault
from app.engine.plan.compiler import compile_plan
from app.engine.plan.plan import Plan
from app.engine.schema.load import load_definition
from app.engine.schema.models import Column, Constraint, FormulaColumn, NumberColumn
from tests.engine.planning import SEVERAL_BLOCKS, definition_of, drawn, plan_of

NUMBERS: dict[str, Column] = {
    "low": NumberColumn(type="int", min=0, max=100),
    "high": NumberColumn(type="int", min=20, max=120, missing=0.1),
}


def constrained(rows: int, *texts: str, **columns: Column) -> Plan:
    definition = definition_of(rows, **columns)
    constraints = tuple(Constraint(expr=text) for text in texts)
    table = definition.tables["t"].model_copy(update={"constraints": constraints})
    return compile_plan(definition.model_copy(update={"tables": {"t": table}}))


@pytest.mark.parametrize("rows", [50, 5_000, SEVERAL_BLOCKS])
def test_a_constraint_holds_in_every_row_and_margins_stay(rows: int) -> None:
    frame = drawn(constrained(rows, "low <= high", **NUMBERS)).to_pandas()
    free = drawn(plan_of(rows, **NUMBERS)).to_pandas()
    assert (frame["high"].isna() | (frame["low"] <= frame["high"])).all()
    assert not (free["high"].isna() | (free["low"] <= free["high"])).all()
    for name in NUMBERS:
        assert np.array_equal(
            np.sort(frame[name].to_numpy()), np.sort(free[name].to_numpy()), equal_nan=True
        )


def test_a_constraint_may_read_a_formula() -> None:
    columns = {**NUMBERS, "gap": FormulaColumn(type="formula", expr="high - low")}
    frame = drawn(constrained(5_000, "gap >= -10", **columns)).to_pandas()
    assert frame["gap"].dropna().min() >= -10
    known = frame.dropna()
    assert (known["gap"] == known["high"] - known["low"]).all()


def test_several_constraints_hold_together() -> None:
    frame = drawn(constrained(5_000, "low <= high", "high - low <= 80", **NUMBERS)).to_pandas()
    gap = (frame["high"] - frame["low"]).dropna()
    assert gap.between(0, 80).all()


def test_what_no_arrangement_can_keep_is_refused() -> None:
    with pytest.raises(ConflictError, match="low > 200: 1000 of 1000 rows break it"):
        constrained(1_000, "low > 200", **NUMBERS)


def test_constraints_that_cannot_be_read_are_all_named() -> None:
    with pytest.raises(DefinitionError) as caught:
        constrained(10, "lo < high", "low +", **NUMBERS)
    assert [fault.path for fault in caught.value.faults] == [
        "constraints[0].expr",
        "constraints[1].expr",
    ]


def test_far_tails_find_the_few_rows_that_can_take_them() -> None:
    columns: dict[str, Column] = {
        "price": NumberColumn(type="float", distribution=Lognormal(mean=3, std=0.9)),
        "cost": NumberColumn(type="float", distribution=Lognormal(mean=2.4, std=0.8)),
    }
    frame = drawn(constrained(65_536, "cost <= price", **columns)).to_pandas()
    assert (frame["cost"] <= frame["price"]).all()


def test_what_follows_a_rearranged_column_still_follows_it() -> None:
    text = """
        n_samples: 5000
        seed: 1
        features:
          ordered: {type: date, start_date: 2024-01-01, end_date: 2024-06-30}
          shipped: {type: date, after: ordered, end_date: 2024-07-31}
          paid: {type: date, start_date: 2024-04-01, end_date: 2024-10-30}
        constraints: [%s]
    """
    for constraint in ("paid >= ordered", "paid >= ordered, paid >= shipped"):
        plan = compile_plan(load_definition(text % constraint).definition)
        frame = drawn(plan).to_pandas()
        assert (frame["shipped"] > frame["ordered"]).all()
        assert (frame["paid"] >= frame["ordered"]).all()


def test_a_correlation_that_a_constraint_does_not_leave_is_refused() -> None:
    text = """
        n_samples: 5000
        seed: 1
        features: {low: {type: int, min: 0, max: 100}, high: {type: int, min: 20, max: 120}}
        correlations: [{between: [low, high], r: 0.3}]
        constraints: ["low <= high"]
    """
    with pytest.raises(ConflictError, match=r"0\.3 declared, the constraints make it 0\.8"):
        compile_plan(load_definition(text).definition)


def test_constraints_that_read_no_column_hold_everywhere_or_nowhere() -> None:
    text = "n_samples: 20\nseed: 1\nfeatures: {a: {type: int, min: 1, max: 9}}\nconstraints: [%s]"
    assert drawn(compile_plan(load_definition(text % "1 < 2").definition)).num_rows == 20
    with pytest.raises(ConflictError, match="20 of 20 rows break it"):
        compile_plan(load_definition(text % "2 < 1").definition)


@pytest.mark.parametrize(
    ("more", "path"),
    [
        ("b: {type: formula, expr: 'a * 4611686018427387904'}", "schema.features.b.expr"),
        ("b: {type: formula, expr: '9223372036854775807 + 1'}", "schema.features.b.expr"),
    ],
)
def test_a_formula_that_overflows_is_a_fault_with_its_place(more: str, path: str) -> None:
    text = f"n_samples: 20\nseed: 1\nfeatures: {{a: {{type: int, min: 3, max: 9}}, {more}}}"
    with pytest.raises(DefinitionError, match="overflow") as caught:
        drawn(compile_plan(load_definition(text).definition))
    assert [fault.path for fault in caught.value.faults] == [path]


def test_a_constraint_that_overflows_is_a_fault_of_the_constraints() -> None:
    text = """
        n_samples: 20
        seed: 1
        features: {a: {type: int, min: 3, max: 9}}
        constraints: ["a * 4611686018427387904 > 0"]
    """
    with pytest.raises(DefinitionError, match="overflow") as caught:
        compile_plan(load_definition(text).definition)
    assert [fault.path for fault in caught.value.faults] == ["constraints"]


OPERANDS = [
    "a",
    "f",
    "d",
    "c",
    "null",
    "true",
    "0",
    "-1",
    "1e308",
    "9223372036854775807",
    "'x'",
    "''",
]
FUNCTIONS = ["abs", "floor", "ceil", "round", "sqrt", "exp", "log", "min", "max", "days_between"]
OPERATORS = ["+", "-", "*", "/", "//", "%", "**", "<", "=="]
EXPRESSIONS = st.recursive(
    st.sampled_from(OPERANDS),
    lambda inner: st.one_of(
        st.tuples(
            inner, st.sampled_from(["+", "-", "*", "/", "//", "%", "**", "<", "=="]), inner
        ).map(lambda found: f"({' '.join(found)})"),
        st.tuples(st.sampled_from(FUNCTIONS), st.lists(inner, min_size=1, max_size=3)).map(
            lambda found: f"{found[0]}({', '.join(found[1])})"
        ),
    ),
    max_leaves=8,
)


@settings(max_examples=60, deadline=None)
@given(EXPRESSIONS)
def test_whatever_an_expression_computes_is_data_or_a_fault(expression: str) -> None:
    features = {
        "a": {"type": "int", "min": -3, "max": 9},
        "f": {"type": "float", "min": -1e100, "max": 1e100},
        "d": {"type": "date", "start_date": "2000-01-01", "end_date": "2001-01-01"},
        "c": {"type": "category", "cats": ["x", "y"]},
    }
    documents = (
        {"features": {**features, "z": {"type": "formula", "expr": expression}}},
        {"features": features, "constraints": [f"{expression} > 0"]},
    )
    for document in documents:
        faults = _faults({**document, "n_samples": 9, "seed": 1})
        assert all(fault.path for fault in faults)


def _faults(document: dict[str, Any]) -> tuple[Fault, ...]:
    """What is wrong with a document or with what it computes; anything but faults is raised."""
    try:
        drawn(compile_plan(load_definition(document).definition))
    except DefinitionError as error:
        return tuple(error.faults)
    return ()


def _made(text: str) -> Any:
    return drawn(compile_plan(load_definition(text).definition)).to_pandas()


DATES_WITH_NULLS = """
    n_samples: 5000
    seed: 7
    features:
      a: {type: date, start_date: 2024-01-01, end_date: 2024-12-31, missing: 0.1}
      b: {type: date, start_date: 2024-01-01, end_date: 2024-12-31, missing: 0.3}
    constraints: ["%s"]
"""


@pytest.mark.parametrize("constraint", ["a <= b", "days_between(a, b) >= 0", "b >= a"])
def test_nulls_stay_independent_whatever_a_constraint_reads(constraint: str) -> None:
    frame = _made(DATES_WITH_NULLS % constraint)
    free = _made(DATES_WITH_NULLS % "1 < 2")
    for name in ("a", "b"):
        assert frame[name].isna().equals(free[name].isna())
        assert sorted(frame[name].dropna()) == sorted(free[name].dropna())
    # 150 rows of both on average; a standard deviation is 10.
    assert 110 < (frame["a"].isna() & frame["b"].isna()).sum() < 190
    both = frame.dropna()
    assert (both["a"] <= both["b"]).all()


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    ("columns", "constraint", "keeps"),
    [
        ("a: {type: int, min: 0, max: 365}, b: {type: int, min: 31, max: 396}", "a <= b", "a <= b"),
        ("a: {type: int, min: 0, max: 50}, b: {type: int, min: 0, max: 50}",
         "a + b >= 49, a + b <= 51", "49 <= a + b <= 51"),
        ("a: {type: float, min: 0, max: 1}, b: {type: float, min: 0.001, max: 1.001}", "b > a",
         "b > a"),
        ("a: {type: int, min: 0, max: 40}, b: {type: int, min: 1, max: 41}, "
         "c: {type: int, min: 2, max: 42}", "a < b, b < c", "a < b and b < c"),
        ("a: {type: int, min: 0, max: 40}, b: {type: int, min: 0, max: 40}, "
         "gap: {type: formula, expr: 'b - a'}", "gap >= 0, gap < 2", "0 <= gap < 2"),
    ],
)  # fmt: skip
def test_what_pairing_by_rank_can_keep_is_kept(
    seed: int, columns: str, constraint: str, keeps: str
) -> None:
    text = f"n_samples: 4100\nseed: {seed}\nfeatures: {{{columns}}}"
    frame, free = _made(f"{text}\nconstraints: [{constraint}]"), _made(text)
    assert frame.eval(keeps).all()
    for name in ("a", "b"):
        assert np.array_equal(np.sort(frame[name]), np.sort(free[name]))


def test_with_nulls_the_rows_without_a_partner_take_what_no_partner_can() -> None:
    text = """
        n_samples: 4000
        seed: 3
        features:
          a: {type: int, min: 0, max: 1000}
          b: {type: int, min: 0, max: 1000, missing: 0.5}
        constraints: [b >= a + 200]
    """
    frame = _made(text.replace("0, max: 1000, m", "400, max: 1000, m"))
    both = frame.dropna()
    assert len(both) == 2000
    assert (both["b"] >= both["a"] + 200).all()


CORRELATED = """
    n_samples: 10000
    seed: 32
    features:
      x: {type: int, min: 0, max: 100, correlation: positive, strength: 0.4}
      z: {type: int, min: 40, max: 160}
      w: {type: float, mean: 0, std: 1}
      v: {type: float, mean: 0, std: 1}
    target:
      y: {type: category, cats: {no: 0.7, yes: 0.3}, positive: yes}
    correlations: [%s]
    constraints: [x <= z]
"""


@pytest.mark.parametrize(
    "pairs",
    [
        {("x", "w"): 0.6},
        {("z", "w"): 0.6},
        {("x", "w"): 0.6, ("z", "v"): -0.5},
    ],
)
def test_correlated_columns_move_only_with_what_they_are_correlated_with(
    pairs: dict[tuple[str, str], float],
) -> None:
    said = ", ".join(f"{{between: [{a}, {b}], r: {r}}}" for (a, b), r in pairs.items())
    frame = _made(CORRELATED % said)
    assert (frame["x"] <= frame["z"]).all()
    for (a, b), r in pairs.items():
        assert abs(frame[a].corr(frame[b]) - r) < 0.02
    assert abs(frame["x"].corr(frame["y"].eq("yes").astype(float)) - 0.4) < 0.02
