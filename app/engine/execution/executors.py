"""Where blocks are made: here, in processes of this machine, or by an existing Dask cluster."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from app.engine.errors import GenerationError

if TYPE_CHECKING:
    from app.engine.execution.limits import WorkerLimits
    from app.engine.plan.plan import TablePlan

T = TypeVar("T")

INLINE = "inline"
PROCESS = "process"
DASK = "dask://"
# So few rows of several tables are made sooner than a second process is there.
FEW_ROWS = 10_000


class BlockExecutor(Protocol):
    """What a run needs of an executor."""

    @property
    def workers(self) -> int:
        """How many blocks are made at the same time."""

    def submit(self, function: Callable[..., T], *arguments: Any) -> Future[T]:
        """Run a function of this package elsewhere. The future raises the engine's errors;
        BrokenExecutor, here or there, when whoever ran it is gone."""

    def kill(self) -> None:
        """Give up everything that was submitted."""


def local_executor(tables: Sequence[TablePlan]) -> str:
    """`inline` where worker processes would take longer to start than to work, else `process`."""
    blocks = [table.blocks for table in tables]
    few = sum(table.rows for table in tables) <= FEW_ROWS
    return INLINE if sum(blocks) <= 1 or (few and max(blocks, default=0) <= 1) else PROCESS


def start_block_executor(executor: str, workers: int, limits: WorkerLimits) -> BlockExecutor:
    """The executor of this name: `inline`, `process` or `dask://host:port`.

    Raises:
        GenerationError: an unknown name, or a scheduler that does not answer.
    """
    # Each is imported when it is asked for: a run needs one of them.
    if executor == INLINE:
        from app.engine.execution.inline import InlineExecutor

        return InlineExecutor()
    if executor == PROCESS:
        from app.engine.execution.pool import start_pool

        return start_pool(workers, limits)
    if executor.startswith(DASK):
        from app.engine.execution.dask_executor import connect

        return connect(executor.removeprefix(DASK))
    raise GenerationError(f"there is no executor {executor!r}: use process or dask://host:port")


def start_assembler(executor: str, limits: WorkerLimits) -> BlockExecutor:
    """Where the files of a run are assembled: beside this thread, unless blocks are made in it."""
    return start_block_executor(INLINE if executor == INLINE else PROCESS, 1, limits)
