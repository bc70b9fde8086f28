"""The service with a recorder on its event loop: `python -m …recorder FILE serve --port 8000`.

The judge does not ask the accused: what the service says of its own loop is not looked at. Every
stretch in which the loop took no other turn for longer than SHORTEST is a line in FILE: when it
began and ended (monotonic seconds, which all processes of a machine share), and for how long the
service held the loop.

A machine that is busy elsewhere makes every loop late. So a stretch counts as held only as far as
the service ran in it: the CPU time of the loop's own thread, or, where another thread had the
interpreter meanwhile, of the whole process, but no longer than the loop's thread had a core or
could have had one. The system keeps account of the time that a thread was ready and got no core.
"""

from __future__ import annotations

import asyncio
import os
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

TICK = 0.005
SHORTEST = 0.02
FROZEN = 0.06


@dataclass(frozen=True, slots=True)
class Clocks:
    """Seconds on the wall, of this thread, of the process, and ready without a core."""

    wall: float
    thread: float
    process: float
    starved: float

    @classmethod
    def read(cls, account: int) -> Clocks:
        starved = int(os.pread(account, 100, 0).split()[1]) / 1e9
        return cls(time.monotonic(), time.thread_time(), time.process_time(), starved)

    def held_until(self, now: Clocks) -> float:
        """How long the service kept the loop from its next turn."""
        available = now.wall - self.wall - (now.starved - self.starved)
        own = now.thread - self.thread
        return max(own, min(available, now.process - self.process)) - TICK


class Recorder:
    """Takes a turn on the loop every few milliseconds and writes down those that came late."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._loop = asyncio.get_running_loop()
        self._account = os.open(
            f"/proc/self/task/{threading.get_native_id()}/schedstat", os.O_RDONLY
        )
        self._last = Clocks.read(self._account)
        self._seen = ""

    def turn(self) -> None:
        now = Clocks.read(self._account)
        if now.wall - self._last.wall > SHORTEST:
            held = self._last.held_until(now)
            line = f"{self._last.wall:.6f} {now.wall:.6f} {held:.6f} {self._seen}\n"
            self._file.write(line)
            self._file.flush()
        self._seen = ""
        self._last = Clocks.read(self._account)
        self._loop.call_later(TICK, self.turn)

    def look(self, thread: int) -> None:
        """See, from another thread, what a loop that is late is about."""
        while True:
            time.sleep(FROZEN / 2)
            if time.monotonic() - self._last.wall > FROZEN and not self._seen:
                self._seen = _places(sys._current_frames().get(thread))


def _places(frame: Any) -> str:
    """The innermost places of a stack, the last one first."""
    found: list[str] = []
    while frame is not None and len(found) < 12:
        code = frame.f_code
        found.append(f"{Path(code.co_filename).name}:{frame.f_lineno}:{code.co_name}")
        frame = frame.f_back
    return ",".join(found)


def _recording(startup: Callable[..., Any], file: Path) -> Callable[..., Any]:
    async def recorded(*arguments: Any, **options: Any) -> None:
        recorder = Recorder(file.open("a"))
        watch = threading.Thread(target=recorder.look, args=[threading.get_ident()], daemon=True)
        await startup(*arguments, **options)
        recorder.turn()
        watch.start()

    return recorded


def main() -> None:
    import uvicorn

    from app.cli import main as tablesmith

    uvicorn.Server.startup = _recording(uvicorn.Server.startup, Path(sys.argv[1]))  # type: ignore[method-assign]
    del sys.argv[1]
    tablesmith()


if __name__ == "__main__":
    main()
