"""Claims, leases and fencing tokens."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from app.store.database import Database
from app.store.repositories.jobs import JobRepository, QueueRepository
from app.store.tables.job_tables import JobRow

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).parents[3]
NOW = datetime(2026, 1, 1, tzinfo=UTC)
LEASE = timedelta(seconds=10)


def job_row(number: int, **changes: Any) -> JobRow:
    values: dict[str, Any] = {
        "id": f"{number:032x}",
        "kind": "generate",
        "name": "n",
        "status": "queued",
        "seed": 1,
        "formats": ["csv"],
        "done": 0,
        "total": 0,
        "timeline": [],
        "warnings": [],
        "deliveries": [],
        "sequence": 1,
        "cancel_requested": False,
        "fencing_token": 0,
        "attempts": 0,
        "created_at": NOW + timedelta(seconds=number),
        "updated_at": NOW,
    }
    return JobRow(**{**values, **changes})


async def _add(database: Database, *rows: JobRow) -> None:
    async with database.write() as session:
        for row in rows:
            await JobRepository(session).add(row, {"document": {}})


async def _claim(database: Database, now: datetime = NOW) -> JobRow | None:
    async with database.write() as session:
        queue = QueueRepository(session)
        return await queue.claim(owner="me", now=now, lease_until=now + LEASE)


async def test_the_oldest_waiting_job_is_claimed_first(database: Database) -> None:
    await _add(database, job_row(2), job_row(1), job_row(3, finished_at=NOW, status="succeeded"))
    claims = [await _claim(database) for _ in range(3)]
    assert [row and row.created_at for row in claims] == [
        NOW + timedelta(seconds=1),
        NOW + timedelta(seconds=2),
        None,
    ]


async def test_no_job_is_claimed_twice_by_claims_at_the_same_time(
    database: Database, database_url: str
) -> None:
    jobs = 40
    await _add(database, *map(job_row, range(jobs)))
    other = Database(database_url)
    sources = [database, other] * (jobs // 2 + 5)
    claimed = [row.id for row in await asyncio.gather(*map(_claim, sources)) if row]
    await other.close()
    assert len(claimed) == jobs
    assert len(set(claimed)) == jobs


_CLAIMS = """
import asyncio, sys
from datetime import UTC, datetime, timedelta
from app.store.database import Database
from app.store.repositories.jobs import QueueRepository

NOW = datetime(2026, 1, 1, tzinfo=UTC)

async def main():
    database = Database(sys.stdin.readline().strip())
    print("ready", flush=True)
    sys.stdin.readline()
    while True:
        async with database.write() as session:
            until = NOW + timedelta(hours=1)
            row = await QueueRepository(session).claim(owner="me", now=NOW, lease_until=until)
        if row is None:
            break
        print(row.id, row.fencing_token)
    await database.close()

