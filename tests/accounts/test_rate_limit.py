"""Requests a minute, counted for each caller."""

from __future__ import annotations

import pytest

from app.accounts import rate_limit
from app.accounts.rate_limit import RateLimits


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_minutes_worth_comes_at_once_and_then_at_its_rate() -> None:
    clock = Clock()
    limits = RateLimits(clock)
    assert [limits.wait("a", 6) for _ in range(6)] == [0.0] * 6
    assert limits.wait("a", 6) == pytest.approx(10)
    clock.now += 10
    assert limits.wait("a", 6) == 0.0
    assert limits.wait("a", 6) == pytest.approx(10)
    assert limits.wait("b", 6) == 0.0


def test_who_is_refused_does_not_wait_longer_for_it() -> None:
    clock = Clock()
    limits = RateLimits(clock)
    limits.wait("a", 1)
    assert [limits.wait("a", 1) for _ in range(50)] == pytest.approx([60.0] * 50)
    clock.now += 60
    assert limits.wait("a", 1) == 0.0


def test_callers_who_ask_no_more_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limit, "_MOST", 10)
    clock = Clock()
    limits = RateLimits(clock)
    for number in range(50):
        clock.now += 61
        limits.wait(str(number), 60)
    assert len(limits._full) <= 10
