"""A run: `python -m tests.faults --seed 1 --faults 300`; exit status 1 where something is wrong."""

from __future__ import annotations

import argparse
import sys
import tempfile
import threading
import time
from pathlib import Path

from tests.faults import verdict
from tests.faults.hooks import Hooks
from tests.faults.injection import Injector, planned
from tests.faults.installation import Installation, installed
from tests.faults.programs import GRACE_SECONDS, marked
from tests.faults.verdict import Made
from tests.faults.workload import REQUESTS, Client

# All of a run is over after this time, whatever it has come to.
MOST_SECONDS = 590.0
CALM_SECONDS = 90.0
# Until when, since the start, faults are injected, jobs end, and webhooks arrive.
INJECTED_BY, SETTLED_BY, TOLD_BY = 420.0, 520.0, 560.0
HOOK_FAILS = 0.1


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--faults", type=int, default=300)
    parser.add_argument("--pace", type=float, default=0.9, help="seconds between faults")
    parser.add_argument(
        "--no-mount", action="store_true", help="bound the size of files instead of disks"
    )
    parser.add_argument("--keep", type=Path, help="folder for the logs, which is kept")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="tablesmith-faults-") as folder:
        place = options.keep or Path(folder)
        place.mkdir(parents=True, exist_ok=True)
        problems = Run(options).carry_out(place)
    for problem in problems:
        _say(f"  {problem[:400]}")
    _say("nothing is wrong" if not problems else f"{len(problems)} things are wrong")
    return 1 if problems else 0


class Run:
    """One run from start to end."""

    def __init__(self, options: argparse.Namespace) -> None:
        self._options = options
        self._began = time.monotonic()
        self._problems: list[str] = []

    def carry_out(self, folder: Path) -> list[str]:
        """What is wrong at the end."""
        options = self._options
        _say(f"seed {options.seed}, {options.faults} faults")
        hooks = Hooks(options.seed, HOOK_FAILS)
        with installed(folder, small_disks=not options.no_mount) as whole:
            client = Client(whole.address, hooks.url, whole.warehouse, options.seed)
            calm = self._without_faults(whole, client)
            injector = Injector(whole, options.seed)
            self._under_faults(client, injector)
            self._judge(whole, client, injector, calm, hooks)
            whole.hosts[0].program.stop()  # in good order; the others are killed
        hooks.close()
        self._judge_ends(whole)
        if self._seconds() > MOST_SECONDS:
            self._problems.append("the run took too long")
        _say(f"{self._seconds():.0f} s in all")
        return self._problems

    def _without_faults(self, whole: Installation, client: Client) -> Made:
        """What each request makes while all is calm."""
        client.store_credentials()
        sent = [client.submit(place) for place in range(len(REQUESTS))]
        client.settle(time.monotonic() + CALM_SECONDS)
        _say(f"calm: {[each.status for each in sent]} after {self._seconds():.0f} s")
        return {each.request: verdict.made(whole, each) for each in sent}

    def _under_faults(self, client: Client, injector: Injector) -> None:
        kinds = planned(self._options.seed, self._options.faults)
        stop = threading.Event()
        working = threading.Thread(target=client.run, args=(stop,))
        working.start()
        try:
            injector.run(kinds, self._options.pace, self._began + INJECTED_BY)
            injector.whole.revive()
            injector.whole.wait_until_ready()
        finally:
            stop.set()
            working.join()
        done = injector.done.total()
        disks = "small disks" if injector.whole.hosts[0].small else "a bound on the size of files"
        _say(f"faults: {done}, {dict(sorted(injector.done.items()))}; full: {disks}")
        if done < self._options.faults or min(injector.done[kind] for kind in set(kinds)) == 0:
            self._problems.append(f"not all of {self._options.faults} faults could be injected")
        self._settle(client)

    def _settle(self, client: Client) -> None:
        """Have all jobs end, and those that failed made once more."""
        _say(f"{sum(not sent.ended for sent in client.sent)} jobs are under way")
        client.settle(self._began + SETTLED_BY)
        failed = [sent for sent in client.sent if sent.status == "failed"]
        for sent in failed:
            client.submit(sent.request)
        client.settle(self._began + SETTLED_BY)
        _say(
            f"jobs: {len(client.sent)} acknowledged, {len(failed)} failed and were asked for "
            f"again; all ended after {self._seconds():.0f} s"
        )

    def _judge(
        self, whole: Installation, client: Client, injector: Injector, calm: Made, hooks: Hooks
    ) -> None:
        while verdict.untold(client, hooks) and self._seconds() < TOLD_BY:
            time.sleep(0.3)
        read, spoiled = verdict.spoiled(client)
        self._found("lost", verdict.lost(whole, client))
        self._found("failed for another reason than a full disk", _failed(client, injector))
        self._found("completed twice", verdict.ended_twice(whole))
        self._found("different from a run without faults", verdict.different(whole, client, calm))
        self._found(f"spoiled in {read >> 20} MiB read back", spoiled)
        told = f"{len(hooks.taken)} webhooks ({hooks.attempts} attempts)"
        self._found(f"not told, or under two ids, of {told}", verdict.untold(client, hooks))
        self._found("told but not so", verdict.invented(whole, client, hooks))
        self._found("answers", [f"{status}: {count}" for status, count in client.bad.items()])
        self._found("problems of the run itself", injector.problems)

    def _judge_ends(self, whole: Installation) -> None:
        time.sleep(GRACE_SECONDS)
        programs = whole.programs
        ends, slowest = sum(each.ends for each in programs), max(each.slowest for each in programs)
        orphans = [orphan for program in programs for orphan in program.orphans]
        orphans += [f"at the end: {pid}" for pid in marked()]
        self._found(f"orphans 1 s after {ends} ends (slowest: {slowest:.2f} s)", orphans)

    def _found(self, name: str, wrong: list[str]) -> None:
        _say(f"{name}: {len(wrong)}")
        self._problems += [f"{name}: {each}" for each in wrong]

    def _seconds(self) -> float:
        return time.monotonic() - self._began


def _failed(client: Client, injector: Injector) -> list[str]:
    return verdict.wrongly_failed(client, injector)


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
