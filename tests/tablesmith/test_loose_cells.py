"""One row of a data frame decides nothing of how the cells of the others are read."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest

import tablesmith as ts
from app.engine.privacy.declared_domain import declared_domain
from tablesmith._loose_cells import cell_by_cell

LATE = datetime(2024, 1, 1, 23, 30)
TOKYO = timezone(timedelta(hours=9))
DAYS = {"low": "2024-01-01", "high": "2024-01-04", "bins": 4}
CENTS = {"low": 0.0, "high": 1.0, "bins": 100, "decimals": 2}
WHOLE = {"low": 0, "high": 1000, "bins": 10}

# What the rows have, one more cell, what is declared of the column.
NEIGHBOURS: dict[str, tuple[list[Any], Any, Any]] = {
    "another time zone": ([LATE.replace(tzinfo=UTC)] * 3, LATE.replace(tzinfo=TOKYO), DAYS),
    "a time zone": ([LATE] * 3, LATE.replace(tzinfo=TOKYO), DAYS),
    "a text among dates": ([date(2024, 1, 2)] * 3, "2024-01-03", DAYS),
    "no date among dates": ([date(2024, 1, 2)] * 3, "soon", DAYS),
    "a moment among dates": ([date(2024, 1, 2)] * 3, np.datetime64("2024-01-03T12"), DAYS),
    "the first day of all": ([date(2024, 1, 2)] * 3, datetime.min.replace(tzinfo=TOKYO), DAYS),
    "more decimals": ([Decimal("0.045"), Decimal("0.125")], Decimal("1E-15"), CENTS),
    "no number of decimals": ([Decimal("0.045"), Decimal("0.125")], Decimal("sNaN"), CENTS),
    "a number beyond 64 bits": ([1, 20, 300], 10**400, WHOLE),
    "a text among numbers": ([1, 20, 300], "40", WHOLE),
    "an object among numbers": ([1, 20, 300], {}, WHOLE),
    "a missing whole number": ([1, 20, 300], None, ["1", "20", "300"]),
    "a number among texts": (["1", "b", "c"], 1, ["1", "b"]),
    "a missing truth value": ([True, False], None, [True, False]),
    "a text among truth values": ([True, False], "true", [True, False]),
    "bytes among texts": (["a", "b"], b"a", ["a", "b"]),
}


def codes(cells: list[Any], declared: Any) -> list[int]:
    bounds, labels = ({"x": declared}, {}) if isinstance(declared, dict) else ({}, {"x": declared})
    table = cell_by_cell(pd.DataFrame({"x": cells}), bounds)
    found: list[int] = declared_domain(["x"], bounds, labels).codes(table).ravel().tolist()
    return found


@pytest.mark.parametrize("neighbour", NEIGHBOURS)
def test_one_more_row_moves_no_other(neighbour: str) -> None:
    cells, more, declared = NEIGHBOURS[neighbour]
    alone = codes(cells, declared)
    assert codes([*cells, more], declared)[:-1] == alone
    assert codes([more, *cells], declared)[1:] == alone


def test_each_cell_is_read_for_what_it_is() -> None:
    moments = [LATE.replace(tzinfo=UTC), LATE.replace(tzinfo=TOKYO), date(2024, 1, 4), pd.NaT, 7]
    assert codes(moments, DAYS) == [0, 0, 3, 4, 4]
    assert codes([1, "250", Decimal(999), 10**400, -(10**400), None, ""], WHOLE) == [
        0, 2, 9, 9, 0, 10, 10,
    ]  # fmt: skip
    assert codes(["b", 1, 1.0, np.int64(1), True, None, 1.5], ["1", "b", "true"]) == [
        1, 0, 0, 0, 2, 3, 3,
    ]  # fmt: skip


def test_half_of_a_character_is_another_label() -> None:
    frame = pd.DataFrame({"x": pd.Series(["\ud800", "a"], dtype=object)})
    assert cell_by_cell(frame, {})["x"].to_pylist() == ["?", "a"]


def test_categories_and_moments_with_a_zone_are_read_alike() -> None:
    frame = pd.DataFrame({"x": pd.Categorical(["a", "b", None])})
    table = cell_by_cell(frame, {})
    assert declared_domain(["x"], {}, {"x": ["a", "b"]}).codes(table).ravel().tolist() == [0, 1, 2]
    frame = pd.DataFrame({"x": pd.to_datetime([LATE.replace(tzinfo=UTC)]).tz_convert("Asia/Tokyo")})
    table = cell_by_cell(frame, {"x": DAYS})
    assert declared_domain(["x"], {"x": DAYS}, {}).codes(table).ravel().tolist() == [0]


def test_whose_a_row_is_is_no_number_with_a_fraction() -> None:
    frame = pd.DataFrame({"who": [10.0**17, None], "x": ["a", "b"]})
    asked = {"epsilon": 1, "unit": "who", "algorithm": "independent", "categories": {"x": ["a"]}}
    with pytest.raises(ts.SourceError, match="make it text or whole numbers"):
        ts.fit(frame, privacy=asked)
