from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import forkserver, popen_forkserver
from unittest.mock import Mock

import psutil
import pytest

from app.engine.errors import DefinitionError, Fault, GenerationError
from app.engine.execution import pool as pools
from app.engine.execution.limits import WorkerLimits
from app.engine.execution.parents import FORK_SERVER_PARENT, hasten
from app.engine.execution.pool import WorkerPool, start_pool
from tests.engine.execution import tasks


def may_lift_priorities() -> bool:
    """Whether this user may have a process that steps back go first again."""
    polite = subprocess.Popen([sys.executable, "-I", "-S", "-c", "input()"], stdin=subprocess.PIPE)
    with polite:
        os.sched_setscheduler(polite.pid, os.SCHED_IDLE, os.sched_param(0))
        hasten(polite.pid)
        lifted = os.sched_getscheduler(polite.pid) == os.SCHED_OTHER
        polite.kill()
    return lifted


@pytest.fixture
def pool() -> Iterator[WorkerPool]:
    pool = start_pool(1)
    yield pool
    pool.kill()


def test_results_come_back(pool: WorkerPool) -> None:
    assert pool.submit(sum, [1, 2]).result(60) == 3
    assert pool.submit(os.getpid).result(60) in pool.pids()


def test_engine_errors_arrive_as_they_were(pool: WorkerPool) -> None:
    with pytest.raises(DefinitionError) as caught:
        pool.submit(tasks.raise_definition_error).result(60)
    assert caught.value.faults == (Fault("a.b", "wrong", "right", 3),)


def test_an_error_that_does_not_pickle_leaves_the_pool_alive(pool: WorkerPool) -> None:
    with pytest.raises(GenerationError, match="KeywordOnlyError: code 7") as caught:
        pool.submit(tasks.raise_keyword_only_error).result(60)
    assert "raise_keyword_only_error" in caught.value.__notes__[0]
    assert pool.submit(sum, [1]).result(60) == 1


def test_workers_import_nothing_heavy(pool: WorkerPool) -> None:
    assert pool.submit(tasks.heavy_modules_after_encoding).result(60) == []


def test_one_thread_and_deaf_to_interrupts(pool: WorkerPool) -> None:
    assert pool.submit(tasks.process_settings).result(60) == {
        "cpus": 1, "omp": "1", "sigint": int(signal.SIG_IGN), "niceness": os.nice(0),
    }  # fmt: skip


def test_limits_are_applied() -> None:
    with start_pool(1, WorkerLimits(niceness=3, memory_bytes=2 << 30)) as pool:
        assert pool.submit(tasks.process_settings).result(60)["niceness"] == os.nice(0) + 3
        with pytest.raises(GenerationError, match="out of memory"):
            pool.submit(tasks.allocate, 4 << 30).result(60)
        assert pool.submit(tasks.allocate, 1 << 20).result(60) == 1 << 20


def test_a_dead_worker_breaks_its_pool_only(pool: WorkerPool) -> None:
    with start_pool(1) as other, pytest.raises(BrokenProcessPool):
        other.submit(tasks.die).result(60)
    assert pool.submit(sum, [1]).result(60) == 1


def test_kill_ends_busy_workers_at_once() -> None:
    pool = start_pool(1)
    pid = pool.submit(os.getpid).result(60)
    busy = pool.submit(tasks.spin)
    start = time.monotonic()
    pool.kill()
    assert time.monotonic() - start < 1
    assert not _running(pid)
    wait([busy], 10)
    assert busy.cancelled() or isinstance(busy.exception(0), BrokenProcessPool)


class Held:
    """An end of a pipe that two threads must not close at once: its number may be another's."""

    def __init__(self) -> None:
        self.entered = threading.Semaphore(0)
        self.twice = threading.Event()
        self._busy = threading.Lock()

    def close(self) -> None:
        if not self._busy.acquire(blocking=False):
            self.twice.set()
            return
        self.entered.release()
        self.twice.wait(0.2)
        self._busy.release()


def test_two_threads_end_a_pool_one_after_the_other() -> None:
    pool, held = start_pool(1), Held()
    pool._held.close()
    pool._held = held  # type: ignore[assignment]
    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(pool.kill)
        held.entered.acquire()
        second = threads.submit(pool.kill)
        wait([first, second])
    assert not held.twice.is_set()


