"""What the package does: check a definition, compile it, make its tables."""

from __future__ import annotations

import os
from dataclasses import replace
from operator import index
from typing import TYPE_CHECKING

from app.engine import Fault, Plan, compile_plan
from app.engine import explain as explained
from tablesmith._arguments import need_natural_numbers
from tablesmith._dataset import Dataset
from tablesmith._definitions import DefinitionSource, read_definition

if TYPE_CHECKING:
    from app.engine import PlanExplanation


def generate(
    definition: DefinitionSource,
    *,
    rows: int | None = None,
    seed: int | None = None,
    workers: int | None = None,
    progress: bool = True,
) -> Dataset:
    """The tables of a definition.

    The definition is compiled here, so whatever is wrong with it is raised here. Rows are made when
    the dataset is first asked for them.

    Args:
        definition: a dict, a text in YAML or JSON, or the path of a file.
        rows: rows of the root table, in place of the declared ones.
        seed: in place of the declared seed; drawn where neither is given, see `Dataset.seed`.
        workers: processes that make rows; one for each core when None. The data do not depend
            on it.
        progress: whether a terminal or notebook shows a bar while rows are made.

    Raises:
        DefinitionError: with every fault of the definition.
        ConflictError: where declared facts cannot hold together, with what can be reached.
        OSError: where the file cannot be read.
    """
    need_natural_numbers(workers=workers)
    plan = compile(definition, rows=rows, seed=seed)
    return Dataset(plan, workers=workers or _cores(), progress=progress)


def validate(definition: DefinitionSource) -> tuple[Fault, ...]:
    """Check a definition, compiling included.

    Args:
        definition: as for `generate`.

    Returns:
        Warnings: what was read in a way that may not be meant.

    Raises:
        DefinitionError: with every fault of the definition.
        OSError: where the file cannot be read.
    """
    return compile(definition).warnings


def compile(  # noqa: A001 - as the command and the route are called
    definition: DefinitionSource, *, rows: int | None = None, seed: int | None = None
) -> Plan:
    """The plan of a definition: what it comes to, with no row made yet; see `explain`.

    Arguments and errors as for `generate`.
    """
    loaded = read_definition(definition)
    plan = compile_plan(
        loaded.definition, rows=_natural("n_samples", rows), seed=_natural("seed", seed)
    )
    return replace(plan, warnings=(*loaded.warnings_for(rows), *plan.warnings))


def explain(plan: Plan) -> PlanExplanation:
    """What the target of a plan comes to: its rules, effects and what can be reached; where
    several tables have one, those of all.

    Raises:
        TypeError: anything else than a plan.
    """
    if not isinstance(plan, Plan):
        raise TypeError(f"a plan is what `compile` gives, not {type(plan).__name__}")
    return explained(plan)


def _natural(path: str, number: int | None) -> int | None:
    """Raises DefinitionError for a negative number and for what is no whole number."""
    need_natural_numbers(**{path: number})
    return None if number is None else index(number)


def _cores() -> int:
    """Cores that this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1
