"""A definition is data, a text or a path."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tablesmith as ts

ORDERS: dict[str, Any] = {
    "n_samples": 10,
    "features": {"amount": {"type": "int", "min": 1, "max": 9}},
}
FLOW = json.dumps(ORDERS)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "orders.yaml"
    path.write_text(FLOW)
    return path


def test_a_text_or_data_is_called_data_and_a_file_by_its_stem(file: Path) -> None:
    assert ts.compile(ORDERS).name == ts.compile(FLOW).name == "data"
    assert ts.compile(file).name == ts.compile(str(file)).name == "orders"


def test_a_text_of_several_lines_is_no_path() -> None:
    assert (
        ts.compile("n_samples: 3\nfeatures:\n  a: {type: int, min: 1, max: 2}\n").tables[0].rows
        == 3
    )


@pytest.mark.parametrize("name", ["missing.yaml", Path("missing.yaml"), Path("missing")])
def test_a_path_without_a_file_is_said_to_be_missing(
    name: str | Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileNotFoundError, match="missing"):
        ts.validate(name)


@pytest.mark.parametrize("text", ["", "orders", "x" * 10_000, "a\0b"])
def test_a_text_that_declares_nothing_is_at_fault(text: str) -> None:
    with pytest.raises(ts.DefinitionError) as caught:
        ts.validate(text)
    assert caught.value.faults


@pytest.mark.parametrize("other", [None, 3, b"features: {}", ["features"]])
def test_anything_else_is_refused(other: Any) -> None:
    with pytest.raises(TypeError, match="a dict, a text or a path"):
        ts.validate(other)


def test_dates_and_numbers_of_numpy_are_values() -> None:
    date = {"type": "date", "start_date": datetime.date(2024, 1, 1), "end_date": "2024-01-31"}
    moment = {
        "type": "datetime",
        "start_date": datetime.datetime(2024, 1, 1, 12),
        "end_date": "2024-01-31",
    }
    number = {"type": "int", "min": np.int64(1), "max": np.float64(9)}
    features = {"date": date, "moment": moment, "number": number}
    frame = ts.generate({"n_samples": 50, "features": features}, seed=1, workers=1).to_arrow()
    dates, numbers = frame["date"].to_pylist(), frame["number"].to_pylist()
    assert datetime.date(2024, 1, 1) <= min(dates) <= max(dates) <= datetime.date(2024, 1, 31)
    assert 1 <= min(numbers) <= max(numbers) <= 9


def test_all_faults_come_at_once_with_their_lines(file: Path) -> None:
    file.write_text("features:\n  a: {type: int, min: 9, max: 1}\n  b: {type: categry}\n")
    with pytest.raises(ts.DefinitionError) as caught:
        ts.compile(file)
    assert [(fault.path, fault.line) for fault in caught.value.faults] == [
        ("features.a.min", 2),
        ("features.b.type", 3),
    ]


def test_warnings_of_reading_and_of_planning_come_together() -> None:
    features = {"amount": {"type": "int", "min": 1, "max": 9}}
    (warning,) = ts.validate({"features": features})
    assert "no number of rows" in warning.message
    assert ts.generate({"features": features}).warnings == (warning,)


@pytest.mark.parametrize(("rows", "seed", "path"), [(-1, None, "n_samples"), (None, -1, "seed")])
def test_negative_numbers_are_faults(rows: int | None, seed: int | None, path: str) -> None:
    with pytest.raises(ts.DefinitionError) as caught:
        ts.compile(ORDERS, rows=rows, seed=seed)
    assert caught.value.faults[0].path == path
