"""What a visit costs the event loop does not grow with the definition."""

from __future__ import annotations

import asyncio
import gc
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.ui.pages.design.column_grid import FEW
from tests.ui.asgi import running, visitor

pytestmark = pytest.mark.anyio
FACTOR = 3  # Times the reference: machines are noisy.


def columns(number: int) -> dict[str, Any]:
    features = {f"c{each}": {"type": "float", "mean": 0, "std": 1} for each in range(number)}
    return {"name": "many", "n_samples": 10, "features": features}


def labels(number: int) -> dict[str, Any]:
    cats = {f"label {each}": 1 for each in range(number)}
    return {
        "name": "many",
        "n_samples": 10,
        "features": {"c": {"type": "category", "cats": cats}},
    }


async def visited(folder: Path, document: dict[str, Any]) -> tuple[httpx.Response, float]:
    """The page of a definition, and the most that one turn of the loop took of the processor."""
    stretches: list[float] = []
    run = asyncio.Handle._run

    def measured(handle: asyncio.Handle) -> None:
        before = time.thread_time()
        run(handle)
        stretches.append(time.thread_time() - before)

    async with running(folder) as app, visitor(app) as before, visitor(app) as browser:
        await before.get("/design")
        gc.collect()
        gc.freeze()  # as the service does: a collection is not to walk through all modules
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("app.ui.model.draft.BLANK", document)
            patch.setattr(asyncio.Handle, "_run", measured)
            page = await browser.get("/design")
        gc.unfreeze()
    return page, max(stretches)


async def test_a_visit_costs_no_more_than_a_first_screen_of_columns(tmp_path: Path) -> None:
    few, reference = await visited(tmp_path / "few", columns(FEW))
    many, stretch = await visited(tmp_path / "many", columns(500))
    assert many.status_code == 200
    assert [f'"c{FEW - 1}"' in many.text, f'"c{FEW}"' in many.text] == [True, False]
    assert len(many.text) < 2 * len(few.text)
    assert stretch < FACTOR * reference


async def test_a_visit_costs_no_more_than_a_first_screen_of_labels(tmp_path: Path) -> None:
    _, reference = await visited(tmp_path / "few", labels(100))
    many, stretch = await visited(tmp_path / "many", labels(10_000))
    assert many.status_code == 200 and "Show 60 more of 9960 labels" in many.text
    assert stretch < FACTOR * reference
