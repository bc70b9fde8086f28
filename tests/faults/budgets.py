"""Kills while budgets are spent: `python -m tests.faults.budgets --seed 1 --kills 300`.

A process reserves budgets, takes noise keys, learns a table privately, keeps the model and commits,
one job after the other, over a database and a data folder, and is killed with SIGKILL at random
moments; the next one goes on with what it finds. What was acknowledged is written down outside of
the database. In the end each account is whole, nothing acknowledged is missing, no job has paid
twice or drawn two noises, and no account has spent more than its limit. Exit status 1 where that is
not so.

The process that kills forks the others, so it is to have no threads: run it on its own.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from sqlalchemy import select, update

from app.engine.errors import BudgetError
from app.engine.files import write_whole
from app.engine.seeds import NoiseKey
from app.kinds.train.privacy import PrivacyOrder
from app.kinds.train.private_steps import PrivateTraining, learned_file
from app.privacy.accounts import PrivacyAccounts, Spending
from app.privacy.entries import AccountSettings
from app.privacy.witness import Witness
from app.store.database import Database
from app.store.encryption.secrets import make_box
from app.store.migrate import migrate
from app.store.repositories.jobs import JobRepository
from app.store.tables.job_tables import JobRow
from app.workers.source_tasks import SourceFile
from tests.store.repositories.test_queue import job_row

LIMIT, EPSILON = 3.0, 1.0
PEOPLE = "age,smokes\n" + "".join(
    f"{20 + row % 60},{'yes' if row % 3 else 'no'}\n" for row in range(90)
)
ORDER = PrivacyOrder(
    epsilon=EPSILON,
    algorithm="independent",
    bounds={"age": {"low": 18, "high": 90, "bins": 6}},
    categories={"smokes": ["yes", "no"]},
)
CALM_JOBS = 4


@dataclass(frozen=True)
class Place:
    """Where everything lies."""

    folder: Path

    @property
    def said(self) -> Path:
        """What was acknowledged, a line each."""
        return self.folder / "acknowledged"

    def model(self, job: str) -> Path:
        return self.folder / f"model-{job}.json"

    def open(self) -> tuple[Database, PrivacyAccounts]:
        database = Database(f"sqlite+aiosqlite:///{self.folder / 'a.db'}")
        box, witness = make_box(self.folder, None), Witness(self.folder / "privacy")
        return database, PrivacyAccounts(database, box, witness, "acme")

    def say(self, job: str, what: str, value: str = "") -> None:
        """In one write, which a kill leaves whole."""
        line = json.dumps([job, what, value]) + "\n"
        descriptor = os.open(self.said, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(descriptor, line.encode())
        finally:
            os.close(descriptor)

    def acknowledged(self) -> list[tuple[str, str, str]]:
        lines = self.said.read_text().splitlines() if self.said.exists() else []
        return [tuple(json.loads(line)) for line in lines]


class Worker:
    """Spends budgets until it is killed, or has done so many jobs."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._database, self._accounts = place.open()

    async def run(self, jobs: int | None = None) -> None:
        while jobs is None or jobs > 0:
            for job, account in await self._open_jobs():
                await self._carry_out(job, account)
            if jobs is not None:
                jobs -= 1
            await self._reserve()
        await self._database.close()

    async def _open_jobs(self) -> list[tuple[str, str]]:
        query = select(JobRow.id, JobRow.name).where(JobRow.status == "queued")
        async with self._database.read() as session:
            return [(row.id, row.name) for row in await session.execute(query)]

    async def _reserve(self) -> None:
        """A job of the first account that has enough left."""
        async with self._database.read() as session:
            number = len((await session.scalars(select(JobRow.id))).all())
        for data in range(number + 1):
            account = await self._accounts.account_of(f"data {data}")
            if (await self._accounts.look(account)).settings.epsilon_limit is None:
                await self._accounts.change(account, AccountSettings(epsilon_limit=LIMIT))
            settings = (await self._accounts.look(account)).settings
            row = job_row(number, name=account)
            try:
                async with self._database.write() as session:
                    await JobRepository(session).add(row, {"document": {}})
                    spending = Spending(account, EPSILON, ORDER.algorithm, settings)
                    await self._accounts.reserve(session, f"{number:032x}", spending)
            except BudgetError:
                continue
            self._place.say(f"{number:032x}", "reserve")
            return

    async def _carry_out(self, job: str, account: str) -> None:
        """As a job of the service: the key, the rows, the model, the commit, the end."""
        place, ledger = self._place, await self._accounts.look(account)
        if not place.model(job).exists():
            key = await self._accounts.begin(account, job, {"version": 1})
            place.say(job, "begin", hashlib.sha256(key.secret).hexdigest())
            write_whole(place.model(job), json.dumps(self._fit(ledger, key)).encode())
        said = json.loads(place.model(job).read_text())
        place.say(job, "learned", said["transcript"])
        await self._accounts.commit(account, job, said["rho"], said["transcript"], said["events"])
        place.say(job, "commit", said["transcript"])
        async with self._database.write() as session:
            done = update(JobRow).where(JobRow.id == job).values(status="succeeded")
            await session.execute(done)

    def _fit(self, ledger: Any, key: NoiseKey) -> dict[str, Any]:
        request = ORDER.request(ledger.settings)
        training = PrivateTraining(ORDER, request, {}, Fraction(ledger.noise_error))
        said = learned_file(SourceFile(self._place.folder / "people.csv"), training, key).privacy
        assert said is not None
        self._place.say("", "answers", said.transcript)
        return {"rho": said.rho, "transcript": said.transcript, "events": [*said.events]}


