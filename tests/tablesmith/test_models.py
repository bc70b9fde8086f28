"""Learning a table from Python: fit, sample, save, load."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import tablesmith as ts


def frame(rows: int = 200) -> pd.DataFrame:
    rng = np.random.default_rng(5)
    plan = rng.choice(["basic", "pro"], rows)
    fee = np.where(plan == "pro", 30, 10) + rng.integers(0, 5, rows)
    return pd.DataFrame({"plan": plan, "fee": fee, "since": pd.Timestamp("2024-01-01")})


@pytest.fixture(scope="module")
def model() -> ts.Model:
    return ts.fit(frame(), target="plan", seed=1)


def test_rows_come_in_every_form(model: ts.Model, tmp_path: Path) -> None:
    rows = model.sample(300, seed=7, progress=False)
    assert isinstance(rows, ts.Rows)
    assert rows.to_arrow().schema.equals(model.schema)
    assert list(rows.to_pandas().columns) == ["plan", "fee", "since"]
    assert rows.to_polars().height == 300
    (file,) = rows.write(tmp_path / "rows.parquet")
    assert pa.parquet.read_table(file.path).num_rows == 300
    assert "300 rows × 3 columns" in repr(rows)


def test_what_goes_together_still_does(model: ts.Model) -> None:
    found = model.sample(500, seed=1, progress=False).to_pandas()
    assert (found.loc[found["plan"] == "pro", "fee"] >= 30).mean() > 0.95


def test_the_same_seed_draws_the_same_and_a_saved_model_too(
    model: ts.Model, tmp_path: Path
) -> None:
    model.save(tmp_path / "m.tsm")
    again = ts.load(tmp_path / "m.tsm")
    first, second = (each.sample(100, seed=3, progress=False) for each in (model, again))
    assert first.to_arrow().equals(second.to_arrow())
    assert not first.to_arrow().equals(model.sample(100, seed=4, progress=False).to_arrow())
    assert (again.target, again.rows, again.seed, again.columns) == (
        "plan", 200, 1, ("plan", "fee", "since"),
    )  # fmt: skip
    assert again.settings == model.settings and again.synthesizer == "sequential"
    assert repr(again) == "<Model 'sequential' of 200 rows × 3 columns>"


def test_rows_and_seed_may_be_left_out(model: ts.Model) -> None:
    rows = model.sample(progress=False)
    assert rows.to_arrow().num_rows == 200
    assert model.sample(seed=rows.seed, progress=False).to_arrow().equals(rows.to_arrow())


@pytest.mark.parametrize("form", ["pandas", "polars", "arrow", "csv", "path"])
def test_tables_may_be_given_in_any_form(form: str, tmp_path: Path) -> None:
    pandas = frame()[["plan", "fee"]]
    pandas.to_csv(tmp_path / "t.csv", index=False)
    given: dict[str, Any] = {
        "pandas": pandas,
        "polars": pl.from_pandas(pandas),
        "arrow": pa.Table.from_pandas(pandas),
        "csv": str(tmp_path / "t.csv"),
        "path": tmp_path / "t.csv",
    }
    model = ts.fit(given[form], synthesizer="independent", seed=1)
    found = model.sample(50, seed=1, progress=False).to_pandas()
    assert set(found["plan"]) == {"basic", "pro"} and found["fee"].between(10, 34).all()


def test_what_is_wrong_is_said(model: ts.Model, tmp_path: Path) -> None:
    with pytest.raises(ts.SourceError, match="19 rows, and 20 are needed"):
        ts.fit(frame(19))
    with pytest.raises(ts.DefinitionError, match="no synthesizer 'gan'"):
        ts.fit(frame(), synthesizer="gan")
    with pytest.raises(ts.DefinitionError, match=r"synthesizer\.max_rounds"):
        ts.fit(frame(), settings={"max_rounds": 0})
    with pytest.raises(ts.SourceError, match=r"column 1 \('a'\) has values of different types"):
        ts.fit(pd.DataFrame({"a": ["x", 1] * 20}, dtype=object))
    with pytest.raises(TypeError, match="a table is a pandas or polars data frame"):
        ts.fit([1, 2, 3])  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="not a dict of them"):
        ts.fit({"a": {"b": frame()}})  # type: ignore[dict-item]
    for url in ("postgresql://ann:secret@host/shop", Path("postgresql://ann:secret@host/shop")):
        with pytest.raises(ts.SourceError, match="tablesmith train URL") as caught:
            ts.fit(url)
        assert "secret" not in str(caught.value)
    with pytest.raises(ValueError, match="0 or more"):
        model.sample(-1)
    (tmp_path / "no.tsm").write_bytes(b"nothing")
    with pytest.raises(ts.ModelError, match="not a model file"):
        ts.load(tmp_path / "no.tsm")


def test_a_definition_takes_its_table_from_a_model(
    model: ts.Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model.save(tmp_path / "m.tsm")
    document: dict[str, Any] = {
        "from": "m.tsm",
        "n_samples": 400,
        "features": {"fee": {"max": 32}, "bonus": {"type": "formula", "expr": "fee * 2"}},
        "target": {"plan": {"cats": {"pro": 0.25}, "positive": "pro"}},
    }
    monkeypatch.chdir(tmp_path)
    dataset = ts.generate(document, seed=1, progress=False)
    frame = dataset.to_pandas()
    assert list(frame.columns) == ["fee", "since", "bonus", "plan"]
    assert frame["fee"].max() <= 32 and (frame["plan"] == "pro").sum() == 100
    assert all(fact.holds for fact in dataset.facts)
    monkeypatch.chdir(tmp_path.parent)
    with pytest.raises(ts.DefinitionError, match="cannot be read: no such file"):
        ts.validate(document)


SECRET = "Anna Schmidt"


def typed_frame(rows: int = 300) -> pd.DataFrame:
    """Columns of many types; keys and mail addresses among them."""
    rng = np.random.default_rng(8)
    city = rng.choice(["Rome", "Bern"], rows)
    return pd.DataFrame(
        {
            "customer_id": np.arange(1, rows + 1),
            "email": [f"person{row}@example.org" for row in range(rows)],
            "city": pd.Categorical(city),
            "small": rng.integers(0, 9, rows).astype("int16"),
            "share": rng.random(rows).astype("float32").round(2),
            "happy": rng.random(rows) < 0.5,
            "seen": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 90, rows), "D"),
            "amount": [f"{value:,.2f}" for value in rng.integers(1_000, 9_000, rows) / 4],
            "always": pd.Timestamp("2020-05-05"),
        }
    )


def test_a_frame_is_profiled_like_a_file() -> None:
    frame = typed_frame()
    model = ts.fit(frame, seed=1)
    rows = model.sample(400, seed=2, progress=False).to_pandas()
    assert list(rows.columns) == list(frame.columns)
    assert rows["customer_id"].is_unique and len(rows) == 400
    assert not set(rows["email"]) & set(frame["email"])
    assert rows["email"].str.contains("@").all()


def test_texts_stay_texts_where_the_only_other_column_is_a_key() -> None:
    source = pd.DataFrame({"number": range(200), "churn": ["Yes", "No"] * 100})
    found = ts.fit(source, seed=1).sample(50, seed=1, progress=False).to_pandas()
    assert found.dtypes.to_dict() == source.dtypes.to_dict()
    assert set(found["churn"]) == {"Yes", "No"}


@pytest.mark.parametrize("kind", ["str", "object", "category"])
def test_truth_values_in_words_are_given_and_filled(kind: str) -> None:
    source = pd.DataFrame({"churn": ["Yes", "No"] * 100, "fee": [0.5, 7.25, 3.5, 9.75] * 50})
    model = ts.fit(source, seed=1)
    given = source[["churn"]].head(20).astype(kind)
    rows = model.sample(given=given, seed=1, progress=False).to_pandas()
    assert rows["churn"].tolist() == source["churn"].head(20).tolist()
    holed = given.assign(churn=given["churn"].where(given.index >= 5))
    filled = model.impute(holed, progress=False).to_pandas()
    assert filled["churn"].isin(["Yes", "No"]).all()


def test_columns_of_a_frame_keep_their_types() -> None:
    frame = typed_frame()
    table = pa.Table.from_pandas(frame, preserve_index=False)
    made = ts.fit(table, seed=1).sample(200, seed=2, progress=False).to_arrow()
    assert pa.types.is_string(made.schema.field("amount").type)
    for name in ("small", "share", "happy", "seen", "always"):
        assert made.schema.field(name).type == table.schema.field(name).type, name
    assert pa.types.is_dictionary(made.schema.field("city").type)
    assert pa.types.is_integer(made.schema.field("customer_id").type)
    amounts = "".join(made["amount"].to_pylist())
    assert re.fullmatch(r"(\d,\d{3}\.\d{2}|\d{3}\.\d{2})+", amounts)
    assert set(made["always"].to_pylist()) == {pd.Timestamp("2020-05-05").to_pydatetime()}


def test_a_definition_says_what_happens_to_a_frame(tmp_path: Path) -> None:
    definition = {
        "tables": {"table": {"columns": {"email": "drop", "customer_id": "drop"}, "rows": 30}},
        "synthesizer": {"name": "independent"},
        "target": "city",
        "seed": 12,
        "privacy": {"k": 8},
    }
    model = ts.fit(typed_frame(), definition=definition)
    assert (model.synthesizer, model.target, model.seed, model.rows) == (
        "independent", "city", 12, 30,
    )  # fmt: skip
    assert "email" not in model.sample(progress=False).to_pandas()
    (tmp_path / "d.yaml").write_text("tables: {t: {columns: {fee: drop}}}\nseed: 3\n")
    frame()[["plan", "fee"]].to_csv(tmp_path / "t.csv", index=False)
    again = ts.fit(tmp_path / "t.csv", definition=tmp_path / "d.yaml", seed=4)
    assert (again.seed, again.columns) == (4, ("plan",))


@pytest.mark.parametrize(
    "values",
    [[10**30, SECRET] * 20, [10**30] * 40, [SECRET, 1.5] * 20, [{"a": 1}, SECRET] * 20],
)
def test_no_value_is_in_what_is_said_of_a_frame(values: list[Any]) -> None:
    given = pd.DataFrame({"fine": range(40), "odd": pd.Series(values, dtype=object)})
    with pytest.raises(ts.SourceError) as told:
        ts.fit(given)
    assert "column 2 ('odd')" in str(told.value)
    error: BaseException | None = told.value
    while error is not None:
        assert SECRET not in str(error) and "10000000" not in str(error)
        error = error.__cause__ or error.__context__


def test_two_columns_of_one_name_are_refused() -> None:
    twice = pd.DataFrame(np.ones((30, 2)), columns=["a", "a"])
    with pytest.raises(ts.SourceError, match="one name"):
        ts.fit(twice)


def test_rows_are_asked_for_and_tables_completed(model: ts.Model, tmp_path: Path) -> None:
    asked = [{"where": "plan == 'pro' and fee >= 32", "rows": 40}]
    found = model.sample(100, conditions=asked, seed=1, progress=False).to_pandas()
    assert ((found["plan"] == "pro") & (found["fee"] >= 32)).sum() == 40
    shared = model.sample(90, shares={"plan": {"pro": 0.3}}, seed=1, progress=False).to_pandas()
    assert (shared["plan"] == "pro").sum() == 27
    fees = pd.DataFrame({"fee": [31, 11, 12]})
    for form in (fees, pl.from_pandas(fees)):
        given = model.sample(given=form, seed=1, progress=False).to_pandas()
        assert given["fee"].tolist() == [31, 11, 12]
        assert given["plan"].tolist() == ["pro", "basic", "basic"]
    fees.to_csv(tmp_path / "fees.csv", index=False)
    read = model.sample(given=tmp_path / "fees.csv", seed=1, progress=False)
    assert read.to_arrow().equals(model.sample(given=fees, seed=1, progress=False).to_arrow())
    holed = pd.DataFrame({"plan": ["pro", None, None], "fee": [None, 12.0, 33.0]})
    filled = model.impute(holed, seed=1, progress=False).to_pandas()
    assert filled["plan"].tolist() == ["pro", "basic", "pro"]
    assert filled["fee"].tolist()[1:] == [12, 33] and 30 <= filled["fee"][0] <= 34
    again = model.impute(holed, draw=True, seed=1, progress=False).to_pandas()
    assert again["plan"].tolist() == ["pro", "basic", "pro"]


def test_what_cannot_be_drawn_is_said(model: ts.Model) -> None:
    with pytest.raises(ts.ConflictError, match="0 of 3 can be had"):
        model.sample(9, conditions=[{"where": "fee > 900", "rows": 3}])
    with pytest.raises(ts.DefinitionError, match=r"conditions\[0\]\.where"):
        model.sample(conditions=[{"where": "fees > 1"}])
    with pytest.raises(ts.DefinitionError, match="none of the model's columns"):
        model.impute(pd.DataFrame({"x": [1]}))
    with pytest.raises(ValueError, match="0 or more"):
        model.impute(frame(), seed=-1)


def test_a_report_has_the_figures_of_the_model(model: ts.Model) -> None:
    drawn = model.sample(100, shares={"plan": {"pro": 0.3}}, seed=1, progress=False).report()
    found = drawn.to_dict()
    assert [each["question"] for each in found["questions"]] == [
        "held",
        "likeness",
        "use",
        "privacy",
    ]
    assert {"rows with plan = pro"} < {each["fact"] for each in found["facts"]}
    assert model.evaluation is not None
    assert drawn.figures == {each["name"]: each["value"] for each in model.evaluation["figures"]}
    assert any("had not learned" in note for note in found["notes"])
    given = model.sample(given=pd.DataFrame({"fee": [31, 11]}), seed=1, progress=False).report()
    privacy = given.to_dict()["questions"][-1]
    assert privacy["verdict"] == "cells of real rows were given" and "fee" in privacy["sentence"]


def test_a_report_of_a_model_that_was_not_attacked_says_so(model: ts.Model) -> None:
    found = model.sample(50, seed=1, progress=False).report().to_dict()
    privacy = found["questions"][-1]
    assert privacy["verdict"] == "not attacked"
    assert privacy["not_tested"][0].startswith("Attacks.")
