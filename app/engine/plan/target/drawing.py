"""Drawing the target block by block from its compiled model.

Every row gets the odds of each label as a product of table entries, one per input. A label's
quota in the block goes to the rows with the largest odds × u/(1 − u), u uniform: without the
quota, odds × u/(1 − u) > 1 has exactly the wanted probability, and with it the threshold moves by
a hair. So counts are exact, and each row's chance is that of its segment. Tables of one block get
their promised correlations by tilting the odds along the promised quantities until the drawn rows
have them (an exchange of labels between rows whose odds are nearly the same).

Only products, quotients, comparisons, whole numbers and table look-ups decide the result.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from app.engine.expressions import elementary
from app.engine.generators.base import Block
from app.engine.generators.categories import BoolGenerator, CategoryGenerator
from app.engine.generators.lines import RandomLine
from app.engine.generators.numbers import NumberGenerator
from app.engine.generators.segmented import arrangement, split_nulls
from app.engine.plan.target.grades import Codes, NumberGrades
from app.engine.plan.target.model import Array, Balance, TargetModel
from app.engine.seeds import Stream

BALANCE_ROUNDS = 8
CLOSE_ENOUGH = 1e-3
FIXED_POINT = 4096.0
NORMAL_POINTS = 65_536
POSITION_BITS = 16

Keys = NDArray[np.int64]


@dataclass(frozen=True, eq=False, slots=True)
class LabelTarget:
    """A target of labels. `inner` knows the labels and how many of each a block has."""

    model: TargetModel
    inner: CategoryGenerator | BoolGenerator

    @property
    def type(self) -> pa.DataType:
        return self.inner.type

    @property
    def reads(self) -> frozenset[str]:
        return self.model.reads

    def draw(self, block: Block) -> pa.Array:
        counts, nulls = split_nulls(self.inner.line, block)
        absent = _absent(block, nulls)
        work = _Work.of(self.model, block)
        plain = isinstance(self.inner.line, RandomLine)
        quotas = None if plain else counts
        order = sorted(range(len(counts)), key=lambda label: (self.model.shares[label], label))
        noise = [_noise(block, label) for label in order[:-1]]
        codes = work.balanced(lambda odds: _labels(odds, order, noise, quotas, absent))
        if isinstance(self.inner, BoolGenerator):
            return pa.array(codes == 0, mask=absent)
        index = self.inner.type.index_type.to_pandas_dtype()
        return self.inner.finished(pa.array(codes.astype(index), mask=absent))


@dataclass(frozen=True, eq=False, slots=True)
class ValueTarget:
    """A numeric target: the values of `inner`, in the order of score plus noise.

    `normal`: exp of the normal quantile at NORMAL_POINTS even probabilities.
    """

    model: TargetModel
    inner: NumberGenerator
    normal: Array

    @property
    def type(self) -> pa.DataType:
        return self.inner.type

    @property
    def reads(self) -> frozenset[str]:
        return self.model.reads

    def draw(self, block: Block) -> pa.Array:
        ordered = self.inner.ordered(block)
        absent = _absent(block, ordered.nulls)
        values = np.sort(ordered.values, kind="stable")
        work = _Work.of(self.model, block)
        noise = self.normal.take(_raw(block.stream.child("noise"), block.rows, 16))
        found = work.balanced(lambda odds: _by_rank(odds[0] * noise, values, absent))
        return self.inner.finished(pa.array(found, mask=absent))


@dataclass(frozen=True, eq=False, slots=True)
class _Work:
    """A block at work: grades of the inputs, odds of the labels, rows that a rule decides."""

    model: TargetModel
    block: Block
    codes: tuple[Codes, ...]
    odds: Array
    ruled: NDArray[np.bool_] | None

    @classmethod
    def of(cls, model: TargetModel, block: Block) -> _Work:
        columns = dict(block.columns)
        codes = tuple(card.codes(columns) for card in model.cards)
        odds = np.empty((len(model.base), block.rows))
        for label, base in enumerate(model.base):
            odds[label] = elementary.exp(base)
            for card, code in zip(model.cards, codes, strict=True):
                if card.points[label].any():
                    odds[label] *= elementary.exp(card.points[label]).take(code)
        ruled = _apply_rules(model, columns, odds)
        return cls(model, block, codes, odds, ruled)

    def balanced(self, draw: Callable[[Array], NDArray[np.generic]]) -> NDArray[np.generic]:
        """What `draw` gives for the odds, tilted until the promised correlations hold."""
        found = draw(self.odds)
        if not self.model.balances or self.block.blocks > 1 or self.block.rows < 2:
            return found
        watched = [_Watched.of(balance, self) for balance in self.model.balances]
        tilts = np.zeros(len(watched))
        best, least = found, np.inf
        for _ in range(BALANCE_ROUNDS):
            short = np.array([each.short(found) for each in watched])
            worst = float(np.abs(short).max())
            best, least = (found, worst) if worst < least else (best, least)
            if worst < CLOSE_ENOUGH:
                break
            tilts += _product(self.model.settling, short)
            found = draw(self._tilted(watched, tilts))
        return best

    def _tilted(self, watched: list[_Watched], tilts: Array) -> Array:
        odds = self.odds.copy()
        for each, tilt in zip(watched, tilts, strict=True):
            factors = elementary.exp(np.clip(tilt * each.balance.scores, -20.0, 20.0))
            change = factors.take(self.codes[each.balance.card])
            if self.ruled is not None:
                change[self.ruled] = 1.0
            odds[each.balance.label] *= change
        return odds


@dataclass(frozen=True, eq=False, slots=True)
class _Watched:
    """A promised correlation in a block, in whole numbers, so that sums are the same everywhere."""

    balance: Balance
    quantity: NDArray[np.int64]
    present: NDArray[np.bool_] | None
    numeric: bool

    @classmethod
    def of(cls, balance: Balance, work: _Work) -> _Watched:
        card = work.model.cards[balance.card]
        codes = work.codes[balance.card]
        column = work.block.columns[card.column]
        unit = card.grades.unit if isinstance(card.grades, NumberGrades) else 1
        quantity = balance.quantity(column, codes, unit)
        present = codes < card.grades.count if column.null_count else None
        whole = np.rint(np.clip(quantity, -1e4, 1e4) * FIXED_POINT).astype(np.int64)
        return cls(balance, whole, present, not work.model.labels)

    def short(self, found: NDArray[np.generic]) -> float:
        """The promised correlation less that of the drawn rows."""
        y = self._outcome(found)
        x = self.quantity
        if self.present is not None:
            x, y = x[self.present], y[self.present]
        rows = len(x)
        both = rows * _total(x * y) - _total(x) * _total(y)
        spread_x = rows * _total(x * x) - _total(x) ** 2
        spread_y = rows * _total(y * y) - _total(y) ** 2
        if spread_x <= 0 or spread_y <= 0:
            return 0.0
        reached = both / (float(spread_x) ** 0.5 * float(spread_y) ** 0.5)
        return self.balance.correlation - reached

    def _outcome(self, found: NDArray[np.generic]) -> NDArray[np.int64]:
        if not self.numeric:
            return (found == self.balance.label).astype(np.int64)
        values = found.astype(np.float64)
        size = max(abs(float(values.max())), abs(float(values.min())), 1e-300)
        return np.rint(values / size * 2.0**20).astype(np.int64)


def _total(values: NDArray[np.int64]) -> int:
    return int(values.sum())


def _product(matrix: Array, vector: Array) -> Array:
    """Matrix times vector, added in a fixed order."""
    found = np.zeros(len(vector))
    for column, value in zip(matrix.T, vector, strict=True):
        found = found + column * value
    return found


def _apply_rules(
    model: TargetModel, columns: Mapping[str, pa.Array], odds: Array
) -> NDArray[np.bool_] | None:
    if not model.rules:
        return None
    rows = odds.shape[1]
    ruled = np.zeros(rows, dtype=np.bool_)
    for rule in model.rules:
        here = rule.condition.mask(columns, rows) & ~ruled
        odds[:, here] = elementary.exp(rule.points)[:, None]
        ruled |= here
    return ruled


def _labels(
    odds: Array,
    order: list[int],
    noise: list[Array],
    quotas: NDArray[np.int64] | None,
    absent: NDArray[np.bool_] | None,
) -> NDArray[np.int64]:
    """Number of the label of each row, label by label among the rows still without one, the
    rarest first; the last takes what is left."""
    found = np.full(odds.shape[1], order[-1], dtype=np.int64)
    taken = np.zeros(odds.shape[1], dtype=np.bool_) if absent is None else absent.copy()
    for place, label in enumerate(order[:-1]):
        others = odds[order[place + 1]]
        for other in order[place + 2 :]:
            others = others + odds[other]
        strength = odds[label] / others * noise[place]
        if quotas is None:
            chosen = (strength > 1.0) & ~taken
        else:
            barred = taken if place or absent is not None else None
            chosen = _largest(strength, int(quotas[label]), barred)
        found[chosen] = label
        taken |= chosen
    return found


def _largest(strength: Array, quota: int, taken: NDArray[np.bool_] | None) -> NDArray[np.bool_]:
    """The `quota` rows with the largest strength among those not taken."""
    keys = _keys(strength)
    if taken is not None:
        keys[taken] = -1
    if quota <= 0:
        return np.zeros(len(keys), dtype=np.bool_)
    threshold = np.partition(keys, len(keys) - quota)[len(keys) - quota]
    return keys >= threshold


def _keys(strength: Array) -> Keys:
    """Positive numbers as distinct whole numbers of the same order: 16 bits of the fraction give
    way to the row's position, so that no sort has to decide between equal ones."""
    keys = strength.view(np.int64) & ~((1 << POSITION_BITS) - 1)
    keys |= np.arange(len(keys), dtype=np.int64)
    return keys


def _by_rank(
    strength: Array, values: NDArray[np.generic], absent: NDArray[np.bool_] | None
) -> NDArray[np.generic]:
    """Ascending `values` in the order of the rows' strength."""
    keys = _keys(strength)
    if absent is not None:
        keys = keys[~absent]
    keys.sort()
    places = keys & ((1 << POSITION_BITS) - 1)
    found = np.zeros(len(strength), dtype=values.dtype)
    found[places] = values
    return found


def _absent(block: Block, nulls: int) -> NDArray[np.bool_] | None:
    return arrangement(block) >= block.rows - nulls if nulls else None


def _noise(block: Block, label: int) -> Array:
    uniform = _raw(block.stream.child("noise", label), block.rows, 32) + 0.5
    return np.asarray(uniform / (2.0**32 - uniform))


def _raw(stream: Stream, rows: int, width: int) -> NDArray[np.unsignedinteger]:
    """Random whole numbers of `width` bits, shape (rows,)."""
    per_word = 64 // width
    words = stream.generator().bit_generator.random_raw(-(-rows // per_word))
    kind = np.dtype("<u4") if width == 32 else np.dtype("<u2")
    return words.astype("<u8").view(kind)[:rows]
