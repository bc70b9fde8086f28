from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from app.jobs.work import load_plan, plain_json


def test_numbers_that_json_lacks_become_plain() -> None:
    value = {"a": np.bool_(True), "b": (np.int64(3), float("nan")), 4: np.array([1.5, np.inf])}
    plain = plain_json(value)
    assert plain == {"a": True, "b": [3, None], "4": [1.5, None]}
    assert json.loads(json.dumps(plain, allow_nan=False)) == plain


def test_a_plan_that_cannot_be_read_is_none(tmp_path: Path) -> None:
    file = tmp_path / "plan.pickle"
    assert load_plan(file) is None
    file.write_bytes(b"not a pickle")
    assert load_plan(file) is None
