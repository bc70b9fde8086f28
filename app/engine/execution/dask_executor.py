"""Blocks made by the workers of an existing Dask cluster."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Future
from typing import Any, TypeVar

from app.engine.errors import GenerationError
from app.engine.execution.failures import Failure, guarded

T = TypeVar("T")

CONNECT_SECONDS = 10


class DaskExecutor:
    """Dask's concurrent.futures executor with the interface of a pool.

    A task that a Dask worker has begun cannot be stopped; after `kill` it ends by itself, at the
    latest when it finds its folder of parts gone.
    """

    def __init__(self, client: Any) -> None:
        self._client = client
        self._executor = client.get_executor(pure=False)
        self.workers = max(1, sum(client.nthreads().values()))

    def submit(self, function: Callable[..., T], *arguments: Any) -> Future[T]:
        result: Future[T] = Future()
        try:
            inner = self._executor.submit(guarded, function, *arguments)
        except Exception as error:  # whatever a client without its scheduler raises
            raise BrokenExecutor(str(error)) from error
        inner.add_done_callback(lambda done: _settle(done, result))
        return result

    def kill(self) -> None:
        with contextlib.suppress(Exception):  # a scheduler that is gone has nothing left to stop
            self._executor.shutdown(wait=False, cancel_futures=True)
        with contextlib.suppress(Exception):
            self._client.close(timeout=1)


def connect(address: str) -> DaskExecutor:
    """A client of the scheduler at `host:port`.

    Raises:
        GenerationError: the extra is missing, the scheduler does not answer or has no workers.
    """
    try:
        from distributed import Client
    except ImportError as error:
        hint = "pip install 'tablesmith[dask]'"
        raise GenerationError(f"the Dask executor is not installed: {hint}") from error
    make: Any = Client  # ships no types
    try:
        client = make(f"tcp://{address}", timeout=CONNECT_SECONDS, set_as_default=False)
        client.wait_for_workers(1, timeout=CONNECT_SECONDS)
    except (OSError, TimeoutError) as error:
        raise GenerationError(
            f"no Dask scheduler with workers answers at {address} within {CONNECT_SECONDS} seconds"
        ) from error
    return DaskExecutor(client)


def _settle(inner: Future[Any], result: Future[Any]) -> None:
    """Errors of the task come as data; any other error means that its worker is gone."""
    if not result.set_running_or_notify_cancel():
        return
    if inner.cancelled():
        result.set_exception(BrokenExecutor("the scheduler gave the task up"))
    elif (error := inner.exception()) is not None:
        result.set_exception(BrokenExecutor(f"{type(error).__name__}: {error}"))
    elif isinstance(value := inner.result(), Failure):
        result.set_exception(value.error)
    else:
        result.set_result(value)
