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

from app.jobs.queue.execution import JobExecution
from app.jobs.queue.lease import Interruption
from app.jobs.queue.slots import DeliverySlots
from app.jobs.service_context import ServiceContext
from app.store.clock import now
from app.store.database import DatabaseUnavailable
from app.store.notifications import QUEUE
from app.store.repositories.jobs import ANY_COST, QueueRepository
from app.store.tables.job_tables import JobRow

log = structlog.get_logger(__name__)


class Runner:
    """Carries out up to `settings.max_concurrent_jobs` jobs at the same time, and as many small
    ones besides as `settings.small_job_slots` says: however many large ones there are, they leave
    these slots free. Jobs whose data is made take none of these slots: they are delivered in slots
    of their own."""

    def __init__(self, context: ServiceContext) -> None:
        self._context = context
        self._owner = f"{os.uname().nodename[:40]}-{os.getpid()}-{secrets.token_hex(4)}"
        self._executions: dict[asyncio.Task[None], JobExecution] = {}
        self._slots = context.settings.max_concurrent_jobs + context.settings.small_job_slots
        self._loop: asyncio.Task[None] | None = None
        self._stopping = False
        self._deliveries = DeliverySlots(context.settings.max_concurrent_deliveries)
        self._threads = ThreadPoolExecutor(self._slots, thread_name_prefix="job")

    async def idle(self) -> None:
        """Return once no job is in hand and what the last one left is tidied up."""
        while self._executions:
            await asyncio.wait(self._executions)

    def start(self) -> None:
        self._loop = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Claim nothing more; hand running jobs back to the queue and wait until they are."""
        self._stopping = True
        self._context.state_writer.notify_queue()
        if self._loop is not None:
            await self._loop
        for execution in self._executions.values():
            execution.interrupt(Interruption.STOPPED)
        await asyncio.gather(*self._executions)
        await asyncio.to_thread(self._threads.shutdown)

    async def _run(self) -> None:
        settings = self._context.settings
        with self._context.state_writer.notifications.watch(QUEUE) as watch:
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
                self._start(row)

    async def _claim_making(self) -> JobRow | None:
        """A job whose data is to be made; None where there is none, or no room for it."""
        settings = self._context.settings
        making = [each for each in self._executions.values() if not each.delivering]
        if len(making) >= self._slots:
            return None
        large = sum(not self._is_small(execution) for execution in making)
        room = large < settings.max_concurrent_jobs
        return await self._claim(
            made=False, most_cost=ANY_COST if room else settings.small_job_rows
        )

    async def _claim_delivery(self) -> JobRow | None:
        """A job whose data is made and is to be delivered."""
        busy = self._without_room()
        return None if busy is None else await self._claim(made=True, busy=busy)

    def _without_room(self) -> Collection[str] | None:
        in_hand = [each.tenant for each in self._executions.values() if each.delivering]
        return self._deliveries.without_room(in_hand)

    def _may_deliver(self, tenant: str) -> bool:
        busy = self._without_room()
        return busy is not None and tenant not in busy

    def _is_small(self, execution: JobExecution) -> bool:
        return execution.cost <= self._context.settings.small_job_rows

    async def _claim(self, **which: Any) -> JobRow | None:
        moment = now()
        until = moment + timedelta(seconds=self._context.settings.lease_seconds)
        async with self._context.state_writer.database.write() as session:
            return await QueueRepository(session).claim(
                owner=self._owner, now=moment, lease_until=until, **which
            )

    def _start(self, row: JobRow) -> None:
        execution = JobExecution(
            row, self._context, self._threads, self._deliveries, self._may_deliver
        )
        task = asyncio.create_task(execution.run())
        self._executions[task] = execution
        self._context.metrics.running.set(len(self._executions))
        task.add_done_callback(self._put_down)

    def _put_down(self, task: asyncio.Task[None]) -> None:
        del self._executions[task]
        self._context.metrics.running.set(len(self._executions))
        self._context.state_writer.notify_queue()
