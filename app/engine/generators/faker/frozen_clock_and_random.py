"""Faker's providers cut off from what would make the same seed give other values.

Some providers read the clock (`date_this_year`, `date_of_birth`, several `ssn`), some draw from
Python's global source of randomness instead of their generator's. Faker has no setting for
either, so while values are drawn the names of both in Faker's own modules stand for a clock that
stands still at the start of a given day and for a given source.
"""

from __future__ import annotations

import datetime as real
import random
import sys
import threading
import types
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from app.engine.generators.base import ReferenceDay

_lock = threading.RLock()
_global_source = random.random.__self__  # type: ignore[attr-defined]


class _Clock:
    """A clock that stands still, and knows whether somebody looked at it."""

    def __init__(self) -> None:
        self._moment = real.datetime(2000, 1, 1)
        self.was_read = False

    def stop_at(self, day: real.date) -> None:
        self._moment, self.was_read = real.datetime.combine(day, real.time()), False

    def read(self) -> real.datetime:
        self.was_read = True
        return self._moment


_clock = _Clock()


class _RealInstances(type):
    """Makes instances of the real class count as instances of its stand-in."""

    def __instancecheck__(cls, value: object) -> bool:
        return isinstance(value, cls.__mro__[1])


class _Datetime(real.datetime, metaclass=_RealInstances):
    @classmethod
    def now(cls, tz: real.tzinfo | None = None) -> Any:
        moment = _clock.read()
        return moment if tz is None else moment.replace(tzinfo=real.UTC).astimezone(tz)

    @classmethod
    def utcnow(cls) -> Any:
        return _clock.read()

    @classmethod
    def today(cls) -> Any:
        return _clock.read()


class _Date(real.date, metaclass=_RealInstances):
    @classmethod
    def today(cls) -> Any:
        return _clock.read().date()


_module: Any = types.ModuleType("datetime")
vars(_module).update({name: value for name, value in vars(real).items() if name[:2] != "__"})
_module.datetime, _module.date = _Datetime, _Date
_CLOCKS: dict[Any, Any] = {real.datetime: _Datetime, real.date: _Date, real: _module}


@contextmanager
def frozen_clock_and_random(source: Any, today: ReferenceDay) -> Iterator[None]:
    """Faker's modules see the start of `today`, which learns whether they looked, and draw from
    `source`; one thread at a time."""
    with _lock:
        _clock.stop_at(today.day)
        changed = [(module, name, vars(module)[name]) for module, name in _names()]
        try:
            for module, name, value in changed:
                setattr(module, name, _stand_in(value, source))
            yield
        finally:
            today.was_read |= _clock.was_read
            for module, name, value in changed:
                setattr(module, name, value)


def _stand_in(value: Any, source: Any) -> Any:
    if value is random:
        return source
    if getattr(value, "__self__", None) is _global_source:
        return getattr(source, value.__name__)
    return _CLOCKS[value]


def _names() -> Iterator[tuple[types.ModuleType, str]]:
    """Where Faker's modules name the clock or the global source: module and name."""
    for path, module in list(sys.modules.items()):
        if path.startswith("faker.providers"):
            for name, value in list(vars(module).items()):
                outside = value is random or getattr(value, "__self__", None) is _global_source
                if outside or any(value is clock for clock in _CLOCKS):
                    yield module, name
