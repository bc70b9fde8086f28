"""`python -m tests.benchmarks [--quick] [--json FILE]`: speed and memory against two baselines.

The floor is the same table written by hand for this one purpose (`floor.py`), the other baseline
is Faker row by row. All figures come from one run on one machine; compare the ratios, the
nanoseconds are of that machine. A figure for a row is the slope between the two largest sizes,
which leaves out everything that is paid once: imports, compiling, starting processes.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.benchmarks import latency
from tests.benchmarks.watch import Measured, measure

SUBJECTS = {
    "csv": ("floor-polars", "floor-pyarrow", "tablesmith-1", "tablesmith-2"),
    "parquet": ("floor-pyarrow", "tablesmith-1", "tablesmith-2"),
}
SIZES = (100_000, 1_000_000, 10_000_000)
QUICK_SIZES = (200_000, 1_000_000)
FAKER_SIZES = (1_000, 5_000)
REPEATS = 3  # of runs up to REPEATED rows: the best one counts, whatever else the machine did
REPEATED = 1_000_000


def best(subject: str, name: str, rows: int) -> Measured:
    """The least time of a few runs; memory is the most of them."""
    runs = [measure(subject, name, rows) for _ in range(REPEATS if rows <= REPEATED else 1)]
    return replace(
        runs[0],
        wall=min(run.wall for run in runs),
        cpu=min(run.cpu for run in runs),
        rss=max(run.rss for run in runs),
        uss=max(run.uss for run in runs),
    )


def slope(runs: list[Measured]) -> dict[str, float]:
    """Nanoseconds a row between the two largest sizes, and the memory at both of them."""
    small, large = sorted(runs, key=lambda run: run.rows)[-2:]
    rows = large.rows - small.rows
    return {
        "wall_ns": (large.wall - small.wall) / rows * 1e9,
        "cpu_ns": (large.cpu - small.cpu) / rows * 1e9,
        "rss_mb": large.rss / 1e6,
        "uss_mb": large.uss / 1e6,
        "uss_growth": large.uss / small.uss if small.uss else 0.0,
        "bytes_a_row": large.size / large.rows,
    }


def compare(figures: dict[str, dict[str, float]]) -> dict[str, dict[str, float]]:
    """Each subject beside the faster floor: ratios of wall clock and of CPU time."""
    floor = min(
        (each for name, each in figures.items() if name.startswith("floor")),
        key=lambda each: each["wall_ns"],
    )
    return {
        name: {
            **each,
            "wall_ratio": each["wall_ns"] / floor["wall_ns"],
            "cpu_ratio": each["cpu_ns"] / floor["cpu_ns"],
        }
        for name, each in figures.items()
    }


def run(sizes: tuple[int, ...], console: Console) -> dict[str, dict[str, dict[str, float]]]:
    """Measure every subject at every size; figures by format and subject."""
    results = {}
    for name, subjects in SUBJECTS.items():
        figures = {}
        for subject in subjects:
            runs = []
            for rows in sizes:
                runs.append(best(subject, name, rows))
                console.print(f"{name} {subject} {rows:,} rows: {runs[-1].wall:.2f} s")
            figures[subject] = slope(runs)
        if name == "csv":
            figures["faker"] = slope([best("faker", name, rows) for rows in FAKER_SIZES])
        results[name] = compare(figures)
    return results


def show(results: dict[str, dict[str, dict[str, float]]], console: Console) -> None:
    for name, figures in results.items():
        table = Table(
            "subject", "wall ns/row", "CPU ns/row", "wall / floor", "CPU / floor",
            "USS MB", "USS growth", title=f"{name}: churn with two decimals",
        )  # fmt: skip
        for subject, each in figures.items():
            table.add_row(
                subject,
                f"{each['wall_ns']:,.0f}",
                f"{each['cpu_ns']:,.0f}",
                f"{each['wall_ratio']:.2f}",
                f"{each['cpu_ratio']:.2f}",
                f"{each['uss_mb']:,.0f}",
                f"{each['uss_growth']:.2f}",
            )
        console.print(table)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks")
    parser.add_argument("--quick", action="store_true", help="a million rows at the most")
    parser.add_argument("--json", type=Path, help="also write the figures here")
    parser.add_argument("--no-service", action="store_true", help="leave the service out")
    arguments = parser.parse_args()
    console = Console(width=120)
    subprocess.run([sys.executable, "-m", "tests.benchmarks.target"], check=True)
    results = run(QUICK_SIZES if arguments.quick else SIZES, console)
    show(results, console)
    document = {
        "machine": {"cores": os.cpu_count(), "python": platform.python_version()},
        "formats": results,
    }
    if not arguments.no_service:
        figures = latency.measure(5 if arguments.quick else 20)
        console.print(f"GET /v1/jobs/{{id}} beside two running jobs: {figures}")
        document["latency_ms"] = asdict(figures)
    if arguments.json:
        arguments.json.write_text(json.dumps(document, indent=2) + "\n")
    print(json.dumps(document))


if __name__ == "__main__":
    main()
