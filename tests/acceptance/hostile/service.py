"""The service that the catalogue is sent to, and its attacker's foothold in it."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterator
from pathlib import Path

import httpx

from tests.acceptance.hostile.inputs import Target, wait_for_job
from tests.acceptance.hostile.observed import Observed, observed_server

# Limits that an operator may set; with the ones that hold by default everything takes longer, and
# the catalogue would take an hour.
SETTINGS = {
    "interactive_timeout": "3",
    "max_job_seconds": "20",
    "delivery_attempts": "1",
    "body_seconds": "5",
}
WIDE = {
    "n_samples": 20_000,
    "features": {
        "id": {"type": "id", "format": "sequence"},
        **{f"c{n}": {"type": "sentence"} for n in range(5)},
    },
}


@contextlib.contextmanager
def hostile_target(folder: Path, **settings: str) -> Iterator[tuple[Observed, Target]]:
    """A service that is warm, and a target of which the attacker's tenant has a job."""
    root = folder / "exports"
    root.mkdir()
    given = {**SETTINGS, "local_sink_root": str(root), **settings}
    with observed_server(folder, **given) as server:
        target = Target(server.port, server.tokens["mallory"], server.tokens["alice"])
        headers = {"Authorization": f"Bearer {target.token}", "Prefer": "wait=60"}
        request = {"schema": WIDE, "formats": ["csv"]}
        answer = httpx.post(f"{server.url}/v1/jobs", json=request, headers=headers, timeout=90)
        address = answer.json()["links"]["self"]
        wait_for_job(target, address, 60)
        target = dataclasses.replace(target, job=address)
        _warm_up(target)
        yield server, target


def _warm_up(target: Target) -> None:
    """What is made once is made before memory is compared: pages, descriptions, a preview."""
    for path in ("/", "/design", "/jobs", "/docs", "/openapi.json", f"{target.job}/result"):
        target.ask("GET", path)
    body = b"features: {a: {type: name}}"
    target.ask("POST", "/v1/schemas/preview", body, {"Content-Type": "application/yaml"})
