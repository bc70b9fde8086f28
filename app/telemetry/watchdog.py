"""How long the event loop was held, and by what.

A heartbeat on the loop says how late it came; a thread beside it looks, when a heartbeat is
missing, at what the loop's thread is doing. What holds the loop holds everybody's requests.
"""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from collections.abc import Iterator
from itertools import islice
from types import FrameType

import structlog
from prometheus_client import CollectorRegistry, Gauge, Histogram

HEARTBEAT_SECONDS = 0.02
THRESHOLD_SECONDS = 0.1
# The log has a line in so many seconds at most, whatever is sent to the service.
QUIET_SECONDS = 10.0
DEEPEST = 25
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)

log = structlog.get_logger(__name__)


class Watchdog:
    """Measures the lag of the loop that starts it, until it is stopped.

    Args:
        registry: where the numbers are counted.
        threshold: seconds of lag from which on the log says what holds the loop.
    """

    def __init__(
        self, registry: CollectorRegistry, *, threshold: float = THRESHOLD_SECONDS
    ) -> None:
        self._lags = Histogram(
            "tablesmith_event_loop_lag_seconds",
            "Seconds by which heartbeats of the event loop came late.",
            buckets=BUCKETS,
            registry=registry,
        )
        self._longest = Gauge(
            "tablesmith_event_loop_longest_lag_seconds",
            "The longest lag of the event loop since the service started.",
            registry=registry,
        )
        self._worst = 0.0
        self._threshold = threshold
        self._timer: asyncio.TimerHandle | None = None
        self._observer: threading.Thread | None = None
        self._stopping = threading.Event()
        self._due = 0.0

    def start(self) -> None:
        """Watch the running loop."""
        self._stopping.clear()
        self._expect()
        loop_thread = threading.get_ident()
        self._observer = threading.Thread(
            target=self._observe, args=(loop_thread,), name="watchdog", daemon=True
        )
        self._observer.start()

    async def stop(self) -> None:
        """Stop watching; nothing is left that was started."""
        self._stopping.set()
        if self._timer is not None:
            self._timer.cancel()
        if self._observer is not None:
            await asyncio.to_thread(self._observer.join)
        self._timer = self._observer = None

    def _expect(self) -> None:
        self._due = time.perf_counter() + HEARTBEAT_SECONDS
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(HEARTBEAT_SECONDS, self._beat)

    def _beat(self) -> None:
        lag = max(0.0, time.perf_counter() - self._due)
        self._lags.observe(lag)
        if lag > self._worst:
            self._worst = lag
            self._longest.set(lag)
        self._expect()

    def _observe(self, loop_thread: int) -> None:
        told_due, told_at = 0.0, -QUIET_SECONDS
        while not self._stopping.wait(self._threshold / 2):
            now, due = time.perf_counter(), self._due
            is_told = due == told_due or now - told_at < QUIET_SECONDS
            if now - due > self._threshold and not is_told:
                told_due, told_at = due, now
                _tell(now - due, loop_thread)


def _tell(lag: float, loop_thread: int) -> None:
    frames = sys._current_frames()
    stacks = {thread: list(_functions(frame)) for thread, frame in frames.items()}
    held = stacks.pop(loop_thread, [])
    own = threading.get_ident()
    # A thread that keeps the interpreter for itself holds the loop, too.
    others = sorted({stack[0] for thread, stack in stacks.items() if stack and thread != own})
    # Not `stack`: a key of that name is a text to renderers of lines for people.
    log.warning("event loop held", seconds=round(lag, 3), frames=held, other_threads=others)


def _functions(frame: FrameType | None) -> Iterator[str]:
    """Names of functions from the innermost on; no values, which may be anybody's secrets."""
    return islice(_walk(frame), DEEPEST)


def _walk(frame: FrameType | None) -> Iterator[str]:
    while frame is not None:
        module = frame.f_globals.get("__name__", "?")
        yield f"{module}.{frame.f_code.co_qualname}:{frame.f_lineno}"
        frame = frame.f_back
