"""How single columns of real and synthetic rows are distributed, for drawings.

A drawing of real rows tells of them, so it tells little: labels that fewer than five real rows have
are not named, ends of bins are round numbers between the first and the last percent, and where
fewer than five real rows lie their share is left out.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pyarrow as pa

from app.engine.evaluation.row_space import Array, LabelAxis, NumberAxis

FEWEST = 5  # real rows that a place has
BINS = 20
MOST_LABELS = 10
OTHERS, UNKNOWN, MISSING = "(other)", "(not in the real rows)", "(missing)"
ENDS = (0.01, 0.99)
ROUND = (1.0, 2.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True, slots=True)
class Margin:
    """Shares of rows by the values of one column.

    Args:
        places: labels, or bins in order.
        real: None where fewer than five rows lie.
    """

    column: str
    is_label: bool
    places: tuple[str, ...]
    real: tuple[float | None, ...]
    synthetic: tuple[float, ...]


def margin_of(
    axis: LabelAxis | NumberAxis, kind: pa.DataType, real: Array, synthetic: Array
) -> Margin:
    """One column of both tables.

    Args:
        kind: the type of its values.
        real, synthetic: numbers of the axis, NaN where missing; shape (rows,).
    """
    if isinstance(axis, LabelAxis):
        names, places = _labels(axis, real)
        codes = [np.where(np.isnan(each), -1, each).astype(np.intp) for each in (real, synthetic)]
        found = [places[np.minimum(each, len(axis.labels))] for each in codes]
    else:
        edges = bin_edges(real[~np.isnan(real)], is_whole=are_whole(kind, real))
        names = bin_names(edges, kind)
        found = [np.searchsorted(edges, each, side="right") for each in (real, synthetic)]
    return _counted(axis, names, found, (np.isnan(real), np.isnan(synthetic)))


def _counted(
    axis: LabelAxis | NumberAxis,
    names: list[str],
    found: list[np.ndarray],
    missing: tuple[np.ndarray, np.ndarray],
) -> Margin:
    """Places that no row of either table has at the ends are left out."""
    names = [*names, MISSING]
    counts = [
        np.bincount(np.where(gone, len(names) - 1, each), minlength=len(names))
        for each, gone in zip(found, missing, strict=True)
    ]
    kept = [n for n in range(len(names)) if counts[0][n] or counts[1][n] or _is_inner(names[n])]
    if isinstance(axis, LabelAxis):
        kept = [n for n in kept if counts[0][n] or counts[1][n]]
    rows = [max(1, int(each.sum())) for each in counts]
    return Margin(
        axis.name,
        isinstance(axis, LabelAxis),
        tuple(names[n] for n in kept),
        tuple(_share(int(counts[0][n]), rows[0]) for n in kept),
        tuple(round(int(counts[1][n]) / rows[1], 4) for n in kept),
    )


def _share(count: int, rows: int) -> float | None:
    return None if 0 < count < FEWEST else round(count / rows, 4)


def _is_inner(name: str) -> bool:
    return name not in (OTHERS, UNKNOWN, MISSING) and name[:1] not in "<≥"


def _labels(axis: LabelAxis, real: Array) -> tuple[list[str], np.ndarray]:
    """Names of places, and the place of each label's number; that of unknown ones is the last."""
    counts = np.bincount(real[~np.isnan(real)].astype(np.intp), minlength=len(axis.labels))
    order = np.argsort(-counts, kind="stable")[:MOST_LABELS]
    named = [int(n) for n in order if counts[n] >= FEWEST]
    places = np.full(len(axis.labels) + 1, len(named), dtype=np.intp)
    places[named] = np.arange(len(named))
    places[-1] = len(named) + 1
    return [*(str(axis.labels[n].as_py()) for n in named), OTHERS, UNKNOWN], places


def are_whole(kind: pa.DataType, real: Array) -> bool:
    known = real[~np.isnan(real)]
    return pa.types.is_integer(kind) or bool((known == np.round(known)).all())


def bin_edges(known: Array, *, is_whole: bool) -> Array:
    """Round ends of at most about 20 bins of equal width, in order."""
    if not len(known):
        return np.array([0.0])
    first, last = (float(each) for each in np.quantile(known, ENDS))
    step = _step((last - first) / BINS)
    step = max(1.0, step) if is_whole else step
    if step <= 0:
        return np.array([first])
    low = math.floor(first / step)
    return np.asarray(step * np.arange(low, math.floor(last / step) + 2), dtype=np.float64)


def _step(width: float) -> float:
    """The next round number."""
    if width <= 0:
        return 0.0
    power = 10.0 ** math.floor(math.log10(width))
    return power * next(each for each in ROUND if each * power >= width * 0.999999)


def bin_names(edges: Array, kind: pa.DataType) -> list[str]:
    """Of what lies below the first edge, between two, and from the last one on."""
    ends = [_written(float(edge), kind) for edge in edges]
    if len(edges) > 1 and edges[1] - edges[0] == 1.0 and not pa.types.is_temporal(kind):
        between = ends[:-1]
    else:
        between = [f"{a} – {b}" for a, b in pairwise(ends)]
    return [f"< {ends[0]}", *between, f"≥ {ends[-1]}"]


def _written(edge: float, kind: pa.DataType) -> str:
    if not pa.types.is_temporal(kind):
        return f"{edge:.6g}"
    width = pa.int32() if kind.bit_width == 32 else pa.int64()
    moment = pa.scalar(int(edge), width).cast(kind)
    text = str(moment.cast(pa.string()).as_py())
    return text[:16].replace("T", " ")
