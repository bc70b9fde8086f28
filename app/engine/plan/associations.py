"""From declared associations of labels to whole numbers of rows for each pair, or a refusal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from app.engine.errors import ConflictError, Fault
from app.engine.generators.apportionment import (
    Apportionment,
    ExactApportionment,
    RandomApportionment,
)
from app.engine.generators.arranging.associated import AssociatedColumns
from app.engine.generators.base import Layout, Member
from app.engine.generators.categories import BoolGenerator, CategoryGenerator
from app.engine.plan.from_model.columns import LearnedGenerator
from app.engine.schema.models import Association
from app.engine.seeds import Stream

SAME = 1e-3  # two shares that are written with a few digits are one
WITHIN = 0.02
FULL = 5_000
FITTING_ROUNDS = 1_000
BROKEN = 1e-4  # rows; what is nearer to a whole number is one, but for the last bits of a float

Table = NDArray[np.float64]
"""Shares or rows of each pair of labels, shape (labels of the first, labels of the second)."""


def associated_pairs(
    associations: Sequence[Association],
    members: Mapping[str, Member],
    layout: Layout,
    stream: Stream,
    path: str,
) -> list[AssociatedColumns]:
    """One step for each declared association.

    Args:
        members: the table's columns by name.
        stream: randomness keyed by the table.
        path: place of the associations in the document.

    Raises:
        ConflictError: naming each association that cannot be had, and what can.
    """
    faults, found = list[Fault](), list[AssociatedColumns]()
    for number, each in enumerate(associations):
        first, second = (members[name] for name in each.between)
        if fault := _learned_fault(first, second, f"{path}[{number}]"):
            faults.append(fault)
            continue
        margins = (_margin(first), _margin(second))
        wanted = _wanted(each, margins[0][0], margins[1][0], f"{path}[{number}]")
        if isinstance(wanted, list):
            faults += wanted
            continue
        cells, width = _cells(wanted, first, second, layout)
        own = stream.child("association", *each.between)
        found.append(AssociatedColumns((first, second), cells, width, own))
    if faults:
        raise ConflictError(faults)
    return found


def _learned_fault(first: Member, second: Member, path: str) -> Fault | None:
    """A fault where a column is learned, whose labels stay where the model has drawn them."""
    for member in (first, second):
        if isinstance(member.generator, LearnedGenerator):
            message = f"{member.name} is learned, and its labels go with others as the model has it"
            return Fault(path, message, "declare both columns, or a target with effects or rules")
    return None


def _apportionment(member: Member) -> Apportionment:
    generator = member.generator
    assert isinstance(generator, CategoryGenerator | BoolGenerator)
    return generator.apportionment


def _margin(member: Member) -> tuple[Table, float]:
    """Shares of the labels among what is not null, and the share of nulls."""
    shares = np.asarray(_apportionment(member).shares, dtype=np.float64)
    present = shares[:-1].sum()
    known = shares[:-1] / present if present > 0 else np.full(len(shares) - 1, 1 / len(shares[:-1]))
    return known, float(shares[-1])


def labels_of(member: Member) -> tuple[str, ...]:
    """The labels of a column of labels, in their order."""
    generator = member.generator
    return generator.labels if isinstance(generator, CategoryGenerator) else ("true", "false")


def _wanted(each: Association, first: Table, second: Table, path: str) -> Table | list[Fault]:
    """The joint shares of labels, or why they cannot be had."""
    if each.cramers_v is not None:
        return _by_strength(each, first, second, path)
    assert each.shares is not None
    rows = np.array([list(row.values()) for row in each.shares.values()])
    made = first @ rows
    names = list(next(iter(each.shares.values())))
    a, b = each.between
    faults = [
        Fault(
            f"{path}.shares",
            f"the shares beside {a} make {made[i]:.4g} of {b}={label}, {second[i]:.4g} is declared",
            f"declare {made[i]:.4g} as proportion of {label}, or other shares",
        )
        for i, label in enumerate(names)
        if abs(made[i] - second[i]) > SAME
    ]
    return faults or first[:, None] * rows


def _by_strength(each: Association, first: Table, second: Table, path: str) -> Table | list[Fault]:
    """The shares between those of independent columns and those of labels that go together as far
    as they can: Cramér's V grows in proportion on the way from the one to the other."""
    apart = np.outer(first, second)
    assert each.cramers_v is not None
    most = 0.0
    for joined in (_in_order(first, second), _largest_first(first, second)):
        reached = cramers_v(joined)
        most = max(most, reached)
        if each.cramers_v <= reached + 1e-9:
            part = each.cramers_v / reached if reached else 0.0
            return np.asarray(apart + part * (joined - apart))
    a, b = each.between
    message = f"Cramér's V of {a} and {b}: {each.cramers_v:g} declared, these proportions give up "
    hint = "declare a smaller one, or proportions that are more alike"
    return [Fault(f"{path}.cramers_v", f"{message}to {most:.3f}", hint)]


