from __future__ import annotations

import re

import pytest

from app.api.access_log import HEADER
from tests.api.conftest import Send

pytestmark = pytest.mark.anyio


async def test_alive_and_ready(send: Send) -> None:
    assert (await send("GET", "/healthz")).json() == {"alive": True}
    ready = await send("GET", "/readyz")
    assert ready.status_code == 200
    assert ready.json()["checks"] == {"database": True, "pool": True, "disk": True}


async def test_metrics_count_by_route_and_not_by_path(send: Send) -> None:
    for number in range(3):
        await send("GET", f"/v1/jobs/none-{number}")
        await send("GET", f"/nowhere/{number}")
    await send("BREW", "/v1/jobs/none")
    answer = await send("GET", "/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    line = 'tablesmith_http_requests_total{method="GET",route="%s",status="404"} 3.0'
    assert line % "/v1/jobs/{id}" in answer.text
    assert line % "unmatched" in answer.text
    assert 'method="other"' in answer.text
    assert "none-" not in answer.text
    assert "tablesmith_jobs 1.0" in answer.text
    names = re.findall(r"^# TYPE (\S+)", answer.text, re.MULTILINE)
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("given", "kept"), [("abc-1.2_3", True), ("a b", False), ("x" * 65, False)]
)
async def test_every_answer_carries_an_id(send: Send, given: str, kept: bool) -> None:
    answer = await send("GET", "/nope", headers={HEADER: given})
    assert (answer.headers[HEADER] == given) is kept
    assert re.fullmatch(r"[\w.-]{1,64}", answer.headers[HEADER])
