from __future__ import annotations

import base64

import pytest

from tests.api.conftest import Send
from tests.api.fakes import CONTENT, MANIFEST, SHA256, FakeService

pytestmark = pytest.mark.anyio
PATH = "/v1/jobs/job-1/result"
ETAG = f'"{SHA256}"'


@pytest.fixture
async def done(send: Send) -> None:
    await send("POST", "/v1/jobs", json={"features": {}}, headers={"Prefer": "wait=1"})


@pytest.mark.usefixtures("done")
async def test_the_whole_file_comes_with_its_name_and_digest(send: Send) -> None:
    answer = await send("GET", PATH)
    assert (answer.status_code, answer.content) == (200, CONTENT)
    assert answer.headers["etag"] == ETAG
    assert answer.headers["content-length"] == str(len(CONTENT))
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.headers["accept-ranges"] == "bytes"
    digest = base64.b64encode(bytes.fromhex(SHA256)).decode()
    assert answer.headers["repr-digest"] == f"sha-256=:{digest}:"
    assert "filename*=UTF-8''ch%C3%BCrn%20%221%22.csv" in answer.headers["content-disposition"]


@pytest.mark.usefixtures("done")
async def test_head_says_what_get_would_send(send: Send) -> None:
    get, head = await send("GET", PATH), await send("HEAD", PATH, headers={"Range": "bytes=0-1"})
    assert (head.status_code, head.content) == (200, b"")
    drop = "x-request-id"
    assert {k: v for k, v in head.headers.items() if k != drop} == {
        k: v for k, v in get.headers.items() if k != drop
    }


@pytest.mark.usefixtures("done")
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("bytes=0-8", CONTENT[:9]),
        ("bytes=100-", CONTENT[100:]),
        ("bytes=-5", CONTENT[-5:]),
        ("bytes=9-99999999", CONTENT[9:]),
    ],
)
async def test_a_range_is_a_part(send: Send, text: str, expected: bytes) -> None:
    answer = await send("GET", PATH, headers={"Range": text})
    first = CONTENT.index(expected)
    assert (answer.status_code, answer.content) == (206, expected)
    last = first + len(expected) - 1
    assert answer.headers["content-range"] == f"bytes {first}-{last}/{len(CONTENT)}"
    assert answer.headers["content-length"] == str(len(expected))
    assert answer.headers["etag"] == ETAG


@pytest.mark.usefixtures("done")
async def test_a_range_outside_is_a_problem(send: Send) -> None:
    answer = await send("GET", PATH, headers={"Range": f"bytes={len(CONTENT)}-"})
    assert (answer.status_code, answer.json()["type"]) == (416, "/problems/range-not-satisfiable")
    assert answer.headers["content-range"] == f"bytes */{len(CONTENT)}"


@pytest.mark.usefixtures("done")
async def test_conditions(send: Send) -> None:
    known = await send("GET", PATH, headers={"If-None-Match": ETAG})
    assert (known.status_code, known.content, known.headers["etag"]) == (304, b"", ETAG)
    headers = {"Range": "bytes=0-1", "If-Range": '"other"'}
    assert (await send("GET", PATH, headers=headers)).status_code == 200
    assert (await send("GET", PATH, headers={**headers, "If-Range": ETAG})).status_code == 206
    other = await send("GET", PATH, headers={"If-Match": '"other"'})
    assert (other.status_code, other.json()["type"]) == (412, "/problems/precondition-failed")


@pytest.mark.usefixtures("done")
async def test_format_and_table_are_passed_on(send: Send, service: FakeService) -> None:
    await send("GET", PATH + "?format=parquet&table=churn", headers={"Accept": "text/csv"})
    await send("GET", PATH, headers={"Accept": "application/jsonl"})
    await send("GET", PATH)
    assert service.jobs.asked == [("parquet", "churn"), ("jsonl", None), (None, None)]


