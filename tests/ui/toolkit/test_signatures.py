"""What handlers of events expect: answered as the toolkit itself does, only faster."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

import pytest
from nicegui import helpers

from app.ui.shell import shell
from app.ui.toolkit import signatures
from app.ui.toolkit.signatures import expects_arguments


class Owner:
    def plain(self) -> None: ...

    def one(self, event: object) -> None: ...

    def optional(self, event: object = None) -> None: ...

    def many(*events: object) -> None: ...

    def named(self, *, event: object) -> None: ...

    def named_optional(self, *, event: object = None) -> None: ...

    def __call__(self, event: object) -> None: ...

    @classmethod
    def of_class(cls, event: object) -> None: ...

    @staticmethod
    def static(event: object) -> None: ...


@functools.wraps(Owner.plain)
def wrapped(*args: Any) -> None: ...


OWNER = Owner()
HANDLERS: list[Callable[..., Any]] = [
    lambda: None,
    lambda event: event,
    lambda event=1: event,
    lambda *events: events,
    lambda **events: events,
    OWNER.plain,
    OWNER.one,
    OWNER.optional,
    OWNER.many,
    OWNER.named,
    OWNER.named_optional,
    OWNER.of_class,
    OWNER.static,
    OWNER,
    Owner,
    Owner.one,
    wrapped,
    functools.partial(OWNER.one, 1),
    functools.partial(OWNER.one),
]


@pytest.mark.parametrize("handler", HANDLERS)
def test_a_handler_is_understood_as_by_its_signature(handler: Callable[..., Any]) -> None:
    empty = inspect.Parameter.empty
    free = {inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD}
    expected = any(
        each.default is empty and each.kind not in free
        for each in inspect.signature(handler).parameters.values()
    )
    assert expects_arguments(handler) is expected


def test_handlers_of_one_code_are_looked_at_once() -> None:
    signatures._needs_more.cache_clear()
    handlers = [(lambda event, each=each: (event, each)) for each in range(100)]
    assert all(map(expects_arguments, handlers))
    assert signatures._needs_more.cache_info().misses == 1


def test_the_toolkit_uses_it() -> None:
    shell()
    assert helpers.expects_arguments is expects_arguments
