"""Counting n-grams, of which those that fewer than k individuals have are left out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.engine.synthesizers.texts.ngrams import (
    END,
    NONE,
    START,
    Continuations,
    Ngrams,
    Places,
    Tokens,
)

LONG = 2  # times k: individuals of an n-gram of three tokens or more, which says more of them


@dataclass(frozen=True, eq=False, slots=True)
class Sequences:
    """Sequences of tokens, one after the other.

    Args:
        tokens: of all sequences, without START and END, shape (tokens,).
        lengths: of each sequence, shape (rows,).
        individuals: number of the individual that each one belongs to, shape (rows,).
    """

    tokens: Tokens
    lengths: Places
    individuals: Places

    def framed(self) -> tuple[Tokens, Places]:
        """The tokens with START before and END behind each sequence, and the sequence of each."""
        rows = np.repeat(np.arange(len(self.lengths)), self.lengths + 2)
        found = np.empty(len(rows), dtype=np.int32)
        first = np.cumsum(self.lengths + 2) - (self.lengths + 2)
        inside = np.ones(len(rows), dtype=bool)
        inside[first] = inside[first + self.lengths + 1] = False
        found[first], found[first + self.lengths + 1] = START, END
        found[inside] = self.tokens
        return found, rows


def count_ngrams(
    sequences: Sequences, classes: list[Places], above: Tokens, kinds: Tokens, order: int, k: int
) -> Ngrams:
    """N-grams of sequences.

    Args:
        classes: for each depth the class of each sequence, NONE for none, shape (rows,) each.
        above: as in `Ngrams`.
        kinds: as in `Ngrams`.
        order: tokens of the longest n-gram.
        k: individuals of a class that an n-gram of one or two tokens must have there; LONG times as
            many of longer ones.
    """
    tokens = len(kinds)
    framed, rows = sequences.framed()
    flat = np.tile(framed, len(classes)).astype(np.int64)
    people = np.unique(sequences.individuals, return_inverse=True)[1][rows]
    people = np.tile(people, len(classes))
    contexts = np.concatenate([each[rows] for each in classes])
    before_each = np.append(START, flat)[: len(flat)]
    by_kind = np.where(flat == START, NONE, contexts * tokens + kinds[before_each])
    by_kind[contexts == NONE] = NONE
    keys, found = np.arange(len(above), dtype=np.int64), list[Continuations]()
    for length in range(order):
        counted = _counted(contexts, flat, people, tokens, k * (LONG if length > 1 else 1))
        is_drawn = counted.tokens != START
        used = np.bincount(counted.contexts[is_drawn], minlength=len(keys)) > 0
        if not length:
            used[:] = True
        drawn = counted.of(is_drawn)
        numbers = np.cumsum(used) - 1
        before = np.bincount(contexts[(contexts != NONE) & (flat != START)], minlength=len(keys))
        found.append(_continuations(keys[used], numbers[drawn.contexts], drawn, before[used]))
        keys = numbers[counted.contexts] * tokens + counted.tokens
        # The n-gram that ends at a place is the context of the place behind it.
        contexts = np.append(NONE, counted.places)[: len(flat)]
        contexts[flat == START] = NONE
    found[0].totals[0] = max(int(found[0].kept()[0]), 1)
    return Ngrams(tokens, above, tuple(found), kinds, _of_kinds(by_kind, flat, people, tokens, k))


def _of_kinds(contexts: Places, flat: Places, people: Places, tokens: int, k: int) -> Continuations:
    """Continuations of contexts that stand at each place as keys, NONE for none."""
    known = contexts != NONE
    keys, numbers = np.unique(contexts[known], return_inverse=True)
    places = np.full(len(contexts), NONE)
    places[known] = numbers
    counted = _counted(places, flat, people, tokens, k)
    before = np.bincount(numbers, minlength=len(keys))
    return _continuations(keys, counted.contexts, counted, before)


@dataclass(frozen=True, eq=False, slots=True)
class _Counted:
    """N-grams that k individuals have, by context and last token.

    Args:
        contexts, tokens, counts: of each n-gram, shape (n-grams,).
        places: number of the n-gram that ends at each place, NONE for none, shape (places,).
    """

    contexts: Places
    tokens: Places
    counts: Places
    places: Places

    def of(self, some: NDArray[np.bool_]) -> _Counted:
        return _Counted(self.contexts[some], self.tokens[some], self.counts[some], self.places)


def _counted(contexts: Places, flat: Places, people: Places, tokens: int, k: int) -> _Counted:
    known = np.flatnonzero(contexts != NONE)
    pairs, which, counts = np.unique(
        contexts[known] * tokens + flat[known], return_inverse=True, return_counts=True
    )
    size = int(people.max(initial=0)) + 1
    held = np.unique(which * size + people[known]) // size
    kept = np.bincount(held, minlength=len(pairs)) >= k
    numbers = np.where(kept, np.cumsum(kept) - 1, NONE)
    places = np.full(len(flat), NONE)
    places[known] = numbers[which]
    return _Counted(pairs[kept] // tokens, pairs[kept] % tokens, counts[kept], places)


def _continuations(
    keys: Places, contexts: Places, drawn: _Counted, before: Places
) -> Continuations:
    """What follows each context.

    Args:
        contexts: number of each n-gram's context among those that have keys, ascending.
        before: how often each context stands before any token.
    """
    kinds = np.bincount(contexts, minlength=len(keys))
    starts = np.append(0, np.cumsum(kinds))
    reach = np.append(0, np.cumsum(drawn.counts))
    return Continuations(
        keys.astype(np.int64), starts.astype(np.int64), drawn.tokens.astype(np.int32),
        reach.astype(np.int64), np.maximum(before + kinds, 1).astype(np.int64),
    )  # fmt: skip
