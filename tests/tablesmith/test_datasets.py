"""Rows of a dataset, in memory and as files, and what is known of them."""

from __future__ import annotations

import gc
import hashlib
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import tablesmith as ts
from app.engine import compile_plan, load_definition, run_generation

ORDERS: dict[str, Any] = {
    "name": "orders",
    "n_samples": 200,
    "seed": 5,
    "features": {
        "status": {"type": "category", "cats": {"paid": 0.75, "open": 0.25}},
        "amount": {"type": "float", "min": 0, "max": 500, "missing": 0.1},
        "ordered": {"type": "date", "start_date": "2024-01-01", "end_date": "2024-12-31"},
        "note": {"type": "text"},
    },
}
SHOP: dict[str, Any] = {
    "name": "shop",
    "seed": 5,
    "tables": {
        "shops": {"n_samples": 3, "features": {"size": {"type": "int", "min": 1, "max": 9}}},
        "days": {"n_samples": 7, "features": {"sales": {"type": "int", "min": 1, "max": 9}}},
    },
}


@pytest.fixture(scope="module")
def orders() -> ts.Dataset:
    return ts.generate(ORDERS, workers=1)


@pytest.fixture(scope="module")
def shop() -> ts.Dataset:
    return ts.generate(SHOP, workers=1)


def test_a_table_is_the_same_in_all_libraries(orders: ts.Dataset) -> None:
    arrow, pandas, polars = orders.to_arrow(), orders.to_pandas(), orders.to_polars()
    assert arrow.num_rows == len(pandas) == polars.height == 200
    assert arrow.schema.names == list(pandas.columns) == polars.columns
    assert pandas["amount"].isna().sum() == polars["amount"].null_count() == 20
    assert pandas["status"].tolist() == polars["status"].cast(pl.String).to_list()
    assert pandas["amount"].sum() == pytest.approx(polars["amount"].sum())


def test_pandas_has_categories_and_moments(orders: ts.Dataset) -> None:
    kinds = orders.to_pandas().dtypes
    assert isinstance(kinds["status"], pd.CategoricalDtype)
    assert pd.api.types.is_datetime64_dtype(kinds["ordered"])
    assert kinds["amount"] == "float64"


def test_rows_and_seed_stand_in_place_of_the_declared_ones() -> None:
    dataset = ts.generate(ORDERS, rows=7, seed=8, workers=1)
    assert (dataset.seed, dataset.to_arrow().num_rows) == (8, 7)
    assert dataset.to_arrow() == ts.generate(ORDERS, rows=7, seed=8, workers=1).to_arrow()


def test_a_seed_that_was_drawn_makes_the_same_rows() -> None:
    unseeded = {key: value for key, value in ORDERS.items() if key != "seed"}
    first = ts.generate(unseeded, workers=1)
    assert ts.generate(unseeded, seed=first.seed, workers=1).to_arrow() == first.to_arrow()


def test_no_rows_are_a_table_without_rows() -> None:
    dataset = ts.generate(ORDERS, rows=0, workers=1)
    assert dataset.to_pandas().shape == (0, 4)
    assert all(fact.holds for fact in dataset.facts)


def test_of_several_tables_one_is_asked_for(shop: ts.Dataset) -> None:
    assert shop.tables == ("shops", "days")
    assert shop.to_arrow("days").num_rows == 7
    with pytest.raises(ValueError, match="2 tables, say which one: shops, days"):
        shop.to_pandas()
    with pytest.raises(ValueError, match="no table 'weeks'; there are shops, days"):
        shop.to_polars("weeks")


def test_every_declared_fact_is_there_with_what_the_rows_hold(orders: ts.Dataset) -> None:
    facts = {fact.fact: fact for fact in orders.facts}
    assert (facts["rows"].declared, facts["rows"].observed) == (200, 200)
    assert facts["share of status=open"].observed == 0.25
    assert all(fact.holds for fact in orders.facts)


def test_a_file_has_the_bytes_of_every_other_run(orders: ts.Dataset, tmp_path: Path) -> None:
    path = tmp_path / "new" / "orders.csv"
    (file,) = orders.write(path)
    plan = compile_plan(load_definition(ORDERS).definition)
    (expected,) = run_generation(plan, tmp_path / "other", ["csv"]).tables[0].files
    assert (file.table, file.format, file.path) == ("orders", "csv", path)
    assert path.read_bytes() == expected.path.read_bytes()
    assert hashlib.sha256(path.read_bytes()).hexdigest() == file.sha256
    assert path.stat().st_size == file.bytes


def test_several_tables_and_formats_go_into_a_folder(shop: ts.Dataset, tmp_path: Path) -> None:
    written = shop.write(str(tmp_path / "out"), formats=["csv", "parquet"])
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {"shops.csv", "shops.parquet", "days.csv", "days.parquet"}
    assert {file.path for file in written} == {tmp_path / "out" / name for name in names}
    assert pq.read_table(tmp_path / "out" / "days.parquet").num_rows == 7


@pytest.mark.parametrize(
    ("name", "formats", "said"),
    [
        ("out.csv", (), "2 tables need a folder"),
        ("out", ("sav",), "no format 'sav'"),
        ("out.sav", (), "is no format"),
    ],
)
def test_a_path_that_cannot_take_the_tables_is_refused(
    shop: ts.Dataset, tmp_path: Path, name: str, formats: tuple[str, ...], said: str
) -> None:
    with pytest.raises(ts.FormatError, match=said):
        shop.write(tmp_path / name, formats=formats)
    assert list(tmp_path.iterdir()) == []


