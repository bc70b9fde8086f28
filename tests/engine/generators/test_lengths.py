"""`max_length`: what holds in every row, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.engine.errors import ComputationError, DefinitionError
from app.engine.plan.compiler import compile_plan
from app.engine.schema.load import load_definition
from tests.engine.evaluation.measuring import measured, plan_of_document
from tests.engine.generators.columns import draw_provider
from tests.engine.planning import drawn


def table(rows: int = 500, **features: dict[str, Any]) -> dict[str, Any]:
    return {"n_samples": rows, "features": features}


def column(document: dict[str, Any], name: str = "c") -> list[str | None]:
    values: list[str | None] = drawn(plan_of_document(document)).column(name).to_pylist()
    return values


@settings(max_examples=25, deadline=None, derandomize=True)
@given(
    kind=st.sampled_from(["name", "city", "sentence", "company", "job", "word"]),
    longest=st.integers(3, 60),
    rows=st.sampled_from([1, 7, 900]),
    missing=st.sampled_from([0, 0.25]),
)
def test_holds_or_is_refused(kind: str, longest: int, rows: int, missing: float) -> None:
    own = {"type": kind, "max_length": longest, "missing": missing}
    try:
        values = column(table(rows, c=own))
    except DefinitionError as error:
        assert error.faults[0].path == "features.c.max_length"  # noqa: PT017
        return
    assert all(value is None or len(value) <= longest for value in values)
    assert abs(values.count(None) - rows * missing) < 1


def test_values_that_fit_are_as_likely_as_they_were() -> None:
    free = [text for text in draw_provider(60_000, "first_name").to_pylist() if len(text) <= 5]
    short = draw_provider(20_000, "first_name", max_length=5).to_pylist()
    top = ["James", "David", "Emily", "Mary", "Sarah"]
    wanted = np.array([free.count(name) / len(free) for name in top])
    found = np.array([short.count(name) / len(short) for name in top])
    assert np.abs(found - wanted).max() < 0.012


def test_nothing_changes_where_all_values_fit() -> None:
    assert (
        draw_provider(300, "city").to_pylist()
        == draw_provider(300, "city", max_length=200).cast(pa.string()).to_pylist()
    )


@pytest.mark.parametrize(
    ("own", "said"),
    [
        ({"type": "sentence", "max_length": 2}, "hardly any value is so short"),
        ({"type": "pyint", "max_length": 5}, "goes with texts"),
        ({"type": "email", "max_length": 60, "unique": True}, "beside `unique`"),
        ({"type": "id", "max_length": 35}, "texts of 36 characters"),
        ({"type": "id", "pattern": "C-####", "max_length": 5}, "texts of 6 characters"),
        ({"type": "id", "format": "sequence", "prefix": "C", "max_length": 3}, "of 4 characters"),
        ({"type": "id", "format": "sequence", "max_length": 9}, "goes with texts"),
        ({"type": "id", "format": "email", "max_length": 90}, "made by Faker"),
        ({"type": "category", "cats": ["a", "long"], "max_length": 3}, "'long' has 4 characters"),
        ({"type": "formula", "expr": "1 + 1", "max_length": 3}, "goes with texts"),
    ],
)
def test_what_cannot_hold_is_refused(own: dict[str, Any], said: str) -> None:
    with pytest.raises(DefinitionError, match=said) as raised:
        compile_plan(load_definition({"seed": 1, **table(c=own)}).definition)
    assert raised.value.faults[0].path == "features.c.max_length"


@pytest.mark.parametrize("longest", [0, -1, 1.5, "ten"])
def test_a_length_is_a_whole_number_from_one(longest: object) -> None:
    with pytest.raises(DefinitionError) as raised:
        load_definition(table(c={"type": "name", "max_length": longest}))
    assert raised.value.faults[0].path == "features.c.max_length"


def test_a_formula_that_is_longer_is_an_error() -> None:
    own = {"type": "formula", "expr": "concat(n, ' GmbH')", "max_length": 8}
    plan = plan_of_document(table(n={"type": "name"}, c=own))
    with pytest.raises(ComputationError, match="8 are the most") as raised:
        drawn(plan)
    assert raised.value.faults[0].path == "schema.features.c.max_length"
    own["expr"] = "substring(concat(n, ' GmbH'), 1, 8)"
    assert max(map(len, column(table(n={"type": "name"}, c=own)))) == 8  # type: ignore[arg-type]


def test_it_is_measured(tmp_path: Path) -> None:
    document = table(c={"type": "sentence", "max_length": 30, "missing": 0.1})
    assert measured(document, tmp_path)["length of c"].holds

    def damage(made: pa.Table) -> pa.Table:
        texts = ["x" * 31, *made.column("c").to_pylist()[1:]]
        return made.set_column(0, "c", pa.array(texts))

    fact = measured(document, tmp_path, damage)["length of c"]
    assert not fact.holds
