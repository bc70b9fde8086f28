"""One measured run in a process of its own: `python -m tests.benchmarks.subject NAME FORMAT ROWS`.

Says `ready` on a line and waits for one; does the work; prints one JSON line with the seconds of
wall clock of the work itself and waits again. Whoever measures can so tell the work from what is
done before: the start of the interpreter, imports, compiling.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

DEFINITION = Path(__file__).with_name("churn.yaml")
Work = Callable[[Path], object]


def tablesmith(rows: int, name: str, workers: int) -> Work:
    from app.engine.execution.run import run_generation
    from app.engine.plan.compiler import compile_plan
    from app.engine.schema.load import load_definition

    plan = compile_plan(load_definition(DEFINITION.read_bytes()).definition, rows=rows)
    return lambda folder: run_generation(plan, folder, [name], workers=workers)


def floor(rows: int, name: str, variant: str) -> Work:
    from tests.benchmarks import floor

    write = floor.WRITERS[variant][name]
    with tempfile.TemporaryDirectory() as folder:
        write(1000, Path(folder) / "warm-up")
    return lambda folder: write(rows, folder / f"table.{name}")


def faker(rows: int) -> Work:
    from tests.benchmarks import faker_rows

    return lambda folder: faker_rows.write_csv(rows, folder / "table.csv")


def prepare(subject: str, name: str, rows: int) -> Work:
    """Everything before the clock starts; the work itself is what it returns."""
    if subject.startswith("floor"):
        return floor(rows, name, subject)
    if subject == "faker":
        return faker(rows)
    return tablesmith(rows, name, workers=int(subject.rpartition("-")[2]))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("subject")
    parser.add_argument("format")
    parser.add_argument("rows", type=int)
    arguments = parser.parse_args()
    work = prepare(arguments.subject, arguments.format, arguments.rows)
    with tempfile.TemporaryDirectory(prefix="tablesmith-bench-") as folder:
        print("ready", flush=True)
        sys.stdin.readline()
        started = time.perf_counter()
        work(Path(folder))
        seconds = time.perf_counter() - started
        size = sum(file.stat().st_size for file in Path(folder).rglob("*") if file.is_file())
    print(json.dumps({"seconds": seconds, "bytes": size}), flush=True)
    sys.stdin.readline()


if __name__ == "__main__":
    main()
