"""Drawing the target block by block from its compiled model.

Every row gets the odds of each label as a product of table entries, one per input. A label's
quota in the block goes to the rows with the largest odds × u/(1 − u), u uniform: without the
quota, odds × u/(1 − u) > 1 has exactly the wanted probability, and with it the threshold moves by
a hair. So counts are exact, and each row's chance is that of its segment. A numeric target's values
go to the rows in the order of odds × noise. In tables of one block, promised correlations are
then met by exchanges between rows of nearly the same odds (`exchanges`).

Only products, quotients, comparisons, whole numbers and table look-ups decide the result.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from app.engine.expressions import elementary
from app.engine.generators.apportionment import RandomApportionment
from app.engine.generators.base import Block, Layout
from app.engine.generators.categories import BoolGenerator, CategoryGenerator
from app.engine.generators.numbers.columns import NumberGenerator
from app.engine.generators.segmented import arrangement, split_nulls
from app.engine.plan.target.bins import Codes, NumberBins
from app.engine.plan.target.few_rows.exchanges import Watched, exchanges, in_units
from app.engine.plan.target.few_rows.tendencies import with_tendencies
from app.engine.plan.target.model import Array, Balance, Scorecard, TargetModel
from app.engine.seeds import Stream

BAND_BITS = 50
VALUE_UNITS = 4096.0
NORMAL_POINTS = 65_536
POSITION_BITS = 16
JOINT_BINS = 4096

Whole = NDArray[np.int64]
Mask = NDArray[np.bool_]


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
        counts, nulls = split_nulls(self.inner.apportionment, block)
        absent = _absent(block, nulls)
        work = _Work.of(self.model, block)
        plain = isinstance(self.inner.apportionment, RandomApportionment)
        quotas = None if plain else counts
        order = sorted(range(len(counts)), key=lambda label: (self.model.shares[label], label))
        noise = [_noise(block, label) for label in order[:-1]]
        codes = _labels(work.odds, order, noise, quotas, absent)
        if work.needs_exchanges and not plain:
            codes = codes.take(work.exchanges(codes.astype(np.int64), absent, numeric=False))
        if isinstance(self.inner, BoolGenerator):
            return pa.array(codes == 0, mask=absent)
        index = self.inner.index_type.to_pandas_dtype()
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
        ranks = _ranks(work.odds[0] * noise, absent)
        if work.needs_exchanges and self.inner.stratified and len(values) > 1:
            ranks = ranks.take(work.exchanges(_in_units(values).take(ranks), absent, True))
        return self.inner.finished(pa.array(values.take(ranks), mask=absent))


@dataclass(frozen=True, eq=False, slots=True)
class _Work:
    """A block at work: bins of the inputs, odds of the labels, rows that a rule decides."""

    model: TargetModel
    block: Block
    codes: tuple[Codes, ...]
    odds: Array
    ruled: Mask | None

    @classmethod
    def of(cls, model: TargetModel, block: Block) -> _Work:
        columns = dict(block.columns)
        codes = tuple(card.codes(columns) for card in model.cards)
        odds = np.repeat(elementary.exp(model.base)[:, None], block.rows, axis=1)
        for tables, joint in _joined(model.cards, codes):
            for label, table in enumerate(tables):
                if (table != 1.0).any():
                    odds[label] *= table.take(joint)
        ruled = _apply_rules(model, columns, odds)
        return cls(model, block, codes, odds, ruled)

    @property
    def needs_exchanges(self) -> bool:
        watched = self.model.balances or self.model.tendencies
        return bool(watched) and self.block.blocks == 1 and self.block.rows > 1

    def exchanges(self, found: Whole, absent: Mask | None, numeric: bool) -> NDArray[np.intp]:
        """From which row each row takes its outcome, shape (rows,): of nearly the same odds, so
        that promised correlations hold, and of any where signs and order of effects want it.

        Args:
            found: the outcome of each row, shape (rows,).
            absent: which of them become null, shape (rows,); None for none.
        """
        order = self._order(absent)
        promises, tendencies = self.watched(absent, numeric)
        source = exchanges(found, order, promises) if promises else np.arange(len(found))
        turned = with_tendencies(found[source], order, promises, tendencies)
        return source if turned is None else source[turned]

    def watched(self, absent: Mask | None, numeric: bool) -> tuple[list[Watched], list[Watched]]:
        """Promised correlations, and those of which sign and order are promised."""
        promises, tendencies = (
            [self._watched(balance, absent, numeric) for balance in balances]
            for balances in (self.model.balances, self.model.tendencies)
        )
        return promises, tendencies

    def _order(self, absent: Mask | None) -> NDArray[np.intp]:
        bands = self.odds.view(np.int64)
        if len(bands) > 2:
            bands = bands >> BAND_BITS
        keys = [*bands[::-1], bands[self.model.positive]]
        order = np.lexsort([*keys, self.ruled] if self.ruled is not None else keys)
        return order if absent is None else order[~absent[order]]

    def _watched(self, balance: Balance, absent: Mask | None, numeric: bool) -> Watched:
        card = self.model.cards[balance.card]
        codes = self.codes[balance.card]
        column = self.block.columns[card.column]
        unit = card.bins.unit if isinstance(card.bins, NumberBins) else 1
        quantity = in_units(balance.quantity(column, codes, unit))
        known = codes < card.bins.count
        if absent is not None:
            known &= ~absent
        label = None if numeric else balance.label
        return Watched(quantity, None if known.all() else known, balance.correlation, label)


def lost_signs(
    target: LabelTarget | ValueTarget, drawn: Mapping[str, pa.Array], name: str, layout: Layout
) -> list[Balance]:
    """The effects whose sign is another than the declared one in the only block of a table.

    Args:
        drawn: the target, under its name, and what it reads.
    """
    work = _Work.of(target.model, Block(0, layout, Stream(0), drawn))
    found, absent = _outcomes(target, drawn[name])
    promises, tendencies = work.watched(absent, isinstance(target, ValueTarget))
    watched = zip(
        (*target.model.balances, *target.model.tendencies), (*promises, *tendencies), strict=True
    )
    return [balance for balance, each in watched if each.observed(found) * balance.correlation <= 0]


def _outcomes(target: LabelTarget | ValueTarget, column: pa.Array) -> tuple[Whole, Mask | None]:
    """Numbers of the labels, or values in whole units; and which rows have none."""
    absent = column.is_null().to_numpy(zero_copy_only=False) if column.null_count else None
    if isinstance(target, ValueTarget):
        values = column.cast(pa.float64()).fill_null(0.0).to_numpy()
        order = np.argsort(values, kind="stable")
        units = np.empty(len(values), dtype=np.int64)
        units[order] = _in_units(values[order])
        return units, absent
    labels = {label: number for number, label in enumerate(target.model.labels)}
    texts = (str(each).lower() if isinstance(each, bool) else each for each in column.to_pylist())
    return np.array([labels.get(text, -1) for text in texts], dtype=np.int64), absent


def _joined(
    cards: Sequence[Scorecard], codes: Sequence[Codes]
) -> Iterator[tuple[Array, NDArray[np.int16]]]:
    """Inputs a few at a time as one with a bin for each combination of theirs, of at most
    JOINT_BINS: odds, shape (labels, bins), and bin of each row. One look-up in a larger
    table is quicker than several in small ones."""
    held: tuple[Array, NDArray[np.int16]] | None = None
    for card, code in zip(cards, codes, strict=True):
        if held is None:
            held = card.odds, code
            continue
        tables, joint = held
        count = card.odds.shape[1]
        if tables.shape[1] * count > JOINT_BINS:
            yield held
            held = card.odds, code
            continue
        product = tables[:, :, None] * card.odds[:, None, :]
        held = product.reshape(len(tables), -1), joint * np.int16(count) + code
    if held is not None:
        yield held


def _apply_rules(model: TargetModel, columns: Mapping[str, pa.Array], odds: Array) -> Mask | None:
    if not model.rules:
        return None
    rows = odds.shape[1]
    ruled = np.zeros(rows, dtype=np.bool_)
    for rule in model.rules:
        here = rule.condition.mask(columns, rows) & ~ruled
        odds[:, here] = rule.odds[:, None]
        ruled |= here
    return ruled


def _labels(
    odds: Array,
    order: list[int],
    noise: list[Array],
    quotas: NDArray[np.int64] | None,
    absent: Mask | None,
) -> NDArray[np.int16]:
    """Number of the label of each row, label by label among the rows still without one, the
    rarest first; the last takes what is left."""
    last = order[-1]
    found = np.full(odds.shape[1], last, dtype=np.int16)
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
        found += chosen * np.int16(label - last)
        taken |= chosen
    return found


def _largest(strength: Array, quota: int, taken: Mask | None) -> NDArray[np.bool_]:
    """The `quota` rows with the largest strength among those not taken."""
    keys = _keys(strength)
    if taken is not None:
        keys[taken] = -1
    if quota <= 0:
        return np.zeros(len(keys), dtype=np.bool_)
    threshold = np.partition(keys, len(keys) - quota)[len(keys) - quota]
    return keys >= threshold


def _keys(strength: Array) -> Whole:
    """Positive numbers, which are lost, as distinct whole numbers of the same order: 16 bits of
    the fraction give way to the row's position, so that no sort has to decide between equals."""
    keys = strength.view(np.int64)
    keys &= ~((1 << POSITION_BITS) - 1)
    keys |= np.arange(len(keys), dtype=np.int64)
    return keys


