"""Arguments of the wrong type are refused as every other fault is: where, what, what is right."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import tablesmith as ts

TABLES: Any = ts.TablesModel.__new__(ts.TablesModel)  # refused before anything of it is read
FIT: Any = ts.fit
COMBINE: Any = ts.combine
EVALUATE: Any = ts.evaluate

WRONG: dict[str, Callable[[], object]] = {
    "privacy: a dict is wanted, not int": lambda: FIT(None, privacy=1),
    "settings: a dict is wanted, not list": lambda: FIT(None, settings=[1]),
    "seed: a whole number is wanted, not str": lambda: FIT(None, seed="7"),
    "estimates: is no list of numbers": lambda: COMBINE(["a", 1.0], [0.1, 0.1]),
    "rows: a whole number is wanted, not str": lambda: COMBINE([1.0], [0.1], rows="x", real_rows=1),
    "limits.pairs: is no limit": lambda: EVALUATE(None, None, limits={"pairs": 3}),
    "weights: are no numbers": lambda: EVALUATE(None, None, weights=1),
    "fingerprint_key: bytes are wanted, not str": lambda: FIT(None, fingerprint_key="x"),
    "conditions: a model of several tables does not take it": lambda: TABLES.sample(conditions=[]),
    r"rows\['orders'\]: a whole number": lambda: TABLES.sample({"orders": 1.5}),
}


@pytest.mark.parametrize("said", WRONG)
def test_what_is_of_another_type_is_a_fault_at_its_argument(said: str) -> None:
    with pytest.raises(ts.DefinitionError, match=f"^{said}"):
        WRONG[said]()
