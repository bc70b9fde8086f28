"""Rows that break rules which every real row keeps."""

from __future__ import annotations

from typing import Any

import numpy as np

from app.engine.evaluation.contest import Contest
from app.engine.evaluation.intervals import share_interval
from app.engine.evaluation.measure import (
    LIKENESS,
    Estimate,
    Estimates,
    Meaning,
    Measure,
    of_held_out_rows,
)
from app.engine.evaluation.row_space import Array


def _taken(contest: Contest, rows: Array) -> Estimates:
    if not contest.rules:
        return {}
    broken = [each.broken(rows) for each in contest.rules]
    share = float(np.any(broken, axis=0).mean())
    listed: list[dict[str, Any]] = [
        {"rule": rule.rule, "share": round(float(each.mean()), 4)}
        for rule, each in zip(contest.rules, broken, strict=True)
    ]
    listed.sort(key=lambda each: -each["share"])
    estimate = Estimate(share, share_interval(share, len(rows)), details={"rules": listed})
    return {"broken_rules": estimate}


MEASURES = (
    Measure(
        LIKENESS,
        {
            "broken_rules": Meaning(
                "Rows that break rules",
                "the share of rows that break an order, a sum or a product of columns that every "
                "real row keeps",
                "rules that were not found, such as those under a condition",
                0.0,
            ),
        },
        _taken,
        of_held_out_rows,
    ),
)
