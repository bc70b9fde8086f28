"""A column whose values are divided alike in every group of another one (demographic parity).

What the trees say of a row is weighed by group and value until each group comes to the common
shares, as iterative proportional fitting does (Deming & Stephan 1940). The order of rows inside a
group stays: who is likelier than others of the group still is. Of rows that are drawn together just
the common share of each group has each value: their odds are multiplied by one factor more, until
they sum to that whole number, and as many are drawn by systematic sampling (Madow 1949).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.engine.seeds import further_uniforms
from app.engine.synthesizers.bounds import need, need_shape, need_within
from app.engine.synthesizers.explanation import ExplainedColumn
from app.engine.synthesizers.sequential.columns import Before, TreeColumn
from app.engine.synthesizers.table import MISSING, Codes
from app.engine.synthesizers.values import ColumnValues, DrawnValues, Floats, Symbols

FEWEST_EXACT = 100  # rows of a group drawn together, whose shares are exact
ROUNDS = 500
CLOSE = 1e-9
MOST_WEIGHT = 2.0**30
HALVINGS = 100  # of the range of a factor

Groups = NDArray[np.intp]
Rows = NDArray[np.intp]


@dataclass(frozen=True, eq=False, slots=True)
class ParityColumn:
    """A column drawn by its trees, with the same shares in every group.

    Args:
        protected: name of the column whose values are the groups; missing is a group, too.
        shares: of each symbol in every group, shape (symbols,).
        weights: of each symbol by group, shape (groups, symbols).
    """

    column: TreeColumn
    protected: str
    shares: NDArray[np.float64]
    weights: NDArray[np.float64]

    @property
    def values(self) -> ColumnValues:
        return self.column.values

    @property
    def reads(self) -> tuple[str, ...]:
        """The protected column."""
        return (self.protected,)

    def check(self) -> None:
        """Raises ValueError where its parts do not fit together, which a file's may not."""
        symbols = self.values.symbols
        need_shape(self.shares, (symbols,), "the shares of a column")
        need_within(self.shares, 0.0, 1.0, "the shares of a column")
        need(abs(float(self.shares.sum()) - 1.0) < CLOSE, "the shares of a column are not all")
        need_shape(self.weights, (len(self.weights), symbols), "the weights of a column")
        need_within(self.weights, 1.0 / MOST_WEIGHT, MOST_WEIGHT, "the weights of a column")

    def check_place(self, before: dict[str, ColumnValues]) -> None:
        """Raises ValueError where it does not fit behind these columns."""
        need(self.protected in before, "a column is fair to none before it")
        self.column.check_place(before)
        need(len(self.weights) == len(before[self.protected].values) + 1, "a group has no weights")

    def explained(self, before: list[str]) -> ExplainedColumn:
        """As of its trees."""
        return self.column.explained(before)

    def draw(self, before: Before, uniforms: Floats) -> DrawnValues:
        chances, groups = self._chances(before), self._groups(before)
        symbols = np.zeros(len(uniforms), dtype=np.int32)
        for group in np.unique(groups):
            rows = np.flatnonzero(groups == group)
            drawn = _exact if len(rows) >= FEWEST_EXACT else _by_chance
            symbols[rows] = drawn(chances[:, rows], uniforms[rows], self.shares)
        return self.values.draw(symbols, further_uniforms(uniforms, 0))

    def chances(self, before: Before, codes: Codes) -> Floats:
        """How likely the symbols of values are, shape (rows,); 0 of those that are never drawn."""
        symbols, chances = self.values.symbols_of(codes), self._chances(before)
        known = symbols < len(chances)
        found = chances[np.where(known, symbols, 0), np.arange(len(symbols))]
        return np.where(known, found, 0.0)

    def _chances(self, before: Before) -> Floats:
        """Of each symbol, shape (symbols, rows)."""
        rows = before.features.shape[1]
        found = chances_of_symbols(self.column, before, rows)
        return _scaled(found * self.weights[self._groups(before)].T)

    def _groups(self, before: Before) -> Groups:
        """Number of each row's group, the last one of missing values, shape (rows,)."""
        codes = before.drawn[self.protected].codes
        return np.where(codes == MISSING, len(self.weights) - 1, codes).astype(np.intp)


