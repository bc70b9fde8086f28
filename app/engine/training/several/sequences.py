"""Rows of one parent as a sequence: what each has of the rows before it, as further columns.

Rows are in the order of one column. That one, and numbers that move little from row to row, are
learned as a first value and changes, so that what is drawn moves as little; every other column is
learned given what it was one and two rows before, and on average so far.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from app.engine.errors import DefinitionError, Fault
from app.engine.synthesizers.number_line import is_on_line, places_on_line, step_of
from app.engine.synthesizers.several.relations import (
    MOST_GRID,
    RunningNumber,
    SplitColumn,
    TableSequence,
)
from app.engine.synthesizers.table import MISSING, EncodedColumn, Kind, held_by, positions
from app.engine.synthesizers.values import (
    CONTINUOUS_SHARE,
    Protection,
    column_values,
)
from app.engine.training.several.table_keys import TableKeys

Rows = NDArray[np.int64]
Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

ON_GRID = 0.95  # of the rows
MOST_CHANGE = 0.5  # variance of changes, of that of values, of numbers that are learned as changes
FEWEST_VALUES = 8
FEWEST_CHANGES = 30
GROWS = 0.3  # correlation of changes with values from which changes are ratios
MOST_BEFORE = 24  # columns of which rows know what they were before
MEAN_VALUES = 64
FAR = 6.0  # interquartile ranges from the middle, from where a change is none
USUAL = 3.0  # times as often as its change is a value that a row starts afresh with
SELDOM = 0.02  # share of the rows that such a change has at most
RESTARTS = 0.002  # of the rows, from which they are learned as such
FINE = 1e-9  # step of numbers that have none, in their range


@dataclass(frozen=True, eq=False, slots=True)
class RowsBefore:
    """Which row stands before which.

    Args:
        positions: of each row among those of its parent, from 1; shape (rows,).
        before: the row before each one, MISSING for none; shape (rows,).
    """

    positions: Rows
    before: Rows


@dataclass(frozen=True, eq=False, slots=True)
class SequenceColumns:
    """The columns of a sequence beside those of its table.

    Args:
        early: columns that are drawn first, in this order; those of the table among them are given.
        given: what rows know of those before them.
    """

    relation: TableSequence
    early: tuple[EncodedColumn, ...]
    given: tuple[EncodedColumn, ...]


def ordered_places(table: TableKeys, cells: pa.Array) -> Floats:
    """Where the cells of the column that rows are ordered by lie, shape (rows,).

    Raises:
        DefinitionError: they are no numbers or moments, or some are missing.
    """
    place = f"tables.{table.name}.order_by"
    if not is_on_line(cells.type):
        message = f"{table.order_by!r} has no numbers, days or moments"
        raise DefinitionError([Fault(place, message, "order rows by such a column")])
    if cells.null_count:
        message = f"{cells.null_count:,} rows have no {table.order_by!r}"
        raise DefinitionError([Fault(place, message, "order rows by a column without gaps")])
    return places_on_line(cells)


def rows_before(parents: Rows, places: Floats) -> RowsBefore:
    """Rows of each parent by their places, equal ones in the order of the source.

    Args:
        parents: of each row, MISSING for none; shape (rows,).
    """
    order = np.lexsort((places, parents))
    is_same = (parents[order][1:] == parents[order][:-1]) & (parents[order][1:] != MISSING)
    before = np.full(len(parents), MISSING, dtype=np.int64)
    before[order[1:][is_same]] = order[:-1][is_same]
    starts = np.flatnonzero(np.append(True, ~is_same))
    sizes = np.diff(np.append(starts, len(parents)))
    numbers = np.empty(len(parents), dtype=np.int64)
    numbers[order] = np.arange(len(parents)) - np.repeat(starts, sizes) + 1
    return RowsBefore(numbers, before)


@dataclass(frozen=True, eq=False, slots=True)
class Sequencing:
    """Makes the columns of a sequence.

    Args:
        order_by: the column that rows are ordered by, without missing cells.
        columns: others that are learned.
        fixed: names of those that are learned as they stand, since they say others or are said.
        individuals: that each row belongs to, shape (rows,).
        learned: which rows are not set aside, shape (rows,).
        k: individuals that stand for whatever comes out.
    """

    order_by: EncodedColumn
    columns: Sequence[EncodedColumn]
    fixed: frozenset[str]
    rows: RowsBefore
    individuals: Rows
    learned: Mask
    k: int

    def made(self) -> SequenceColumns:
        """All columns, and how they are drawn."""
        running = [self._running(self.order_by, self._order())]
        split = []
        for column in sorted(self.columns, key=_entropy):
            if (number := self._number(column)) is not None:
                running.append(self._running(column, number))
            elif column.name not in self.fixed:
                split.append(self._split(column))
        early = [*running[0][1]]
        early += [each for _, columns in (*split, *running[1:]) for each in columns]
        changes = [columns[0] for _, columns in running]
        names = {number.column for number, _ in running}
        others = [each for each in self.columns if each.name not in names]
        levels = [columns[2] for _, columns in running]
        before = self._befores("#before", [*levels, *changes, *others], self.rows.before)
        again = np.append(self.rows.before, MISSING)[self.rows.before]
        numbers = [each for each in others if each.kind is Kind.NUMBER]
        before2 = self._befores("#before that", numbers, again)
        means = {
            f"#mean of {each.name}": (each, mean)
            for each in [*changes[1:], *numbers][:MOST_BEFORE]
            if (mean := self._mean(each)) is not None
        }
        given = [*before.values(), *before2.values(), *(mean for _, mean in means.values())]
        return SequenceColumns(
            TableSequence(
                numbers=[number for number, _ in running],
                split=[column for column, _ in split],
                before={each.name: name for name, each in before.items()},
                before_that={each.name: name for name, each in before2.items()},
                means={name: each.name for name, (each, _) in means.items()},
            ),
            tuple(early),
            tuple(given),
        )

    def _befores(
        self, prefix: str, columns: Sequence[EncodedColumn], before: Rows
    ) -> dict[str, EncodedColumn]:
        """What columns were in the row before, by their names."""
        return {
            each.name: replace(each.taken(before), name=f"{prefix} {each.name}")
            for each in columns[:MOST_BEFORE]
        }

    def _running(
        self, column: EncodedColumn, number: RunningNumber
    ) -> tuple[RunningNumber, tuple[EncodedColumn, EncodedColumn, EncodedColumn]]:
        """The first value and the changes of a column, and itself."""
        line = number.on_line(_places(column))
        changes = self._changes(line)
        if number.restarts:
            changes[_is_restart(line, changes, self._known(changes), number.step)] = np.nan
        begins = np.where(np.isnan(changes), line, np.nan)
        return number, (_numbers(number.change, changes), _numbers(number.first, begins), column)

    def _split(
        self, column: EncodedColumn
    ) -> tuple[SplitColumn, tuple[EncodedColumn, EncodedColumn, EncodedColumn]]:
        """A column in first rows, in later ones, and itself."""
        is_first = self.rows.before == MISSING
        rows = np.arange(len(is_first))
        first, later = (np.where(each, rows, MISSING) for each in (is_first, ~is_first))
        names = SplitColumn(
            column=column.name, first=f"#first {column.name}", later=f"#later {column.name}"
        )
        return names, (
            replace(column.taken(first), name=names.first),
            replace(column.taken(later), name=names.later),
            column,
        )

    def _changes(self, line: Floats) -> Floats:
        """What is added to the row before each one, NaN where either is missing; (rows,)."""
        return line - np.append(line, np.nan)[self.rows.before]

    def _known(self, changes: Floats) -> NDArray[np.intp]:
        """Rows that are learned and have a change."""
        return np.flatnonzero(self.learned & ~np.isnan(changes))

    def _order(self) -> RunningNumber:
        column = self.order_by
        kept = np.flatnonzero(self.learned)
        there = column.taken(kept)
        people = self.individuals[kept]
        held = held_by(there, people) >= self.k
        grid: list[float] = []
        if held.sum() <= MOST_GRID and there.counts()[held].sum() >= ON_GRID * len(kept):
            grid = places_on_line(there.values)[held].tolist()
        low, high = (0.0, len(grid) - 1.0) if grid else self._ends(column)
        places, known = _places(column), self.rows.before != MISSING
        is_strict = bool((places[known] > places[self.rows.before[known]]).all())
        step = 1.0 if grid else step_of(column.values) or (high - low) * FINE
        least = step if is_strict else 0.0
        return RunningNumber(
            column=column.name, first=f"#first {column.name}", change=f"#change of {column.name}",
            grid=grid, low=low, high=high, step=step, least=least, is_order=True,
        )  # fmt: skip

    def _number(self, column: EncodedColumn) -> RunningNumber | None:
        """How a number is learned as changes; None where it is learned as it stands."""
        if (
            column.kind is not Kind.NUMBER
            or column.name in self.fixed
            or not is_on_line(column.values.type)
            or len(column.values) < FEWEST_VALUES
        ):
            return None
        places = _places(column)
        changes = self._changes(places)
        known = self._known(changes)
        if len(known) < FEWEST_CHANGES:
            return None
        is_ratio = bool(np.nanmin(places) > 0) and _grows(
            changes[known], places[self.rows.before[known]]
        )
        line = np.log(places) if is_ratio else places
        changes = self._changes(line)
        step = 0.0 if is_ratio else step_of(column.values)
        again = _is_restart(line, changes, known, step)
        own = known[~again[known]]
        if changes[own].var() >= MOST_CHANGE * np.nanvar(line[self.learned]):
            return None
        low, high = self._ends(column)
        return RunningNumber(
            column=column.name, first=f"#first {column.name}", change=f"#change of {column.name}",
            low=low, high=high, step=step_of(column.values), is_ratio=is_ratio,
            restarts=column.has_missing or len(known) - len(own) >= RESTARTS * len(known),
        )  # fmt: skip

    def _ends(self, column: EncodedColumn) -> tuple[float, float]:
        """Between which values of a column may come out; zeros where none may."""
        kept = np.flatnonzero(self.learned)
        values = column_values(
            column.taken(kept), Protection(self.k), 2, self.individuals[kept]
        ).values
        places = places_on_line(values) if len(values) else np.zeros(1)
        return float(places[0]), float(places[-1])

    def _mean(self, column: EncodedColumn) -> EncodedColumn | None:
        """The mean of a column over the rows before each one, as the nearest of a few of its
        values."""
        kept = np.flatnonzero(self.learned)
        values = column_values(
            column.taken(kept), Protection(self.k), MEAN_VALUES, self.individuals[kept]
        )
        if len(values.starts) < 2:
            return None
        few = values.values.take(pa.array(values.starts))
        there = column.codes != MISSING
        numbers = np.where(there, np.append(positions(column.values), 0.0)[column.codes], 0.0)
        total, count = (_sums_before(each, self.rows) for each in (numbers, there.astype(float)))
        means = total / np.maximum(count, 1)
        line = positions(few)
        codes = np.searchsorted((line[1:] + line[:-1]) / 2, means).astype(np.int32)
        codes[count == 0] = MISSING
        name = f"#mean of {column.name}"
        return EncodedColumn(name, Kind.NUMBER, few.type, few, codes).taken(np.arange(len(codes)))


def _sums_before(numbers: Floats, rows: RowsBefore) -> Floats:
    """Sums over the rows before each one, shape (rows,)."""
    found = np.zeros(len(numbers))
    for position in range(2, int(rows.positions.max(initial=1)) + 1):
        here = np.flatnonzero((rows.positions == position) & (rows.before != MISSING))
        there = rows.before[here]
        found[here] = found[there] + numbers[there]
    return found


def _is_restart(line: Floats, changes: Floats, known: NDArray[np.intp], step: float) -> Mask:
    """Where a row has a usual value by an unusual change, so that it starts afresh; (rows,).

    Args:
        known: rows that are learned and have a change.
        step: of the values; 0 for none, or where changes are ratios.
    """
    low, middle, high = np.quantile(changes[known], (0.25, 0.5, 0.75))
    steps = np.abs(changes[known])
    spread = max(high - low, float(steps[steps > 0].min(initial=np.inf)))
    found = np.nan_to_num(np.abs(changes - middle)) > FAR * spread
    if not step:
        return found
    values, moves = (_often(np.round(each / step), known) for each in (line, changes))
    return found | ((values > USUAL * moves) & (moves < SELDOM * len(known)))


def _often(numbers: Floats, known: NDArray[np.intp]) -> Floats:
    """In how many of the known rows each row's number is; 0 for NaN; shape (rows,)."""
    values, places = np.unique(numbers[known], return_inverse=True)
    counts = np.append(np.bincount(places), 0)
    at = np.minimum(np.searchsorted(values, numbers), len(values) - 1)
    return np.where(values[at] == numbers, counts[at], 0).astype(float)


