"""A job's data goes to a database and an object store; nobody sees the credentials again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import obstore
import pytest
from obstore.store import S3Store

from tests.acceptance.http.server import Server, running_server
from tests.components.postgres import PostgresServer
from tests.components.s3 import S3Server

DEFINITION = {
    "name": "people",
    "n_samples": 500,
    "features": {
        "id": {"type": "id", "format": "sequence"},
        "age": {"type": "int", "min": 1, "max": 90},
    },
    "primary_key": "id",
}


@pytest.fixture(scope="module")
def allowing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that may reach this machine."""
    folder = tmp_path_factory.mktemp("allowing")
    with running_server(folder, outbound_allow="127.0.0.1", delivery_backoff="0.05") as server:
        yield server


@pytest.fixture
def client(allowing: Server) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=allowing.url, timeout=60) as client:
        yield client


def _postgresql(server: PostgresServer, database: str, **changes: Any) -> dict[str, Any]:
    target = {"kind": "postgresql", "host": server.host, "port": server.port, "database": database}
    return {**target, "credentials": {"user": server.user, "password": server.password}, **changes}


def _delivered(client: httpx.Client, sinks: list[dict[str, Any]], **body: Any) -> dict[str, Any]:
    body = {"schema": DEFINITION, "seed": 7, "sinks": sinks, **body}
    answer = client.post("/v1/jobs", json=body, headers={"Prefer": "wait=30"})
    assert answer.status_code == 202, answer.text
    job: dict[str, Any] = answer.json()
    return job


def test_one_job_goes_to_two_places(
    client: httpx.Client,
    allowing: Server,
    postgres: PostgresServer,
    postgres_database: str,
    s3: S3Server,
) -> None:
    bucket = s3.new_bucket()
    keys = {"access_key_id": s3.access_key, "secret_access_key": s3.secret_key}
    lake = {"kind": "s3", "bucket": bucket, "endpoint": s3.endpoint, "prefix": "out"}
    sinks = [_postgresql(postgres, postgres_database), {**lake, "credentials": keys}]
    job = _delivered(client, sinks)
    assert [each["status"] for each in job["deliveries"]] == ["delivered", "delivered"], job
    assert job["status"] == "succeeded"
    assert postgres.sql("SELECT count(DISTINCT id) FROM people", postgres_database) == "500"
    store = S3Store(bucket, endpoint=s3.endpoint, client_options={"allow_http": True}, **keys)
    content = bytes(obstore.get(store, "out/people.csv").bytes())
    assert content == client.get(f"/v1/jobs/{job['id']}/result?format=csv").content
    names = {Path(each["path"]).name for each in job["deliveries"][1]["receipt"]["files"]}
    # The Parquet file that the database reads was asked for by nobody else.
    assert {"people.csv", "manifest.json", "manifest.json.sig"} <= names
    assert "people.parquet" not in names
    told = client.get(f"/v1/jobs/{job['id']}").text + allowing.log.read_text()
    assert postgres.password not in told
    assert s3.secret_key not in told


def test_a_table_has_the_key_of_its_definition(
    client: httpx.Client, postgres: PostgresServer, postgres_database: str
) -> None:
    _delivered(client, [_postgresql(postgres, postgres_database)])
    keys = (
        "SELECT count(*) FROM pg_constraint WHERE contype = 'p' AND conrelid = 'people'::regclass"
    )
    assert postgres.sql(keys, postgres_database) == "1"


def test_one_failure_stops_no_other(
    client: httpx.Client, postgres: PostgresServer, postgres_database: str
) -> None:
    wrong = {"user": postgres.user, "password": "wrong"}
    sinks = [
        _postgresql(postgres, postgres_database, credentials=wrong),
        _postgresql(postgres, postgres_database, table="second"),
    ]
    job = _delivered(client, sinks)
    assert [each["status"] for each in job["deliveries"]] == ["failed", "delivered"]
    assert (job["status"], job["deliveries"][0]["attempts"]) == ("failed", 1)
    assert "28P01" in job["deliveries"][0]["error"]
    assert client.get(f"/v1/jobs/{job['id']}/result?format=csv").status_code == 200
