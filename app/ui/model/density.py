"""The density that a column declares, as points to plot."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from app.ui.model.shapes import BUCKETS, Shape, shape
from app.ui.model.values import number_or_none

Curve = Callable[[float], float]
POINTS = 160
MOST_BARS = 80


@dataclass(frozen=True)
class Density:
    """Points of a curve, or of bars where `bars`; empty where nothing can be drawn yet."""

    x: tuple[float, ...] = ()
    y: tuple[float, ...] = ()
    bars: bool = False


def density(spec: Mapping[str, Any]) -> Density:
    """The declared density between the column's bounds."""
    found = shape(dict(spec))
    try:
        return _empirical(found) or _drawn(found, spec)
    except (KeyError, TypeError, ValueError, ZeroDivisionError, OverflowError):
        return Density()


def _drawn(found: Shape, spec: Mapping[str, Any]) -> Density:
    p = {key: float(value) for key, value in found.parameters.items() if value is not None}
    low, high = number_or_none(spec.get("min")), number_or_none(spec.get("max"))
    if found.kind in DISCRETE:
        return _bars(found.kind, p, low, high)
    curve, (left, right) = _curve(found, p, low, high)
    left = left if low is None else max(left, low)
    right = right if high is None else min(right, high)
    if not left < right:
        return Density()
    step = (right - left) / (POINTS - 1)
    x = tuple(left + step * i for i in range(POINTS))
    return Density(x, tuple(map(curve, x)))


def _curve(
    found: Shape, p: dict[str, float], low: float | None, high: float | None
) -> tuple[Curve, tuple[float, float]]:
    if found.kind == BUCKETS:
        return _mixture(found.buckets)
    if found.kind == "uniform":
        left, right = p.get("min", low), p.get("max", high)
        if left is None or right is None:
            raise ValueError
        return (lambda x: 1 / (right - left)), (left, right)
    return CONTINUOUS[found.kind](p)


def _mixture(buckets: tuple[dict[str, Any], ...]) -> tuple[Curve, tuple[float, float]]:
    given = [number_or_none(each.get("proportion")) for each in buckets]
    rest = (1 - sum(share or 0 for share in given)) / max(1, given.count(None))
    shares = [max(rest, 0.0) if share is None else share for share in given]
    parts = [
        (share, *_normal({"mean": float(each["mean"]), "std": float(each["std"])}))
        for share, each in zip(shares, buckets, strict=True)
    ]
    ends = min(span[0] for *_, span in parts), max(span[1] for *_, span in parts)
    return (lambda x: sum(share * curve(x) for share, curve, _ in parts)), ends


def _normal(p: dict[str, float]) -> tuple[Curve, tuple[float, float]]:
    mean, std = p.get("mean", 0.0), p.get("std", 1.0)
    scale = 1 / (std * math.sqrt(2 * math.pi))
    return (
        lambda x: scale * math.exp(-0.5 * ((x - mean) / std) ** 2),
        (mean - 3.5 * std, mean + 3.5 * std),
    )


def _lognormal(p: dict[str, float]) -> tuple[Curve, tuple[float, float]]:
    mean, std = p.get("mean", 0.0), p.get("std", 1.0)
    inner, _ = _normal({"mean": mean, "std": std})
    return (
        lambda x: inner(math.log(x)) / x if x > 0 else 0.0,
        (0.0, math.exp(mean + 2.6 * std)),
    )


def _placed(
    standard: Callable[[dict[str, float]], Curve], left: float, reach: Callable[..., float]
) -> Callable[[dict[str, float]], tuple[Curve, tuple[float, float]]]:
    """A density of (x - loc) / scale that begins at `left` and is drawn as far as `reach` says."""

    def made(p: dict[str, float]) -> tuple[Curve, tuple[float, float]]:
        loc, scale = p.get("loc", 0.0), p.get("scale", 1.0)
        curve = standard(p)
        begin = -reach(p) if left == -math.inf else left
        return lambda x: curve((x - loc) / scale) / scale, (
            loc + scale * begin,
            loc + scale * reach(p),
        )

    return made


def _gamma(p: dict[str, float]) -> Curve:
    a = p["a"]
    return lambda z: math.exp((a - 1) * math.log(z) - z - math.lgamma(a)) if z > 0 else 0.0


