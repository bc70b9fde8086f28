"""What must hold after the faults."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

from tests.faults.hooks import Hooks
from tests.faults.injection import Injector
from tests.faults.installation import Installation
from tests.faults.workload import Client, Sent

# A disk that was full shows in a job's end a little later.
LATER_SECONDS = 15.0
ENDS = "('succeeded', 'failed', 'cancelled')"


def made(job: dict[str, Any]) -> list[Any]:
    """What a job made: its files' digests, and the facts found in them."""
    result = job["result"]
    files = [
        (table["name"], table["rows"], file["format"], file["bytes"], file["sha256"])
        for table in result["tables"]
        for file in table["files"]
    ]
    return [files, result["facts"]]


def unended(client: Client) -> list[str]:
    return [f"{sent.job_id} is {sent.last.get('status')}" for sent in client.sent if not sent.ended]


def wrongly_failed(client: Client, injector: Injector) -> list[str]:
    """Jobs that failed for anything but a disk that was full while they ran."""
    return [
        f"{sent.job_id}: {sent.last['error']}"
        for sent in client.sent
        if sent.last.get("status") == "failed" and not excused(sent, injector)
    ]


def excused(sent: Sent, injector: Injector) -> bool:
    detail = sent.last["error"]["detail"]
    if "disk is full" not in detail:
        return False
    ended = datetime.fromisoformat(sent.last["timeline"][-1]["finished_at"]).timestamp()
    return any(began <= ended <= over + LATER_SECONDS for began, over in injector.full)


def different(client: Client, calm: dict[int, list[Any]]) -> list[str]:
    """Jobs whose result is not that of a run without faults."""
    wrong = []
    for sent in client.sent:
        if sent.last.get("status") == "succeeded":
            found, wanted = made(sent.last), calm[sent.request]
            for name, mine, other in zip(("files", "facts"), found, wanted, strict=True):
                if mine != other:
                    wrong.append(f"{sent.job_id} {name}: {sent.last['warnings']} {mine}")
    return wrong


def spoiled(client: Client) -> tuple[int, list[str]]:
    """Files that do not hold, as downloaded, what their job says; and how many bytes were read."""
    read, bad = 0, []
    for sent in client.sent:
        if sent.last.get("status") != "succeeded":
            continue
        for table in sent.last["result"]["tables"]:
            for file in table["files"]:
                answer = client.persistently("GET", file["href"])
                read += len(answer.content)
                if hashlib.sha256(answer.content).hexdigest() != file["sha256"]:
                    bad.append(f"{sent.job_id} {table['name']} {file['format']}")
    return read, bad


def ended_twice(whole: Installation) -> list[str]:
    ends = (
        "SELECT job_id, count(*) FROM job_events "
        f"WHERE kind = 'status' AND data->>'status' IN {ENDS} "
        "GROUP BY job_id HAVING count(*) <> 1"
    )
    return whole.postgres.sql(ends, whole.database).split()


def stored_jobs(whole: Installation) -> int:
    return int(whole.postgres.sql("SELECT count(*) FROM jobs", whole.database))


def untold(client: Client, hooks: Hooks) -> list[str]:
    """Ends of jobs that no webhook told, or that were told under more than one id."""
    wrong = []
    for sent in client.sent:
        event = f"job.{sent.last.get('status')}"
        ids = hooks.ids.get((sent.job_id, event), set())
        if len(ids) != 1:
            wrong.append(f"{sent.job_id} {event}: {len(ids)} ids")
    return wrong
