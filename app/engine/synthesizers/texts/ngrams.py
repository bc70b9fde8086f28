"""Sequences of tokens by how often each follows those before it, backed off where that is unknown.

What follows a *context*, a class of rows and up to so many tokens before, is drawn by its counts;
the mass of what was left out, and of what may be new (Witten & Bell 1991), is that of the shorter
context. Where a class has nothing left, the class above it answers: interpolation of linear chains
(Jelinek & Mercer 1980). All sums are of whole numbers, so that machines agree bit for bit.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.engine.synthesizers.bounds import need, need_shape, need_within

START, END = 0, 1
"""The tokens before the first and behind the last one of each sequence."""
NONE = -1
MOST_COUNT = 1 << 40
MOST_CLASSES = 1 << 10
MOST_ORDER = 8

Places = NDArray[np.int64]
Tokens = NDArray[np.int32]


@dataclass(frozen=True, eq=False, slots=True)
class Continuations:
    """What follows contexts of one length.

    Args:
        keys: of each context: the number of the context without its last token, times the number of
            all tokens, and that token; ascending, shape (contexts,). Without tokens: the class.
        starts: first continuation of each context, and the end, shape (contexts + 1,).
        tokens: that follow, shape (continuations,).
        reach: sum of the counts before each continuation, and of all, shape (continuations + 1,).
        totals: by which the counts of each context are divided, shape (contexts,).
    """

    keys: NDArray[np.int64]
    starts: NDArray[np.int64]
    tokens: NDArray[np.int32]
    reach: NDArray[np.int64]
    totals: NDArray[np.int64]

    def check(self) -> None:
        """Raises ValueError where its parts do not fit together, which a file's may not."""
        contexts, count = len(self.keys), len(self.tokens)
        need(self.keys.ndim == 1, "contexts have another shape than they should")
        need(bool((np.diff(self.keys) > 0).all()), "contexts do not ascend")
        need_shape(self.starts, (contexts + 1,), "the starts of continuations")
        need_within(self.starts, 0, count, "the starts of continuations")
        need(bool((np.diff(self.starts) >= 0).all()), "the starts of continuations descend")
        need(self.starts[0] == 0 and self.starts[-1] == count, "continuations are of no context")
        need_shape(self.reach, (count + 1,), "the counts of continuations")
        need_within(self.reach, 0, MOST_COUNT, "the counts of continuations")
        need(bool((np.diff(self.reach) > 0).all()), "continuations are counted less than once")
        need_shape(self.totals, (contexts,), "the totals of contexts")
        need_within(self.totals, 1, MOST_COUNT, "the totals of contexts")
        need(bool((self.kept() <= self.totals).all()), "a context has less than its continuations")

    def kept(self) -> Places:
        """Sum of the counts of each context, shape (contexts,)."""
        return self.reach[self.starts[1:]] - self.reach[self.starts[:-1]]

    def find(self, keys: Places) -> Places:
        """The number of the context of each key, NONE where there is none; of their shape."""
        if not len(self.keys):
            return np.full(len(keys), NONE)
        at = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        return np.where(self.keys[at] == keys, at, NONE)


@dataclass(frozen=True, eq=False, slots=True)
class Ngrams:
    """Continuations of contexts of every length, of nested classes of rows.

    Args:
        tokens: how many there are, START and END among them.
        above: the class that each class is a part of, shape (classes,); NONE of the first, which
            has all rows.
        orders: continuations of contexts without tokens, of one token, and so on.
        kinds: of each token one that stands for its kind, such as a word, shape (tokens,).
        by_kind: continuations of contexts of the kind of one token.
    """

    tokens: int
    above: NDArray[np.int32]
    orders: tuple[Continuations, ...]
    kinds: NDArray[np.int32]
    by_kind: Continuations

    def check(self) -> None:
        """Raises ValueError where its parts do not fit together, which a file's may not."""
        self._check_classes()
        need(END < self.tokens <= 1 << 30, "there are too few or too many tokens")
        need_shape(self.kinds, (self.tokens,), "the kinds of tokens")
        need_within(self.kinds, 0, self.tokens - 1, "the kinds of tokens")
        most = len(self.above) * self.tokens - 1
        need_within(self.by_kind.keys, 0, most, "contexts")
        for before, each in zip(self.orders, self.orders[1:], strict=False):
            need_within(each.keys, 0, len(before.keys) * self.tokens - 1, "contexts")
        for each in (*self.orders, self.by_kind):
            need_within(each.tokens, END, self.tokens - 1, "what follows a context")

    def _check_classes(self) -> None:
        classes = len(self.above)
        need(self.above.ndim == 1 and 0 < classes <= MOST_CLASSES, "there are too many classes")
        need(bool((self.above < np.arange(classes)).all()), "a class is part of a later one")
        need(self.above[0] == NONE, "the first class is part of another one")
        need(bool((self.above[1:] >= 0).all()), "a class is part of none")
        need(0 < len(self.orders) <= MOST_ORDER, "contexts have no length")
        need(len(self.orders[0].keys) == classes, "a class has no continuations")
        need(bool((self.orders[0].keys == np.arange(classes)).all()), "classes are not in order")

    def chains(self, classes: Places) -> list[Places]:
        """The class of each row, the one above it, and so on; NONE where there is no more; shape
        (rows,) each."""
        found = [classes]
        while (found[-1] > 0).any():
            last = found[-1]
            found.append(np.where(last > 0, self.above[np.maximum(last, 0)], NONE).astype(np.int64))
        return found
