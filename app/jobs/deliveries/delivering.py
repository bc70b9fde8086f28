"""One attempt at a delivery in a process of its own, with bounds on its memory and its time.

Whoever receives a delivery is a stranger, and what a driver makes of a stranger's answers happens
in the driver's process. So that is never the service's: this one can be filled, held up and killed.

The parent sends one `Errand` as it starts the process, and later at most the word to stop; the
process answers in JSON, which a parent reads without risk: lines for the log, then one outcome.
Credentials go over the pipe only, and what comes back is redacted with them in the process itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import json
import os
import signal
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any

import structlog
from pydantic import BaseModel

from app.engine.execution.servers import new_pipe, new_process
from app.sinks.base import (
    DeliveryAttempt,
    Receipt,
    Sink,
    SinkError,
    SinkFile,
    Stopped,
    Target,
    TerminalSinkError,
    TransientSinkError,
)
from app.telemetry.logs import forward_logs
from app.telemetry.redaction import hide, redacted, redacted_data
from app.workers.threads import in_own_thread

STOP_SECONDS = 1.0  # between the word to stop and the end of the process
NICENESS = 5
MOST_SAID = 2000  # characters of an error
# Bytes of one message to the parent, lines for the log, characters of their fields.
MOST_BYTES, MOST_LINES, MOST_TEXT = 2**24, 200, 8000
# Of the service's environment: what says where programs and certificates are, and what the time is.
KEPT = frozenset(
    {"PATH", "LANG", "TZ", "TMPDIR", "LD_LIBRARY_PATH", "SSL_CERT_FILE", "SSL_CERT_DIR"}
)
LOADED = ("app.jobs.deliveries.drivers",)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Errand:
    """What a process needs to know for one attempt."""

    sink: Sink
    files: Sequence[SinkFile]
    target: Target
    credentials: BaseModel | None
    delivery: str
    tenant: str = "default"


@dataclass(frozen=True, slots=True)
class Bounds:
    """Of one attempt: bytes of memory, and seconds."""

    memory: int
    seconds: float


async def carry(errand: Errand, bounds: Bounds) -> Receipt:
    """Run an errand in a process of its own, which is gone when this returns or is cancelled.

    Raises TransientSinkError, TerminalSinkError or Stopped.
    """
    ours, theirs = new_pipe()
    process = new_process(LOADED, _run, theirs, errand, bounds.memory)
    try:
        await in_own_thread(process.start, f"start of delivery {errand.delivery}")
        theirs.close()
        async with asyncio.timeout(bounds.seconds):
            outcome = await in_own_thread(lambda: _listen(ours), f"delivery {errand.delivery}")
    except TimeoutError:
        raise TerminalSinkError(
            f"the delivery took longer than {bounds.seconds:g} seconds and was ended; "
            "the other side may be slow on purpose"
        ) from None
    finally:
        await asyncio.shield(in_own_thread(lambda: _end(process, ours), "end of delivery"))
        theirs.close()
    if outcome is None:
        raise TransientSinkError(f"the delivery's process ended ({_exit(process)})")
    return _receipt(outcome)


def _listen(pipe: Connection) -> Mapping[str, Any] | None:
    """Log what the process logs, until it reports its outcome; None where it never does."""
    try:
        while True:
            said = json.loads(pipe.recv_bytes(MOST_BYTES))
            if "line" not in said:
                outcome: Mapping[str, Any] = said
                return outcome
            line = said["line"]
            log.log(int(line.pop("number")), line.pop("event"), **line)
    except (EOFError, OSError):
        return None


def _end(process: BaseProcess, pipe: Connection) -> None:
    """Ask the process to stop, and kill it where it does not; it may have ended by itself."""
    if process.pid is not None:
        with contextlib.suppress(OSError):
            pipe.send_bytes(b"stop")
        process.join(STOP_SECONDS)
        if process.is_alive():
            process.kill()
        process.join()
    pipe.close()


def _exit(process: BaseProcess) -> str:
    code = process.exitcode
    return signal.Signals(-code).name if code is not None and code < 0 else f"exit code {code}"


def _receipt(outcome: Mapping[str, Any]) -> Receipt:
    if "receipt" in outcome:
        receipt: Receipt = outcome["receipt"]
        return receipt
    kind, text = outcome["error"], outcome["text"]
    if kind == "transient":
        raise TransientSinkError(text, outcome.get("retry_after"))
    raise Stopped(text) if kind == "stopped" else TerminalSinkError(text)


def _run(pipe: Connection, errand: Errand, memory: int) -> None:
    """The process, from start to end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _bind(memory)
    _forget_the_operator()
    attempt = DeliveryAttempt(errand.delivery, errand.tenant)
    hide(errand.credentials)
    said = _Telling(pipe)
    forward_logs(said.line)
    threading.Thread(target=_obey, args=(pipe, attempt), daemon=True, name="parent").start()
    said.outcome(_outcome(errand, attempt, memory))
    os._exit(0)  # no thread of a library is waited for