def _entropy(column: EncodedColumn) -> float:
    """Of the values of a column, in nats; those that say least are drawn first."""
    shares = column.counts() / max(int(column.counts().sum()), 1)
    return round(float(-(shares * np.log(np.where(shares > 0, shares, 1.0))).sum()), 9)


def _grows(changes: Floats, before: Floats) -> bool:
    """Whether changes are the larger, the larger the value before is, and mostly differ."""
    sizes = np.abs(changes)
    if len(np.unique(changes)) < CONTINUOUS_SHARE * len(changes):
        return False
    if not sizes.std() or not before.std():
        return False
    return bool(np.corrcoef(sizes, before)[0, 1] > GROWS)


def _places(column: EncodedColumn) -> Floats:
    """Where each row's value lies on the line of numbers and moments, shape (rows,)."""
    return np.append(places_on_line(column.values), np.nan)[column.codes]


def _numbers(name: str, numbers: Floats) -> EncodedColumn:
    """A column of numbers, whole where all are, NaN for missing ones."""
    missing = np.isnan(numbers)
    known = numbers[~missing]
    is_whole = bool((np.round(known) == known).all() and (np.abs(known) < 2**53).all())
    values, places = np.unique(known, return_inverse=True)
    codes = np.full(len(numbers), MISSING, dtype=np.int32)
    codes[~missing] = places
    kind = pa.int64() if is_whole else pa.float64()
    return EncodedColumn(name, Kind.NUMBER, kind, pa.array(values).cast(kind), codes)
