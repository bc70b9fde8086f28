"""Where blocks are made: processes of this machine, or the workers of an existing Dask cluster."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Protocol, TypeVar

from app.engine.errors import GenerationError
from app.engine.execution.pool import WorkerLimits, start_pool

T = TypeVar("T")

PROCESS = "process"
DASK = "dask://"


class Makers(Protocol):
    """What a run needs of an executor."""

    @property
    def workers(self) -> int:
        """How many blocks are made at the same time."""

    def submit(self, function: Callable[..., T], *arguments: Any) -> Future[T]:
        """Run a function of this package elsewhere. The future raises the engine's errors;
        BrokenExecutor, here or there, when whoever ran it is gone."""

    def kill(self) -> None:
        """Give up everything that was submitted."""


def start_makers(executor: str, workers: int, limits: WorkerLimits) -> Makers:
    """The executor of this name: `process` or `dask://host:port`.

    Raises:
        GenerationError: an unknown name, or a scheduler that does not answer.
    """
    if executor == PROCESS:
        return start_pool(workers, limits)
    if executor.startswith(DASK):
        from app.engine.execution.dask_makers import connect

        return connect(executor.removeprefix(DASK))
    raise GenerationError(f"there is no executor {executor!r}: use process or dask://host:port")
