"""kill -9 while budgets are spent: none is lost, and none is paid for twice.

`make faults-budgets` kills three hundred times.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow


def test_killed_budgets_are_neither_lost_nor_paid_for_twice() -> None:
    command = [sys.executable, "-m", "tests.faults.budgets", "--seed", "3", "--kills", "10"]
    root = Path(__file__).parents[2]
    ended = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=300)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert ended.stdout.startswith("10 kills") and ended.stdout.endswith("nothing is wrong\n")
