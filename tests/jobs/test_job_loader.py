"""Jobs read together: few queries, and each answer as new as if it had been read alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from app.jobs.job_loader import JobLoader
from app.store.database import Database, DatabaseUnavailable
from app.store.migrate import migrate

pytestmark = pytest.mark.anyio


class Ledger:
    """Stands for the database and its repository: notes who was asked for, and when allowed to."""

    def __init__(self) -> None:
        self.queries: list[set[str]] = []
        self.began = asyncio.Event()
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        self.state = "old"
        self.away = False

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Ledger]:
        yield self

    async def get_all(self, job_ids: Collection[str]) -> dict[str, Any]:
        self.queries.append(set(job_ids))
        seen = self.state
        self.began.set()
        await self.may_answer.wait()
        if self.away:
            raise DatabaseUnavailable
        return {job_id: (seen, {}) for job_id in job_ids if job_id != "nobody"}


@pytest.fixture
def ledger(monkeypatch: pytest.MonkeyPatch) -> Ledger:
    monkeypatch.setattr("app.jobs.job_loader.JobRepository", lambda session: session)
    return Ledger()


def _reader(ledger: Any) -> Any:
    return JobLoader(ledger)


async def test_who_asks_at_once_shares_a_query(ledger: Ledger) -> None:
    reader = _reader(ledger)
    found = await asyncio.gather(*map(reader.get, ("a", "b", "a", "nobody")))
    assert found == [("old", {}), ("old", {}), ("old", {}), None]
    assert ledger.queries == [{"a", "b", "nobody"}]


async def test_nobody_shares_a_query_that_began_before(ledger: Ledger) -> None:
    reader = _reader(ledger)
    ledger.may_answer.clear()
    first = asyncio.create_task(reader.get("a"))
    await ledger.began.wait()
    ledger.state = "new"
    later = [asyncio.create_task(reader.get(job_id)) for job_id in ("a", "b")]
    await asyncio.sleep(0)
    ledger.may_answer.set()
    assert await first == ("old", {})
    assert await asyncio.gather(*later) == [("new", {}), ("new", {})]
    assert ledger.queries == [{"a"}, {"a", "b"}]


async def test_one_who_goes_away_takes_no_answer_from_others(ledger: Ledger) -> None:
    reader = _reader(ledger)
    ledger.may_answer.clear()
    impatient, patient = (asyncio.create_task(reader.get("a")) for _ in range(2))
    await ledger.began.wait()
    impatient.cancel()
    ledger.may_answer.set()
    assert await patient == ("old", {})
    with pytest.raises(asyncio.CancelledError):
        await impatient


async def test_a_database_that_is_away_is_told_to_all_and_asked_again(ledger: Ledger) -> None:
    reader = _reader(ledger)
    ledger.away = True
    told = await asyncio.gather(reader.get("a"), reader.get("b"), return_exceptions=True)
    assert all(isinstance(error, DatabaseUnavailable) for error in told)
    ledger.away = False
    assert await reader.get("a") == ("old", {})


async def test_a_database_without_the_job_has_none(tmp_path: Path) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'tablesmith.db'}")
    await migrate(database)
    assert await JobLoader(database).get("nobody") is None
    await database.close()
