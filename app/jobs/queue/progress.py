"""How far a stage of a job is: noted from any thread, written from time to time."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from app.engine.errors import Cancelled
from app.store.database import DatabaseUnavailable

PROGRESS_SECONDS = 0.3

Write = Callable[[Mapping[str, Any]], Awaitable[None]]


class Attainment:
    """The most that a job ever got done, over all of its counted stages and attempts.

    A job that gets on is given all its attempts again. Getting on is more than was ever done: what
    a new attempt finds or repeats does not count.
    """

    def __init__(self, most_done: int) -> None:
        self._most_done = most_done
        self._finished = 0

    def reached(self, done: int) -> dict[str, int]:
        """What to write once so much of the present stage is done; nothing where that is old."""
        if self._finished + done <= self._most_done:
            return {}
        self._most_done = self._finished + done
        return {"most_done": self._most_done, "attempts": 0}

    def finished(self, total: int) -> None:
        """A stage of so much work has come to its end."""
        self._finished += total


class StageProgress:
    """The progress of one stage.

    Args:
        total: of the stage, in rows, columns, rounds or what else it counts.
        attainment: that the stage counts for; None where getting on in it says nothing, as it is
            short or begins again each time.
        write: writes values to the job.
    """

    def __init__(self, name: str, total: int, attainment: Attainment | None, write: Write) -> None:
        self._name = name
        self._total = total
        self._attainment = attainment
        self._write = write
        self._latest: tuple[str, int, int] | None = None

    def note(self, done: int, total: int | None = None, step: str | None = None) -> None:
        """Remember how far the stage is; may be called in any thread.

        Args:
            total: where it has changed.
            step: shown in the place of the stage's name, of what does not count as getting on.
        """
        self._latest = (step or self._name, done, self._total if total is None else total)

    async def keep_written(self) -> None:
        """Write what was noted from time to time, until cancelled."""
        written = None
        while True:
            await asyncio.sleep(PROGRESS_SECONDS)
            if (latest := self._latest) is None or latest == written:
                continue
            # The work itself hears of an interruption, and goes on while the database is away.
            with contextlib.suppress(Cancelled, DatabaseUnavailable):
                await self._write(self._values(*latest))
            written = latest

    def _values(self, stage: str, done: int, total: int) -> dict[str, Any]:
        counted = self._attainment is not None and stage == self._name
        gained = self._attainment.reached(done) if self._attainment and counted else {}
        return {"stage": stage, "done": done, "total": total, **gained}

    def finish(self) -> None:
        """The stage has come to its end."""
        if self._attainment is not None:
            self._attainment.finished(self._total)
