"""Declared domains: every cell has a place, and whatever is not declared is refused."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.engine.errors import DefinitionError, SourceError
from app.engine.privacy.declared_domain import declared_domain
from app.engine.privacy.domain import OUT, ColumnDomain, Labels, Numbers, even_starts


def column(bounds: Any = None, labels: Any = None) -> ColumnDomain:
    given = {"x": bounds} if bounds is not None else {}
    known = {"x": labels} if labels is not None else {}
    return declared_domain(["x"], given, known).columns[0]


@pytest.mark.parametrize("missing", [True, False])
@given(st.lists(st.one_of(st.none(), st.floats(width=64))))
def test_every_number_has_a_place_of_its_own_accord(
    missing: bool, numbers: list[float | None]
) -> None:
    known = column({"low": -1.5, "high": 8.25, "bins": 7, "missing": missing})
    codes = known.codes(pa.array(numbers, pa.float64()))
    alone = [known.codes(pa.array([each], pa.float64()))[0] for each in numbers]
    assert codes.tolist() == alone
    for number, code in zip(numbers, codes, strict=True):
        if number is None or not np.isfinite(number):
            assert code == (7 if missing else OUT)
        else:
            assert 0 <= code < 7
            assert code == 0 or number > -1.5
            assert code == 6 or number < 8.25


@given(st.lists(st.one_of(st.none(), st.sampled_from(["a", "b", "c", "", "A", "é"]), st.text())))
def test_every_text_has_a_place(texts: list[str | None]) -> None:
    codes = column(labels=["a", "b"]).codes(pa.array(texts, pa.string()))
    places = {"a": 0, "b": 1}
    assert codes.tolist() == [places.get(each or "", 2) for each in texts]


def test_bins_hold_what_they_say() -> None:
    known = column([17, 90])
    assert isinstance(known, Numbers) and known.cells == 33
    ages = np.arange(17, 91)
    codes = known.codes(pa.array(ages))
    for code in range(32):
        inside = ages[codes == code]
        assert (inside.min(), inside.max()) == (known.starts[code], known.ends[code])
    assert known.codes(pa.array([-5, 16, 91, 2**62])).tolist() == [0, 0, 31, 31]


def test_edges_dates_and_decimals() -> None:
    gain = column({"low": 0, "high": 99_999, "edges": [0, 1, 5000, 99_999]})
    assert gain.codes(pa.array([0, 1, 4999, 5000, 99_999, 10**6])).tolist() == [0, 1, 1, 2, 3, 3]
    day = column({"low": "2020-01-01", "high": date(2020, 12, 31), "bins": 12})
    days = pa.array([date(2019, 1, 1), date(2020, 2, 1), None, date(2031, 1, 1)])
    assert day.codes(days).tolist() == [0, 1, 12, 11]
    moments = pa.array([datetime(2020, 12, 31, 23, 59)], pa.timestamp("us", "UTC"))
    assert day.codes(moments).tolist() == [11]
    price = column({"low": 0.0, "high": 0.3, "bins": 3, "decimals": 1})
    assert price.codes(pa.array([0.0, 0.1, 0.2, 0.3])).tolist() == [0, 1, 2, 2]


def test_labels_are_compared_by_their_texts() -> None:
    assert column(labels=[0, 1]).codes(pa.array([1, 0, 2, None])).tolist() == [1, 0, 2, 2]
    assert column(labels=[True, False]).codes(pa.array([False, True])).tolist() == [1, 0]
    floats = pa.array([1.0, float("nan"), 0.5, 0.0, float("inf"), 1e300, None])
    assert column(labels=[0, 1]).codes(floats).tolist() == [1, 2, 2, 0, 2, 2, 2]
    dictionary = pa.chunked_array([pa.array(["b", "z", None]).dictionary_encode()])
    known = declared_domain(["x"], {}, {"x": {"labels": ["a", "b"], "missing": False}})
    assert known.codes(pa.table({"x": dictionary})).ravel().tolist() == [1, OUT, OUT]


@given(st.integers(-50, 50), st.integers(1, 200), st.integers(1, 64))
def test_even_bins_ascend_and_are_about_as_wide(low: int, more: int, bins: int) -> None:
    starts = even_starts(low, low + more, bins)
    widths = np.diff([*starts, low + more + 1])
    assert starts[0] == low and len(starts) == min(bins, more + 1)
    assert widths.min() >= 1 and widths.max() - widths.min() <= 1


FAULTS: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "nothing": ({}, {}, "nothing is declared of this column"),
    "both": ({"x": [0, 1]}, {"x": ["a"]}, "it has categories, too"),
    "another": ({"x": [0, 1], "y": [0, 1]}, {}, "no such column"),
    "one": ({"x": [1]}, {}, "no bounds"),
    "key": ({"x": {"low": 0, "high": 1, "wide": 3}}, {}, "no bounds"),
    "turned": ({"x": [5, 5]}, {}, "not below"),
    "endless": ({"x": [0, float("inf")]}, {}, "neither a finite number"),
    "mixed": ({"x": [0, "2020-01-01"]}, {}, "neither a finite number"),
    "text": ({"x": ["a", "b"]}, {}, "neither a finite number"),
    "bins": ({"x": {"low": 0, "high": 1, "bins": 0}}, {}, "from 1 to 1000"),
    "decimals": ({"x": {"low": 0, "high": 1, "decimals": 7}}, {}, "from 0 to 6"),
    "missing": ({"x": {"low": 0, "high": 1, "missing": "no"}}, {}, "neither true nor false"),
    "edges": ({"x": {"low": 0, "high": 9, "edges": [0, 5, 5]}}, {}, "do not ascend"),
    "no edges": ({"x": {"low": 0, "high": 9, "edges": "all"}}, {}, "do not ascend"),
    "none": ({}, {"x": []}, "no labels"),
    "twice": ({}, {"x": ["a", "a"]}, "labels repeat"),
    "number": ({}, {"x": [1.5]}, "neither a text nor a whole number"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_declarations_at_fault_are_refused(fault: str) -> None:
    bounds, categories, message = FAULTS[fault]
    with pytest.raises(DefinitionError, match=message):
        declared_domain(["x"], bounds, categories)


def test_every_fault_is_named_with_what_to_declare() -> None:
    with pytest.raises(DefinitionError) as caught:
        declared_domain(["x", "y"], {}, {})
    assert [each.path for each in caught.value.faults] == ["privacy.bounds.x", "privacy.bounds.y"]
    assert "`bounds: {x: [low, high]}`" in str(caught.value.faults[0].hint)


def test_types_that_do_not_fit_are_refused_by_type_alone() -> None:
    number, label = column([0, 9]), column(labels=["a"])
    day = column(["2020-01-01", "2020-12-31"])
    for known, cells in (
        (number, pa.array([], pa.string())),
        (number, pa.array([], pa.date32())),
        (day, pa.array([], pa.int64())),
        (label, pa.array([], pa.date32())),
    ):
        with pytest.raises(SourceError, match="is of type"):
            known.codes(cells)
    for known in (number, day, label):
        assert known.codes(pa.nulls(2)).tolist() == [known.cells - 1] * 2
    table = pa.table({"y": [1]})
    with pytest.raises(SourceError, match="no column 'x'"):
        declared_domain(["x"], {"x": [0, 9]}, {}).codes(table)


def test_sizes_are_known_before_any_row() -> None:
    known = declared_domain(["a", "b"], {"a": [0, 9]}, {"b": Labels("b", ("u", "v")).labels})
    assert known.sizes == (11, 3) and known.cells(["b", "a"]) == 33 and known.names == ("a", "b")
