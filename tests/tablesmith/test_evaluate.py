"""Judging tables from Python."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

import tablesmith as ts

EVALUATE: Any = ts.evaluate


def frame(seed: int, rows: int = 300) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    fee = rng.integers(5, 50, rows)
    return pd.DataFrame({"fee": fee, "plan": np.where(fee > 25, "pro", "basic")})


def test_rows_of_a_model_are_judged(tmp_path: Path) -> None:
    model = ts.fit(frame(1), seed=1)
    report = ts.evaluate(
        frame(1), model.sample(300, seed=2, progress=False), holdout=frame(2), target="plan"
    )
    assert isinstance(report, ts.Report)
    told = report.figures["two_sample_auc"]
    assert told is not None and told < 0.62
    assert report.figures["trained_score"] == pytest.approx(1.0, abs=0.02)
    assert report.to_dict()["rows"] == {"real": 300, "holdout": 300, "synthetic": 300}
    page = report.to_html(tmp_path / "report.html")
    assert (tmp_path / "report.html").read_text() == page
    assert report._repr_html_() in page
    paper = report.to_pdf(tmp_path / "report.pdf")
    assert (tmp_path / "report.pdf").read_bytes() == paper and paper.startswith(b"%PDF")
    assert report.to_pdf() == paper
    assert repr(report).startswith("<Report two_sample_auc ")


def test_fairness_is_learned_and_judged() -> None:
    rng = np.random.default_rng(4)
    sex = np.where(rng.random(900) < 0.6, "m", "f")
    paid = np.where(rng.random(900) < np.where(sex == "m", 0.6, 0.3), "yes", "no")
    rows = pd.DataFrame({"sex": sex, "paid": paid, "size": rng.integers(0, 9, 900)})
    fair = {"protected": "sex", "target": "paid", "notion": "demographic_parity"}
    definition = {"tables": {"table": {"columns": {"sex": "learn"}}}, "fairness": fair}
    model = ts.fit(rows, definition=definition, settings={"max_rounds": 5}, holdout=0, seed=1)
    assert model.fairness == fair
    made = model.sample(900, seed=2, progress=False)
    found = ts.evaluate(rows, made, target="paid", protected="sex").to_dict()["fairness"]
    figures = {each["name"]: each for each in found["figures"]}
    assert figures["parity_difference"]["before"] > 0.2
    assert figures["parity_difference"]["after"] < 0.01
    with pytest.raises(ts.DefinitionError, match="protected"):
        ts.evaluate(rows, made, target="paid", protected="nobody")


def orders(customers: int, seed: int) -> dict[str, pd.DataFrame]:
    rng = np.random.default_rng(seed)
    ids = [f"K{each:03d}" for each in range(customers)]
    parents = pd.DataFrame({"id": ids, "size": rng.integers(0, 4, customers)})
    whose = rng.integers(0, customers, customers * 3)
    amounts = rng.integers(1, 99, customers * 3)
    children = pd.DataFrame({"customer_id": [ids[each] for each in whose], "amount": amounts})
    return {"customers": parents, "orders": children}


def test_several_tables_and_the_keys_between_them_are_judged(tmp_path: Path) -> None:
    real, made = orders(40, 1), orders(40, 2)
    made["orders"].loc[:11, "customer_id"] = "K999"
    report = ts.evaluate(real, made)
    assert isinstance(report, ts.TablesReport)
    (key,) = report.keys
    assert (key["table"], key["column"], key["parent"]) == ("orders", "customer_id", "customers")
    assert key["orphans"] == pytest.approx(0.1)
    assert set(report.tables) == {"customers", "orders"}
    assert report.tables["orders"].to_dict() == report.to_dict()["tables"]["orders"]
    page = report.to_html(tmp_path / "report.html")
    assert "orders.customer_id -&gt; customers.id" in page
    marks = re.findall(r'\bid="([^"]+)"', page)
    assert len(marks) == len(set(marks))
    assert repr(report) == "<TablesReport of customers, orders>"
    named = ts.evaluate(real, made, keys=[{"from": "orders.amount", "to": "customers.size"}])
    assert [each["parent_column"] for each in named.keys] == ["size"]
    with pytest.raises(ts.DefinitionError, match=r"keys\[0\]\.to: names no column"):
        ts.evaluate(real, made, keys=[{"from": "orders.amount", "to": "shops.id"}])
    with pytest.raises(ts.DefinitionError, match="keys: lie between several tables"):
        EVALUATE(frame(1), frame(1), keys=[])


def test_what_has_no_counterpart_among_several_tables_is_named() -> None:
    real, made = orders(40, 1), orders(40, 2)
    whole = ts.evaluate(real, made)
    bare = {**made, "orders": made["orders"].drop(columns="customer_id"), "shops": frame(1)}
    found = ts.evaluate(real, bare, holdout={"oders": real["orders"]})
    assert found.keys == [] and len(whole.keys) == 1
    notes = set(found.to_dict()["notes"])
    assert {
        "orders.customer_id -> customers.id is not judged: the synthetic tables have not both "
        "columns",
        "shops: there is no such real table, the synthetic one is left out",
        "oders: there is no such real table, the held-out one is left out",
    } <= notes
    assert not set(whole.to_dict()["notes"]) & notes
    asked = [{"from": "orders.customer_id", "to": "customers.id"}]
    alone = ts.evaluate(real, {"orders": made["orders"]}, keys=asked).to_dict()
    assert alone["keys"] == []
    assert any(each.startswith("orders.customer_id -> ") for each in alone["notes"])
    assert "customers: there is no such synthetic table" in alone["notes"]


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("empty", ["real", "synthetic"])
def test_tables_without_rows_stand_in_the_way_of_no_other(empty: str) -> None:
    given = {"real": orders(40, 1), "synthetic": orders(40, 2)}
    given[empty]["customers"] = given[empty]["customers"].head(0)
    asked = [{"from": "orders.customer_id", "to": "customers.id"}]
    found = ts.evaluate(given["real"], given["synthetic"], keys=asked)
    assert set(found.tables) == {"orders"}
    assert found.keys[0]["distance"] == 1.0
    wanted = f"customers is not judged: the {empty} table has 0 rows; 20 are needed"
    assert wanted in found.to_dict()["notes"]


def test_tables_of_every_kind_and_files_say_the_same(tmp_path: Path) -> None:
    real, other = frame(1), frame(3)
    path = tmp_path / "other.parquet"
    other.to_parquet(path)
    of_frames = ts.evaluate(real, other).to_dict()
    of_files = ts.evaluate(pl.from_pandas(real), str(path)).to_dict()
    assert of_frames.pop("provenance")["files"] == {}
    assert of_files.pop("provenance")["files"]["synthetic"]["name"] == "other.parquet"
    assert of_files == of_frames
    with pytest.raises(TypeError, match="a table is"):
        ts.evaluate(real, [1, 2])  # type: ignore[arg-type]