@pytest.mark.parametrize("style", ["-c", "script"])
def test_no_worker_outlives_a_killed_parent(
    style: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    # The program has no `if __name__ == "__main__"`: workers must not run it again.
    program = textwrap.dedent("""
        import os
        from app.engine.execution.pool import start_pool
        from tests.engine.execution import tasks
        pool = start_pool(2)
        print(pool.submit(os.getpid).result(60), flush=True)
        pool.submit(tasks.spin)
        pool.submit(tasks.spin)
        print(*pool.pids(), flush=True)
        tasks.spin()
    """)
    arguments = ["-c", program]
    if style == "script":
        script = tmp_path_factory.mktemp("program") / "program"
        script.write_text(program)
        arguments = [str(script)]
    with _started(*arguments) as parent:
        assert parent.stdout is not None
        pids = [int(parent.stdout.readline()), *map(int, parent.stdout.readline().split())]
        assert all(map(_running, pids))
        parent.kill()
        assert _left_after_a_second(pids) == []


def test_the_fork_server_ends_with_its_parent_before_it_is_ready() -> None:
    """What it imports first takes seconds; it may not outlive its parent for so long."""
    program = textwrap.dedent("""
        import multiprocessing.forkserver
        import os
        from app.engine.execution.pool import start_pool
        pool = start_pool(1)
        multiprocessing.forkserver.ensure_running()
        print(multiprocessing.forkserver._forkserver._forkserver_pid, flush=True)
        os.kill(os.getpid(), 9)
    """)
    with _started("-c", program) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert _left_after_a_second([pid]) == []


BEFORE_OTHERS = -10  # niceness

# A service whose workers step back behind everybody else and are busy; it says when they are.
BUSY = textwrap.dedent("""
    import os
    from app.engine.execution.limits import WorkerLimits
    from app.engine.execution.pool import start_pool
    from tests.engine.execution import tasks
    pool = start_pool(2, WorkerLimits(niceness=10))
    pool.submit(os.getpid).result(60)
    pool.submit(tasks.spin)
    pool.submit(tasks.spin)
    print(flush=True)
    tasks.spin()
""")


@pytest.mark.parametrize("halted", ["workers", "fork server", "all"])
def test_halted_processes_end_with_their_parent(halted: str) -> None:
    with _started("-c", BUSY) as parent:
        descendants = _descendants(parent)
        for process in descendants:
            is_worker = process.ppid() != parent.pid
            is_tracker = not is_worker and not process.children()  # Python's own, of semaphores
            if not is_tracker and (halted == "all" or (halted == "workers") == is_worker):
                process.suspend()
        parent.kill()
        assert _left_after_a_second([process.pid for process in descendants]) == []


def test_waking_the_fork_server_up_ends_nothing() -> None:
    with _started("-c", BUSY) as parent:
        descendants = _descendants(parent)
        for process in descendants:
            process.suspend()
            process.resume()
        with pytest.raises(psutil.TimeoutExpired):
            descendants[0].wait(0.3)
        assert all(_running(process.pid) for process in descendants)
        parent.kill()


def test_waking_a_worker_up_as_it_is_born_ends_nothing() -> None:
    """It still has the fork server's handlers then."""
    program = textwrap.dedent("""
        import os, signal
        os.register_at_fork(after_in_child=lambda: signal.raise_signal(signal.SIGCONT))
        import app.engine.execution.preload
        if not (worker := os.fork()):
            os._exit(7)
        print(os.waitstatus_to_exitcode(os.waitpid(worker, 0)[1]))
    """)
    with _started("-c", program, **{FORK_SERVER_PARENT: str(os.getpid())}) as server:
        assert server.communicate(timeout=60)[0] == "7\n"


@pytest.mark.skipif(not may_lift_priorities(), reason="takes CAP_SYS_NICE or RLIMIT_NICE")
def test_polite_workers_end_at_once_on_a_busy_machine() -> None:
    """Killed or not, a process needs a processor to end, which others have taken."""
    with _started("-c", BUSY) as parent:
        descendants = [process.pid for process in _descendants(parent)]
        with _full_processors():
            parent.kill()
            assert _left_after_a_second(descendants) == []


@pytest.mark.skipif(not may_lift_priorities(), reason="takes CAP_SYS_NICE or RLIMIT_NICE")
def test_all_threads_are_lifted_though_one_has_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    def set_scheduler(thread: int, policy: int, parameters: os.sched_param) -> None:
        lifted.append(thread)
        if len(lifted) == 1:
            raise ProcessLookupError

    lifted: list[int] = []
    monkeypatch.setattr(os, "sched_setscheduler", set_scheduler)
    with ThreadPoolExecutor(1) as other:
        ended, alive = other.submit(threading.get_native_id).result(), threading.get_native_id()
        hasten(os.getpid())
    assert {ended, alive} <= set(lifted)


@pytest.mark.skipif(not may_lift_priorities(), reason="takes CAP_SYS_NICE or RLIMIT_NICE")
def test_a_pool_is_killed_at_once_on_a_busy_machine() -> None:
    pool = start_pool(2, WorkerLimits(niceness=10))
    pool.submit(os.getpid).result(60)
    for _ in range(2):
        pool.submit(tasks.spin)
    with _full_processors():
        start = time.monotonic()
        pool.kill()
        assert time.monotonic() - start < 1


def test_a_process_is_started_though_the_fork_server_dies(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It has the request, and is killed before it has answered."""
    asked, read = threading.Event(), forkserver.read_signed

    def wait_for_answer(pipe: int) -> int:
        asked.set()
        return int(read(pipe))

    with start_pool(1) as pool:
        pool.submit(sum, [1]).result(60)
    server = psutil.Process(forkserver._forkserver._forkserver_pid)
    server.suspend()
    monkeypatch.setattr(forkserver, "read_signed", wait_for_answer)
    with start_pool(1) as pool, ThreadPoolExecutor(1) as thread:
        submitted = thread.submit(pool.submit, sum, [1, 2])
        assert asked.wait(60)
        server.kill()
        assert submitted.result(60).result(60) == 3


def test_a_pool_whose_processes_cannot_be_started_is_broken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pools, "PAUSES", ())
    monkeypatch.setattr(popen_forkserver.Popen, "_launch", Mock(side_effect=ConnectionRefusedError))
    pool = start_pool(1)
    with pytest.raises(BrokenProcessPool, match="could be started"):
        pool.submit(sum, [1])
    pool.kill()
    assert pool.pids() == []


@contextlib.contextmanager
def _started(*arguments: str, **variables: str) -> Iterator[subprocess.Popen[str]]:
    """A program in a process of its own, killed at the end.

    It goes before the tests that run beside it, where that may be had: what is measured here is how
    soon its processes end, not how long they wait for a processor.
    """
    parent = subprocess.Popen(
        [sys.executable, *arguments],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), **variables},
    )
    with parent:
        with contextlib.suppress(PermissionError):
            os.setpriority(os.PRIO_PROCESS, parent.pid, BEFORE_OTHERS)
        try:
            yield parent
        finally:
            parent.kill()


@contextlib.contextmanager
def _full_processors() -> Iterator[None]:
    """Twice as many busy processes as there are processors."""
    command = [sys.executable, "-I", "-S", "-c", "while True: pass"]
    busy = [subprocess.Popen(command) for _ in range(2 * len(os.sched_getaffinity(0)))]
    try:
        for process in busy:
            while psutil.Process(process.pid).cpu_times().user < 0.1:
                os.sched_yield()
        yield
    finally:
        for process in busy:
            process.kill()
            process.wait()


def _descendants(parent: subprocess.Popen[str]) -> list[psutil.Process]:
    """Fork server, resource tracker and two workers, once all are there."""
    assert parent.stdout is not None
    parent.stdout.readline()
    found = psutil.Process(parent.pid).children(recursive=True)
    assert len(found) == 4
    return found


def _left_after_a_second(pids: list[int]) -> list[int]:
    deadline = time.monotonic() + 1
    while (left := [pid for pid in pids if _running(pid)]) and time.monotonic() < deadline:
        os.sched_yield()
    return left


def _running(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
