"""Each thing that a profile finds, on tables made for it."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

import pyarrow as pa
import pytest

from app.engine.profiling.column_profiles import profile_column
from app.engine.profiling.models import TableProfile
from app.engine.profiling.tables import profile_table
from app.engine.sources.column_store import ColumnStore, store_columns
from app.engine.sources.tables import SourceTable

ROWS = 400


def profile(columns: Mapping[str, Sequence[object]]) -> TableProfile:
    cells = {name: [None if v is None else str(v) for v in each] for name, each in columns.items()}
    table = pa.table({name: pa.array(each, pa.string()) for name, each in cells.items()})
    return profile_table("t", ColumnStore(table.schema, table.num_rows, table, None))


def kind(cells: Sequence[str], name: str = "x") -> str:
    return profile_column(name, pa.chunked_array([pa.array(cells, pa.string())])).profile.kind


RNG = random.Random(7)
NUMBERS = [str(RNG.randrange(10_000)) for _ in range(ROWS)]

KINDS: list[tuple[str, str, list[str]]] = [
    ("integer", "x", NUMBERS),
    ("number", "x", [f"{int(each) / 7:.2f}" for each in NUMBERS]),
    ("number", "x", ["1,5", "2,25", "0,1"] * 20),
    ("category", "x", ["a", "b", "c"] * 50),
    ("category", "zip", ["00501", "02208", "10001"] * 50),
    ("category", "country_id", ["1", "2", "3"] * 100),
    ("boolean", "x", ["Y", "N"] * 20),
    ("boolean", "x", ["1", "0", "?"] * 20),
    ("date", "x", [f"{day:02}.03.2021" for day in range(1, 29)]),
    ("date", "x", [f"3/{day}/2021" for day in range(1, 29)]),
    ("datetime", "x", [f"2021-03-{day:02} 10:00" for day in range(1, 29)]),
    ("time", "x", [f"{hour:02}:30" for hour in range(24)]),
    ("id", "customer_id", [str(each * 7) for each in range(ROWS)]),
    ("id", "row", [str(each) for each in range(1, ROWS)]),
    ("id", "x", [f"AB-{each:05}" for each in range(ROWS)]),
    ("id", "big_id", [str(10**20 + each) for each in range(ROWS)]),
    ("text", "x", [f"this is what person number {each} wrote" for each in range(ROWS)]),
    ("constant", "x", ["same"] * 20),
    ("constant", "x", ["", "NA", "?"] * 20),
    ("geo", "x", [f"POINT (-73.{each} 40.{each})" for each in range(100)]),
    ("category", "country", [f"{a}{b}" for a in "NABC" for b in "ABCDEFG"] * 10),
]


@pytest.mark.parametrize(("wanted", "name", "cells"), KINDS)
def test_kinds(wanted: str, name: str, cells: list[str]) -> None:
    assert kind(cells, name) == wanted


def test_namibia_is_there_where_codes_are() -> None:
    codes = [f"{a}{b}" for a in "NABC" for b in "ABCDEFG"] * 10
    found = profile({"country": codes}).column("country")
    assert (found.missing, found.distinct) == (0, 28)


def test_signs_are_missing_beside_numbers_alone() -> None:
    assert profile({"x": ["1", "2", "-", "4"] * 20}).column("x").format.missing == ("-",)
    assert profile({"x": ["None", "Brick", "Stone"] * 20}).column("x").distinct == 3


@pytest.mark.parametrize(
    ("cells", "pattern", "doubt"),
    [
        (["03/04/2021", "05/06/2021"], "%m/%d/%Y", True),
        (["03/04/2021", "25/06/2021"], "%d/%m/%Y", False),
        (["03.04.2021", "05.06.2021"], "%d.%m.%Y", True),
    ],
)
def test_days_and_months_that_could_be_the_other_way_round_are_told(
    cells: list[str], pattern: str, doubt: bool
) -> None:
    found = profile({"x": cells * 20}).column("x")
    assert found.format.pattern == pattern
    assert bool(found.notes) is doubt


def test_groups_of_digits_that_could_be_decimals_are_told() -> None:
    found = profile({"x": ["20,000", "3,500", "1,250"] * 9}).column("x")
    assert (found.kind, found.format.thousands) == ("integer", ",")
    assert "thousands" in found.notes[0]


def test_spikes_and_quantiles() -> None:
    rng = random.Random(1)
    cells = [rng.randrange(1, 1000) for _ in range(2000)] + [0] * 500 + [999] * 300
    found = profile({"x": cells}).column("x")
    assert [(each.value, each.rows >= 300) for each in found.spikes] == [("0", True), ("999", True)]
    assert found.figures is not None
    assert found.figures.quantiles[0] == 0
    assert found.figures.quantiles[-1] == 999
    assert found.figures.integral


def test_dependencies_are_those_that_chance_does_not_make() -> None:
    rng = random.Random(3)
    codes = [rng.randrange(12) for _ in range(ROWS)]
    found = profile({
        "code": [f"c{each}" for each in codes],
        "name": [f"n{each}" for each in codes],
        "group": [f"g{each % 3}" for each in codes],
        "other": [f"o{rng.randrange(3)}" for _ in range(ROWS)],
        "row": list(range(ROWS)),
        "rare": ["x"] + ["y"] * (ROWS - 1),
        "many": [f"m{rng.randrange(ROWS)}" for _ in range(ROWS)],
    })  # fmt: skip
    pairs = {(each.determinant, each.dependent): each.one_to_one for each in found.dependencies}
    assert pairs == {
        ("code", "name"): True,
        ("name", "code"): True,
        ("code", "group"): False,
        ("name", "group"): False,
    }


def test_orders_sums_and_products_hold_in_every_row_or_are_none() -> None:
    rng = random.Random(5)
    net = [rng.randrange(100, 10_000) for _ in range(ROWS)]
    tax = [rng.randrange(10, 9000) for _ in range(ROWS)]
    count = [rng.randrange(1, 20) for _ in range(ROWS)]
    days = [rng.randrange(0, 3000) for _ in range(ROWS)]
    moment = [f"{2000 + each // 360}-{each // 30 % 12 + 1:02}-{each % 28 + 1:02}" for each in days]
    columns: dict[str, list[object]] = {
        "net": [f"{each / 100:.2f}" for each in net],
        "tax": [f"{each / 100:.2f}" for each in tax],
        "gross sum": [f"{(a + b) / 100:.2f}" for a, b in zip(net, tax, strict=True)],
        "count": list(count),
        "price": list(net),
        "total": [a * b for a, b in zip(net, count, strict=True)],
        "start": list(moment),
    }
    found = {each.rule for each in profile(columns).rules}
    assert "net + tax == `gross sum`" in found
    assert {"count * price == total", "price <= total"} <= found
    columns["gross sum"][ROWS - 1] = "0.00"
    columns["total"][3] = 1
    broken = {each.rule for each in profile(columns).rules}
    assert not {"net + tax == `gross sum`", "count * price == total", "price <= total"} & broken


def test_columns_that_lie_apart_anyway_have_no_order() -> None:
    rng = random.Random(5)
    found = profile({
        "age": [rng.randrange(18, 90) for _ in range(ROWS)],
        "income": [rng.randrange(20_000, 90_000) for _ in range(ROWS)],
    })  # fmt: skip
    assert found.rules == ()


def test_keys_of_one_column_and_of_two() -> None:
    rng = random.Random(2)
    measures = rng.sample(range(10_000), ROWS)
    two = profile({
        "country": [f"c{i // 20}" for i in range(ROWS)],
        "year": [1990 + i % 20 for i in range(ROWS)],
        "population": measures,
    })  # fmt: skip
    assert two.primary_keys == (("country", "year"),)
    one = profile({"population": [5, *measures[1:]], "code": [f"k{i}" for i in range(ROWS)]})
    assert one.primary_keys[0] == ("code",)


def test_duplicates_are_counted() -> None:
    assert profile({"a": ["x", "x", "y", "x"] * 10, "b": [1, 1, 2, 3] * 10}).duplicate_rows == 37


IBANS = ["DE89370400440532013000", "GB29NWBK60161331926819", "FR1420041010050500013M02606"]
PERSONS = [
    f"{first} {last}"
    for first in ("Mary", "John", "Paolo", "Anna", "Hans")
    for last in ("Smith", "Rossi", "Müller", "Jones", "Brown")
]
PROSE = [f"The patient told us about day {i} and what came after it" for i in range(50)]

SENSITIVE: list[tuple[str | None, str, list[str]]] = [
    ("email", "x", [f"user{i}@example.org" for i in range(50)]),
    ("ip", "x", [f"10.0.{i}.{i * 3}" for i in range(50)]),
    ("phone", "x", [f"+39 06 {i:04} {i * 7:04}" for i in range(100, 150)]),
    ("phone", "mobile", [f"{3331234567 + i}" for i in range(50)]),
    ("card", "x", ["4111 1111 1111 1111", "5500000000000004", "340000000000009"] * 5),
    ("iban", "x", IBANS * 5),
    ("national_id", "x", [f"{100 + i}-{10 + i}-{1000 + i}" for i in range(50)]),
    ("birth_date", "dob", [f"19{70 + i}-01-0{i + 1}" for i in range(9)]),
    ("address", "x", [f"{i} Main Street" for i in range(1, 50)]),
    ("address", "x", [f"Hauptstraße {i}" for i in range(1, 50)]),
    ("name", "x", PERSONS),
    ("free_text", "notes", PROSE),
    (None, "cell volume", [str(i) for i in range(30, 80)]),
    (None, "order_number", [str(100_000 + i) for i in range(50)]),
    (None, "colour", ["Black", "Brown", "Gray", "White"] * 20),
    (None, "price", [f"{i}.50" for i in range(50)]),
    (None, "date", [f"2021-03-{day:02}" for day in range(1, 29)]),
    (None, "version", ["1.2.3", "1.10.4", "2.0.1"] * 10),
]  # fmt: skip


@pytest.mark.parametrize(("wanted", "name", "cells"), SENSITIVE)
def test_sensitive_columns(wanted: str | None, name: str, cells: list[str]) -> None:
    found = profile({name: cells}).column(name)
    assert found.is_sensitive is (wanted is not None)
    if found.is_sensitive and found.sensitivity is not None:
        assert found.sensitivity.kind == wanted


def test_large_tables_are_read_column_by_column() -> None:
    batches = [
        pa.record_batch({"a.b": [str(i + n) for n in range(1000)], "c": ["x", "y"] * 500})
        for i in range(0, 5000, 1000)
    ]
    table = SourceTable("t", "csv", batches[0].schema, lambda: iter(batches))
    with store_columns(table, in_memory=1000) as spooled, store_columns(table) as held:
        assert spooled.rows == held.rows == 5000
        for name in ("a.b", "c"):
            assert spooled.column(name).to_pylist() == held.column(name).to_pylist()
        assert profile_table("t", spooled) == profile_table("t", held)
