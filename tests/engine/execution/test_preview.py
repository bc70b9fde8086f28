from __future__ import annotations

import datetime
import json
import math

import pyarrow as pa

from app.engine.execution.preview import preview, records
from tests.engine.execution.fake_plan import FakePlan, FakeTable

PLAN = FakePlan((FakeTable("first", 25, block_size=10), FakeTable("second", 3)))


def test_first_rows_over_several_blocks() -> None:
    rows = preview(PLAN, 15)  # type: ignore[arg-type]
    assert [row["number"] for row in rows] == list(range(15))
    assert rows[1] == {"number": 1, "half": 0.5, "label": "y", "text": "row 1, first"}


def test_fewer_rows_than_asked_and_a_table_by_name() -> None:
    assert len(preview(PLAN, 100, "second")) == 3  # type: ignore[arg-type]
    assert preview(PLAN, 0) == []  # type: ignore[arg-type]


def test_records_are_json_ready() -> None:
    moment = datetime.datetime(2020, 1, 2, 3, 4, 5)
    batch = pa.record_batch(
        {
            "day": pa.array([moment.date()]),
            "moment": pa.array([moment], pa.timestamp("us")),
            "clock": pa.array([moment.time()]),
            "bad": pa.array([math.nan]),
            "nothing": pa.nulls(1, pa.string()),
        }
    )
    assert json.loads(json.dumps(records(batch), allow_nan=False)) == [
        {
            "day": "2020-01-02", "moment": "2020-01-02T03:04:05", "clock": "03:04:05",
            "bad": None, "nothing": None,
        }
    ]  # fmt: skip