def _bind(memory: int) -> None:
    """Bound what this process uses, and what it leaves on the disk: credentials are in its memory.

    The bound is on data (RLIMIT_DATA): files that are mapped to be read, and addresses that are
    only set aside, cost nothing.
    """
    quiet = os.open(os.devnull, os.O_RDWR)
    for stream in (1, 2):  # of libraries that write past the log
        os.dup2(quiet, stream)
    threading.stack_size(2**19)
    if sys.platform != "win32":
        import resource

        os.nice(NICENESS)
        for limit, bytes_ in ((resource.RLIMIT_CORE, 0), (resource.RLIMIT_DATA, memory)):
            _, hard = resource.getrlimit(limit)
            resource.setrlimit(limit, (bytes_, hard))


def _forget_the_operator() -> None:
    """Keep drivers from keys, certificates and settings of whoever runs the service, which they
    look for in variables such as PGPASSFILE or AWS_PROFILE and in the home folder."""
    for name in os.environ.keys() - KEPT:
        del os.environ[name]
    os.environ["HOME"] = os.devnull  # no file is below it


def _obey(pipe: Connection, attempt: DeliveryAttempt) -> None:
    """Stop when the parent says so, and at once where there is no parent any more."""
    try:
        pipe.recv_bytes(16)
    except (EOFError, OSError):
        os._exit(1)
    attempt.stopping.set()


def _outcome(errand: Errand, attempt: DeliveryAttempt, memory: int) -> dict[str, Any]:
    """How the errand ended, as plain data without secrets."""
    try:
        receipt = errand.sink.deliver(errand.files, errand.target, errand.credentials, attempt)
        return {"receipt": redacted_data(receipt)}
    except TransientSinkError as error:
        return {**_told("transient", error), "retry_after": error.retry_after}
    except Stopped as error:
        return _told("stopped", error)
    except SinkError as error:
        return _told("terminal", error)
    except MemoryError:
        text = f"the delivery needed more than {memory:,} bytes of memory and was ended; "
        return {"error": "terminal", "text": f"{text}the other side may have sent too much"}
    except Exception:
        log.exception("delivery broke", sink=str(errand.target.get("kind")))
        return {"error": "terminal", "text": "the sink broke; the service's log says how"}


def _told(kind: str, error: SinkError) -> dict[str, Any]:
    return {"error": kind, "text": redacted(str(error)[:MOST_TEXT])[:MOST_SAID]}


class _Telling:
    """The process's voice: lines of its log, as many as are of use, and the outcome."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._lock = threading.Lock()
        self._left = MOST_LINES
        # Threads of libraries log, too; what is hidden is known to this context.
        self._context = contextvars.copy_context()

    def line(self, number: int, event: Mapping[str, Any]) -> None:
        """Send a line for the log, without secrets."""
        if self._left <= 0:
            return
        self._left -= 1
        short = {name: _short(value) for name, value in event.items()}
        line = self._context.copy().run(redacted_data, short)
        self._send({"line": {**line, "number": number}})

    def outcome(self, outcome: Mapping[str, Any]) -> None:
        self._send(outcome)

    def _send(self, message: Mapping[str, Any]) -> None:
        with self._lock, contextlib.suppress(OSError):
            self._pipe.send_bytes(json.dumps(message, default=str).encode())


def _short(value: Any) -> Any:
    return value if isinstance(value, (int, float, bool)) else str(value)[:MOST_TEXT]
