"""The faults, in an order that a seed decides."""

from __future__ import annotations

import contextlib
import random
import resource
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field

import psutil

from tests.faults.installation import LEASE_SECONDS, Host, Installation
from tests.faults.programs import Program

# How many of each kind in a hundred faults.
SHARES = {
    "worker": 54,
    "fork server": 2,
    "runner": 8,
    "server": 4,
    "postgres": 3,
    "s3": 3,
    "stop": 2,
    "disk": 3,
    "reset": 21,
}
FULL_SECONDS = 2.0
THREADS = 24
# A fault that cannot be injected now is tried again so many places later.
LATER = 5
AT_ONCE_SECONDS = 0.1
# Faults are injected by so much before the deadline: those that were put off come last.
SPARE_SECONDS = 40.0
FILLER = "filler"

Inject = Callable[[random.Random], bool]


def planned(seed: int, count: int) -> list[str]:
    """Kinds of at least so many faults; every kind comes about as often as its share says."""
    kinds = [kind for kind, share in SHARES.items() for _ in range(1 + count * share // 100)]
    random.Random(f"{seed}:plan").shuffle(kinds)
    return kinds


@dataclass
class Injector:
    """Injects faults into an installation and counts those that happened.

    Args:
        full: when a host's disk was full, from and to, in seconds since the epoch.
    """

    whole: Installation
    seed: int
    done: Counter[str] = field(default_factory=Counter)
    full: list[tuple[float, float]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    _busy: dict[str, threading.Lock] = field(default_factory=dict)

    def run(self, kinds: list[str], pace: float, deadline: float) -> None:
        """One fault every `pace` seconds, or more often where the deadline asks for it, whatever
        the ones before are about; recoveries go on beside. A kind whose target is still about an
        earlier one has its turn later."""
        waiting = list(kinds)
        with ThreadPoolExecutor(THREADS) as threads:
            begun: dict[Future[bool], str] = {}
            number = 0
            while (waiting or begun) and time.monotonic() < deadline:
                waiting += _missed(begun)
                if not waiting:
                    time.sleep(pace)
                    continue
                number += 1
                kind = waiting.pop(0)
                task = threads.submit(self._one, kind, number)
                if _put_off(task):
                    waiting.insert(min(len(waiting), LATER), kind)
                    continue
                begun[task] = kind
                self.whole.revive()
                left = deadline - SPARE_SECONDS - time.monotonic()
                time.sleep(max(0.0, min(pace, left / max(1, len(waiting)))))
            wait(begun)

    def _one(self, kind: str, number: int) -> bool:
        """Inject one fault; False where there was nothing to do it to."""
        rng = random.Random(f"{self.seed}:{kind}:{number}")
        inject: Inject = getattr(self, f"_inject_{kind.replace(' ', '_')}")
        try:
            happened = inject(rng)
        except Exception as error:
            self.problems.append(f"{kind}: {type(error).__name__}: {error}")
            return True
        self.done[kind] += happened
        return happened

    def _inject_worker(self, rng: random.Random) -> bool:
        """Kill a process of a pool, the server's too."""
        programs = self.whole.programs
        return _kill_one([worker for program in programs for worker in program.workers()], rng)

    def _inject_fork_server(self, rng: random.Random) -> bool:
        """Kill what starts the workers of a program; they go with it."""
        programs = self.whole.programs
        return _kill_one([each for program in programs for each in program.fork_servers()], rng)

    def _inject_runner(self, rng: random.Random) -> bool:
        return self._kill_program(rng.choice(self.whole.hosts).program, rng)

    def _inject_server(self, rng: random.Random) -> bool:
        return self._kill_program(self.whole.server, rng)

    def _kill_program(self, program: Program, rng: random.Random) -> bool:
        with _free(program.lock) as free:
            if free:
                _start_anew(program, rng)
            return free

    def _inject_postgres(self, rng: random.Random) -> bool:
        with self._alone("postgres") as free:
            if free:
                self.whole.postgres.kill()
                time.sleep(rng.uniform(0, 2))
                self.whole.postgres.start()
            return free

    def _inject_s3(self, rng: random.Random) -> bool:
        with self._alone("s3") as free:
            if free:
                self.whole.s3.kill()
                time.sleep(rng.uniform(0, 2))
                self.whole.s3.start()
            return free

    def _inject_stop(self, rng: random.Random) -> bool:
        """Halt a runner for longer than its lease lasts, alone or with its workers. Then it goes
        on, or is killed as it is."""
        program = rng.choice(self.whole.hosts).program
        with _free(program.lock) as free:
            if free:
                halted = _halted(program, rng.random() < 0.5)
                time.sleep(LEASE_SECONDS + rng.uniform(1, 3))
                if rng.random() < 0.3:
                    _start_anew(program, rng)
                for process in halted:
                    with contextlib.suppress(psutil.NoSuchProcess):
                        process.resume()
            return free

    def _inject_reset(self, rng: random.Random) -> bool:
        """Reset all connections to the database, or to the store."""
        return rng.choice(self.whole.proxies).reset() > 0

    def _inject_disk(self, rng: random.Random) -> bool:
        host = rng.choice(self.whole.hosts)
        with self._alone(host.program.name) as free:
            if free:
                began = time.time()
                (_fill if host.small else _bound)(host)
                self.full.append((began, time.time()))
            return free

    @contextlib.contextmanager
    def _alone(self, target: str) -> Iterator[bool]:
        with _free(self._busy.setdefault(target, threading.Lock())) as free:
            yield free


def _kill_one(processes: list[psutil.Process], rng: random.Random) -> bool:
    """Kill any of them; False where there was none any more."""
    if not processes:
        return False
    with contextlib.suppress(psutil.NoSuchProcess):
        rng.choice(processes).kill()
        return True
    return False


def _start_anew(program: Program, rng: random.Random) -> None:
    program.kill()
    time.sleep(rng.uniform(0, 1))
    program.start()


def _halted(program: Program, whole: bool) -> list[psutil.Process]:
    """A program's processes, or its first one alone, halted."""
    processes = [psutil.Process(program.pid)]
    if whole:
        processes += [*program.fork_servers(), *program.workers()]
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.suspend()
    return processes


def _put_off(task: Future[bool]) -> bool:
    """Whether a fault could not be injected, which shows at once."""
    try:
        return not task.result(AT_ONCE_SECONDS)
    except TimeoutError:
        return False


def _missed(begun: dict[Future[bool], str]) -> list[str]:
    """Take out the faults that are over; the kinds of those that found nothing to be done to."""
    over = [task for task in begun if task.done()]
    return [kind for task in over for kind in [begun.pop(task)] if not task.result()]


@contextlib.contextmanager
def _free(lock: threading.Lock) -> Iterator[bool]:
    """Take a lock if nobody has it; tells whether it was taken."""
    taken = lock.acquire(blocking=False)
    try:
        yield taken
    finally:
        if taken:
            lock.release()


def _fill(host: Host) -> None:
    """Leave no room on a host's small disk for a while, whatever is freed meanwhile."""
    filler = host.disk / FILLER
    deadline = time.monotonic() + FULL_SECONDS
    try:
        with filler.open("ab", buffering=0) as file:
            while time.monotonic() < deadline:
                try:
                    file.write(bytes(1 << 20))
                except OSError:
                    time.sleep(0.02)
    finally:
        filler.unlink(missing_ok=True)


def _bound(host: Host) -> None:
    """Let none of a host's workers write more than 16 KiB to a file for a while."""
    deadline = time.monotonic() + FULL_SECONDS
    while time.monotonic() < deadline:
        _limit_files(host, 16 << 10)
        time.sleep(0.02)
    _limit_files(host, resource.RLIM_INFINITY)


def _limit_files(host: Host, size: int) -> None:
    for worker in host.program.workers():
        with contextlib.suppress(OSError):
            resource.prlimit(worker.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
