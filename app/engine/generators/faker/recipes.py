"""From an expression to tables that draw: parts are merged as far as tables stay small."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from app.engine.generators.faker.calls import as_text as value_text
from app.engine.generators.faker.calls import natural_type
from app.engine.generators.faker.locale_tables import Group, TableTexts, TypedTable, alias_table
from app.engine.generators.faker.text_templates import (
    Chain,
    Leaf,
    Mix,
    TextTemplate,
    Untraceable,
    as_text,
)

MERGED = 9_999  # largest table that merging may make: three digits, or a name and its suffix
POOL = 1_000_000  # texts in the pool of one column
OPTIONS = 4_096  # ways that one group of slots can go

Table = tuple[tuple[str, ...], tuple[float, ...] | None]


def tables(expression: TextTemplate) -> TableTexts | TypedTable:
    """The expression as tables; one of whole numbers or truth values keeps its own type.

    Raises:
        Untraceable: where the expression has no exact tables.
    """
    if not isinstance(expression, Leaf):
        return table_texts(as_text(expression))
    kind = natural_type(expression.values)
    if pa.types.is_string(kind):
        return table_texts(expression.change(value_text))
    table = alias_table(expression.weights, len(expression.values))
    return TypedTable(pa.array(expression.values, kind), table)


def table_texts(expression: TextTemplate) -> TableTexts:
    """The expression as tables of texts.

    Raises:
        Untraceable: where a value is no text, or the tables grow too large.
    """
    simple = _simplified(expression)
    pool = _Pool()
    parts = simple.parts if isinstance(simple, Chain) else (simple,)
    groups = tuple(pool.group(part) for part in parts)
    alias = np.concatenate(pool.alias).astype(np.int32)
    return TableTexts(pa.array(pool.values), np.concatenate(pool.keep), alias, groups)


class _Pool:
    """Lays tables one after the other; equal tables share their place."""

    def __init__(self) -> None:
        self.values = [""]
        self.keep = [np.ones(1)]
        self.alias = [np.zeros(1, np.int64)]
        self._places: dict[Table, int] = {}

    def group(self, expression: TextTemplate) -> Group:
        options, shares = _options(expression)
        width = max(map(len, options))
        start = len(self.values)
        heads = [options_[0] for options_ in options]
        weights = [
            w for leaf, share in zip(heads, shares, strict=True) for w in _scaled(leaf, share)
        ]
        self._add([value for leaf in heads for value in leaf.values], None)
        first = np.zeros((len(options), width - 1), np.int64)
        size = np.ones((len(options), width - 1))
        weighted = [False] * (width - 1)
        for number, leaves in enumerate(options):
            for slot, leaf in enumerate(leaves[1:]):
                first[number, slot] = self._place((leaf.values, leaf.weights))
                size[number, slot] = len(leaf.values)
                weighted[slot] |= leaf.weights is not None
        owner = np.repeat(np.arange(len(options)), [len(leaf.values) for leaf in heads])
        head = alias_table(weights, len(weights))
        return Group(start, head, owner, first, size * 2.0**-32, tuple(weighted))

    def _place(self, table: Table) -> int:
        if table not in self._places:
            self._places[table] = len(self.values)
            self._add(*table)
        return self._places[table]

    def _add(self, values: Sequence[str], weights: Sequence[float] | None) -> None:
        place, own = len(self.values), alias_table(weights, len(values))
        self.values.extend(values)
        if len(self.values) > POOL:
            raise Untraceable("the tables are too large")
        self.keep.append(np.ones(own.size) if own.keep is None else own.keep)
        self.alias.append(place + (np.arange(own.size) if own.alias is None else own.alias))


def _options(expression: TextTemplate) -> tuple[list[tuple[Leaf, ...]], list[float]]:
    """Every way the expression can go, each a row of tables, with its probability."""
    if isinstance(expression, Leaf):
        return [(expression,)], [1.0]
    found: list[tuple[tuple[Leaf, ...], float]] = []
    if isinstance(expression, Mix):
        own = expression.weights or (1.0,) * len(expression.options)
        for option, share in zip(expression.options, own, strict=True):
            rows, shares = _options(option)
            scale = share / sum(own)
            found += [(row, scale * s) for row, s in zip(rows, shares, strict=True)]
    else:
        assert isinstance(expression, Chain)
        found = [((), 1.0)]
        for part in expression.parts:
            rows, shares = _options(part)
            further = list(zip(rows, shares, strict=True))
            if len(found) * len(further) > OPTIONS:
                raise Untraceable("too many options")
            found = [(a + b, s * t) for a, s in found for b, t in further]
    return [row for row, _ in found], [share for _, share in found]


def _simplified(expression: TextTemplate) -> TextTemplate:
    if isinstance(expression, Leaf):
        return _distinct(expression)
    if isinstance(expression, Mix):
        return _merged_options(expression)
    assert isinstance(expression, Chain)
    parts: list[TextTemplate] = []
    for part in map(_simplified, expression.parts):
        for piece in part.parts if isinstance(part, Chain) else (part,):
            if parts and _can_join(parts[-1], piece):
                parts[-1] = _product(parts[-1], piece)
            else:
                parts.append(piece)
    return parts[0] if len(parts) == 1 else Chain(parts)


def _can_join(left: TextTemplate, right: TextTemplate) -> bool:
    if not (isinstance(left, Leaf) and isinstance(right, Leaf)):
        return False
    return len(left.values) * len(right.values) <= MERGED


def _product(left: TextTemplate, right: TextTemplate) -> Leaf:
    """The table of both texts joined."""
    assert isinstance(left, Leaf)
    assert isinstance(right, Leaf)
    values = [a + b for a, b in itertools.product(left.values, right.values)]
    weights = None
    if left.weights is not None or right.weights is not None:
        weights = [a * b for a, b in itertools.product(_weights(left), _weights(right))]
    return Leaf(values, weights, left.draws | right.draws)


def _weights(leaf: Leaf) -> Sequence[float]:
    return leaf.weights if leaf.weights is not None else (1.0,) * len(leaf.values)


def _scaled(leaf: Leaf, share: float) -> list[float]:
    """The leaf's weights, scaled to the sum `share`."""
    scale = share / sum(_weights(leaf))
    return [scale * weight for weight in _weights(leaf)]


