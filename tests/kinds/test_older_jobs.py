"""Jobs that were queued by a version whose requests had fewer fields are still carried out."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from app.service.service import Service
from app.store.tables.job_tables import JobRequestRow
from tests.kinds.conftest import Open
from tests.kinds.learning import ROWS, shops
from tests.kinds.real_sources import add_source

pytestmark = pytest.mark.anyio
# Of requests and of what they work from.
YOUNG = {"holdout", "limits", "conditions", "shares", "given", "impute", "draw", "time_limit"}
QUICK = {"name": "independent"}


async def test_they_run_with_the_defaults_of_what_they_lack(open_service: Open) -> None:
    service, client = await open_service(runner=False)
    real, other = await add_source(service, shops()), await add_source(service, shops(), "src_b")
    asked: list[dict[str, Any]] = [
        {"kind": "train", "source": real, "settings": QUICK},
        {"kind": "synthesize", "source": real, "settings": QUICK, "n_samples": 40},
        {"kind": "evaluate", "real": real, "synthetic": other},
    ]
    jobs = [(await client.post("/v1/jobs", json=each)).json()["id"] for each in asked]
    assert await _made_older(service) == len(jobs)
    runner, client = await open_service()
    ended = []
    for each in jobs:
        await runner.of("default").jobs.wait(each, 90)
        ended.append((await client.get(f"/v1/jobs/{each}")).json())
    assert [each["status"] for each in ended] == ["succeeded"] * 3, ended
    trained, drawn, judged = (each["result"] for each in ended)
    assert trained["details"]["description"]["rows"] == ROWS
    assert drawn["tables"][0]["rows"] == 40 and judged["details"]["figures"]
    again = (await client.post(ended[0]["links"]["rerun"])).json()
    await runner.of("default").jobs.wait(again["id"], 90)
    assert (await client.get(f"/v1/jobs/{again['id']}")).json()["status"] == "succeeded"


async def _made_older(service: Service) -> int:
    """Take the fields that came later out of all stored requests; how many there are."""
    async with service.context.state_writer.database.write() as session:
        rows = (await session.execute(select(JobRequestRow))).scalars().all()
        for row in rows:
            body = {name: value for name, value in row.body.items() if name not in YOUNG}
            document = body["document"]
            definition = document.get("definition")
            kept = {name: value for name, value in document.items() if name not in YOUNG}
            if definition is not None:
                kept["definition"] = {k: v for k, v in definition.items() if k not in YOUNG}
            row.body = {**body, "document": kept}
    return len(rows)
