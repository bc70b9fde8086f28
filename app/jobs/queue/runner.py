"""The runner: claims queued jobs and carries them out, a few at a time."""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import structlog

from app.jobs.board import now
from app.jobs.changes import QUEUE
from app.jobs.queue.carrying import Carrying
from app.jobs.queue.holding import Interruption
from app.jobs.queue.slots import DeliverySlots
from app.jobs.tools import Tools
from app.store.database import DatabaseUnavailable
from app.store.jobs import ANY_COST, QueueRepository
from app.store.rows import JobRow

log = structlog.get_logger(__name__)


class Runner:
    """Carries out up to `settings.max_concurrent_jobs` jobs at the same time, and as many small
    ones besides as `settings.small_job_slots` says: however many large ones there are, they leave
    these slots free. Jobs whose data is made take none of these slots: they are delivered in slots
    of their own."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._owner = f"{os.uname().nodename[:40]}-{os.getpid()}-{secrets.token_hex(4)}"
        self._carried: dict[asyncio.Task[None], Carrying] = {}
        self._slots = tools.settings.max_concurrent_jobs + tools.settings.small_job_slots
        self._loop: asyncio.Task[None] | None = None
        self._stopping = False
        self._deliveries = DeliverySlots(tools.settings.max_concurrent_deliveries)
        self._threads = ThreadPoolExecutor(self._slots, thread_name_prefix="job")

    async def idle(self) -> None:
        """Return once no job is in hand and what the last one left is tidied up."""
        while self._carried:
            await asyncio.wait(self._carried)

    def start(self) -> None:
        self._loop = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Take up nothing more; hand running jobs back to the queue and wait until they are."""
        self._stopping = True
        self._tools.board.tell_queue()
        if self._loop is not None:
            await self._loop
        for carrying in self._carried.values():
            carrying.interrupt(Interruption.STOPPED)
        await asyncio.gather(*self._carried)
        await asyncio.to_thread(self._threads.shutdown)

    async def _run(self) -> None:
        settings = self._tools.settings
        with self._tools.board.changes.watch(QUEUE) as watch:
            while not self._stopping:
                try:
                    await self._take_up()
                except DatabaseUnavailable as error:
                    log.warning("queue not read", error=str(error.__cause__))
                except Exception:
                    log.exception("queue not read")
                await watch.wait(settings.poll_seconds)

    async def _take_up(self) -> None:
        """Start jobs while there are any and room for them."""
        for claim in (self._claim_delivery, self._claim_making):
            while not self._stopping and (row := await claim()) is not None:
                self._carry(row)

    async def _claim_making(self) -> JobRow | None:
        """A job whose data is to be made; None where there is none, or no room for it."""
        settings = self._tools.settings
        making = [each for each in self._carried.values() if not each.delivering]
        if len(making) >= self._slots:
            return None
        large = sum(not self._is_small(carrying) for carrying in making)
        room = large < settings.max_concurrent_jobs
        return await self._claim(
            made=False, most_cost=ANY_COST if room else settings.small_job_rows
        )

    async def _claim_delivery(self) -> JobRow | None:
        """A job whose data is made and is to be delivered."""
        busy = self._without_room()
        return None if busy is None else await self._claim(made=True, busy=busy)

    def _without_room(self) -> Collection[str] | None:
        in_hand = [each.tenant for each in self._carried.values() if each.delivering]
        return self._deliveries.without_room(in_hand)

    def _may_deliver(self, tenant: str) -> bool:
        busy = self._without_room()
        return busy is not None and tenant not in busy

    def _is_small(self, carrying: Carrying) -> bool:
        return carrying.cost <= self._tools.settings.small_job_rows

    async def _claim(self, **which: Any) -> JobRow | None:
        moment = now()
        until = moment + timedelta(seconds=self._tools.settings.lease_seconds)
        async with self._tools.board.database.write() as session:
            return await QueueRepository(session).claim(
                owner=self._owner, now=moment, lease_until=until, **which
            )

    def _carry(self, row: JobRow) -> None:
        carrying = Carrying(row, self._tools, self._threads, self._deliveries, self._may_deliver)
        task = asyncio.create_task(carrying.run())
        self._carried[task] = carrying
        self._tools.metrics.running.set(len(self._carried))
        task.add_done_callback(self._put_down)

    def _put_down(self, task: asyncio.Task[None]) -> None:
        del self._carried[task]
        self._tools.metrics.running.set(len(self._carried))
        self._tools.board.tell_queue()
