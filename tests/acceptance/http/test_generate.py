"""From a definition to the data, over a real connection."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from typing import Any

import httpx
import pyarrow.parquet as pq
import pytest

from tests.acceptance.http.server import ROOT

YAML = {"Content-Type": "application/yaml"}
CHURN = (ROOT / "examples" / "churn_patent.yaml").read_bytes()
SHOP = """
tables:
  customers:
    n_samples: 10
    primary_key: id
    features: {id: {type: id, format: sequence}}
  plans:
    n_samples: 3
    features: {price: {type: int, min: 1, max: 9}}
"""


def finished(client: httpx.Client, text: bytes | str, **headers: str) -> dict[str, Any]:
    """The job of a definition, once it has succeeded."""
    answer = client.post("/v1/jobs", content=text, headers={**YAML, "Prefer": "wait=30", **headers})
    assert answer.status_code == 202, answer.text
    job: dict[str, Any] = answer.json()
    assert job["status"] == "succeeded", job
    assert answer.headers["preference-applied"] == "wait=30"
    return job


def events_of(text: str) -> list[dict[str, str]]:
    """Server-Sent Events as mappings; comments, which keep the connection open, left out."""
    parts = (part for part in text.replace("\r\n", "\n").split("\n\n") if part.strip())
    lines = [[line for line in part.split("\n") if not line.startswith(":")] for part in parts]
    return [dict(line.split(": ", 1) for line in part) for part in lines if part]


@pytest.fixture(scope="module")
def job(server: Any) -> dict[str, Any]:
    with httpx.Client(base_url=server.url, timeout=60) as client:
        return finished(client, CHURN + b"\nseed: 7\n")


def test_the_patents_sample_becomes_a_csv_file(client: httpx.Client, job: dict[str, Any]) -> None:
    assert client.get(job["links"]["self"]).json() == job
    file = job["result"]["tables"][0]["files"][0]
    answer = client.get(file["href"])
    assert answer.status_code == 200
    assert len(answer.content) == file["bytes"] == int(answer.headers["content-length"])
    assert hashlib.sha256(answer.content).hexdigest() == file["sha256"]
    assert answer.headers["etag"] == f'"{file["sha256"]}"'
    assert "churn_dataset.csv" in answer.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert len(rows) == 100
    assert list(rows[0])[-1] == "Churned"
    assert sum(row["Churned"] == "Inactive" for row in rows) == 10


def test_a_download_resumes_where_it_broke(client: httpx.Client, job: dict[str, Any]) -> None:
    href = job["links"]["result"]
    whole = client.get(href)
    headers = {"Range": "bytes=1000-", "If-Range": whole.headers["etag"]}
    rest = client.get(href, headers=headers)
    assert rest.status_code == 206
    assert whole.content[:1000] + rest.content == whole.content
    assert (
        rest.headers["content-range"] == f"bytes 1000-{len(whole.content) - 1}/{len(whole.content)}"
    )
    assert client.get(href, headers={"Range": "bytes=99999999-"}).status_code == 416
    assert client.get(href, headers={"If-None-Match": whole.headers["etag"]}).status_code == 304


def test_a_format_that_nobody_asked_for_is_made(client: httpx.Client, job: dict[str, Any]) -> None:
    answer = client.get(job["links"]["result"], params={"format": "parquet"})
    assert answer.headers["content-type"] == "application/vnd.apache.parquet"
    table = pq.read_table(io.BytesIO(answer.content))
    assert (table.num_rows, table.column_names[-1]) == (100, "Churned")
    by_accept = client.get(job["links"]["result"], headers={"Accept": "application/jsonl"})
    assert len([json.loads(line) for line in by_accept.text.splitlines()]) == 100


def test_events_tell_the_whole_story_and_resume(client: httpx.Client, job: dict[str, Any]) -> None:
    path = job["links"]["events"]
    events = events_of(client.get(path).text)
    numbers = [int(event["id"]) for event in events]
    assert numbers == list(range(1, len(events) + 1))
    statuses = [json.loads(event["data"])["status"] for event in events]
    assert (statuses[0], statuses[-1]) == ("queued", "succeeded")
    rest = events_of(client.get(path, headers={"Last-Event-ID": "2"}).text)
    assert [event["id"] for event in rest] == [event["id"] for event in events[2:]]
    told = client.get(path, headers={"Last-Event-ID": events[-1]["id"]})
    assert told.status_code == 204


def test_events_come_while_the_job_runs(client: httpx.Client) -> None:
    text = "n_samples: 300000\nfeatures: {a: {type: name}, b: {type: id, format: uuid}}"
    job = client.post("/v1/jobs", content=text, headers=YAML).json()
    events = events_of(client.get(job["links"]["events"]).text)
    assert "running" in [json.loads(event["data"])["status"] for event in events]
    assert json.loads(events[-1]["data"])["status"] == "succeeded"


def test_the_same_seed_gives_the_same_bytes(client: httpx.Client, job: dict[str, Any]) -> None:
    again = client.post(f"{job['links']['self']}/rerun", json={"seed": 7}).json()
    assert client.get(again["links"]["events"]).status_code == 200
    tables = client.get(again["links"]["self"]).json()["result"]["tables"]
    assert tables[0]["files"][0]["sha256"] == job["result"]["tables"][0]["files"][0]["sha256"]


def test_the_preview_is_how_the_job_begins(client: httpx.Client, job: dict[str, Any]) -> None:
    answer = client.post("/v1/schemas/preview?rows=5", content=CHURN + b"\nseed: 7\n", headers=YAML)
    (records,) = answer.json()["tables"].values()
    lines = client.get(job["links"]["result"], params={"format": "jsonl"}).text.splitlines()[:5]
    assert records == [json.loads(line) for line in lines]


def test_the_rules_of_a_job_are_those_of_compile(client: httpx.Client, job: dict[str, Any]) -> None:
    compiled = client.post("/v1/schemas/compile", content=CHURN + b"\nseed: 7\n", headers=YAML)
    plan = compiled.json()
    assert {"rules", "else", "facts", "effects", "expected", "reachable", "text"} <= set(plan)
    assert plan["text"].startswith("if ")
    assert client.get(job["links"]["rules"]).json() == plan


def test_several_tables_come_as_a_zip_or_one_by_one(client: httpx.Client) -> None:
    job = finished(client, SHOP)
    answer = client.get(job["links"]["result"])
    assert answer.headers["content-type"] == "application/zip"
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    manifest = {"manifest.json", "manifest.json.sig", "manifest.json.pub"}
    assert set(archive.namelist()) == {"customers.csv", "plans.csv", *manifest}
    assert client.get(job["links"]["manifest"]).content == archive.read("manifest.json")
    one = client.get(job["links"]["result"], params={"table": "plans"})
    assert one.content == archive.read("plans.csv")
    assert client.get(job["links"]["result"], params={"table": "lost"}).status_code == 404


def test_a_job_is_submitted_once_by_its_key(client: httpx.Client) -> None:
    jobs = {finished(client, CHURN, **{"Idempotency-Key": "once"})["id"] for _ in range(3)}
    assert len(jobs) == 1
    headers = {**YAML, "Idempotency-Key": "once"}
    other = client.post("/v1/jobs", content=CHURN + b"\n", headers=headers)
    assert (other.status_code, other.json()["type"]) == (409, "/problems/idempotency-conflict")


def test_a_running_job_is_cancelled_and_deleted(client: httpx.Client) -> None:
    text = "n_samples: 50000000\nfeatures: {a: {type: name}, b: {type: name}}"
    job = client.post("/v1/jobs", content=text, headers=YAML).json()
    early = client.get(job["links"]["self"] + "/result")
    assert (early.status_code, early.json()["type"]) == (409, "/problems/result-not-ready")
    assert client.post(job["links"]["cancel"]).status_code == 202
    events = events_of(client.get(job["links"]["events"]).text)
    assert json.loads(events[-1]["data"])["status"] == "cancelled"
    assert client.post(job["links"]["cancel"]).status_code == 409
    assert client.delete(job["links"]["self"]).status_code == 204
    assert client.get(job["links"]["self"]).status_code == 404


def ended(client: httpx.Client, job_id: str) -> dict[str, Any]:
    """The job once its events have come to their end."""
    with client.stream("GET", f"/v1/jobs/{job_id}/events") as events:
        for _ in events.iter_lines():
            pass
    job: dict[str, Any] = client.get(f"/v1/jobs/{job_id}").json()
    return job


def test_a_stored_definition_is_run_by_its_name(client: httpx.Client) -> None:
    stored = client.put("/v1/schemas/churn", content=CHURN, headers=YAML)
    assert (stored.status_code, stored.json()["version"]) == (201, 1)
    request = {"schema_name": "churn", "n_samples": 50, "seed": 1, "formats": ["csv", "parquet"]}
    job = ended(client, client.post("/v1/jobs", json=request).json()["id"])
    assert (job["status"], job["name"], job["seed"]) == ("succeeded", "churn", 1)
    table = job["result"]["tables"][0]
    assert (table["rows"], [file["format"] for file in table["files"]]) == (50, ["csv", "parquet"])
    newest = client.get("/v1/jobs?limit=1").json()
    assert [item["id"] for item in newest["items"]] == [job["id"]]
    assert client.delete("/v1/schemas/churn").status_code == 204


def test_faults_that_compiling_finds_have_lines_too(client: httpx.Client) -> None:
    text = "n_samples: 100\nfeatures:\n  p: {type: id, format: pattern, pattern: '#'}\n"
    as_text = client.post("/v1/jobs", content=text, headers=YAML)
    nested = client.post("/v1/jobs", json={"schema_yaml": text})
    for answer in (as_text, nested):
        assert answer.status_code == 422
        (fault,) = answer.json()["errors"]
        assert (fault["path"], fault["line"]) == ("features.p.pattern", 3)


def test_faults_of_yaml_have_lines(client: httpx.Client) -> None:
    text = "n_samples: 10\nfeatures:\n  a: {type: int, min: 5, max: 1}\n  b: {typ: int}\n"
    for path in ("/v1/jobs", "/v1/schemas/validate", "/v1/schemas/preview"):
        problem = client.post(path, content=text, headers=YAML).json()
        assert problem["type"] == "/problems/invalid-definition"
        assert {3, 4} <= {fault["line"] for fault in problem["errors"]}
    nested = client.post("/v1/jobs", json={"schema_yaml": text}).json()
    assert {3, 4} <= {fault["line"] for fault in nested["errors"]}
