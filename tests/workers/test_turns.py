from __future__ import annotations

import asyncio

import pytest

from app.workers.errors import QueueFull
from app.workers.turns import Bounds, Turns

pytestmark = pytest.mark.anyio


def _turns(things: int, *, held: int = 9, waiting: int = 2000, in_all: int = 9000) -> Turns[int]:
    turns = Turns[int](Bounds(held, waiting, in_all))
    for thing in range(things):
        turns.add(thing)
    return turns


class Crowd:
    """Calls that note in which order they had their turn, and hold what they got."""

    def __init__(self, turns: Turns[int]) -> None:
        self.turns = turns
        self.served: list[str] = []
        self.calls: list[asyncio.Task[None]] = []

    def call(self, *owners: str, cost: int | None = 1) -> None:
        self.calls += [asyncio.create_task(self._call(owner, cost)) for owner in owners]

    async def _call(self, owner: str, cost: int | None) -> None:
        await self.turns.take(owner, cost=cost)
        self.served.append(owner)

    async def settle(self) -> None:
        for _ in range(5):
            await asyncio.sleep(0)

    def free(self, owner: str, thing: int = 0) -> None:
        self.turns.release(owner)
        self.turns.add(thing)


async def test_owners_take_turns_whoever_asked_how_often() -> None:
    crowd = Crowd(_turns(1))
    crowd.call(*["a"] * 1000)
    await crowd.settle()
    crowd.call("b", "b", "c")
    await crowd.settle()
    for number in range(6):
        crowd.free(crowd.served[number])
        await crowd.settle()
    assert crowd.served == ["a", "b", "c", "a", "b", "a", "a"]
    for call in crowd.calls:
        call.cancel()


async def test_who_holds_fewest_is_next() -> None:
    crowd = Crowd(_turns(3))
    crowd.call(*["a"] * 9)
    await crowd.settle()
    crowd.call(*["b"] * 9)
    await crowd.settle()
    crowd.free("a")
    await crowd.settle()
    crowd.free("a")
    await crowd.settle()
    crowd.free("b")
    await crowd.settle()
    assert crowd.served == ["a", "a", "a", "b", "a", "b"]
    for call in crowd.calls:
        call.cancel()


async def test_nobody_holds_more_than_may_be() -> None:
    crowd = Crowd(_turns(3, held=2))
    crowd.call(*["a"] * 9)
    await crowd.settle()
    assert crowd.served == ["a", "a"]
    crowd.call("b")
    await crowd.settle()
    assert crowd.served == ["a", "a", "b"]
    for call in crowd.calls:
        call.cancel()


async def test_who_waits_too_often_is_refused_and_others_are_not() -> None:
    turns = _turns(0, waiting=3, in_all=6)
    crowd = Crowd(turns)
    crowd.call(*["a"] * 3)
    await crowd.settle()
    with pytest.raises(QueueFull):
        await turns.take("a")
    await turns_refuse_many(turns, crowd)
    crowd.call("b", cost=None)
    await crowd.settle()
    assert not crowd.calls[-1].done()
    for call in crowd.calls:
        call.cancel()


async def turns_refuse_many(turns: Turns[int], crowd: Crowd) -> None:
    """However many owners there are, each has as much room as is left for others."""
    crowd.call("b", "b", "c")
    await crowd.settle()
    assert not any(call.done() for call in crowd.calls)
    with pytest.raises(QueueFull):
        await turns.take("d")


async def test_large_calls_cost_more_and_leaving_makes_room() -> None:
    turns = _turns(0, waiting=10)
    crowd = Crowd(turns)
    crowd.call("a", cost=10)
    await crowd.settle()
    with pytest.raises(QueueFull):
        await turns.take("a")
    crowd.calls[0].cancel()
    await crowd.settle()
    crowd.call("a")
    await crowd.settle()
    turns.add(1)
    await crowd.settle()
    assert crowd.served == ["a"]


async def test_a_thing_given_to_somebody_who_has_left_is_not_lost() -> None:
    turns = _turns(0)
    call = asyncio.create_task(turns.take("a"))
    await asyncio.sleep(0)
    turns.add(7)
    call.cancel()
    await asyncio.gather(call, return_exceptions=True)
    assert await turns.take("b") == 7


async def test_a_call_that_is_just_leaving_takes_nothing_with_it() -> None:
    turns = _turns(0)
    leaving = asyncio.create_task(turns.take("a"))
    await asyncio.sleep(0)
    leaving.cancel()
    turns.add(7)
    assert await asyncio.wait_for(turns.take("a"), 5) == 7
    assert leaving.done()


async def test_owners_who_have_nothing_more_are_forgotten() -> None:
    turns = _turns(1)
    assert await turns.take("a") == 0
    leaving = asyncio.create_task(turns.take("a"))
    await asyncio.sleep(0)
    turns.release("a")
    leaving.cancel()
    await asyncio.gather(leaving, return_exceptions=True)
    assert turns._served == {}
