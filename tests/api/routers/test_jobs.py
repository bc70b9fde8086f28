from __future__ import annotations

import pytest

from app.jobs.models import JobRequest
from tests.api.conftest import Send
from tests.api.fakes import FakeService

pytestmark = pytest.mark.anyio
DOCUMENT = {"name": "churn", "features": {"a": {"type": "int"}}}
YAML = {"Content-Type": "application/yaml"}


async def test_a_definition_becomes_a_job(send: Send, service: FakeService) -> None:
    answer = await send("POST", "/v1/jobs", json=DOCUMENT)
    job = answer.json()
    assert (answer.status_code, answer.headers["location"]) == (202, "/v1/jobs/job-1")
    assert (job["id"], job["status"], job["schema"]) == ("job-1", "queued", DOCUMENT)
    assert service.jobs.requests == [JobRequest(document=DOCUMENT)]
    assert (await send("GET", job["links"]["self"])).json() == job


async def test_yaml_is_always_a_definition(send: Send, service: FakeService) -> None:
    text = b"kind: generate\nschema_name: churn\n"
    answer = await send("POST", "/v1/jobs", content=text, headers=YAML)
    assert answer.status_code == 202
    assert service.request_workers.sources == [text]
    assert service.jobs.requests == [JobRequest(document={"features": {"text": len(text)}})]


async def test_a_request_holds_its_definition(send: Send, service: FakeService) -> None:
    body = {"kind": "generate", "schema": DOCUMENT, "seed": 3, "formats": ["parquet"]}
    assert (await send("POST", "/v1/jobs", json=body)).status_code == 202
    expected = JobRequest(document=DOCUMENT, seed=3, formats=("parquet",))
    assert service.jobs.requests == [expected]


async def test_a_request_holds_its_definition_as_yaml(send: Send, service: FakeService) -> None:
    assert (await send("POST", "/v1/jobs", json={"schema_yaml": "a: ä"})).status_code == 202
    assert service.request_workers.sources == ["a: ä".encode()]


