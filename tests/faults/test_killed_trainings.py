"""kill -9 while tables are learned: nothing is lost, and the models are the same.

`make faults-training` kills a hundred times.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.training import KINDS, carry_out

pytestmark = pytest.mark.slow


def test_killed_trainings_store_the_same_models(tmp_path: Path) -> None:
    made, problems = carry_out(tmp_path, seed=3, faults=len(KINDS), pace=1.0)
    assert problems == []
    assert set(made.injected) == set(KINDS)
