"""Arguments of the wrong type are refused as every other fault is: where, what, what is right."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest

import tablesmith as ts

TABLES: Any = ts.TablesModel.__new__(ts.TablesModel)  # refused before anything of it is read
MODEL: Any = ts.Model.__new__(ts.Model)
EXPLAIN: Any = ts.explain
LOAD: Any = ts.load
LOAD_TABLES: Any = ts.load_tables
FIT: Any = ts.fit
COMBINE: Any = ts.combine
EVALUATE: Any = ts.evaluate

LONG = pa.table({"a": [n % 7 for n in range(40)]})
TABLE = pa.table({"a": [1, 2]})


def made() -> Any:
    return ts.generate({"n_samples": 2, "features": {"a": {"type": "int", "min": 0, "max": 9}}})


WRONG: dict[str, Callable[[], object]] = {
    "privacy: a dict is wanted, not int": lambda: FIT(None, privacy=1),
    "settings: a dict is wanted, not list": lambda: FIT(None, settings=[1]),
    "seed: a whole number is wanted, not str": lambda: FIT(None, seed="7"),
    "estimates: is no list of numbers": lambda: COMBINE(["a", 1.0], [0.1, 0.1]),
    "rows: a whole number is wanted, not str": lambda: COMBINE([1.0], [0.1], rows="x", real_rows=1),
    "limits.pairs: is no limit": lambda: EVALUATE(None, None, limits={"pairs": 3}),
    "weights: are no numbers": lambda: EVALUATE(None, None, weights=1),
    "fingerprint_key: bytes are wanted, not str": lambda: FIT(None, fingerprint_key="x"),
    "seed: -1 is negative": lambda: FIT(None, seed=-1),
    "workers: -2 is negative": lambda: FIT(None, workers=-2),
    "workers: one process alone": lambda: FIT(TABLE, privacy={"epsilon": 1}, workers=2),
    r"tables\[1\]: the name of a table is a text, not int": lambda: FIT({1: None}),
    "limits.univariate: -1 is negative": lambda: EVALUATE(TABLE, TABLE, limits={"univariate": -1}),
    "seed: -3 is negative": lambda: EVALUATE(TABLE, TABLE, seed=-3),
    "target: is the only column": lambda: EVALUATE(LONG, LONG, target="a"),
    "formats: a list of texts is wanted": lambda: made().write("rows.csv", formats="csv"),
    "impute: a model of several tables fills in no": lambda: TABLES.impute(TABLE),
    "conditions: a model of several tables does not take it": lambda: TABLES.sample(conditions=[]),
    r"rows\['orders'\]: a whole number": lambda: TABLES.sample({"orders": 1.5}),
}


@pytest.mark.parametrize("said", WRONG)
def test_what_is_of_another_type_is_a_fault_at_its_argument(said: str) -> None:
    with pytest.raises(ts.DefinitionError, match=f"^{said}"):
        WRONG[said]()


NO_PATH: dict[str, Callable[[], object]] = {
    "a model is the path of a file, not int": lambda: LOAD(1),
    "a model is the path of a file, not NoneType": lambda: LOAD_TABLES(None),
    "a model is the path of a file, not float": lambda: MODEL.save(1.5),
    "a table is the path of a file, not int": lambda: made().write(1),
    "a plan is what `compile` gives, not int": lambda: EXPLAIN(1),
}


@pytest.mark.parametrize("said", NO_PATH)
def test_what_is_no_path_or_plan_is_said_in_words(said: str) -> None:
    with pytest.raises(TypeError, match=f"^{said}"):
        NO_PATH[said]()
