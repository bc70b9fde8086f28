"""Blocks made in the thread that asks for them, for runs too small to start a process for."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

from threadpoolctl import threadpool_limits

from app.engine.execution.failures import engine_error

T = TypeVar("T")


class InlineExecutor:
    """Runs what is submitted at once; nothing can stop or bound it from outside."""

    workers = 1

    def submit(self, function: Callable[..., T], *arguments: Any) -> Future[T]:
        result: Future[T] = Future()
        try:
            with threadpool_limits(limits=1, user_api="blas"):  # as in a worker process
                result.set_result(function(*arguments))
        except Exception as error:
            result.set_exception(engine_error(error))
        return result

    def kill(self) -> None:
        """Nothing is running any more."""
