"""Claims, leases and fencing tokens."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.store.database import Database
from app.store.jobs import JobRepository, QueueRepository
from app.store.rows import JobRow

pytestmark = pytest.mark.anyio

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
        "token": 0,
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


async def test_no_job_is_claimed_twice_by_claims_at_the_same_time(database: Database) -> None:
    jobs = 40
    await _add(database, *map(job_row, range(jobs)))
    other = Database(str(database.engine.url))
    sources = [database, other] * (jobs // 2 + 5)
    claimed = [row.id for row in await asyncio.gather(*map(_claim, sources)) if row]
    await other.close()
    assert len(claimed) == jobs
    assert len(set(claimed)) == jobs


async def test_a_job_is_claimed_again_only_once_its_lease_has_run_out(database: Database) -> None:
    await _add(database, job_row(1))
    first = await _claim(database)
    assert await _claim(database, NOW + LEASE) is None
    second = await _claim(database, NOW + LEASE + timedelta(seconds=1))
    assert first is not None
    assert second is not None
    assert (second.token, second.attempts) == (first.token + 1, 2)


async def test_who_lost_the_lease_changes_nothing(database: Database) -> None:
    await _add(database, job_row(1))
    first = await _claim(database)
    await _claim(database, NOW + 2 * LEASE)
    assert first is not None
    async with database.write() as session:
        queue = QueueRepository(session)
        stale = await queue.change(first.id, {"done": 9}, now=NOW, token=first.token)
        assert stale is None
        assert await queue.renew(first.id, first.token, NOW + LEASE) is None
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
        assert await queue.renew(row.id, row.token, NOW + LEASE) is False
        assert await queue.request_cancel(row.id)
        assert await queue.renew(row.id, row.token, NOW + LEASE) is True


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
    await _add(database, job_row(1), job_row(2, lease_until=NOW + LEASE, token=4))
    values = {"status": "cancelled", "finished_at": NOW}
    async with database.write() as session:
        queue = QueueRepository(session)
        waiting = await queue.end_unattended(job_row(1).id, values, now=NOW)
        held = await queue.end_unattended(job_row(2).id, values, now=NOW)
        deserted = await queue.end_unattended(job_row(2).id, values, now=NOW + 2 * LEASE)
    assert waiting is not None
    assert held is None
    assert deserted is not None
    assert deserted.token == 5


async def test_what_belongs_to_a_job_goes_with_it(database: Database) -> None:
    await _add(database, job_row(1))
    async with database.write() as session:
        assert await JobRepository(session).delete(job_row(1).id)
    async with database.engine.connect() as connection:
        left = await connection.exec_driver_sql("SELECT count(*) FROM job_requests")
        assert left.scalar() == 0
