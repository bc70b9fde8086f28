"""A progress bar on standard error while tables are made or learned, where a person is watching."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.engine.execution.results import Progress


@contextmanager
def progress_bar(
    *, wanted: bool = True, unit: str = "rows"
) -> Iterator[Callable[[Progress], None] | None]:
    """A callback that moves one bar for each stage; None where nobody would see it, or where it
    is not wanted.

    Args:
        unit: what is counted.
    """
    if not (wanted and (_in_notebook() or sys.stderr.isatty())):
        yield None
        return
    from rich import progress
    from rich.console import Console

    columns = (
        progress.TextColumn("{task.description}"),
        progress.BarColumn(),
        progress.TextColumn("{task.completed:,.0f} of {task.total:,.0f} " + unit),
        progress.TimeRemainingColumn(),
    )
    with progress.Progress(*columns, console=Console(stderr=True), transient=True) as display:
        tasks: dict[str, progress.TaskID] = {}

        def show(update: Progress) -> None:
            if update.stage not in tasks:
                tasks[update.stage] = display.add_task(update.stage, total=update.total)
            display.update(tasks[update.stage], completed=update.done, total=update.total)

        yield show


def _in_notebook() -> bool:
    """Whether a Jupyter kernel runs this process and has the widgets that a bar needs."""
    return "ipykernel" in sys.modules and importlib.util.find_spec("ipywidgets") is not None
