"""Cells that are written as no real one is, and keys that are none."""

from __future__ import annotations

from app.engine.evaluation.contest import Contest
from app.engine.evaluation.intervals import share_interval
from app.engine.evaluation.judged_cells.faults import ReadFaults
from app.engine.evaluation.measure import (
    LIKENESS,
    Estimate,
    Estimates,
    Meaning,
    Measure,
    of_held_out_rows,
)
from app.engine.evaluation.row_space import Array


def _cells_taken(contest: Contest, rows: Array) -> Estimates:
    faults = contest.faults_of(rows)
    if faults is None:
        return {}
    interval = share_interval(faults.miswritten, faults.rows)
    details = {"columns": _listed(faults)}
    return {"miswritten_share": Estimate(faults.miswritten, interval, details=details)}


def _keys_taken(contest: Contest, rows: Array) -> Estimates:
    faults = contest.faults_of(rows)
    if faults is None or faults.repeated is None:
        return {}
    interval = share_interval(faults.repeated, faults.rows)
    return {"repeated_keys": Estimate(faults.repeated, interval)}


def _listed(faults: ReadFaults) -> list[dict[str, object]]:
    """Columns with any such cell, the worst first."""
    shares = sorted(faults.columns.items(), key=lambda each: -sum(each[1]))
    return [
        {"column": name, "other_type": round(kind, 4), "other_form": round(form, 4)}
        for name, (kind, form) in shares
        if kind or form
    ]


MEASURES = (
    Measure(
        LIKENESS,
        {
            "miswritten_share": Meaning(
                "Rows with cells of another type or form",
                "the share of rows with a cell of another type than its column has, or written "
                "otherwise than every real one: decimals, leading zeros, patterns of dates and "
                "codes",
                "whether the value of such a cell is wrong",
                0.0,
            )
        },
        _cells_taken,
        of_held_out_rows,
    ),
    Measure(
        LIKENESS,
        {
            "repeated_keys": Meaning(
                "Rows with a repeated key",
                "the share of rows without a value in a column that is a key of the real table, or "
                "with that of another row",
                "keys between tables, for one table is judged at a time",
                0.0,
            )
        },
        _keys_taken,
        of_held_out_rows,
    ),
)
