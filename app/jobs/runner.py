"""The runner: claims queued jobs and carries them out, a few at a time."""

from __future__ import annotations

import asyncio
import os
import secrets
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import structlog

from app.jobs.board import now
from app.jobs.carrying import Carrying
from app.jobs.changes import QUEUE
from app.jobs.holding import Interruption
from app.jobs.tools import Tools
from app.store.jobs import QueueRepository
from app.store.rows import JobRow

log = structlog.get_logger(__name__)


class Runner:
    """Carries out up to `settings.max_concurrent_jobs` jobs at the same time."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._owner = f"{os.uname().nodename[:40]}-{os.getpid()}-{secrets.token_hex(4)}"
        self._carried: dict[asyncio.Task[None], Carrying] = {}
        self._loop: asyncio.Task[None] | None = None
        self._stopping = False
        self._threads = ThreadPoolExecutor(
            tools.settings.max_concurrent_jobs, thread_name_prefix="job"
        )

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
                except Exception:
                    log.exception("queue not read")
                await watch.wait(settings.poll_seconds)

    async def _take_up(self) -> None:
        """Start jobs while there are any and room for them."""
        most = self._tools.settings.max_concurrent_jobs
        while not self._stopping and len(self._carried) < most:
            row = await self._claim()
            if row is None:
                return
            self._carry(row)

    async def _claim(self) -> JobRow | None:
        moment = now()
        until = moment + timedelta(seconds=self._tools.settings.lease_seconds)
        async with self._tools.board.database.write() as session:
            queue = QueueRepository(session)
            return await queue.claim(owner=self._owner, now=moment, lease_until=until)

    def _carry(self, row: JobRow) -> None:
        carrying = Carrying(row, self._tools, self._threads)
        task = asyncio.create_task(carrying.run())
        self._carried[task] = carrying
        self._tools.metrics.running.set(len(self._carried))
        task.add_done_callback(self._put_down)

    def _put_down(self, task: asyncio.Task[None]) -> None:
        del self._carried[task]
        self._tools.metrics.running.set(len(self._carried))
        self._tools.board.tell_queue()
