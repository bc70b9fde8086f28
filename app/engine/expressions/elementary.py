"""exp, log and powers from additions, multiplications and table-free series only.

Libraries round these functions differently from one processor to the next; here every step is
an IEEE operation of its own, so that the same input gives the same bits on every machine.
Relative error below 1e-15 for exp and log.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]

_LN2_HIGH = 0.6931471803691238
_LN2_LOW = 1.9082149292705877e-10
_INVERSE_LN2 = 1.4426950408889634
_HALF_ROOT = 0.7071067811865476
_EXP_TERMS = 14
_LOG_TERMS = 12


def exp(x: ArrayLike) -> Array:
    """e**x, same shape; infinite above 709.78, 0 below -745."""
    clipped = np.clip(np.asarray(x, dtype=np.float64), -750.0, 710.0)
    power = np.rint(clipped * _INVERSE_LN2)
    rest = (clipped - power * _LN2_HIGH) - power * _LN2_LOW
    total = np.ones_like(rest)
    for term in range(_EXP_TERMS, 0, -1):
        total = 1.0 + rest / term * total
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        return np.asarray(np.ldexp(total, np.nan_to_num(power).astype(np.int64)))


def log(x: ArrayLike) -> Array:
    """Natural logarithm, same shape; not a number at and below 0.

    The series of 2·atanh(f) with f = (m - 1)/(m + 1), m the mantissa in [√½, √2).
    """
    values = np.asarray(x, dtype=np.float64)
    mantissa, power = np.frexp(np.where(values > 0, values, 1.0))
    small = mantissa < _HALF_ROOT
    mantissa = np.where(small, 2.0 * mantissa, mantissa)
    whole = (power - small).astype(np.float64)
    ratio = (mantissa - 1.0) / (mantissa + 1.0)
    square = ratio * ratio
    series = np.zeros_like(ratio)
    for term in range(_LOG_TERMS, -1, -1):
        series = series * square + 1.0 / (2 * term + 1)
    result = whole * _LN2_HIGH + (2.0 * ratio * series + whole * _LN2_LOW)
    return np.asarray(np.where(values > 0, result, np.nan))


def power(x: ArrayLike, y: ArrayLike) -> Array:
    """x**y, same shape as both together; by multiplication where y is whole and at most 64 in size.

    Not a number where x is below 0 and y is not whole.
    """
    base, exponent = np.broadcast_arrays(
        np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    )
    whole = (exponent == np.rint(exponent)) & (np.abs(exponent) <= 64)
    with np.errstate(all="ignore"):
        by_log = exp(exponent * log(base))
        by_log = np.where((base == 0) & (exponent > 0), 0.0, by_log)
        return np.where(whole, _whole_power(base, np.where(whole, exponent, 0.0)), by_log)


def _whole_power(base: Array, exponent: Array) -> Array:
    count = np.abs(exponent).astype(np.int64)
    result, square = np.ones_like(base), base
    for bit in range(7):
        result = np.where(count >> bit & 1, result * square, result)
        square = square * square
    return np.where(exponent < 0, 1.0 / result, result)