@pytest.mark.usefixtures("done")
@pytest.mark.parametrize(
    ("query", "accept", "status", "slug"),
    [
        ("?format=docx", "*/*", 422, "invalid-request"),
        ("?format=", "*/*", 422, "invalid-request"),
        ("?table=lost", "*/*", 404, "table-not-found"),
        ("?table=", "*/*", 422, "invalid-request"),
        ("", "image/png", 406, "not-acceptable"),
    ],
)
async def test_what_cannot_be_had(
    send: Send, query: str, accept: str, status: int, slug: str
) -> None:
    answer = await send("GET", PATH + query, headers={"Accept": accept})
    assert (answer.status_code, answer.json()["type"]) == (status, f"/problems/{slug}")


async def test_a_result_that_is_not_ready_is_a_conflict(send: Send) -> None:
    await send("POST", "/v1/jobs", json={"features": {}})
    answer = await send("GET", PATH)
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/result-not-ready")


@pytest.mark.usefixtures("done")
async def test_a_file_that_was_removed_is_gone(send: Send, service: FakeService) -> None:
    service.jobs.file.unlink()
    answer = await send("GET", PATH)
    assert (answer.status_code, answer.json()["type"]) == (410, "/problems/result-gone")


@pytest.mark.usefixtures("done")
async def test_events_are_told_from_the_beginning(send: Send) -> None:
    answer = await send("GET", "/v1/jobs/job-1/events")
    assert answer.headers["content-type"].startswith("text/event-stream")
    events = [
        dict(line.split(": ", 1) for line in part.splitlines()) for part in parts(answer.text)
    ]
    assert [event["id"] for event in events] == ["1", "2", "3"]
    assert {event["event"] for event in events} == {"status"}
    assert '"succeeded"' in events[-1]["data"]
    assert r"a\nb ä" in events[-1]["data"]


@pytest.mark.usefixtures("done")
async def test_events_resume_behind_the_last_one(send: Send) -> None:
    answer = await send("GET", "/v1/jobs/job-1/events", headers={"Last-Event-ID": "2"})
    assert [part.splitlines()[0] for part in parts(answer.text)] == ["id: 3"]
    told = await send("GET", "/v1/jobs/job-1/events", headers={"Last-Event-ID": "3"})
    assert (told.status_code, told.content) == (204, b"")


@pytest.mark.usefixtures("done")
@pytest.mark.parametrize("last", ["x", "-1", "1.5", "", "9" * 30])
async def test_an_event_that_cannot_be_is_refused(send: Send, last: str) -> None:
    answer = await send("GET", "/v1/jobs/job-1/events", headers={"Last-Event-ID": last})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["path"] == "header.last-event-id"


def parts(text: str) -> list[str]:
    return [part for part in text.split("\r\n\r\n") if part]


@pytest.mark.usefixtures("done")
async def test_the_manifest_comes_as_it_was_signed(send: Send, service: FakeService) -> None:
    links = (await send("GET", "/v1/jobs/job-1")).json()["links"]
    answer = await send("GET", links["manifest"])
    assert (answer.status_code, answer.content) == (200, MANIFEST)
    assert answer.headers["content-type"] == "application/json"
    for part in ("signature", "public_key"):
        assert (await send("GET", f"{links['manifest']}?part={part}")).status_code == 200
    assert [part for part, _ in service.jobs.asked] == ["manifest", "signature", "public_key"]


@pytest.mark.usefixtures("done")
async def test_a_manifest_that_cannot_be_had(send: Send, service: FakeService) -> None:
    answer = await send("GET", "/v1/jobs/job-1/manifest?part=private_key")
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/invalid-request")
    service.jobs.manifest_file.unlink()
    answer = await send("GET", "/v1/jobs/job-1/manifest")
    assert (answer.status_code, answer.json()["type"]) == (410, "/problems/result-gone")


async def test_there_is_no_manifest_before_the_result(send: Send) -> None:
    job = (await send("POST", "/v1/jobs", json={"features": {}})).json()
    assert "manifest" not in job["links"]
    answer = await send("GET", "/v1/jobs/job-1/manifest")
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/result-not-ready")
