"""Synthesizers are their tenant's alone, and what is done with them is written down."""

from __future__ import annotations

import pytest

from tests.api.accounts.conftest import House
from tests.kinds.learning import shop_model

pytestmark = pytest.mark.anyio
BYTES = {"Content-Type": "application/octet-stream"}


@pytest.fixture
def each_database() -> str | None:
    """The service's own file."""
    return None


async def test_nobody_names_what_another_tenant_has_learned(house: House) -> None:
    async with await house.enter("acme") as acme, await house.enter("other") as other:
        made = (await acme.post("/v1/synthesizers", content=shop_model(), headers=BYTES)).json()
        answers = []
        for synthesizer in (made["id"], "syn_" + "0" * 32):
            asked = {"kind": "synthesize", "synthesizer": synthesizer}
            refused = await other.post("/v1/jobs", json=asked)
            assert refused.status_code == 422
            answers.append(refused.text.replace(synthesizer, "ID"))
        assert answers[0] == answers[1]
        own = await acme.post("/v1/jobs", json={"kind": "synthesize", "synthesizer": made["id"]})
        assert own.status_code == 202


async def test_changes_of_synthesizers_are_in_the_audit_log(house: House) -> None:
    async with await house.enter("acme") as acme, await house.enter("acme", "read") as reader:
        made = (await acme.post("/v1/synthesizers", content=shop_model(), headers=BYTES)).json()
        address = made["links"]["self"]
        await acme.patch(address, json={"name": "kept"})
        assert (await reader.delete(address)).status_code == 403
        assert (await reader.get(f"{address}/file")).status_code == 200
        await acme.delete(address)
        entries = (await acme.get("/v1/audit")).json()["items"]
        seen = {(entry["action"], entry["resource"], entry["status"]) for entry in entries}
        assert {
            ("create_synthesizer", address, 201),
            ("rename_synthesizer", address, 200),
            ("delete_synthesizer", address, 204),
        } <= seen
