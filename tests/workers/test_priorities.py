"""Calls that take long step back behind others, and come forward again."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys

import pytest

from app.workers import priorities
from app.workers.priorities import may_come_forward, stepping_back

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Reniced(list[int]):
    """What processes were set to, above the niceness of this one; `first` comes with the first."""

    def __init__(self) -> None:
        super().__init__()
        self.first = asyncio.Event()

    def set(self, _: int, pid: int, niceness: int) -> None:
        self.append(niceness - os.getpriority(os.PRIO_PROCESS, 0))
        self.first.set()


@pytest.fixture
def reniced(monkeypatch: pytest.MonkeyPatch) -> Reniced:
    found = Reniced()
    monkeypatch.setattr(priorities, "may_come_forward", lambda: True)
    monkeypatch.setattr(os, "setpriority", found.set)
    return found


async def test_a_call_that_takes_long_steps_back_and_comes_forward_again(
    reniced: Reniced, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(priorities, "QUICK_SECONDS", 0.0)
    with stepping_back(lambda: [1]):
        await asyncio.wait_for(reniced.first.wait(), 30)
        assert reniced == [priorities.NICENESS]
    assert reniced == [priorities.NICENESS, 0]


async def test_a_quick_call_stays_where_it_is(reniced: Reniced) -> None:
    with stepping_back(lambda: [1]):
        pass
    assert reniced == []


async def test_nothing_steps_back_that_could_not_come_forward(
    reniced: Reniced, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(priorities, "may_come_forward", lambda: False)
    monkeypatch.setattr(priorities, "QUICK_SECONDS", 0.0)
    with stepping_back(lambda: [1]):
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    assert reniced == []


BACK_AND_FORTH = """
import os
os.nice(1)
os.setpriority(os.PRIO_PROCESS, 0, os.getpriority(os.PRIO_PROCESS, 0) - 1)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells")
def test_who_may_come_forward_can() -> None:
    tried = subprocess.run([sys.executable, "-c", BACK_AND_FORTH], check=False, capture_output=True)
    assert may_come_forward() == (tried.returncode == 0)