def _beta(p: dict[str, float]) -> Curve:
    a, b = p["a"], p["b"]
    log = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    return lambda z: (
        math.exp(log + (a - 1) * math.log(z) + (b - 1) * math.log(1 - z)) if 0 < z < 1 else 0.0
    )


def _weibull(p: dict[str, float]) -> Curve:
    c = p["c"]
    return lambda z: c * z ** (c - 1) * math.exp(-(z**c)) if z > 0 else 0.0


def _student(p: dict[str, float]) -> Curve:
    df = p["df"]
    log = math.lgamma((df + 1) / 2) - math.lgamma(df / 2) - 0.5 * math.log(df * math.pi)
    return lambda z: math.exp(log - (df + 1) / 2 * math.log1p(z * z / df))


def _triangular(p: dict[str, float]) -> Curve:
    c = p.get("c", 0.5)
    return lambda z: 2 * z / c if z < c else 2 * (1 - z) / (1 - c) if c < 1 else 2 * z


CONTINUOUS: dict[str, Callable[[dict[str, float]], tuple[Curve, tuple[float, float]]]] = {
    "normal": _normal,
    "lognormal": _lognormal,
    "exponential": _placed(lambda p: lambda z: math.exp(-z) if z >= 0 else 0.0, 0, lambda p: 5),
    "gamma": _placed(_gamma, 0, lambda p: p["a"] + 5 * math.sqrt(p["a"])),
    "beta": _placed(_beta, 0, lambda p: 1),
    "triangular": _placed(_triangular, 0, lambda p: 1),
    "weibull": _placed(_weibull, 0, lambda p: 4 ** (1 / p["c"])),
    "pareto": _placed(
        lambda p: lambda z: p["b"] / z ** (p["b"] + 1) if z >= 1 else 0.0,
        1,
        lambda p: 20 ** (1 / p["b"]),
    ),
    "student_t": _placed(_student, -math.inf, lambda p: 4 if p["df"] > 3 else 8),
}


def _binomial(p: dict[str, float], k: int) -> float:
    n, q = int(p["n"]), p["p"]
    if not 0 < q < 1:
        return float(k == (n if q else 0))
    log = math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
    return math.exp(log + k * math.log(q) + (n - k) * math.log(1 - q))


DISCRETE: dict[str, tuple[int, Callable[[dict[str, float]], float], Callable[..., float]]] = {
    "poisson": (
        0,
        lambda p: p["mean"] + 5 * math.sqrt(p["mean"]) + 2,
        lambda p, k: math.exp(k * math.log(p["mean"]) - p["mean"] - math.lgamma(k + 1)),
    ),
    "binomial": (0, lambda p: p["n"], _binomial),
    "geometric": (1, lambda p: 5 / p["p"] + 1, lambda p, k: p["p"] * (1 - p["p"]) ** (k - 1)),
    "zipf": (1, lambda p: 20, lambda p, k: k ** -p["a"]),
    "constant": (0, lambda p: 0, lambda p, k: 1.0),
}


def _bars(kind: str, p: dict[str, float], low: float | None, high: float | None) -> Density:
    if kind == "constant":
        return Density((p["value"],), (1.0,), bars=True)
    first, last_of, mass = DISCRETE[kind]
    first = max(first, math.ceil(low)) if low is not None else first
    last = min(int(last_of(p)), first + MOST_BARS)
    last = min(last, math.floor(high)) if high is not None else last
    x = tuple(float(k) for k in range(first, last + 1))
    return Density(x, tuple(mass(p, int(k)) for k in x), bars=True)


def _empirical(found: Shape) -> Density | None:
    """Values as bars; quantiles as the steps of a histogram. None for every other kind."""
    if found.kind != "empirical":
        return None
    if found.parameters.get("values"):
        values = [float(each) for each in found.parameters["values"]]
        weights = found.parameters.get("weights") or [1] * len(values)
        total = sum(weights)
        pairs = sorted(zip(values, weights, strict=True))
        return Density(
            tuple(x for x, _ in pairs), tuple(float(w) / total for _, w in pairs), bars=True
        )
    quantiles = [float(each) for each in found.parameters["quantiles"]]
    share = 1 / (len(quantiles) - 1)
    x, y = [], []
    for left, right in pairwise(quantiles):
        if right > left:
            x += [left, right]
            y += [share / (right - left)] * 2
    return Density(tuple(x), tuple(y))
