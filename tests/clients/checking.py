"""What a client saw of a job beside what the service itself says of it."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from pathlib import Path
from typing import Any

import httpx
import pyarrow.parquet as pq

from tests.clients.service import Described

ROWS = 400
GOLD = 0.25


def check_job(service: Described, folder: Path, told: dict[str, Any]) -> None:
    """The files in the folder are the job's, and what the client told is what the service says.

    Args:
        told: of the job as the client understood it: `id`, `status`, `facts` (whether each one
            holds), `auc` of its verification, the status of its `deliveries`, and its `result`
            as a whole.
    """
    headers = {"Authorization": f"Bearer {service.token}"}
    job = httpx.get(f"{service.url}/v1/jobs/{told['id']}", headers=headers).json()
    assert told["status"] == job["status"] == "succeeded"
    assert told["result"] == job["result"]
    assert told["facts"] == {fact["fact"]: True for fact in job["result"]["facts"]}
    assert len(told["facts"]) > 5
    assert told["auc"] == job["result"]["verification"]["auc"] > 0.5
    assert told["deliveries"] == ["delivered"]
    _check_files(folder, job["result"]["tables"][0])


def _check_files(folder: Path, table: dict[str, Any]) -> None:
    for file in table["files"]:
        content = (folder / f"result.{file['format']}").read_bytes()
        assert hashlib.sha256(content).hexdigest() == file["sha256"]
    rows = list(csv.DictReader(io.StringIO((folder / "result.csv").read_text("utf-8"))))
    assert len(rows) == ROWS
    assert sum(row["plan"] == "Gold" for row in rows) == ROWS * GOLD
    assert pq.read_table(folder / "result.parquet").num_rows == ROWS
    manifest = json.loads((folder / "manifest.json").read_bytes())
    assert manifest["tables"][0]["name"] == table["name"]
