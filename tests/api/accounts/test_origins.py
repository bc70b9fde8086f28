"""The executions of a synthesizer: jobs by what they work from, on each database."""

from __future__ import annotations

import pytest

from tests.api.accounts.conftest import House
from tests.conftest import each_database
from tests.kinds.learning import shop_model

__all__ = ["each_database"]

pytestmark = pytest.mark.anyio
BYTES = {"Content-Type": "application/octet-stream"}
DECLARED = {"schema": {"features": {"age": {"type": "int", "min": 1, "max": 9}}}}


async def test_jobs_are_listed_by_what_they_work_from(house: House) -> None:
    async with await house.enter("acme") as acme, await house.enter("other") as other:
        models = [
            (await acme.post("/v1/synthesizers", content=shop_model(), headers=BYTES)).json()["id"]
            for _ in range(2)
        ]
        await acme.post("/v1/jobs", json={"kind": "generate", **DECLARED})
        made = {}
        for model in (*models, models[0]):
            asked = {"kind": "synthesize", "synthesizer": model, "n_samples": 10}
            job = (await acme.post("/v1/jobs", json=asked)).json()["id"]
            made.setdefault(model, []).append(job)
        for model in models:
            asked = {"kind": "synthesize", "origin": model}
            found = (await acme.get("/v1/jobs", params=asked)).json()["items"]
            assert [each["id"] for each in found] == made[model][::-1]
            assert (await other.get("/v1/jobs", params=asked)).json()["items"] == []
        none = await acme.get("/v1/jobs", params={"kind": "generate", "origin": models[0]})
        assert none.json()["items"] == []
        refused = await acme.get("/v1/jobs", params={"origin": models[0]})
        assert [each["path"] for each in refused.json()["errors"]] == ["query.origin"]


async def test_the_pages_of_a_list_are_of_one_origin(house: House) -> None:
    async with await house.enter("acme") as acme:
        made = await acme.post("/v1/synthesizers", content=shop_model(), headers=BYTES)
        asked = {"kind": "synthesize", "synthesizer": made.json()["id"], "n_samples": 10}
        jobs = [(await acme.post("/v1/jobs", json=asked)).json()["id"] for _ in range(3)]
        wanted = {"kind": "synthesize", "origin": made.json()["id"], "limit": 2}
        first = (await acme.get("/v1/jobs", params=wanted)).json()
        after = {**wanted, "cursor": first["next_cursor"]}
        second = (await acme.get("/v1/jobs", params=after)).json()
        found = [each["id"] for each in (*first["items"], *second["items"])]
        assert found == jobs[::-1] and second["next_cursor"] is None
