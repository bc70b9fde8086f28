from __future__ import annotations

import json

import numpy as np

from app.workers.worker_tasks import plain_json


def test_numbers_that_json_lacks_become_plain() -> None:
    value = {"a": np.bool_(True), "b": (np.int64(3), float("nan")), 4: np.array([1.5, np.inf])}
    plain = plain_json(value)
    assert plain == {"a": True, "b": [3, None], "4": [1.5, None]}
    assert json.loads(json.dumps(plain, allow_nan=False)) == plain
