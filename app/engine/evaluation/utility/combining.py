"""Estimates of several synthetic copies combined to one, with its variance.

- `raab`: completely synthetic rows of a simple random sample, one copy or more (Raab, Nowok &
  Dibben 2016). T = v̄·(k/n + 1/m) where the model's parameters are the fitted ones, as they are
  here, v̄·(k/n + (1 + k/n)/m) where they were drawn from their posterior (`proper`).
- `reiter`: partly synthetic rows (Reiter 2003). T = b/m + v̄, (m - 1)·(1 + m·v̄/b)² degrees of
  freedom.
- `raghunathan`: completely synthetic rows whose models' parameters were drawn (Raghunathan, Reiter
  & Rubin 2003). T = (1 + 1/m)·b - v̄, (m - 1)·(1 - v̄/((1 + 1/m)·b))² degrees of freedom. Where
  that is not above 0, v̄·k/n stands for it (Reiter 2002), with no end of degrees of freedom.

v̄ is the mean of the variances of the m copies, b the variance between their estimates, k the rows
of a copy, n those that were learned.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from numbers import Integral

import numpy as np

from app.engine.errors import DefinitionError, Fault

LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Combined:
    """What several copies say of one quantity.

    Args:
        estimate: the mean over the copies.
        variance: of the estimate, as one of the quantity in the population.
        degrees_of_freedom: of Student's t; infinite for the normal distribution.
        low, high: the ends of the interval that holds the quantity in 95 of 100 samples.
    """

    estimate: float
    variance: float
    degrees_of_freedom: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class _Copies:
    within: float
    between: float
    number: int
    ratio: float  # rows of a copy to rows that were learned
    proper: bool


def combine_numbers(
    estimates: Sequence[float],
    variances: Sequence[float],
    *,
    rule: str = "raab",
    rows: int | None = None,
    real_rows: int | None = None,
    proper: bool = False,
) -> Combined:
    """One estimate of those of several copies; arguments and errors as of `fits.combine`."""
    faults = _not_numbers(estimates, variances, (rows, real_rows))
    if faults := faults or _faults(estimates, variances, rule, (rows, real_rows)):
        raise DefinitionError(faults)
    values = np.asarray(estimates, dtype=np.float64)
    between = float(values.var(ddof=1)) if len(values) > 1 else 0.0
    ratio = 1.0 if rows is None or real_rows is None else rows / real_rows
    within = float(np.mean(np.asarray(variances, dtype=np.float64)))
    variance, freedom = RULES[rule](_Copies(within, between, len(values), ratio, proper))
    half = _quantile(freedom) * math.sqrt(variance)
    middle = float(values.mean())
    return Combined(middle, variance, freedom, middle - half, middle + half)


def _not_numbers(estimates: object, variances: object, rows: tuple[object, object]) -> list[Fault]:
    """Arguments of another type than numbers, which cannot be compared at all."""
    named = {"estimates": estimates, "variances": variances}
    found = [
        Fault(name, "is no list of numbers, one of each copy", "[0.31, 0.29]")
        for name, given in named.items()
        if not _is_numbers(given)
    ]
    pairs = zip(("rows", "real_rows"), rows, strict=True)
    found += [
        Fault(name, f"a whole number is wanted, not {type(each).__name__}")
        for name, each in pairs
        if each is not None and not isinstance(each, Integral)
    ]
    return found


def _is_numbers(given: object) -> bool:
    try:
        array = np.asarray(given)
    except ValueError:  # lists of different lengths
        return False
    return array.ndim == 1 and array.dtype.kind in "iuf"


def _faults(
    estimates: Sequence[float],
    variances: Sequence[float],
    rule: object,
    rows: tuple[int | None, int | None],
) -> list[Fault]:
    found = []
    if not isinstance(rule, str) or rule not in RULES:
        found.append(Fault("rule", f"is {rule!r}", f"one of {', '.join(RULES)}"))
    if not len(estimates) or not np.isfinite(estimates).all():
        found.append(Fault("estimates", "are not numbers, one of each copy"))
    if len(variances) != len(estimates):
        found.append(Fault("variances", f"are {len(variances)} for {len(estimates)} estimates"))
    if not all(0.0 <= each < math.inf for each in variances):
        found.append(Fault("variances", "are not all numbers of 0 or more"))
    if rule in NEED_SEVERAL and len(estimates) < 2:
        found.append(Fault("estimates", f"are of one copy, and {rule!r} compares several", "raab"))
    if (rows[0] is None) != (rows[1] is None) or any(
        each is not None and each < 1 for each in rows
    ):
        found.append(Fault("rows", "and `real_rows` are given both, 1 or more, or none of them"))
    return found


def _raab(copies: _Copies) -> tuple[float, float]:
    chance = (1.0 + copies.ratio if copies.proper else 1.0) / copies.number
    return copies.within * (copies.ratio + chance), math.inf


def _reiter(copies: _Copies) -> tuple[float, float]:
    variance = copies.between / copies.number + copies.within
    if not copies.between:
        return variance, math.inf
    share = copies.number * copies.within / copies.between
    return variance, (copies.number - 1) * (1.0 + share) ** 2


def _raghunathan(copies: _Copies) -> tuple[float, float]:
    spread = (1.0 + 1.0 / copies.number) * copies.between
    variance = spread - copies.within
    if variance <= 0.0:
        return copies.within * copies.ratio, math.inf
    return variance, (copies.number - 1) * (1.0 - copies.within / spread) ** 2


RULES: Mapping[str, Callable[[_Copies], tuple[float, float]]] = {
    "raab": _raab,
    "reiter": _reiter,
    "raghunathan": _raghunathan,
}
"""The variance and the degrees of freedom, by the name of the rule."""
NEED_SEVERAL = ("reiter", "raghunathan")


def _quantile(freedom: float) -> float:
    """Of Student's t, or of the normal distribution where there is no end of freedom."""
    from scipy.special import ndtri, stdtrit

    upper = (1.0 + LEVEL) / 2.0
    return float(ndtri(upper) if math.isinf(freedom) else stdtrit(freedom, upper))
