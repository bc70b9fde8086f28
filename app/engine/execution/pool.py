"""Worker processes that start fast, can be killed at once, and never outlive their parent."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import Connection
from multiprocessing.context import BaseContext
from multiprocessing.process import BaseProcess
from types import TracebackType
from typing import Any, TypeVar

from app.engine.execution.c_library import M_MMAP_THRESHOLD, M_TRIM_THRESHOLD, mallopt
from app.engine.execution.failures import Failure, guarded
from app.engine.execution.limits import IDLE_NICENESS, WorkerLimits
from app.engine.execution.parents import hasten, name_parent
from app.engine.execution.preload_list import PreloadList

T = TypeVar("T")

PRELOAD = ["app.engine.execution.preload"]
# The fork server where there is one: its children have imported numpy and pyarrow already, and it
# is safe in a process with threads. Elsewhere (Windows) a fresh interpreter.
FORKING = "forkserver" in multiprocessing.get_all_start_methods()
BASE: Any = multiprocessing.get_context("forkserver" if FORKING else "spawn")
# Exit code of a process whose fork server was killed: it is being killed, too.
UNKNOWN = 255
# Seconds between tries to start a process while the fork server is dying; a new one follows.
PAUSES = (0.01, 0.03, 0.1, 0.3, 0.5, 1.0)
# Bytes that the C library keeps when they are freed, and the largest array that it keeps so.
KEPT_BYTES, LARGEST_KEPT = 64 * 2**20, 8 * 2**20


def start_pool(workers: int, limits: WorkerLimits | None = None) -> WorkerPool:
    """A pool of `workers` processes; they start with the first tasks."""
    return WorkerPool(workers, limits or WorkerLimits())


class WorkerPool:
    """A ProcessPoolExecutor of its own processes.

    A worker that dies breaks the pool: results that are still due raise BrokenProcessPool, and
    the owner starts another pool.
    """

    def __init__(self, workers: int, limits: WorkerLimits) -> None:
        self.workers = workers
        self._context = _recording_context()
        self._lifeline, self._held = self._context.Pipe(duplex=False)
        self._ending = threading.Lock()
        self._executor = ProcessPoolExecutor(
            workers, self._context, _start_worker, (self._lifeline, limits)
        )

    def submit(self, function: Callable[..., T], *arguments: Any) -> Future[T]:
        """Run a function of this package in a worker.

        The future raises the engine's errors as they were; anything else that went wrong is a
        GenerationError that carries the worker's traceback as a note.

        Raises:
            BrokenProcessPool: a worker died, or could not be started.
            RuntimeError: the pool was killed or closed.
        """
        result: Future[T] = Future()
        try:
            inner = self._executor.submit(guarded, function, *arguments)
        except (ConnectionError, EOFError) as error:
            raise BrokenProcessPool("no process could be started") from error
        inner.add_done_callback(lambda done: _settle(done, result))
        return result

    def pids(self) -> list[int]:
        """Process ids of the workers that are alive."""
        return [process.pid for process in self._started() if process.pid and process.is_alive()]

    def kill(self) -> None:
        """End every worker at once (SIGKILL), whatever it is doing; returns when all are gone."""
        self._executor.shutdown(wait=False, cancel_futures=True)
        for process in self._started():
            # One that has ended is not killed: its number may be another one's by now.
            if process.is_alive():
                process.kill()
            elif process.exitcode != UNKNOWN:
                continue
            hasten(process.pid or 0)
        for process in self._started():
            process.join()
        self._let_go()

    def close(self) -> None:
        """Let the running tasks end, then stop the workers."""
        self._executor.shutdown(wait=True, cancel_futures=True)
        self._let_go()

    def _let_go(self) -> None:
        """Close the end of the pipe whose closing ends what is left of the processes."""
        with self._ending:  # two threads may end a pool at once
            self._held.close()

    def _started(self) -> list[BaseProcess]:
        known: list[BaseProcess] = self._context.started  # type: ignore[attr-defined]
        return [process for process in known if process.pid is not None]

    def __enter__(self) -> WorkerPool:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close() if error is None else self.kill()


def _settle(inner: Future[Any], result: Future[Any]) -> None:
    if inner.cancelled():
        result.cancel()
        result.set_running_or_notify_cancel()  # wakes whoever waits for it
    elif not result.set_running_or_notify_cancel():
        return  # whoever wanted the result has given it up
    elif (error := inner.exception()) is not None:
        result.set_exception(error)
    elif isinstance(value := inner.result(), Failure):
        result.set_exception(value.error)
    else:
        result.set_result(value)


class WorkerProcess(BASE.Process):  # type: ignore[misc]
    """A process that is started also when the fork server dies meanwhile."""

    def start(self) -> None:
        for pause in PAUSES:
            try:
                super().start()
                return
            except (ConnectionError, EOFError):
                time.sleep(pause)
        super().start()


def _recording_context() -> BaseContext:
    """A start method's context that remembers the processes made through it in `started`."""
    if FORKING:
        name_parent()
        BASE.set_forkserver_preload(PreloadList(PRELOAD))

    class Recording(type(BASE)):  # type: ignore[misc]
        def __init__(self) -> None:
            self.started: list[BaseProcess] = []

        def Process(self, *args: Any, **kwargs: Any) -> BaseProcess:  # noqa: N802
            process = WorkerProcess(*args, **kwargs)
            self.started.append(process)
            return process

    context: BaseContext = Recording()
    return context


def _start_worker(lifeline: Connection, limits: WorkerLimits) -> None:
    """Prepare a worker process: tie its life to the parent's, then bound what it uses."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_watch, args=(lifeline,), daemon=True, name="lifeline").start()
    _apply(limits)
    _single_thread()
    _keep_freed_memory()
    if limits.lean:
        from app.engine.execution.lean import keep_pandas_out

        keep_pandas_out()


def _keep_freed_memory() -> None:
    """Have the C library keep what is freed: by default it gives arrays of this size back to the
    system, block after block, and each of their pages has to be asked for again."""
    mallopt(M_TRIM_THRESHOLD, KEPT_BYTES)
    mallopt(M_MMAP_THRESHOLD, LARGEST_KEPT)


def _watch(lifeline: Connection) -> None:
    """Exit when the parent is gone: the only write end of the pipe is the parent's. For systems
    that cannot say so by a signal."""
    with contextlib.suppress(OSError, EOFError):
        lifeline.recv_bytes()
    os._exit(1)


def _apply(limits: WorkerLimits) -> None:
    if hasattr(os, "nice") and limits.niceness:
        os.nice(limits.niceness)
        if limits.niceness >= IDLE_NICENESS:
            _yield_to_others()
    if limits.memory_bytes is not None and sys.platform != "win32":
        import resource

        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (limits.memory_bytes, hard))


def _yield_to_others() -> None:
    """Let any process that wakes up go first: a service answers at once although its workers
    fill every core. Only Linux tells such processes apart."""
    if hasattr(os, "SCHED_IDLE"):
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))


def _single_thread() -> None:
    """One worker, one core: the pool is what runs in parallel."""
    import pyarrow as pa

    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "POLARS_MAX_THREADS"):
        os.environ[variable] = "1"
    pa.set_cpu_count(1)