def _in_order(first: Table, second: Table) -> Table:
    """Labels paired in their order, as far as their shares go."""
    ends = [np.concatenate([[0.0], np.cumsum(each)]) for each in (first, second)]
    low = np.maximum(ends[0][:-1, None], ends[1][None, :-1])
    high = np.minimum(ends[0][1:, None], ends[1][None, 1:])
    return np.maximum(high - low, 0.0)


def _largest_first(first: Table, second: Table) -> Table:
    """Labels paired where most of both is left, which joins alike shares with one another."""
    left, right = first.copy(), second.copy()
    found = np.zeros((len(left), len(right)))
    for _ in range(len(left) + len(right)):
        both = np.minimum.outer(left, right) / np.sqrt(np.outer(first, second) + 1e-300)
        i, j = np.unravel_index(int(both.argmax()), both.shape)
        moved = min(left[i], right[j])
        found[i, j] += moved
        left[i], right[j] = left[i] - moved, right[j] - moved
    return found


def cramers_v(table: Table) -> float:
    """Cramér's V of a table of shares or rows (Cramér 1946): 0 where labels say nothing of each
    other, 1 where one says the other; 0 for a column of one label."""
    total = table.sum()
    rows, columns = table.sum(axis=1), table.sum(axis=0)
    table = table[np.ix_(rows > 0, columns > 0)]
    least = min(table.shape) - 1
    if least < 1 or not total > 0:
        return 0.0
    expected = np.outer(rows[rows > 0], columns[columns > 0]) / total
    return float(np.sqrt(((table - expected) ** 2 / expected).sum() / total / least))


def _cells(
    wanted: Table, first: Member, second: Member, layout: Layout
) -> tuple[Apportionment, int]:
    """Rows of each pair of labels, nulls being the last of either and independent of the rest."""
    (_, lost), (_, lacking) = _margin(first), _margin(second)
    table = np.zeros((wanted.shape[0] + 1, wanted.shape[1] + 1))
    table[:-1, :-1] = wanted * (1.0 - lost) * (1.0 - lacking)
    table[:-1, -1] = wanted.sum(axis=1) * (1.0 - lost) * lacking
    table[-1, :-1] = wanted.sum(axis=0) * lost * (1.0 - lacking)
    table[-1, -1] = lost * lacking
    margins = [_apportionment(first), _apportionment(second)]
    if not all(isinstance(each, ExactApportionment) for each in margins):
        return RandomApportionment(tuple(table.ravel() / table.sum())), table.shape[1]
    rows, columns = (np.array(each.counts) for each in margins)  # type: ignore[attr-defined]
    counts = whole_table(_fitted(table * layout.total, rows, columns))
    return ExactApportionment(tuple(map(int, counts.ravel())), tuple(table.ravel())), table.shape[1]


def _fitted(table: Table, rows: Table, columns: Table) -> Table:
    """The table scaled to these sums of rows and columns, by turns (Deming and Stephan 1940)."""
    found = np.where(np.outer(rows, columns) > 0, table, 0.0)
    for _ in range(FITTING_ROUNDS):
        found *= _ratio(rows, found.sum(axis=1))[:, None]
        found *= _ratio(columns, found.sum(axis=0))[None, :]
        if np.abs(found.sum(axis=1) - rows).max(initial=0.0) < 1e-9:
            return found
    # Zeros leave a sum no place: within its column, rows with too much give to those that lack.
    sums = found.sum(axis=1)
    taken = found * _ratio(np.maximum(sums - rows, 0.0), sums)[:, None]
    lacking = np.maximum(rows - sums, 0.0)
    return found - taken + np.outer(lacking / max(lacking.sum(), 1e-300), taken.sum(axis=0))


