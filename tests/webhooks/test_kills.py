"""Processes that write and send webhooks are killed; nothing is lost or made up."""

from __future__ import annotations

import asyncio
import random
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest
from sqlalchemy import select

from app.store.tables.job_tables import JobRow
from tests.webhooks.conftest import Room, send
from tests.webhooks.receiver import Receiver

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

ROOT = Path(__file__).parents[2]
KILLS = 4

# Ends one job after another, as a service does, and sends what they tell.
_LIVES = """
import asyncio, itertools, sys, uuid
import structlog
from app.jobs.state_writer import JobStateWriter
from app.webhooks.sender import RetryPolicy, WebhookSender
from app.webhooks.subscriptions import Subscriptions
from app.sinks.egress import EgressPolicy, read_allowed
from app.store.database import Database
from app.store.repositories.jobs import JobRepository
from app.store.encryption.secrets import SecretBox
from tests.webhooks.conftest import ALL_EVENTS, KEY, job_row

async def main(file, url):
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    writer = JobStateWriter(Database(f"sqlite+aiosqlite:///{file}"))
    subscriptions = Subscriptions(SecretBox(lambda: [KEY]), EgressPolicy(read_allowed("127.0.0.1")))
    patience = RetryPolicy(5, (0.01,), poll=0.05)
    sender = WebhookSender(writer.database, writer.notifications, subscriptions, patience)
    sender.start()
    while True:
        row = job_row(id=uuid.uuid4().hex)
        async with writer.database.write() as session:
            await JobRepository(session).add(row, {"document": {}})
            await subscriptions.subscribe(session, row, {"url": url, "events": ALL_EVENTS})
        print("added", flush=True)
        await writer.cancel(row.id)

asyncio.run(main(*sys.argv[1:]))
"""


def _live_and_die(file: str, url: str, moment: float) -> None:
    """Start such a process and kill it a moment after its first job has ended."""
    command = [sys.executable, "-c", _LIVES, file, url]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert [process.stdout.readline() for _ in range(2)] == ["added\n"] * 2
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(moment)
        process.kill()


async def test_what_happened_is_told_and_nothing_else(room: Room, receiver: Receiver) -> None:
    moments = random.Random(7)
    file = room.state_writer.database.engine.url.database
    assert file is not None
    for _ in range(KILLS):
        await asyncio.to_thread(_live_and_die, file, receiver.url, moments.uniform(0, 0.4))
    room.clock.skip(600)  # past the time of whatever was on its way
    await send(room.sender(0.01))
    ended, others = await _jobs(room)
    ids: defaultdict[str, set[str]] = defaultdict(set)
    for received in receiver.received:
        ids[received.job_id].add(received.id)
    assert ended
    assert set(ids) == ended
    assert not set(ids) & others
    assert {len(each) for each in ids.values()} == {1}
    for job_id in ended:
        (message,) = await room.webhooks().messages(job_id)
        assert (message.status, {message.id}) == ("delivered", ids[job_id])


async def _jobs(room: Room) -> tuple[set[str], set[str]]:
    """Jobs that have ended, and those that were stored and not ended."""
    async with room.state_writer.database.read() as session:
        rows = (await session.scalars(select(JobRow))).all()
    ended = {row.id for row in rows if row.status == "cancelled"}
    return ended, {row.id for row in rows} - ended
