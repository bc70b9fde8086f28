"""What a target costs: seconds to compile it, and CPU time when it is drawn.

Run it alone, `python -m tests.benchmarks.target`, so that the first compilation is the first in
its process. The cost of drawing is that of making and writing the churn table to CSV, over the
same table without its target.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from app.engine import compile_plan, load_definition
from app.engine.formats import FORMATS, FormatOptions
from app.engine.plan.plan import TablePlan
from app.engine.schema.models import Definition

CHURN = Path(__file__).parents[2] / "examples" / "churn_patent.yaml"
INPUTS = 50
BLOCKS = 4
BLOCK_ROWS = 65_536
REPEATS = 5
STRENGTHS = ("low", "medium", "high")


def many_inputs() -> Definition:
    """A label of 10 % with a dial and an effect of each of INPUTS columns."""
    features: dict[str, Any] = {}
    for number in range(INPUTS):
        effect = {
            "correlation": "positive" if number % 2 else "negative",
            "strength": STRENGTHS[number % 3],
        }
        if number % 5:
            buckets = {"mean": number, "std": 2 + number % 3}
            features[f"x{number}"] = {"type": "float", "buckets": {**buckets, **effect}}
        else:
            cats = {"a": {"proportion": 0.4, **effect}, "b": {"proportion": 0.6}}
            features[f"x{number}"] = {"type": "category", "cats": cats}
    cats = {"no": {"proportion": 0.9}, "yes": {"proportion": 0.1}}
    target = {"y": {"type": "category", "cats": cats, "positive": "yes", "auc": 0.85}}
    return load_definition({"n_samples": 1000, "features": features, "target": target}).definition


def without_target(definition: Definition) -> Definition:
    (table,) = definition.tables.values()
    bare = table.model_copy(update={"target": None, "rules": ()})
    return definition.model_copy(update={"tables": {table.name: bare}})


def seconds(work: Callable[[], object], clock: Callable[[], float] = time.perf_counter) -> float:
    started = clock()
    work()
    return clock() - started


def write_blocks(table: TablePlan) -> None:
    for number in range(BLOCKS):
        FORMATS["csv"].encode(table.block(number), FormatOptions())


def drawing_cost(definition: Definition) -> float:
    """CPU time of making and writing with the target over that without it, less one."""
    costs = []
    for each in (definition, without_target(definition)):
        (table,) = compile_plan(each, rows=BLOCKS * BLOCK_ROWS, seed=1).tables
        write_blocks(table)
        work = partial(write_blocks, table)
        costs.append(min(seconds(work, time.process_time) for _ in range(REPEATS)))
    return costs[0] / costs[1] - 1.0


def main() -> None:
    definition = many_inputs()
    first = seconds(lambda: compile_plan(definition, seed=1))
    again = min(seconds(lambda: compile_plan(definition, seed=1)) for _ in range(REPEATS))
    print(f"compiling {INPUTS} inputs with effects: {first:.2f} s, {again:.2f} s once warm")
    cost = drawing_cost(load_definition(CHURN.read_bytes()).definition)
    print(f"the target of churn.yaml on top of its inputs, made and written: {cost:.0%}")


if __name__ == "__main__":
    main()
