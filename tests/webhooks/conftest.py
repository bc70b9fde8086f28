from __future__ import annotations

import asyncio
import itertools
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from app.jobs.state_writer import JobStateWriter
from app.sinks.egress import EgressPolicy, read_allowed
from app.store.database import Database
from app.store.encryption.secrets import SecretBox
from app.store.job_status import JobStatus
from app.store.migrate import migrate
from app.store.repositories.jobs import JobRepository
from app.store.tables.job_tables import JobRow
from app.webhooks.sender import RetryPolicy, WebhookSender
from app.webhooks.subscriptions import Subscriptions
from app.webhooks.webhooks import Webhooks
from tests.webhooks.receiver import Receiver, receiving

KEY = "A" * 43 + "="
SECRET = "whsec_" + "B" * 32
ALL_EVENTS = ["job.started", "job.delivered", "job.succeeded", "job.failed", "job.cancelled"]


def job_row(**changes: Any) -> JobRow:
    moment = datetime.now(UTC)
    values: dict[str, Any] = {
        "id": "1" * 32,
        "kind": "generate",
        "name": "people",
        "status": "queued",
        "seed": 7,
        "formats": ["csv"],
        "done": 0,
        "total": 0,
        "timeline": [],
        "warnings": [],
        "error": None,
        "result": None,
        "deliveries": [],
        "sequence": 1,
        "cancel_requested": False,
        "fencing_token": 0,
        "attempts": 0,
        "created_at": moment,
        "updated_at": moment,
        "finished_at": None,
    }
    return JobRow(**{**values, **changes})


@dataclass
class Clock:
    """Stands still until a test lets time pass; ahead by a minute, so that all that a test writes
    before is due, and no more than the libraries that check signatures tolerate."""

    moment: datetime = field(default_factory=lambda: datetime.now(UTC) + timedelta(minutes=1))

    def __call__(self) -> datetime:
        return self.moment

    def skip(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)


@dataclass
class Room:
    """Webhooks over a database, without a service around them."""

    state_writer: JobStateWriter
    subscriptions: Subscriptions
    clock: Clock = field(default_factory=Clock)
    senders: list[WebhookSender] = field(default_factory=list)
    numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def sender(self, *retries: float, timeout: float = 5, **options: Any) -> WebhookSender:
        """A sender that sends when it is told, and waits exactly as long as it says."""
        policy = RetryPolicy(timeout, retries or (10, 100), poll=0.05, spread=lambda wait: wait)
        sender = WebhookSender(
            self.state_writer.database,
            self.state_writer.notifications,
            self.subscriptions,
            policy,
            clock=self.clock,
            **options,
        )
        self.senders.append(sender)
        return sender

    def webhooks(self, tenant: str = "default") -> Webhooks:
        return Webhooks(
            self.state_writer.database, self.state_writer.notifications, self.subscriptions, tenant
        )

    async def job(self, url: str, *, tenant: str = "default", **webhook: Any) -> str:
        """The id of a new job that tells its events."""
        row = job_row(id=f"{next(self.numbers):032x}", tenant=tenant)
        asked = {"url": url, "events": ALL_EVENTS, **webhook}
        async with self.state_writer.database.write() as session:
            await JobRepository(session).add(row, {"document": {}})
            await self.subscriptions.subscribe(session, row, asked)
        return row.id

    async def ended_job(self, url: str, **webhook: Any) -> str:
        """A job that was cancelled, which is one event."""
        job_id = await self.job(url, **webhook)
        await self.state_writer.cancel(job_id)
        return job_id

    async def move(self, job_id: str, *states: JobStatus, **values: Any) -> None:
        for status in states:
            assert await self.state_writer.move(job_id, status, values, fencing_token=0)


async def send(sender: WebhookSender) -> None:
    """Send what is due until nothing is."""
    while sender._sending or await sender._until_due() <= 0:
        await sender.send_due()
        await sender.settled()


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated database without rows, to be copied: migrating takes longer than most tests."""
    file = tmp_path_factory.mktemp("webhooks") / "migrated.db"

    async def make() -> None:
        database = Database(f"sqlite+aiosqlite:///{file}")
        await migrate(database)
        await database.close()

    asyncio.run(make())
    return file


@pytest.fixture
async def room(tmp_path: Path, migrated: Path) -> AsyncIterator[Room]:
    shutil.copy(migrated, tmp_path / "tablesmith.db")
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'tablesmith.db'}")
    egress = EgressPolicy(read_allowed("127.0.0.1"))
    room = Room(JobStateWriter(database), Subscriptions(SecretBox(lambda: [KEY]), egress))
    yield room
    for sender in room.senders:
        await sender.stop()
    await database.close()


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as receiver:
        yield receiver