def _ranks(strength: Array, absent: Mask | None) -> Whole:
    """Rank of each row by strength among those not absent (whose own rank is 0)."""
    keys = _keys(strength)
    if absent is not None:
        keys = keys[~absent]
    keys.sort()
    found = np.zeros(len(strength), dtype=np.int64)
    found[keys & ((1 << POSITION_BITS) - 1)] = np.arange(len(keys))
    return found


def _in_units(ascending: NDArray[Any]) -> Whole:
    """Values in whole units of their range, so that no tail can overflow a sum."""
    low, high = float(ascending[0]), float(ascending[-1])
    scaled = (ascending - low) * (VALUE_UNITS / (high - low)) if high > low else ascending * 0.0
    return np.rint(scaled).astype(np.int64)


def _absent(block: Block, nulls: int) -> Mask | None:
    return arrangement(block) >= block.rows - nulls if nulls else None


def _noise(block: Block, label: int) -> Array:
    uniform = _raw(block.stream.child("noise", label), block.rows, 32) + 0.5
    rest = 2.0**32 - uniform
    uniform /= rest
    return np.asarray(uniform, dtype=np.float64)


def _raw(stream: Stream, rows: int, width: int) -> NDArray[np.unsignedinteger]:
    """Random whole numbers of `width` bits, shape (rows,)."""
    per_word = 64 // width
    words = stream.generator().bit_generator.random_raw(-(-rows // per_word))
    kind = np.dtype("<u4") if width == 32 else np.dtype("<u2")
    return words.astype("<u8").view(kind)[:rows]