def _distinct(leaf: Leaf) -> Leaf:
    """The table with each value once, a value that stood twice with twice the weight."""
    if not leaf.is_text:
        raise Untraceable("a value that is no text")
    if len(set(leaf.values)) == len(leaf.values):
        return leaf
    total: Counter[str] = Counter()
    for value, weight in zip(leaf.values, _weights(leaf), strict=True):
        total[value] += weight  # type: ignore[assignment]
    weights = None if len(set(total.values())) == 1 else total.values()
    return Leaf(total, weights, leaf.draws)


def _merged_options(mix: Mix) -> TextTemplate:
    """The mixture with its options that are tables made one table, where that stays small."""
    options = [_simplified(option) for option in mix.options]
    shares = mix.weights if mix.weights is not None else (1.0,) * len(options)
    flat, flat_shares = _flattened(options, shares)
    tables = [(o, s) for o, s in zip(flat, flat_shares, strict=True) if isinstance(o, Leaf)]
    others = [(o, s) for o, s in zip(flat, flat_shares, strict=True) if not isinstance(o, Leaf)]
    if len(tables) > 1 and sum(len(o.values) for o, _ in tables) <= 2 * MERGED:
        tables = [(_union(tables), sum(share for _, share in tables))]
    merged = [*tables, *others]
    if len(merged) == 1:
        return merged[0][0]
    return Mix([o for o, _ in merged], [s for _, s in merged], mix.draws)


def _flattened(
    options: Sequence[TextTemplate], shares: Sequence[float]
) -> tuple[list[TextTemplate], list[float]]:
    """Options that are mixtures themselves, replaced by their own options."""
    flat: list[tuple[TextTemplate, float]] = []
    for option, share in zip(options, shares, strict=True):
        if isinstance(option, Mix):
            own = option.weights if option.weights is not None else (1.0,) * len(option.options)
            scale = share / sum(own)
            flat += [(o, scale * w) for o, w in zip(option.options, own, strict=True)]
        else:
            flat.append((option, share))
    return [option for option, _ in flat], [share for _, share in flat]


def _union(tables: Sequence[tuple[Leaf, float]]) -> Leaf:
    values = [value for leaf, _ in tables for value in leaf.values]
    weights: list[float] = []
    for leaf, share in tables:
        weights += _scaled(leaf, share)
    return _distinct(Leaf(values, weights, frozenset().union(*(o.draws for o, _ in tables))))