async def test_a_request_names_a_stored_definition(send: Send, service: FakeService) -> None:
    await service.definitions.put("kept", {"features": {}})
    assert (await send("POST", "/v1/jobs", json={"schema_name": "kept"})).status_code == 202
    assert service.jobs.requests[0].document == {"name": "kept", "features": {}}
    answer = await send("POST", "/v1/jobs", json={"schema_name": "lost"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["path"] == "schema_name"


async def test_faults_inside_the_definition_keep_their_path(send: Send) -> None:
    for body in ({"schema_yaml": "BAD"}, {"schema": DOCUMENT, "formats": ["NO_FORMAT"]}):
        answer = await send("POST", "/v1/jobs", json=body)
        assert answer.status_code == 422
        path = answer.json()["errors"][0]["path"]
        assert path in ("schema.features.Tenure.std", "formats[0]")


async def test_the_same_json_in_another_order_is_the_same_body(send: Send) -> None:
    key = {"Idempotency-Key": "k-2", "Content-Type": "application/json"}
    first = await send(
        "POST", "/v1/jobs", content=b'{"seed":1,"schema":{"features":{}}}', headers=key
    )
    other = b'{ "schema": {"features": {}},\n "seed": 1}'
    again = await send("POST", "/v1/jobs", content=other, headers=key)
    assert (again.status_code, again.json()["id"]) == (202, first.json()["id"])
    changed = await send("POST", "/v1/jobs", content=other.replace(b"1", b"2"), headers=key)
    assert changed.status_code == 409


async def test_the_same_key_and_body_give_the_same_job(send: Send) -> None:
    key = {"Idempotency-Key": "k-1"}
    first = await send("POST", "/v1/jobs", json=DOCUMENT, headers=key)
    again = await send("POST", "/v1/jobs", json=DOCUMENT, headers=key)
    assert again.status_code == first.status_code == 202
    assert again.json()["id"] == first.json()["id"]
    other = await send("POST", "/v1/jobs", json={**DOCUMENT, "seed": 1}, headers=key)
    assert (other.status_code, other.json()["type"]) == (409, "/problems/idempotency-conflict")


@pytest.mark.parametrize("key", ["", " ", "a b", "x" * 201, "\x80"])
async def test_a_key_that_cannot_be_one_is_refused(send: Send, key: str) -> None:
    headers = {"Idempotency-Key": key.encode("latin-1")}
    answer = await send("POST", "/v1/jobs", json=DOCUMENT, headers=headers)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["path"] == "header.idempotency-key"


async def test_prefer_waits_for_the_end(send: Send) -> None:
    answer = await send("POST", "/v1/jobs", json=DOCUMENT, headers={"Prefer": "wait=99"})
    assert answer.status_code == 202
    assert answer.headers["preference-applied"] == "wait=30"
    job = answer.json()
    assert job["status"] == "succeeded"
    href = job["result"]["tables"][0]["files"][0]["href"]
    assert href == "/v1/jobs/job-1/result?format=csv&table=churn"
    assert (await send("GET", href)).status_code == 200


async def test_the_list_is_newest_first_by_pages_and_filtered(send: Send) -> None:
    for seed in range(3):
        await send("POST", "/v1/jobs", json={**DOCUMENT, "seed": seed})
    await send("POST", "/v1/jobs/job-2/cancel")
    first = await send("GET", "/v1/jobs?limit=2")
    assert [job["id"] for job in first.json()["items"]] == ["job-3", "job-2"]
    assert all(job["schema"] is None for job in first.json()["items"])
    following = first.headers["link"].partition(">")[0].removeprefix("<")
    assert [job["id"] for job in (await send("GET", following)).json()["items"]] == ["job-1"]
    cancelled = await send("GET", "/v1/jobs?status=cancelled&kind=generate")
    assert [job["id"] for job in cancelled.json()["items"]] == ["job-2"]


async def test_only_a_failed_delivery_is_tried_again(send: Send) -> None:
    await send("POST", "/v1/jobs", json=DOCUMENT)
    missing = await send("POST", "/v1/jobs/job-1/deliveries/0/retry")
    assert missing.status_code == 404
    assert missing.json()["type"] == "/problems/delivery-not-found"
    assert (await send("POST", "/v1/jobs/job-1/deliveries/first/retry")).status_code == 422


async def test_cancel_ends_a_job_once(send: Send) -> None:
    await send("POST", "/v1/jobs", json=DOCUMENT)
    answer = await send("POST", "/v1/jobs/job-1/cancel")
    assert (answer.status_code, answer.json()["status"]) == (202, "cancelled")
    again = await send("POST", "/v1/jobs/job-1/cancel")
    assert (again.status_code, again.json()["type"]) == (409, "/problems/invalid-transition")


async def test_rerun_is_a_new_job(send: Send, service: FakeService) -> None:
    await send("POST", "/v1/jobs", json=DOCUMENT)
    answer = await send("POST", "/v1/jobs/job-1/rerun")
    assert (answer.status_code, answer.headers["location"]) == (202, "/v1/jobs/job-2")
    await send("POST", "/v1/jobs/job-1/rerun", json={"seed": 5, "n_samples": 6})
    assert (service.jobs.requests[-1].seed, service.jobs.requests[-1].n_samples) == (5, 6)
    wrong = await send("POST", "/v1/jobs/job-1/rerun", json={"sede": 5})
    assert (wrong.status_code, wrong.json()["errors"][0]["path"]) == (422, "sede")


async def test_a_job_is_renamed(send: Send) -> None:
    await send("POST", "/v1/jobs", json=DOCUMENT)
    answer = await send("PATCH", "/v1/jobs/job-1", json={"name": "mine ä"})
    assert (answer.status_code, answer.json()["name"]) == (200, "mine ä")
    for body in ({}, {"name": ""}, {"name": 3}, {"name": "a\n"}, {"name": "x", "status": "failed"}):
        assert (await send("PATCH", "/v1/jobs/job-1", json=body)).status_code == 422


async def test_delete_removes_the_job(send: Send) -> None:
    await send("POST", "/v1/jobs", json=DOCUMENT)
    answer = await send("DELETE", "/v1/jobs/job-1")
    assert (answer.status_code, answer.content) == (204, b"")
    for path in ("", "/result", "/manifest", "/events", "/rules", "/report"):
        gone = await send("GET", "/v1/jobs/job-1" + path)
        assert (gone.status_code, gone.json()["type"]) == (404, "/problems/job-not-found")


async def test_rules_are_those_of_the_job(send: Send) -> None:
    await send("POST", "/v1/jobs", json={"schema": DOCUMENT, "kind": "generate", "seed": 41})
    rules = (await send("GET", "/v1/jobs/job-1/rules")).json()
    assert (rules["text"], rules["else"]) == ("seed 41", {"yes": 0.2})


async def test_a_report_is_no_empty_page_but_a_problem(send: Send) -> None:
    await send("POST", "/v1/jobs", json=DOCUMENT)
    answer = await send("GET", "/v1/jobs/job-1/report?format=json")
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/no-report")
