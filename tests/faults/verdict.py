"""What must hold after the faults."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from tests.faults.hooks import Hooks
from tests.faults.injection import Injector
from tests.faults.installation import Installation
from tests.faults.workload import REQUESTS, Client, Sent

# A disk that was full shows in a job's end a little later.
LATER_SECONDS = 15.0
ENDS = "('succeeded', 'failed', 'cancelled')"

Made = dict[int, list[Any]]


def made(whole: Installation, sent: Sent) -> list[Any]:
    """What a job made: its files' digests, the facts found in them, and what its sinks hold."""
    result = sent.last["result"]
    files = [
        (table["name"], table["rows"], file["format"], file["bytes"], file["sha256"])
        for table in result["tables"]
        for file in table["files"]
    ]
    return [files, result["facts"], *_arrived(whole, sent)]


def _arrived(whole: Installation, sent: Sent) -> list[Any]:
    if REQUESTS[sent.request].if_exists is None:
        return []
    return [whole.warehouse.rows(sent.number), whole.warehouse.files(sent.number)]


def lost(whole: Installation, client: Client) -> list[str]:
    """Acknowledged jobs that are not there or have not ended, and jobs that nobody asked for."""
    wrong = [f"{sent.job_id} is {sent.status}" for sent in client.sent if not sent.ended]
    stored = int(whole.postgres.sql("SELECT count(*) FROM jobs", whole.database))
    return wrong if stored == client.keys else [*wrong, f"{stored} jobs of {client.keys} keys"]


def wrongly_failed(client: Client, injector: Injector) -> list[str]:
    """Jobs that failed for anything but a disk that was full while they ran."""
    return [
        f"{sent.job_id}: {sent.last['error']}"
        for sent in client.sent
        if sent.ended and sent.status != "succeeded" and not excused(sent, injector)
    ]


def excused(sent: Sent, injector: Injector) -> bool:
    error = sent.last["error"]
    if error is None or "disk is full" not in error["detail"]:
        return False
    ended = datetime.fromisoformat(sent.last["timeline"][-1]["finished_at"]).timestamp()
    return any(began <= ended <= over + LATER_SECONDS for began, over in injector.full)


def different(whole: Installation, client: Client, calm: Made) -> list[str]:
    """Jobs whose result, or what their sinks hold, is not that of a run without faults."""
    wrong = []
    for sent in _succeeded(client):
        names = ("files", "facts", "table", "objects")
        for name, mine, other in zip(names, made(whole, sent), calm[sent.request], strict=False):
            if mine != other:
                wrong.append(f"{sent.job_id} {name}: {sent.last['warnings']} {mine}")
    return wrong


def spoiled(client: Client) -> tuple[int, list[str]]:
    """Files that do not hold, as downloaded, what their job says; and how many bytes were read."""
    read, bad = 0, []
    for sent in _succeeded(client):
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


def untold(client: Client, hooks: Hooks) -> list[str]:
    """Events of jobs that no webhook told, or that were told under more than one id."""
    wrong = []
    for sent in client.sent:
        for event in _events(sent):
            ids = hooks.ids.get((sent.job_id, event), set())
            if len(ids) != 1 or not ids <= hooks.taken:
                wrong.append(f"{sent.job_id} {event}: ids {ids}, taken {ids & hooks.taken}")
    return wrong


def invented(whole: Installation, client: Client, hooks: Hooks) -> list[str]:
    """What webhooks told although it did not happen, or under an id that is not the stored one."""
    happened = {(sent.job_id, event) for sent in client.sent for event in _events(sent)}
    stored = whole.postgres.sql("SELECT id, job_id, event FROM webhook_messages", whole.database)
    known = {tuple(line.split("|")) for line in stored.splitlines()}
    told = {(one, *key) for key, ids in hooks.ids.items() for one in ids}
    return [f"{job} {event} {one}" for one, job, event in told - known] + [
        f"{job} {event}" for _, job, event in told if (job, event) not in happened
    ]


def _events(sent: Sent) -> Iterator[str]:
    """What there is to tell of a job as it is now."""
    yield "job.started"
    deliveries = sent.last.get("deliveries")
    if deliveries and all(entry["status"] == "delivered" for entry in deliveries):
        yield "job.delivered"
    if sent.ended:
        yield f"job.{sent.status}"


def _succeeded(client: Client) -> Iterator[Sent]:
    return (sent for sent in client.sent if sent.status == "succeeded")
