"""The service that the catalogue is sent to, and its attacker's foothold in it."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import time
from collections.abc import Iterator
from pathlib import Path

from tests.acceptance.hostile.inputs import Target, wait_for_job
from tests.acceptance.hostile.observed import Observed, observed_server
from tests.acceptance.hostile.visits import cookie_of

# Limits that an operator may set; with the ones that hold by default everything takes longer, and
# the catalogue would take an hour.
SETTINGS = {
    "interactive_timeout": "2",
    "max_job_seconds": "20",
    "delivery_attempts": "1",
    "body_seconds": "5",
    "source_seconds": "20",
    "max_source_bytes": str(16 << 20),
}
START_ATTEMPTS = 30
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
        target = dataclasses.replace(target, job=_job(target))
        _warm_up(target)
        yield server, target


def _job(target: Target) -> str:
    """The address of a job of the attacker's that has succeeded; its processes take their time."""
    body = json.dumps({"schema": WIDE, "formats": ["csv"]}).encode()
    headers = {"Content-Type": "application/json"}
    answer = target.ask("POST", "/v1/jobs", body, headers)
    for _ in range(START_ATTEMPTS):
        if answer.location:
            break
        time.sleep(1)
        answer = target.ask("POST", "/v1/jobs", body, headers)
    assert b'"status":"succeeded"' in wait_for_job(target, answer.location, 60).beginning
    return answer.location


def _warm_up(target: Target) -> None:
    """What is made once is made before memory is compared: pages, descriptions, a preview."""
    for path in ("/", "/design", "/jobs", "/docs", "/openapi.json", f"{target.job}/result"):
        target.ask("GET", path)
    body = b"features: {a: {type: name}}"
    target.ask("POST", "/v1/schemas/preview", body, {"Content-Type": "application/yaml"})
    for token in (target.token, target.victim):
        cookie_of(target, token)  # later, strangers may have filled the door