def _ratio(wanted: Table, there: Table) -> Table:
    return np.asarray(np.divide(wanted, there, out=np.zeros(len(there)), where=there > 0))


def whole_table(table: Table) -> NDArray[np.int64]:
    """Whole numbers less than 1 away from those of the table, with its sums of rows and columns,
    which are whole; shape (rows, columns).

    Along a circle of broken cells, one after the other in one row or in one column, as much is
    added and taken away by turns as makes one of them whole (Bacharach 1966, "Matrix rounding
    problems").
    """
    found = table.copy()
    while (circle := _circle(np.abs(found - np.rint(found)) > BROKEN)) is not None:
        places = tuple(np.array(circle).T)
        signs = np.where(np.arange(len(circle)) % 2 == 0, 1.0, -1.0)
        values = found[places]
        room = np.where(signs > 0, np.ceil(values) - values, values - np.floor(values))
        found[places] = values + signs * room.min()
    return np.rint(found).astype(np.int64)


def _circle(broken: NDArray[np.bool_]) -> list[tuple[int, int]] | None:
    """Broken cells that lie in a row and in a column by turns and come round; None where there
    are none."""
    starts = np.argwhere(broken)
    if not len(starts):
        return None
    trail = [(int(starts[0][0]), int(starts[0][1]))]
    in_rows: dict[int, int] = {}  # where the trail came into a row
    while True:
        row, column = trail[-1]
        if row in in_rows:
            found = trail[in_rows[row] + 1 :]
            return found[1:-1] if found[0] == found[-1] else found
        in_rows[row] = len(trail) - 1
        across = [c for c in np.flatnonzero(broken[row]) if c != column]
        if not across:
            return None
        trail.append((row, int(across[0])))
        down = [r for r in np.flatnonzero(broken[:, across[0]]) if r != row]
        if not down:
            return None
        trail.append((int(down[0]), int(across[0])))


def check_associations(
    associations: Sequence[Association],
    members: Mapping[str, Member],
    drawn: pa.RecordBatch,
    path: str,
) -> None:
    """See that what constraints rearranged still goes together as declared.

    Args:
        drawn: a sample of the table's rows.

    Raises:
        ConflictError: naming each association that the constraints do not leave.
    """
    tolerance = max(WITHIN, 4.0 / max(drawn.num_rows, 1) ** 0.5 if drawn.num_rows < FULL else 0)
    faults = []
    for number, each in enumerate(associations):
        first, second = (members[name] for name in each.between)
        seen = contingency(drawn, each.between, labels_of(first), labels_of(second))
        wanted = _wanted(each, _margin(first)[0], _margin(second)[0], path)
        assert not isinstance(wanted, list)
        if np.abs(seen / max(seen.sum(), 1) - wanted).max() > tolerance:
            message = f"the constraints change how {' and '.join(each.between)} go together"
            hint = "leave out the association, or the constraint that ties these columns"
            faults.append(Fault(f"{path}[{number}]", message, hint))
    if faults:
        raise ConflictError(faults)


def contingency(
    rows: pa.RecordBatch, names: Sequence[str], first: Sequence[str], second: Sequence[str]
) -> Table:
    """Rows of each pair of labels where both are there, shape (labels of the first, second)."""
    codes = [
        pc.index_in(rows.column(name).cast(pa.string()), value_set=pa.array(labels, pa.string()))
        for name, labels in zip(names, (first, second), strict=True)
    ]
    known = np.asarray(pc.and_(*(each.is_valid() for each in codes)))
    a, b = (np.asarray(each.fill_null(0)).astype(np.int64)[known] for each in codes)
    found = np.bincount(a * len(second) + b, minlength=len(first) * len(second))
    return found.reshape(len(first), len(second)).astype(np.float64)
