"""`fit` of a dict of tables, `fit_tables` and `load_tables`."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pytest

import tablesmith as ts
from tests.engine.several_tables import DEFINITION, shop

SETTINGS = {"max_rounds": 2}


@pytest.fixture(scope="module")
def model() -> ts.TablesModel:
    frames = {name: table.to_pandas() for name, table in shop().items()}
    return ts.fit(frames, definition=DEFINITION, settings=SETTINGS, seed=1, progress=False)


def test_a_dict_of_tables_is_learned_with_its_keys(model: ts.TablesModel) -> None:
    assert model.tables == tuple(shop()) and model.root == "customers"
    assert set(model.roots) == {"customers", "products"}
    assert model.parents["items"] == {"order": "orders", "sku": "products"}
    assert model.rows["customers"] == 400 and model.held_out == 0 and model.seed == 1
    assert any("products" in each for each in model.warnings)
    assert repr(model).startswith("<TablesModel of customers 400, ")


def test_rows_are_data_frames_and_files(model: ts.TablesModel, tmp_path: Path) -> None:
    rows = model.sample(60, seed=2, progress=False)
    orders, customers = rows.to_pandas("orders"), rows.to_pandas("customers")
    assert len(customers) == 60 and rows.tables == model.tables and rows.seed == 2
    assert set(orders["customer"].dropna()) <= set(customers["id"])
    written = rows.write(tmp_path / "shop", formats=["csv"])
    assert {each.path.name for each in written} == {f"{name}.csv" for name in model.tables}
    again = model.sample({"customers": 60}, seed=2, workers=2, progress=False)
    assert all(again.to_arrow(name) == rows.to_arrow(name) for name in model.tables)
    with pytest.raises(ValueError, match="say which one"):
        rows.to_pandas()


def test_a_saved_model_draws_the_same(model: ts.TablesModel, tmp_path: Path) -> None:
    path = tmp_path / "shop.tsm"
    model.save(path)
    found = ts.load_tables(path)
    kept, again = (each.sample(40, seed=3, progress=False) for each in (model, found))
    assert kept.to_arrow("items") == again.to_arrow("items")
    with pytest.raises(ts.ModelError, match="of several tables"):
        ts.load(path)


def test_files_are_learned_and_look_like_the_source(tmp_path: Path) -> None:
    for name, table in shop().items():
        pa.csv.write_csv(table, tmp_path / f"{name}.csv")
    folder = ts.fit_tables(
        tmp_path, definition=DEFINITION, settings=SETTINGS, seed=1, progress=False
    )
    paths = {name: tmp_path / f"{name}.csv" for name in folder.tables}
    named = ts.fit(paths, definition=DEFINITION, settings=SETTINGS, seed=1, progress=False)
    found = [each.sample(30, seed=1, progress=False) for each in (folder, named)]
    assert found[0].to_arrow("orders") == found[1].to_arrow("orders")
    rows = folder.sample(30, seed=1, as_written=True, progress=False).to_arrow("orders")
    assert set(rows.schema.types) == {pa.string()}
    assert "" in rows["customer"].to_pylist() or rows["customer"].null_count


def test_what_cannot_be_is_refused(model: ts.TablesModel) -> None:
    with pytest.raises(ts.DefinitionError, match="rows follow from those"):
        model.sample({"orders": 3})
    with pytest.raises(ValueError, match="0 or more"):
        model.sample(seed=-1)
    with pytest.raises(ts.DefinitionError, match="original: true"):
        ts.fit(dict(shop()), seed=1, progress=False)
