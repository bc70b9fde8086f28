"""Cells that are written as no real one is, keys that are none and rules that are broken."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pytest

from app.engine.errors import SourceError
from app.engine.evaluation.contest import contest
from app.engine.evaluation.fidelity import read_cells, row_rules
from app.engine.evaluation.judged_cells import columns as judged_columns
from app.engine.evaluation.judged_rules import JudgedRule
from app.engine.evaluation.judged_tables import JudgedTables, read_tables
from app.engine.evaluation.judgement import Figure, figures_of

Columns = dict[str, list[str]]
MEASURES = (*read_cells.MEASURES, *row_rules.MEASURES)


def bills(rows: int, seed: int) -> Columns:
    """Texts of a file: a key, a code with leading zeros, amounts that add up, a date."""
    rng = np.random.default_rng(seed)
    net = rng.gamma(2.0, 50.0, rows).round(2)
    tax = (net * 0.22).round(2)
    return {
        "id": [f"A{seed}{number:05d}" for number in range(rows)],
        "zip": [f"0{code:04d}" for code in rng.integers(100, 140, rows)],
        "net": [f"{each:.2f}" for each in net],
        "tax": [f"{each:.2f}" for each in tax],
        "total": [f"{each:.2f}" for each in net + tax],
        "age": [str(each) for each in rng.integers(18, 90, rows)],
        "day": [f"2024-{month:02d}-15" for month in rng.integers(1, 13, rows)],
    }


def various(rows: int, seed: int) -> Columns:
    """Texts nearly all of which are different."""
    rng = np.random.default_rng(seed)
    days = np.datetime64("1990-01-01") + rng.integers(0, 9000, rows)
    return {
        "size": [str(each) for each in rng.integers(0, 9000, rows)],
        "net": [f"{each:.2f}" for each in rng.gamma(2.0, 50.0, rows)],
        "day": [str(each) for each in days],
    }


def read(folder: Path, **given: Columns | None) -> JudgedTables:
    """Tables of text files, by their parts in the evaluation."""
    paths: dict[str, Any] = {}
    for name, columns in given.items():
        path = folder / f"{name}.csv"
        if columns is not None:
            pa.csv.write_csv(pa.table(columns), path)
        paths[name] = path if columns is not None else None
    return read_tables(paths["real"], paths["synthetic"], paths["holdout"])


def figures(tables: JudgedTables) -> dict[str, Figure]:
    holdout = tables.real if tables.holdout is None else tables.holdout
    met = contest(
        tables.real, holdout, tables.synthetic, rules=tables.rules, faults=tables.faults
    )  # fmt: skip
    return {each.name: each for each in figures_of(met, measures=MEASURES)}


def test_cells_of_another_type_or_form_are_counted_worst_column_first(tmp_path: Path) -> None:
    made = bills(500, 3)
    made["age"][:10] = ["old"] * 10
    made["zip"][10:30] = [each.lstrip("0") for each in made["zip"][10:30]]
    made["net"][30:35] = [f"{each}7" for each in made["net"][30:35]]
    tables = read(tmp_path, real=bills(400, 1), synthetic=made, holdout=bills(300, 2))
    found = figures(tables)["miswritten_share"]
    assert (found.value, found.ceiling, found.floor) == (35 / 500, 0.0, None)
    assert found.details["columns"] == [
        {"column": "zip", "other_type": 0.0, "other_form": 0.04},
        {"column": "age", "other_type": 0.02, "other_form": 0.0},
        {"column": "net", "other_type": 0.0, "other_form": 0.01},
    ]
    assert tables.synthetic["age"].null_count == 10  # what is not read is missing elsewhere


def test_a_date_of_another_pattern_is_read_and_counted(tmp_path: Path) -> None:
    made = bills(200, 3)
    made["day"] = [f"15/{each[5:7]}/2024" for each in made["day"]]
    tables = read(tmp_path, real=bills(400, 1), synthetic=made, holdout=None)
    assert tables.synthetic.schema.field("day").type == pa.date32()
    assert figures(tables)["miswritten_share"].value == 1.0


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("size", "old{}"),
        ("size", "40.5{}"),
        ("net", "1,5{}"),
        ("day", "{}-02-30"),
        ("day", "{}-15-03"),
    ],
)
def test_many_cells_of_another_type_take_few_readings(
    name: str, wrong: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    readings: list[int] = []
    read_cells = judged_columns.read_cells

    def counted(cells: Any, form: Any, kind: Any) -> pa.Array:
        readings.append(len(cells))
        return read_cells(cells, form, kind)

    made = various(500, 3)
    made[name][::5] = [wrong.format(1000 + number) for number in range(100)]
    monkeypatch.setattr(judged_columns, "read_cells", counted)
    tables = read(tmp_path, real=various(400, 1), synthetic=made, holdout=None)
    assert tables.faults["synthetic"].columns[name][0] == 0.2
    assert len(readings) < 30


def test_a_column_of_another_type_is_refused(tmp_path: Path) -> None:
    made = bills(200, 3)
    made["age"] = ["old", "young"] * 100
    with pytest.raises(SourceError, match=r"'age' of the synthetic table holds no values of kind"):
        read(tmp_path, real=bills(400, 1), synthetic=made, holdout=None)


def test_repeated_and_missing_keys_are_counted(tmp_path: Path) -> None:
    made = bills(200, 3)
    made["id"][:11] = [made["id"][0]] * 10 + [""]
    tables = read(tmp_path, real=bills(400, 1), synthetic=made, holdout=bills(300, 2))
    found = figures(tables)["repeated_keys"]
    assert (found.value, found.ceiling) == (pytest.approx(10 / 200), 0.0)
    assert found.interval is not None and found.interval.low > 0.0


def test_rules_of_the_real_rows_that_rows_break_are_listed_worst_first(tmp_path: Path) -> None:
    made = bills(500, 3)
    made["total"][:50] = ["2000.00"] * 50
    made["tax"][:5] = ["1999.00"] * 5
    tables = read(tmp_path, real=bills(400, 1), synthetic=made, holdout=bills(300, 2))
    found = figures(tables)["broken_rules"]
    assert (found.value, found.ceiling, found.copy) == (0.1, 0.0, 0.0)
    assert found.floor is not None and found.floor > 0.9
    assert found.details["rules"][0] == {"rule": "net + tax == total", "share": 0.1}
    assert found.details["rules"][1] == {"rule": "tax < net", "share": 0.01}


@pytest.mark.parametrize(
    ("rule", "broken"),
    [
        (JudgedRule("order", "a <= b", (0, 1)), [False, False, True, False]),
        (JudgedRule("strict_order", "a < b", (0, 1)), [False, True, True, False]),
        (JudgedRule("sum", "a + b == c", (0, 1, 2), 0.5), [False, False, True, False]),
        (JudgedRule("product", "a * b == c", (0, 1, 2), 0.5), [True, False, True, False]),
        (JudgedRule("fixed_sum", "a + b == 3", (0, 1), 0.0, 3.0), [False, True, False, False]),
    ],
)
def test_each_kind_of_rule_is_tried_by_hand(rule: JudgedRule, broken: list[bool]) -> None:
    rows = np.array([[1.0, 2.0, 3.5], [2.0, 2.0, 4.5], [2.0, 1.0, 4.0], [9.0, np.nan, 1.0]])
    assert rule.broken(rows).tolist() == broken


def _whole(rng: np.random.Generator) -> tuple[Any, Any]:
    return rng.integers(0, 1000, 300), rng.integers(0, 1000, 300)


def _added(rng: np.random.Generator) -> tuple[pa.Table, str]:
    first, second = _whole(rng)
    return pa.table({"a": first, "b": second, "c": first + second}), "a + b == c"


def _one_more(rng: np.random.Generator) -> tuple[pa.Table, str]:
    first, second = _whole(rng)
    return pa.table({"a": first, "b": second, "c": first + second + 1}), "a + b == c"


def _rounded_parts(rng: np.random.Generator) -> tuple[pa.Table, str]:
    first, second = rng.uniform(0, 1000, (2, 300))
    rounded = [each.round().astype(int) for each in (first, second, first + second)]
    return pa.table(dict(zip("abc", rounded, strict=True))), "a + b == c"


def _bought(rng: np.random.Generator) -> tuple[pa.Table, str]:
    number, price = rng.integers(1, 9, 300), rng.gamma(2.0, 50.0, 300).round(2)
    return pa.table({"q": number, "p": price, "t": (number * price).round(2)}), "q * p == t"


def _rounded_product(rng: np.random.Generator) -> tuple[pa.Table, str]:
    weight, price = rng.gamma(2.0, 5.0, 300).round(3), rng.gamma(2.0, 50.0, 300).round(2)
    return pa.table({"w": weight, "p": price, "t": (weight * price).round(2)}), "w * p == t"


def _large_total(rng: np.random.Generator) -> tuple[pa.Table, str]:
    first, second = _whole(rng)
    last = 123456789012345 - first - second
    return pa.table({"a": first, "b": second, "c": last}), "a + b + c == 1.23456789012e+14"


def _ordered(rng: np.random.Generator) -> tuple[pa.Table, str]:
    low, more = _whole(rng)
    return pa.table({"low": low, "high": low + more // 10}), "low <= high"


def _oddly_named(rng: np.random.Generator) -> tuple[pa.Table, str]:
    low, more = _whole(rng)
    return pa.table({"x <= y": low, "high": low + more // 10 + 1}), "`x <= y` < high"


@pytest.mark.parametrize(
    ("made", "least"),
    [
        (_added, 1),
        (_one_more, 1),
        (_rounded_parts, 2),
        (_bought, 0.01),
        (_rounded_product, 0.0101),
        (_large_total, 1),
    ],
)
def test_an_equation_is_as_strict_as_the_real_rows_keep_it(made: Any, least: float) -> None:
    real, rule = made(np.random.default_rng(3))
    fresh = made(np.random.default_rng(4))[0]
    (found,) = (each for each in read_tables(real, real, None).rules if each.rule == rule)
    rows = np.column_stack([fresh[name].to_numpy() for name in fresh.column_names]).astype(float)
    for table in (real, fresh):
        kept = np.column_stack([table[name].to_numpy() for name in table.column_names])
        assert not found.broken(kept.astype(float)).any()
    for away in (least, -least):
        moved = rows.copy()
        moved[:, found.places[-1]] += away
        assert found.broken(moved).mean() > 0.2


@pytest.mark.parametrize(("made", "least"), [(_ordered, -1), (_oddly_named, 0)])
def test_an_order_allows_no_unit_too_many(made: Any, least: int) -> None:
    real, rule = made(np.random.default_rng(3))
    (found,) = (each for each in read_tables(real, real, None).rules if each.rule == rule)
    assert found.broken(np.array([[5.0, 5.0 + least], [5.0, 6.0 + least]])).tolist() == [
        True,
        False,
    ]


def test_rows_in_memory_have_no_form_and_nobody_looks_without_a_source() -> None:
    typed = {"age": list(range(30, 70)), "size": [each / 7 for each in range(40)]}
    tables = read_tables(pa.table(typed), pa.table(typed), None)
    assert tables.faults["synthetic"].miswritten == 0.0
    assert set(figures(tables)) == {"miswritten_share"}  # neither a key nor a rule
    met = contest(tables.real, tables.real, tables.synthetic)
    assert figures_of(met, measures=MEASURES) == ()
