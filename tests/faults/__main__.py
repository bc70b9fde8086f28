"""A run: `python -m tests.faults --seed 1 --faults 300`; exit status 1 where something is lost."""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import threading
import time
from pathlib import Path

from tests.faults import verdict
from tests.faults.hooks import Hooks
from tests.faults.injection import Injector, planned
from tests.faults.installation import Installation, installed
from tests.faults.workload import REQUESTS, Client

INJECTING_SECONDS = 390.0
CALM_SECONDS = 240.0
SETTLING_SECONDS = 60.0
HOOK_FAILS = 0.1


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--faults", type=int, default=300)
    parser.add_argument("--pace", type=float, default=0.7, help="seconds between faults")
    parser.add_argument(
        "--no-mount", action="store_true", help="bound the size of files instead of disks"
    )
    parser.add_argument("--keep", type=Path, help="folder for the logs, which is kept")
    options = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="tablesmith-faults-") as folder:
        place = options.keep or Path(folder)
        place.mkdir(parents=True, exist_ok=True)
        problems = run(place, options)
    _say(f"{time.monotonic() - began:.0f} s in all")
    for problem in problems:
        _say(f"  {problem[:400]}")
    return 1 if problems else 0


def run(folder: Path, options: argparse.Namespace) -> list[str]:
    """The whole run; what is wrong at its end."""
    seed, faults = options.seed, options.faults
    hooks = Hooks(seed, HOOK_FAILS)
    with installed(folder, small_disks=not options.no_mount) as whole:
        client = Client(whole.address, hooks.url, seed)
        calm = _without_faults(client)
        injector = Injector(whole, seed)
        _under_faults(client, injector, planned(seed, faults), options.pace)
        problems = _judge(whole, client, injector, calm, hooks)
        problems += _good_order(whole)
    hooks.close()
    problems += [f"{name} left processes behind: {left}" for name, left in whole.left_over if left]
    if sum(injector.done.values()) < faults:
        problems.append(f"only {sum(injector.done.values())} of {faults} faults could be injected")
    return problems


def _without_faults(client: Client) -> dict[int, list[object]]:
    """What each request makes while all is calm."""
    sent = [client.submit(place) for place in range(len(REQUESTS))]
    client.settle(time.monotonic() + CALM_SECONDS)
    _say(f"calm: {[each.last.get('status') for each in sent]}")
    return {each.request: verdict.made(each.last) for each in sent}


def _under_faults(client: Client, injector: Injector, kinds: list[str], pace: float) -> None:
    stop = threading.Event()
    working = threading.Thread(target=client.run, args=(stop,))
    working.start()
    try:
        injector.run(kinds, pace, time.monotonic() + INJECTING_SECONDS)
        injector.whole.revive()
        injector.whole.wait_until_ready()
    finally:
        stop.set()
        working.join()
    client.settle(time.monotonic() + SETTLING_SECONDS)
    failed = [sent for sent in client.sent if sent.last.get("status") == "failed"]
    for sent in failed:
        client.rerun(sent)
    client.settle(time.monotonic() + SETTLING_SECONDS)
    _say(f"faults: {sum(injector.done.values())}, {dict(sorted(injector.done.items()))}")
    _say(f"jobs: {len(client.sent)} acknowledged, {len(failed)} failed on a full disk, run again")


def _judge(
    whole: Installation,
    client: Client,
    injector: Injector,
    calm: dict[int, list[object]],
    hooks: Hooks,
) -> list[str]:
    read, spoiled = verdict.spoiled(client)
    deadline = time.monotonic() + SETTLING_SECONDS
    while verdict.untold(client, hooks) and time.monotonic() < deadline:
        time.sleep(0.3)
    stored = verdict.stored_jobs(whole)
    found = {
        "not ended": verdict.unended(client),
        "failed": verdict.wrongly_failed(client, injector),
        "different": verdict.different(client, calm),
        "spoiled": spoiled,
        "ended twice": verdict.ended_twice(whole),
        "webhooks": verdict.untold(client, hooks),
        "answers": [f"{status}: {count}" for status, count in client.bad.items()],
        "jobs per key": [] if stored == client.keys else [f"{stored} jobs of {client.keys} keys"],
        "while injecting": injector.problems,
    }
    for name, wrong in found.items():
        _say(f"{name}: {len(wrong)}")
    _say(
        f"read back: {read >> 20} MiB; webhooks: {hooks.attempts} attempts, {len(hooks.ids)} events"
    )
    return [f"{name}: {each}" for name, wrong in found.items() for each in wrong]


def _good_order(whole: Installation) -> list[str]:
    """Stop one runner in good order; the rest is killed when the installation is left."""
    left = random.Random(0).choice(whole.hosts).program.stop()
    return [f"processes after an orderly stop: {left}"] if left else []


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
