"""Rows that cannot be: values that no real row has, and combinations that none has."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.engine.evaluation.contest import Contest
from app.engine.evaluation.intervals import share_interval
from app.engine.evaluation.measure import LIKENESS, Estimate, Estimates, Meaning, Measure
from app.engine.evaluation.row_space import Array, LabelAxis, RowSpace

MOST_COLUMNS = 40  # among which dependencies are looked for
FEWEST_REPEATS = 5  # rows that a value of a column has on average, so that it can say another

Flags = NDArray[np.bool_]


def outside_cells(space: RowSpace, rows: Array) -> Flags:
    """Which cells lie beyond the least and greatest real number, or have a label that no real row
    has; missing ones do not. Shape (rows, columns)."""
    found = np.zeros(rows.shape, dtype=bool)
    for place, axis in enumerate(space.axes):
        values = rows[:, place]
        if isinstance(axis, LabelAxis):
            found[:, place] = values >= len(axis.labels)
        elif len(axis.ordered):
            found[:, place] = (values < axis.ordered[0]) | (values > axis.ordered[-1])
    return found


def dependencies(rows: Array) -> list[tuple[int, int]]:
    """Pairs of columns of which the first says the second in every row; what is missing is a value.
    Columns whose values hardly repeat say nothing, and so do constants.

    Args:
        rows: shape (rows, columns).
    """
    codes = [_codes(column) for column in rows.T[:MOST_COLUMNS]]
    sizes = [int(each.max(initial=-1)) + 1 for each in codes]
    return [
        (first, second)
        for first, second in permutations(range(len(codes)), 2)
        if 1 < sizes[second] <= sizes[first] <= len(rows) / FEWEST_REPEATS
        and len(np.unique(codes[first] * sizes[second] + codes[second])) == sizes[first]
    ]


def broken_rows(real: Array, rows: Array, first: int, second: int) -> Flags:
    """Which rows have a known value of the first column beside another one of the second than every
    real row has; shape (rows,)."""
    values, place = np.unique(real[:, first], return_index=True)
    at = np.searchsorted(values, rows[:, first]).clip(max=len(values) - 1)
    known = _equal(values[at], rows[:, first])
    return np.asarray(known & ~_equal(real[place[at], second], rows[:, second]))


def _codes(column: Array) -> NDArray[np.intp]:
    return np.asarray(np.unique(column, return_inverse=True)[1], dtype=np.intp)


def _equal(first: Array, second: Array) -> Flags:
    return np.asarray((first == second) | (np.isnan(first) & np.isnan(second)))


def _taken(contest: Contest, rows: Array) -> Estimates:
    cells = outside_cells(contest.space, rows)
    outside = float(cells.any(axis=1).mean())
    listed = {"columns": _columns_outside(contest.space, cells)}
    estimate = Estimate(outside, share_interval(outside, len(rows)), details=listed)
    found = {"outside_share": estimate}
    real = np.concatenate([contest.train, contest.holdout])
    pairs = dependencies(real)
    if not pairs:
        return found
    broken = [broken_rows(real, rows, *pair) for pair in pairs]
    share = float(np.any(broken, axis=0).mean())
    names = contest.space.names
    broken_by: list[dict[str, Any]] = [
        {"columns": [names[a], names[b]], "share": round(float(each.mean()), 4)}
        for (a, b), each in zip(pairs, broken, strict=True)
    ]
    details = {"dependencies": sorted(broken_by, key=lambda each: -each["share"])}
    estimate = Estimate(share, share_interval(share, len(rows)), details=details)
    return {**found, "broken_dependencies": estimate}


def _columns_outside(space: RowSpace, cells: Flags) -> list[dict[str, Any]]:
    """Columns with any value outside, the worst first."""
    listed: list[dict[str, Any]] = [
        {
            "column": axis.name,
            "outside": "labels" if isinstance(axis, LabelAxis) else "range",
            "share": round(float(cells[:, place].mean()), 4),
        }
        for place, axis in enumerate(space.axes)
        if cells[:, place].any()
    ]
    return sorted(listed, key=lambda each: -each["share"])


MEASURES = (
    Measure(
        LIKENESS,
        {
            "outside_share": Meaning(
                "Rows with values outside",
                "the share of rows with a number beyond all real ones, or a label that no real row "
                "has",
                "whether such a value is wrong: fresh real rows have some, too",
                0.0,
            ),
            "broken_dependencies": Meaning(
                "Rows that break dependencies",
                "the share of rows in which a value of a column stands beside another value than "
                "it does in every real row, of columns where one says the other",
                "dependencies of more than two columns",
                0.0,
            ),
        },
        _taken,
    ),
)
