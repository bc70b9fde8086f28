"""Figures that do not come from the program; see `tests/data/evaluation`."""

from __future__ import annotations

import json
import runpy
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[2] / "data/evaluation"
ORACLES: dict[str, Any] = json.loads((FOLDER / "oracles.json").read_text(encoding="utf-8"))


def written_again() -> str:
    """What the script writes today."""
    text: str = runpy.run_path(str(FOLDER / "make_oracles.py"))["written"]()
    return text
