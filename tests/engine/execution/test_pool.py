from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from concurrent.futures import wait
from concurrent.futures.process import BrokenProcessPool

import psutil
import pytest

from app.engine.errors import DefinitionError, Fault, GenerationError
from app.engine.execution.pool import WorkerLimits, WorkerPool, start_pool
from tests.engine.execution import tasks


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
    parent = subprocess.Popen(
        [sys.executable, *arguments],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    with parent:
        assert parent.stdout is not None
        pids = {int(parent.stdout.readline()), *map(int, parent.stdout.readline().split())}
        assert all(map(_running, pids))
        parent.kill()
        deadline = time.monotonic() + 1
        while any(map(_running, pids)) and time.monotonic() < deadline:
            os.sched_yield()
    assert not any(map(_running, pids))


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
    done = subprocess.run(
        [sys.executable, "-c", program],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    pid = int(done.stdout)
    deadline = time.monotonic() + 1
    while _running(pid) and time.monotonic() < deadline:
        os.sched_yield()
    assert not _running(pid)


def _running(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
