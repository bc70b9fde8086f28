# ruff: noqa: E501  (a catalogue: each input is a line)
"""Deliveries and webhooks to servers that do to their clients whatever a protocol lets them do."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from tests.acceptance.hostile.bodies import JSON
from tests.acceptance.hostile.inputs import Answer, Input, Target, chance, wait_for_job
from tests.components.hostile_servers import HOST, KINDS, hostile_server

SECONDS = 8.0
TABLE = {"n_samples": 10, "features": {"a": {"type": "int", "min": 0, "max": 9}}}
USER = {"user": "u", "password": "secret-of-mallory"}
# The sinks, and the webhook, that speak to a server of each protocol.
SPEAKERS: dict[str, tuple[str, ...]] = {
    "postgresql": ("postgresql",),
    "mysql": ("mysql",),
    "http": ("http", "s3", "gcs", "azure", "crm_analytics", "webhook"),
    "salesforce": ("crm_analytics",),
    "drip": ("http", "s3", "postgresql", "mysql", "crm_analytics", "webhook"),
    "tarpit": ("http", "s3", "postgresql", "mysql", "crm_analytics", "webhook"),
    "tls": ("http", "postgresql", "mysql"),
}


def deliveries(seed: int, many: int) -> Iterator[Input]:
    pairs = [(server, sink) for server in KINDS for sink in SPEAKERS[server.partition("_")[0]]]
    for server, sink in chance(seed, "deliveries").sample(pairs, min(len(pairs), many)):
        yield Input(
            "delivery", f"{sink} to {server}",
            lambda target, server=server, sink=sink: _deliver(target, server, sink),
        )  # fmt: skip


def _deliver(target: Target, server: str, sink: str) -> list[Answer]:
    """A job for a hostile server; cancelled, if need be, after some seconds."""
    with hostile_server(server) as port:
        place = {"webhook": _webhook(port)} if sink == "webhook" else {"sinks": [_sink(sink, port)]}
        body = {"schema": TABLE, "formats": ["csv", "parquet"], **place}
        answer = target.ask("POST", "/v1/jobs", json.dumps(body).encode(), JSON)
        if not answer.location:
            return [answer]
        return [answer, wait_for_job(target, answer.location, SECONDS)]


def _webhook(port: int) -> dict[str, Any]:
    return {"url": f"http://{HOST}:{port}/", "events": ["job.succeeded", "job.failed"]}


def _sink(kind: str, port: int) -> dict[str, Any]:
    url = f"http://{HOST}:{port}"
    token = {"access_token": "secret-of-mallory"}
    server = {"host": HOST, "port": port, "database": "d", "credentials": USER}
    sinks: dict[str, dict[str, Any]] = {
        "http": {"kind": "http", "credentials": {"url": f"{url}/{{file}}"}},
        "s3": {"kind": "s3", "bucket": "b", "endpoint": url, "credentials": {"access_key_id": "a", "secret_access_key": "secret-of-mallory"}},
        "gcs": {"kind": "gcs", "bucket": "b", "endpoint": url, "credentials": token},
        "azure": {"kind": "azure", "account": "acc", "container": "c", "endpoint": url, "credentials": {"account_key": "c2VjcmV0LW9mLW1hbGxvcnk="}},
        "crm_analytics": {"kind": "crm_analytics", "instance_url": url, "dataset": "d", "credentials": token},
        "postgresql": {"kind": "postgresql", **server},
        "mysql": {"kind": "sql", "dialect": "mysql", **server},
    }  # fmt: skip
    return sinks[kind]
