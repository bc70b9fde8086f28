"""Calls that may hang for long, such as those that wait for a stranger's server."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import threading
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")


async def in_own_thread(call: Callable[[], T], name: str) -> T:
    """The result of a call in a thread of its own.

    Threads of a pool are few, and joined at the end: calls that hang would in time keep every
    other call waiting, and the process from ending. This one keeps nobody, however long it takes
    after whoever waited for it has left.
    """
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()
    context = contextvars.copy_context()

    def tell(settle: Callable[[Any], None], outcome: Any) -> None:
        if not future.done():
            settle(outcome)

    def run() -> None:
        settle: Callable[[Any], None]
        outcome: Any
        try:
            settle, outcome = future.set_result, context.run(call)
        except BaseException as error:
            settle, outcome = future.set_exception, error
        with contextlib.suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(tell, settle, outcome)

    threading.Thread(target=run, name=name, daemon=True).start()
    return await future