asyncio.run(main())
"""


@contextmanager
def _claimers(url: str, count: int) -> Iterator[list[subprocess.Popen[str]]]:
    """Processes that claim jobs as soon as all of them are ready, until there are none."""
    command = [sys.executable, "-c", _CLAIMS]
    with ExitStack() as stack:
        started = [
            stack.enter_context(
                subprocess.Popen(
                    command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
                )
            )
            for _ in range(count)
        ]
        for process in started:
            _say(process, url)
        for process in started:
            assert process.stdout
            assert process.stdout.readline() == "ready\n"
        for process in started:
            _say(process, "go")
        yield started


def _say(process: subprocess.Popen[str], line: str) -> None:
    assert process.stdin
    process.stdin.write(f"{line}\n")
    process.stdin.flush()


@pytest.mark.slow
async def test_no_job_is_claimed_twice_by_several_processes(
    database: Database, database_url: str
) -> None:
    jobs = 200
    await _add(database, *map(job_row, range(jobs)))
    with _claimers(database_url, 3) as processes:
        claims = [process.communicate()[0].split() for process in processes]
    claimed = [job_id for lines in claims for job_id in lines[::2]]
    assert len(claimed) == jobs
    assert len(set(claimed)) == jobs
    assert {fencing_token for lines in claims for fencing_token in lines[1::2]} == {"1"}


async def test_the_tenant_with_the_fewest_jobs_in_hand_comes_first(database: Database) -> None:
    await _add(database, *(job_row(number, tenant="many") for number in range(4)))
    await _add(database, *(job_row(number, tenant="few") for number in (8, 9)))
    claims = [await _claim(database) for _ in range(6)]
    tenants = [row and row.tenant for row in claims]
    assert tenants == ["many", "few", "many", "few", "many", "many"]


async def test_a_claim_may_be_of_small_jobs_alone(database: Database) -> None:
    await _add(database, job_row(1, cost=101), job_row(2, cost=100))
    async with database.write() as session:
        claim = {"owner": "me", "now": NOW, "lease_until": NOW + LEASE}
        small = await QueueRepository(session).claim(**claim, most_cost=100)
        none = await QueueRepository(session).claim(**claim, most_cost=100)
    assert small is not None
    assert (small.id, none) == (job_row(2).id, None)


async def test_a_job_is_claimed_again_only_once_its_lease_has_run_out(database: Database) -> None:
    await _add(database, job_row(1))
    first = await _claim(database)
    assert await _claim(database, NOW + LEASE) is None
    second = await _claim(database, NOW + LEASE + timedelta(seconds=1))
    assert first is not None
    assert second is not None
    assert (second.fencing_token, second.attempts) == (first.fencing_token + 1, 2)


async def test_who_lost_the_lease_changes_nothing(database: Database) -> None:
    await _add(database, job_row(1))
    first = await _claim(database)
    await _claim(database, NOW + 2 * LEASE)
    assert first is not None
    async with database.write() as session:
        queue = QueueRepository(session)
        stale = await queue.change(
            first.id, {"done": 9}, now=NOW, fencing_token=first.fencing_token
        )
        assert stale is None
        assert await queue.renew(first.id, first.fencing_token, NOW + LEASE, 9.0) is None
    async with database.read() as session:
        row = await JobRepository(session).find(first.id)
    assert row is not None
    assert (row.done, row.sequence, row.lease_until) == (0, 1, NOW + 3 * LEASE)


async def test_a_renewal_tells_of_a_cancel(database: Database) -> None:
    await _add(database, job_row(1))
    row = await _claim(database)
    assert row is not None
    async with database.write() as session:
        queue = QueueRepository(session)
        assert await queue.renew(row.id, row.fencing_token, NOW + LEASE, 1.5) is False
        assert await queue.request_cancel(row.id)
        assert await queue.renew(row.id, row.fencing_token, NOW + LEASE, 1.5) is True


async def test_a_lease_that_was_given_up_is_not_prolonged(database: Database) -> None:
    await _add(database, job_row(1))
    row = await _claim(database)
    assert row is not None
    async with database.write() as session:
        queue = QueueRepository(session)
        await queue.change(row.id, {"lease_until": None}, now=NOW, fencing_token=row.fencing_token)
        assert await queue.renew(row.id, row.fencing_token, NOW + LEASE, 1.5) is None
    assert await _claim(database) is not None


async def test_a_change_wants_the_state_it_may_come_from(database: Database) -> None:
    await _add(database, job_row(1, status="succeeded"))
    async with database.write() as session:
        queue = QueueRepository(session)
        values = {"status": "running"}
        assert await queue.change(job_row(1).id, values, now=NOW, sources={"queued"}) is None
        changed = await queue.change(job_row(1).id, values, now=NOW, sources={"succeeded"})
        assert changed is not None
        assert (changed.status, changed.sequence) == ("running", 2)


async def test_only_a_job_that_nobody_holds_is_ended_from_outside(database: Database) -> None:
    await _add(database, job_row(1), job_row(2, lease_until=NOW + LEASE, fencing_token=4))
    values = {"status": "cancelled", "finished_at": NOW}
    async with database.write() as session:
        queue = QueueRepository(session)
        waiting = await queue.end_unattended(job_row(1).id, values, now=NOW)
        held = await queue.end_unattended(job_row(2).id, values, now=NOW)
        deserted = await queue.end_unattended(job_row(2).id, values, now=NOW + 2 * LEASE)
    assert waiting is not None
    assert held is None
    assert deserted is not None
    assert deserted.fencing_token == 5


async def test_what_belongs_to_a_job_goes_with_it(database: Database) -> None:
    await _add(database, job_row(1))
    async with database.write() as session:
        assert await JobRepository(session).delete(job_row(1).id)
    async with database.engine.connect() as connection:
        left = await connection.exec_driver_sql("SELECT count(*) FROM job_requests")
        assert left.scalar() == 0