async def wrong(place: Place) -> list[str]:
    """What is lost, paid for twice, or more than there was."""
    database, accounts = place.open()
    async with database.read() as session:
        jobs = {row.id: row for row in await session.scalars(select(JobRow))}
    found, entries = [], []
    for account in sorted({row.name for row in jobs.values()}):
        state = await accounts.state(account)  # raises where it is not whole
        entries += [(entry.kind, getattr(entry, "job", None)) for entry in state.entries]
        paid = len([row for row in jobs.values() if row.name == account])
        if state.ledger.spent != paid * state.ledger.cost(EPSILON):
            found.append(f"{account} has spent {state.ledger.spent} for {paid} jobs")
        if state.ledger.spent > state.ledger.limit:
            found.append(f"{account} has spent more than its limit")
        for job, each in state.ledger.executions.items():
            is_ended = jobs[job].status == "succeeded"
            if is_ended and each.state != "committed":
                found.append(f"{job} has ended and is {each.state}")
    await database.close()
    found += [f"{each} is there {entries.count(each)} times" for each in {*entries}
              if each[1] is not None and entries.count(each) > 1]  # fmt: skip
    return [*found, *_unsaid(place, {*entries})]


def _unsaid(place: Place, entries: set[tuple[str, Any]]) -> Iterator[str]:
    """What was acknowledged and is not there, or was one thing and then another."""
    values: dict[tuple[str, str], str] = {}
    for job, what, value in place.acknowledged():
        if what in ("reserve", "begin", "commit") and (what, job) not in entries:
            yield f"{what} of {job} was acknowledged and is not there"
        if job and values.setdefault((what, job), value) != value:
            yield f"{what} of {job} had two values"
    for (what, job), value in values.items():
        if what == "commit" and values.get(("learned", job)) != value:
            yield f"{job} has committed another transcript than it had kept"


def carry_out(folder: Path, seed: int, kills: int) -> list[str]:
    """Kill so many times; what is wrong in the end."""
    place, luck = Place(folder), random.Random(seed)
    (folder / "people.csv").write_text(PEOPLE)
    _ended(_forked(lambda: asyncio.run(_prepared(place))))
    began = time.monotonic()
    _ended(_forked(lambda: asyncio.run(Worker(place).run(CALM_JOBS))))
    calm = (time.monotonic() - began) / CALM_JOBS
    done = 0
    while done < kills:
        child = _forked(lambda: asyncio.run(Worker(place).run()))
        time.sleep(luck.uniform(0, 2 * calm))
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        if not os.WIFSIGNALED(status):
            return [f"a worker ended by itself after {done} kills"]
        done += 1
    _ended(_forked(lambda: asyncio.run(Worker(place).run(1))))
    kinds = [what for _, what, _ in place.acknowledged()]
    counts = {what: kinds.count(what) for what in sorted({*kinds})}
    sys.stdout.write(f"{done} kills, {calm:.2f} s a job without any; acknowledged: {counts}\n")
    found = folder / "wrong.json"
    _ended(_forked(lambda: found.write_text(json.dumps(asyncio.run(wrong(place))))))
    problems: list[str] = json.loads(found.read_text())
    return problems


async def _prepared(place: Place) -> None:
    database, _ = place.open()
    await migrate(database)
    await database.close()


def _forked(call: Callable[[], Any]) -> int:
    """The id of a process that does something, and nothing else."""
    child = os.fork()
    if child:
        return child
    status = 1
    try:
        call()
        status = 0
    finally:
        sys.stderr.flush()
        os._exit(status)


def _ended(child: int) -> None:
    """Raises AssertionError where a process has not ended well."""
    _, status = os.waitpid(child, 0)
    assert status == 0, f"a process ended with {status}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kills", type=int, default=300)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="tablesmith-budgets-") as folder:
        problems = carry_out(Path(folder), options.seed, options.kills)
    for problem in problems:
        sys.stdout.write(f"  {problem}\n")
    sys.stdout.write("nothing is wrong\n" if not problems else f"{len(problems)} are wrong\n")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