def chances_of_symbols(column: TreeColumn, before: Before, rows: int) -> Floats:
    """What the trees of a column say of each symbol, shape (symbols, rows)."""
    codes = np.append(column.values.starts, MISSING)[: column.values.symbols]
    return np.array([column.chances(before, np.full(rows, code, dtype=np.int32)) for code in codes])


def parity_column(
    column: TreeColumn, protected: ColumnValues, before: Before, symbols: Symbols
) -> ParityColumn:
    """A column whose weights make its shares those of all rows, in each group.

    Args:
        protected: the column whose values are the groups.
        before: of the rows that are learned.
        symbols: of these rows, shape (rows,).
    """
    count = column.values.symbols
    shares = np.bincount(symbols, minlength=count) / max(len(symbols), 1)
    weights = np.ones((len(protected.values) + 1, count))
    found = ParityColumn(column, protected.name, shares, weights)
    chances = chances_of_symbols(column, before, len(symbols))
    groups = found._groups(before)
    for group in np.unique(groups):
        weights[group] = _weights(chances[:, groups == group], shares)
    return found


def _weights(chances: Floats, shares: Floats) -> Floats:
    """Weights of symbols by which the chances of rows come to some shares, shape (symbols,).

    Args:
        chances: shape (symbols, rows).
    """
    weights = np.ones(len(shares))
    for _ in range(ROUNDS):
        means = _scaled(chances * weights[:, None]).mean(axis=1)
        if np.abs(means - shares).max() < CLOSE:
            break
        weights *= np.where(means > 0, shares / np.where(means > 0, means, 1.0), 1.0)
        weights = np.clip(weights / weights.max(), 1.0 / MOST_WEIGHT, MOST_WEIGHT)
    return weights


def _scaled(chances: Floats) -> Floats:
    """Chances that sum to 1 in each row, shape (symbols, rows). They are added one after the other,
    so that the last bit is the same on any machine."""
    whole = np.zeros(chances.shape[1])
    for each in chances:
        whole += each
    return np.where(whole > 0, chances / np.where(whole > 0, whole, 1.0), 1.0 / len(chances))


def _by_chance(chances: Floats, uniforms: Floats, shares: Floats) -> Symbols:
    """A symbol of each row by itself, shape (rows,)."""
    reach, symbols = np.zeros(len(uniforms)), np.zeros(len(uniforms), dtype=np.int32)
    for each in chances[:-1]:
        reach += each
        symbols += uniforms >= reach
    return symbols


def _exact(chances: Floats, uniforms: Floats, shares: Floats) -> Symbols:
    """Symbols of rows of which each has its share, to the nearest whole row; shape (rows,).

    One symbol after the other takes its rows from those that are left, in the random order of
    `uniforms`.
    """
    counts = _whole(len(uniforms), shares)
    symbols = np.full(len(uniforms), len(shares) - 1, dtype=np.int32)
    left = np.argsort(uniforms, kind="stable")
    for symbol, count in enumerate(counts[:-1].tolist()):
        own = _scaled(chances[symbol:, left])[0]
        taken = _systematic(_summing_to(own, count), count)
        symbols[left[taken]] = symbol
        left = left[~taken]
    return symbols


def _whole(rows: int, shares: Floats) -> NDArray[np.int64]:
    """Whole rows of each share, by largest remainders."""
    counts = np.floor(rows * shares).astype(np.int64)
    order = np.argsort(counts - rows * shares, kind="stable")
    counts[order[: rows - int(counts.sum())]] += 1
    return counts


def _summing_to(chances: Floats, count: int) -> Floats:
    """Chances whose odds are multiplied by one factor, so that they sum to a count."""
    low, high = 1.0 / MOST_WEIGHT, MOST_WEIGHT
    found = chances
    for _ in range(HALVINGS):
        factor = np.sqrt(low) * np.sqrt(high)
        weighed = chances * factor
        found = weighed / np.maximum(1.0 - chances + weighed, np.finfo(float).tiny)
        together = float(np.cumsum(found)[-1]) if len(found) else 0.0
        if abs(together - count) < CLOSE * max(count, 1):
            break
        low, high = (factor, high) if together < count else (low, factor)
    return found


def _systematic(chances: Floats, count: int) -> NDArray[np.bool_]:
    """Which rows are drawn, just so many, each with its chance; shape (rows,)."""
    reach = np.cumsum(chances)
    steps = np.floor(reach * (count / reach[-1]) + 0.5) if count and len(reach) else reach * 0.0
    return np.diff(steps, prepend=0.0) > 0
