"""Keeping what holds between columns in rows under way.

Before a column is drawn, every rule that speaks of it leaves it an interval: its other columns are
known, or lie somewhere between their own ends. What a model draws outside of the interval is drawn
again, and what still does not fit gives way to the nearest value of the column that does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.engine.synthesizers.number_line import on_step, places_on_line
from app.engine.synthesizers.row_rules import LinearRule, RowRules
from app.engine.synthesizers.table import MISSING
from app.engine.synthesizers.values import ColumnValues, DrawnValues, Floats, equal_mass_bins

Places = NDArray[np.intp]

MOST_BINS = 32
_BELOW_ONE = float(np.nextafter(1.0, 0.0))


@dataclass(frozen=True, slots=True)
class Limits:
    """What rules leave of a column, each of shape (rows,).

    Args:
        low, high: ends of the interval, both included.
        exact: the only number that may stand there, NaN where there are more.
    """

    low: Floats
    high: Floats
    exact: Floats

    def take(self, rows: Places) -> Limits:
        return Limits(self.low[rows], self.high[rows], self.exact[rows])

    def broken_by(self, numbers: Floats) -> NDArray[np.bool_]:
        """Where numbers are none that may stand there; missing ones always may; (rows,)."""
        return (numbers < self.low) | (numbers > self.high) | (_differs(numbers, self.exact))


class RuledNumbers:
    """Numbers of the ruled columns of rows under way, NaN where they are unknown or missing."""

    def __init__(self, rules: RowRules, columns: Sequence[ColumnValues]) -> None:
        ruled = {each.name for each in rules.columns}
        self._steps = {each.name: each.step for each in rules.columns}
        self._columns = {each.name: each for each in columns if each.name in ruled}
        self._rules = {name: [r for r in rules.rules if name in r.columns] for name in ruled}
        self._weights = {each.name: each.weights for each in rules.columns if each.weights}
        self._lines: dict[str, Floats] = {}
        self._known: dict[str, Floats] = {}
        self._drawn: set[str] = set()

    def is_ruled(self, name: str) -> bool:
        return bool(self._rules.get(name))

    def know(self, numbers: Mapping[str, Floats]) -> None:
        """Numbers that are given, whatever is drawn for them."""
        self._known |= {name: each for name, each in numbers.items() if name in self._columns}

    def take(self, rows: Places) -> None:
        self._known = {name: each[rows] for name, each in self._known.items()}

    def put(self, name: str, found: DrawnValues) -> None:
        """A column is there. What was known of it before stays."""
        numbers = self.numbers(name, found)
        before = self._known.get(name)
        self._known[name] = (
            numbers if before is None else np.where(np.isnan(before), numbers, before)
        )
        self._drawn.add(name)

    def numbers(self, name: str, found: DrawnValues) -> Floats:
        """Drawn values as numbers, NaN for missing; shape (rows,)."""
        return places_on_line(self._columns[name].plain_cells(found))

    def limits(self, name: str, rows: Places) -> Limits:
        """What the rules leave of the next column in some rows."""
        found = Limits(
            np.full(len(rows), -np.inf), np.full(len(rows), np.inf), np.full(len(rows), np.nan)
        )
        for rule in self._rules[name]:
            self._narrow(found, rule, name, rows)
        return found

    def accepts(
        self, name: str, found: DrawnValues, limits: Limits, uniforms: Floats
    ) -> NDArray[np.bool_]:
        """Which drawn values are taken: by their weight, compared to the largest weight that the
        row's interval has; shape (rows,).

        Args:
            uniforms: in [0, 1), others than what the values were drawn by.
        """
        if name not in self._weights:
            return np.ones(len(found.codes), dtype=bool)
        line, weights = self._line(name), np.array(self._weights[name])
        starts = weighed_bins(self._columns[name])
        codes = np.stack(
            [
                np.searchsorted(line, limits.low, side="left"),
                np.searchsorted(line, limits.high, side="right") - 1,
                found.codes,
            ]
        )
        first, last, own = np.searchsorted(starts, np.clip(codes, 0, None), side="right") - 1
        largest = np.array(
            [np.maximum.accumulate(np.where(np.arange(len(weights)) < n, 0, weights))
             for n in range(len(weights))]
        )  # fmt: skip
        is_open = found.codes == MISSING
        chances = weights[own] / np.maximum(largest[first, np.maximum(last, first)], 1e-9)
        return is_open | (uniforms < chances)

    def between(self, name: str, limits: Limits, uniforms: Floats) -> DrawnValues:
        """Values by the column's own distribution and weights within intervals, ascending with
        numbers in [0, 1); any value where no interval holds one; shape (rows,)."""
        line, column = self._line(name), self._columns[name]
        starts = weighed_bins(column)
        weights = np.array(self._weights.get(name, np.ones(len(starts))))
        bins = np.searchsorted(starts, np.arange(len(line)), side="right") - 1
        reach = np.concatenate([[0.0], np.cumsum(column.counts * weights[bins])])
        first = np.searchsorted(line, limits.low, side="left")
        behind = np.maximum(np.searchsorted(line, limits.high, side="right"), first)
        target = reach[first] + uniforms * (reach[behind] - reach[first])
        codes = np.clip(np.searchsorted(reach, target, side="right") - 1, 0, len(line) - 1)
        fractions = (target - reach[codes]) / (reach[codes + 1] - reach[codes])
        return DrawnValues(codes.astype(np.int32), np.clip(fractions, 0.0, _BELOW_ONE))

    def nearest(self, name: str, found: DrawnValues, limits: Limits, may_miss: bool) -> DrawnValues:
        """Drawn values moved to where they may stand: the column's nearest value, else the end of
        the interval. Where the interval is beyond all values of the column, it is missing where
        it may be, as in the source, where no row has both."""
        line, column = self._line(name), self._columns[name]
        first = np.searchsorted(line, limits.low, side="left")
        last = np.searchsorted(line, limits.high, side="right") - 1
        wanted = line[np.clip(found.codes, 0, len(line) - 1)]
        inside = np.clip(found.codes, first, np.maximum(last, first))
        inside = np.clip(inside, 0, len(line) - 1)
        numbers = np.where(first <= last, line[inside], self._end(name, wanted, limits))
        numbers = np.where(
            np.isnan(limits.exact), numbers, on_step(limits.exact, self._steps[name])
        )
        codes: NDArray[np.int64] = _nearest_places(line, numbers)
        if may_miss and column.has_missing:
            beyond = (limits.low > line[-1]) | (limits.high < line[0])
            beyond &= np.isnan(limits.exact)
            codes = np.where(beyond, MISSING, codes)
            numbers = np.where(beyond, np.nan, numbers)
        return DrawnValues(codes.astype(np.int32), np.full(len(codes), 0.5), numbers)

    def _end(self, name: str, wanted: Floats, limits: Limits) -> Floats:
        """The number of an interval nearest to what is wanted, on the column's steps where one of
        these is inside."""
        step = self._steps[name]
        inside = np.clip(wanted, limits.low, limits.high)
        if not step:
            return inside
        is_raised = inside > wanted
        steps = np.where(is_raised, np.ceil(inside / step - 1e-9), np.floor(inside / step + 1e-9))
        found = on_step(steps * step, step)
        return np.where((found < limits.low) | (found > limits.high), inside, found)

    def _narrow(self, found: Limits, rule: LinearRule, name: str, rows: Places) -> None:
        low, high = np.zeros(len(rows)), np.zeros(len(rows))
        for column, weight in zip(rule.columns, rule.weights, strict=True):
            if column != name:
                ends = self._ends(column, rows)
                low += np.minimum(weight * ends[0], weight * ends[1])
                high += np.maximum(weight * ends[0], weight * ends[1])
        own = rule.weight(name)
        # Sums of decimals miss a step by their last bits; of an order the number itself is there.
        slack = self._steps[name] / 4 if len(rule.columns) > 2 or rule.is_equation else 0.0
        # NaN where another column is missing: then the rule says nothing.
        ends = (rule.least - high) / own, (rule.least - low) / own
        if rule.is_equation:
            np.copyto(found.exact, ends[0], where=np.isnan(found.exact) & (low == high))
        if own > 0 or rule.is_equation:
            least = np.minimum(*ends) if rule.is_equation else ends[0]
            np.fmax(found.low, least - slack, out=found.low)
        if own < 0 or rule.is_equation:
            most = np.maximum(*ends) if rule.is_equation else ends[0]
            np.fmin(found.high, most + slack, out=found.high)

    def _ends(self, column: str, rows: Places) -> tuple[Floats, Floats]:
        """Between which numbers a column lies in some rows; NaN where it is missing."""
        known = self._known.get(column)
        part = np.full(len(rows), np.nan) if known is None else known[rows]
        line = self._line(column)
        if column in self._drawn or not len(line):
            return part, part
        unknown = np.isnan(part)
        return np.where(unknown, line[0], part), np.where(unknown, line[-1], part)

    def _line(self, name: str) -> Floats:
        """The values of a column, ascending."""
        if name not in self._lines:
            self._lines[name] = places_on_line(self._columns[name].values)
        return self._lines[name]


def weighed_bins(values: ColumnValues) -> NDArray[np.int32]:
    """First value of each bin whose values have one weight, shape (bins,)."""
    return equal_mass_bins(values.counts, MOST_BINS)


def _differs(numbers: Floats, exact: Floats) -> NDArray[np.bool_]:
    """Where there is one number only, and another one stands there."""
    return ~np.isnan(exact) & ~np.isnan(numbers) & (numbers != exact)


def _nearest_places(line: Floats, numbers: Floats) -> NDArray[np.int64]:
    """Place on an ascending line that is nearest to each number."""
    above = np.clip(np.searchsorted(line, numbers), 0, len(line) - 1)
    below = np.maximum(above - 1, 0)
    return np.where(numbers - line[below] <= line[above] - numbers, below, above)
