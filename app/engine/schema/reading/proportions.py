"""Proportions of categories and buckets: the ones left out share what is left."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from app.engine.schema.problems import Problems, shown
from app.engine.schema.source import Path

TOLERANCE = 1e-9
_DIGITS = 15  # the rest of 0.9 is 0.1, not 0.09999999999999998


def resolve_proportions(
    problems: Problems, path: Path, given: Sequence[tuple[Path, Any]]
) -> list[float]:
    """One proportion for each of `given` (place, value or None), summing to 1.

    A sum above 1 with some left out is a fault; a sum other than 1 of all is scaled, with a
    warning. Where there are faults the result only fills the place.
    """
    equal = [1.0 / max(len(given), 1)] * len(given)
    valid = [_is_proportion(problems, place, value) for place, value in given]
    if not all(valid):
        return equal
    known = [float(value) for _, value in given if value is not None]
    total, missing = math.fsum(known), len(given) - len(known)
    if missing:
        return _share_rest(problems, path, given, total, missing)
    if abs(total - 1) <= TOLERANCE:
        return known
    if total <= 0:
        problems.fault(path, "every proportion is 0", "one of them must be above 0")
        return equal
    problems.warn(
        path,
        f"the proportions sum to {total:.12g}, not to 1",
        "each was divided by their sum",
    )
    return [round(value / total, _DIGITS) for value in known]


def _share_rest(
    problems: Problems, path: Path, given: Sequence[tuple[Path, Any]], total: float, missing: int
) -> list[float]:
    if total > 1 + TOLERANCE:
        problems.fault(
            path,
            f"the proportions given sum to {total:.12g}, and {missing} more have none",
            "those given must leave something of 1",
        )
    rest = round(max(1 - total, 0.0) / missing, _DIGITS)
    if not rest:
        problems.warn(path, "nothing is left of 1 for those without a proportion")
    return [rest if value is None else float(value) for _, value in given]


def _is_proportion(problems: Problems, place: Path, value: Any) -> bool:
    if value is None:
        return True
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if number and 0 <= value <= 1:
        return True
    hint = f"did you mean {value / 100:g}?" if number and 1 < value <= 100 else None
    problems.fault(place, f"a proportion lies between 0 and 1, not {shown(value)}", hint)
    return False
