"""The group of rows that an attack finds best. Groups are many rows, and are named by columns and
by rank: no value of a row is shown."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from app.engine.evaluation.intervals import auc_interval
from app.engine.evaluation.privacy.membership import Flags, Scores, membership_auc
from app.engine.evaluation.row_space import Array, LabelAxis, NumberAxis, RowSpace

FEWEST = 100  # learned rows of a group, and others as well
LABELS = 10  # of a column that are groups of their own, the most frequent ones


@dataclass(frozen=True, eq=False, slots=True)
class Group:
    """Some of the rows that are asked for, in words; `rows` has shape (asked rows,)."""

    name: str
    rows: Flags


def groups_of(space: RowSpace, asked: Array, lonely: Scores) -> Iterator[Group]:
    """Groups by each column, and the rows that are far from all others.

    Args:
        asked: numbers of the rows, shape (rows, columns).
        lonely: how far each row is from other real rows, shape (rows,).
    """
    yield Group(
        "the tenth of the rows farthest from other real rows", lonely > np.quantile(lonely, 0.9)
    )
    for axis, values in zip(space.axes, asked.T, strict=True):
        yield Group(f"rows without {axis.name!r}", np.isnan(values))
        yield from (
            _by_label(axis, values) if isinstance(axis, LabelAxis) else _by_size(axis, values)
        )


def most_exposed(groups: Iterator[Group], members: Flags, scores: Scores) -> str:
    """The group that an attack finds best, in a sentence.

    The intervals of all groups hold at once, so that one of many does not stand out by chance.
    """
    found = [each for each in groups if _is_large(each.rows, members)]
    best: tuple[float, str] | None = None
    for group in found:
        inside = members[group.rows]
        learned = int(inside.sum())
        value = membership_auc(inside, scores[group.rows])
        interval = auc_interval(value, learned, len(inside) - learned, len(found))
        if interval.low > 0.5 and (best is None or interval.low > best[0]):
            figures = f"AUC {value:.2f}, {interval.low:.2f} to {interval.high:.2f}"
            best = (interval.low, f"{group.name}: {figures}, {learned:,} learned rows")
    if best is None:
        return f"No group of {FEWEST} or more learned rows stands out."
    return f"Most exposed: {best[1]}."


def _is_large(rows: Flags, members: Flags) -> bool:
    learned = int(members[rows].sum())
    return min(learned, int(rows.sum()) - learned) >= FEWEST


def _by_label(axis: LabelAxis, values: Array) -> Iterator[Group]:
    for place in range(min(LABELS, len(axis.labels))):
        yield Group(f"rows with label {place + 1} of {axis.name!r} by frequency", values == place)
    if len(axis.labels) > LABELS:
        yield Group(f"rows with a rarer label of {axis.name!r}", values >= LABELS)


def _by_size(axis: NumberAxis, values: Array) -> Iterator[Group]:
    if len(axis.ordered):
        lower, upper = np.quantile(axis.ordered, [0.25, 0.75])
        yield Group(f"rows below the lower quartile of {axis.name!r}", values < lower)
        yield Group(f"rows above the upper quartile of {axis.name!r}", values > upper)