def test_formulas_are_defused_when_asked_for(tmp_path: Path) -> None:
    cats = {"=1+1": 0.5, "plain": 0.5}
    definition = {"n_samples": 4, "features": {"a": {"type": "category", "cats": cats}}}
    dataset = ts.generate(definition, seed=1, workers=1)
    dataset.write(tmp_path / "as_is.csv")
    dataset.write(tmp_path / "escaped.csv", escape_formulas=True)
    assert "\n=1+1" in (tmp_path / "as_is.csv").read_text()
    assert "\n'=1+1" in (tmp_path / "escaped.csv").read_text()


def test_csv_is_written_as_it_is_asked_for(tmp_path: Path) -> None:
    definition = {"n_samples": 4, "features": {"a": {"type": "int", "min": 5, "max": 5}}}
    dataset = ts.generate(definition, seed=1, workers=1)
    dataset.write(tmp_path / "a.csv", csv={"quote": "all", "line_end": "crlf"})
    assert (tmp_path / "a.csv").read_bytes() == b'"a"\r\n' + b'"5"\r\n' * 4
    with pytest.raises(ts.FormatError, match=r"csv\.nul: there is no such option"):
        dataset.write(tmp_path / "b.csv", csv={"nul": "x"})
    assert not (tmp_path / "b.csv").exists()


def test_rows_are_made_once_and_gone_with_the_dataset(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    dataset = ts.generate(ORDERS, workers=1)
    assert list(tmp_path.iterdir()) == []
    table = dataset.to_arrow()
    (folder,) = tmp_path.iterdir()
    assert [path.name for path in folder.iterdir()] == ["orders.arrow"]
    dataset.to_pandas()
    assert list(tmp_path.iterdir()) == [folder]
    del dataset
    gc.collect()
    assert list(tmp_path.iterdir()) == []
    assert table["ordered"].null_count == 0  # what was mapped stays readable


def test_a_copy_of_the_process_leaves_the_rows_to_their_owner(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    dataset = ts.generate(ORDERS, workers=1)
    assert dataset.to_arrow().num_rows == 200
    (folder,) = tmp_path.iterdir()
    with monkeypatch.context() as copied:
        copied.setattr(os, "getpid", lambda: 1)
        del dataset
        gc.collect()
    assert folder.is_dir()


def test_without_polars_the_error_says_what_to_install(
    orders: ts.Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "polars", None)
    with pytest.raises(ImportError, match=r"pip install 'tablesmith\[polars\]'"):
        orders.to_polars()


def test_datasets_and_plans_say_in_few_words_what_they_are(
    orders: ts.Dataset, shop: ts.Dataset
) -> None:
    assert repr(orders) == "<Dataset 'orders', seed 5: orders 200 rows × 4 columns>"
    assert repr(orders.plan) == "<Plan 'orders', seed 5: orders 200 rows × 4 columns>"
    assert repr(shop.plan.tables[0]) == "<TablePlan 'shops': 3 rows × 1 column>"
    tables = {f"t{number}": SHOP["tables"]["days"] for number in range(30)}
    many = ts.compile({"name": "many", "seed": 1, "tables": tables})
    assert repr(many).endswith("t4 7 rows × 1 column, 25 more tables>")
    assert "25 more tables" in many._repr_html_()


def test_notebooks_are_shown_the_first_rows_with_names_that_are_no_markup() -> None:
    features = {"<b>a</b>": {"type": "category", "cats": ["<i>x</i>"]}}
    shown = ts.generate({"n_samples": 9, "features": features}, seed=1)._repr_html_()
    assert "<th>&lt;b&gt;a&lt;/b&gt;</th>" in shown
    assert shown.count("<td>&lt;i&gt;x&lt;/i&gt;</td>") == 5
    assert "<i>" not in shown


class Terminal:
    """A standard error that a person reads."""

    encoding = "utf-8"

    def __init__(self) -> None:
        self.text = ""

    def isatty(self) -> bool:
        return True

    def write(self, text: str) -> int:
        self.text += text
        return len(text)

    def flush(self) -> None:
        pass


@pytest.mark.parametrize("progress", [True, False])
def test_a_terminal_shows_a_bar_unless_it_is_switched_off(
    progress: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stderr", terminal := Terminal())
    monkeypatch.setenv("TERM", "xterm")
    dataset = ts.generate(ORDERS, workers=1, progress=progress)
    assert isinstance(dataset.to_arrow(), pa.Table)
    assert ("200 of 200 rows" in terminal.text) is progress
    assert bool(terminal.text) is progress


def test_a_report_holds_what_the_facts_say() -> None:
    dataset = ts.generate({**ORDERS, "target": {"late": {"type": "bool", "proportion": 0.3}}})
    report = dataset.report()
    found = report.to_dict()
    assert [each["fact"] for each in found["facts"]] == [each.fact for each in dataset.facts]
    assert found["questions"][0]["verdict"] == "every fact holds" and "every fact" in repr(report)
    assert found["verification"] is None and report.figures == {}
    again = dataset.report(verify=True).to_dict()["verification"]
    assert again["target"] == "late" and again["rows_trained"] + again["rows_tested"] == 200
    assert dataset.report().to_html() == report.to_html()


def test_files_are_written_with_a_card(tmp_path: Path) -> None:
    dataset = ts.generate(ORDERS)
    plain, described = tmp_path / "plain", tmp_path / "described"
    dataset.write(plain / "orders.csv")
    files = dataset.write(described / "orders.csv", card=True, licence="CC0-1.0")
    assert [each.name for each in plain.iterdir()] == ["orders.csv"]
    assert len(files) == 1 and len(list(described.iterdir())) == 3
    assert files[0].sha256 in (described / "data-card.md").read_text()
    assert files[0].sha256 in (described / "croissant.json").read_text()
