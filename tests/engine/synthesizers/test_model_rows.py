"""What a model draws, in the types that definitions have."""

from __future__ import annotations

import datetime as dt
import decimal
import pickle
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from app.engine.errors import ModelError
from app.engine.schema.learned import TableModel
from app.engine.synthesizers.catalog import ModelFolder, NamedModels
from app.engine.synthesizers.model_file.files import save_model
from app.engine.synthesizers.model_rows import ModelRows, table_model
from app.engine.synthesizers.table import encode
from app.engine.training.fitting import train
from tests.engine.learned_tables import learned_visits

ROWS = 60
ZONE = pa.timestamp("ns", "Europe/Rome")


def model_of(values: list[Any], kind: pa.DataType) -> TableModel:
    table = pa.table({"x": pa.array(values * (ROWS // len(values)), kind)})
    return table_model(train(encode(table), "independent", seed=1), "")


@pytest.mark.parametrize(
    ("values", "kind", "type_", "arrow"),
    [
        ([1, 2, 3], pa.uint8(), "int", pa.int64()),
        ([1, 2**63 + 4096], pa.uint64(), "float", pa.float64()),
        ([1.5, 2.0], pa.float32(), "float", pa.float64()),
        ([decimal.Decimal("1.25"), None], pa.decimal128(8, 2), "float", pa.float64()),
        ([True, False], pa.bool_(), "bool", pa.bool_()),
        (["a", "b", None], pa.dictionary(pa.int8(), pa.string()), "category", pa.string()),
        (["a", "b"], pa.large_string(), "category", pa.string()),
        ([dt.date(2024, 1, 2), dt.date(2024, 2, 3)], pa.date64(), "date", pa.date32()),
        ([dt.datetime(2024, 1, 2, 3, 4)] * 2, ZONE, "datetime", pa.timestamp("us")),
        ([dt.time(1, 2), dt.time(3, 4)], pa.time32("s"), "time", pa.time64("us")),
        ([None, None], pa.null(), "text", pa.string()),
        (["", "a"], pa.string(), "text", pa.string()),
    ],
)
def test_columns_have_the_types_of_the_language(
    values: list[Any], kind: pa.DataType, type_: str, arrow: pa.DataType
) -> None:
    model = model_of(values, kind)
    assert model.columns["x"].type == type_
    rows: ModelRows = model.rows_source
    assert rows.schema.field("x").type == arrow
    assert rows.block(20, 3, 0).schema == rows.schema
    assert rows.block(0, 3, 0).num_rows == 0


def test_durations_are_refused() -> None:
    with pytest.raises(ModelError, match="'x' holds values of type duration"):
        model_of([dt.timedelta(hours=1)] * 2, pa.duration("s"))


def test_a_sample_shows_shares_and_ends() -> None:
    found = model_of([1, 1, 4, None], pa.int64()).columns["x"]
    assert found.shares["1"] == pytest.approx(2 / 3, abs=0.01)
    assert (found.low, found.high) == (1, 4) and found.missing == pytest.approx(0.25, abs=0.01)
    many = table_model(learned_visits(), "").columns["spent"]
    assert not many.shares and many.low is not None


def test_the_sample_stays_behind_and_is_drawn_again_the_same() -> None:
    rows = ModelRows(learned_visits())
    sample = rows.sample
    assert rows.block(sample.num_rows, 0, 0) is sample
    again = pickle.loads(pickle.dumps(rows))
    assert "sample" not in vars(again) and again.sample.equals(sample)


def test_models_are_found_by_path_or_by_the_names_that_are_given(tmp_path: Path) -> None:
    save_model(learned_visits(), tmp_path / "m.tsm")
    folder = ModelFolder(tmp_path)
    found = folder.find("m.tsm")
    assert folder.find(str(tmp_path / "m.tsm")).sha256 == found.sha256
    named = NamedModels({"syn_1": tmp_path / "m.tsm"})
    assert named.find("syn_1") is found  # the last ones are kept
    for models, reference in ((named, str(tmp_path / "m.tsm")), (folder, "n.tsm"), (folder, "\0")):
        with pytest.raises(ModelError):
            models.find(reference)
    (tmp_path / "n.tsm").write_bytes(b"PK not one")
    with pytest.raises(ModelError, match="not a model file"):
        folder.find("n.tsm")
