"""The step of a job that makes its plan from real tables: it runs in a process of the job."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from app.engine.plan.asked.files import read_given
from app.engine.plan.learned import Request, learned_plan, wanted_as_written
from app.engine.synthesizers.learning import LearnedTable
from app.engine.synthesizers.model_file.files import load_model
from app.workers.plan_files import write_plan
from app.workers.source_tasks import told_in_words, working_in


@dataclass(frozen=True, slots=True)
class RowsOrder:
    """What a plan is made of; plain data.

    Args:
        model: its file.
        name: of the table.
        conditions, shares, draw: as in `learned.Request`.
        given, impute: files of tables.
        copies: as of `learned_plan`.
    """

    model: Path
    name: str
    rows: int | None
    seed: int
    formats: tuple[str, ...]
    conditions: Any = None
    shares: Any = None
    given: Path | None = None
    impute: Path | None = None
    draw: bool = False
    copies: int = 1


def write_rows_plan(order: RowsOrder, plan_file: Path, key: bytes, work: Path) -> None:
    """Write the plan of a job's rows, sealed with `key`.

    Args:
        work: a folder for what reading needs for a while.

    Raises DefinitionError, ConflictError, SourceError, ModelError.
    """
    learned = load_model(order.model)
    given, impute = (_table(path, learned, work) for path in (order.given, order.impute))
    plan = learned_plan(
        learned,
        order.name,
        rows=order.rows,
        seed=order.seed,
        as_written=wanted_as_written(order.formats),
        request=Request(order.conditions, order.shares, given, impute, order.draw),
        copies=order.copies,
    )
    write_plan(plan_file, plan, key)


def _table(path: Path | None, learned: LearnedTable, work: Path) -> pa.Table | None:
    if path is None:
        return None
    with working_in(work), told_in_words(path.name):
        return read_given(path, learned)
