"""Drawing sequences of tokens, all rows step by step together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.engine.seeds import further_uniforms
from app.engine.synthesizers.texts.ngrams import END, NONE, START, Ngrams, Places

Floats = NDArray[np.float64]

TRIES = 4  # for an end where one may stand, and for none where none may
CLOSING = 0.5  # share of the places of a token that are the last one
SLACK = 5  # one in so many tokens that a sequence may be shorter or longer than wanted


@dataclass(frozen=True, eq=False, slots=True)
class DrawnTokens:
    """Tokens of rows, those of a row together and in order.

    Args:
        tokens: shape (tokens,).
        starts: first token of each row, and the end, shape (rows + 1,).
    """

    tokens: Places
    starts: Places


def draw_tokens(ngrams: Ngrams, classes: Places, lengths: Places, uniforms: Floats) -> DrawnTokens:
    """A sequence for each row; each depends on its own class, length and number alone.

    Args:
        classes: shape (rows,).
        lengths: how many tokens are wanted, about, shape (rows,).
        uniforms: in [0, 1), shape (rows,).
    """
    drawing = _Drawing(ngrams, classes, uniforms)
    rows = np.flatnonzero(lengths > 0)
    slack = 1 + lengths // SLACK
    found_rows, found_tokens, step = list[Places](), list[Places](), 0
    while len(rows):
        tokens = drawing.draw(rows, step)
        left = lengths[rows] - step
        closes = (left > 0) & np.where(left > 1, drawing.closes[tokens], tokens == END)
        tokens = drawing.again(rows, tokens, step, closes, is_end=False)
        opens = (left <= 1) & ~drawing.closes[tokens]
        tokens = drawing.again(rows, tokens, step, opens, is_end=True)
        goes_on = (tokens != END) & (step < lengths[rows] + slack[rows])
        rows, tokens = rows[goes_on], tokens[goes_on]
        found_rows.append(rows)
        found_tokens.append(tokens)
        drawing.advance(rows, tokens)
        step += 1
    owners = np.concatenate([*found_rows, np.zeros(0, np.int64)])
    order = np.argsort(owners, kind="stable")
    starts = np.append(0, np.cumsum(np.bincount(owners.astype(np.int64), minlength=len(lengths))))
    return DrawnTokens(np.concatenate([*found_tokens, np.zeros(0, np.int64)])[order], starts)


class _Drawing:
    """Rows with the contexts that they stand in, longest last, of each class of their chain."""

    def __init__(self, ngrams: Ngrams, classes: Places, uniforms: Floats) -> None:
        self._ngrams, self._uniforms = ngrams, uniforms
        # The kind of the last token says more than nothing, and less than the token.
        self._tables = [ngrams.orders[0], ngrams.by_kind, *ngrams.orders[1:]]
        self._kept = [each.kept() for each in self._tables]
        self._contexts = [
            [chain, *(np.full(len(chain), NONE) for _ in self._tables[1:])]
            for chain in ngrams.chains(classes)
        ]
        self.closes = _closing(ngrams)
        every = np.arange(len(classes))
        self.advance(every, np.full(len(classes), START))

    def draw(self, rows: Places, step: int, turn: int = 0) -> Places:
        """The next token of some rows, shape (len(rows),)."""
        uniforms = further_uniforms(self._uniforms[rows], step * (2 * TRIES + 1) + turn)
        found, waiting = np.full(len(rows), END), np.arange(len(rows))
        for contexts in self._contexts:
            for order in reversed(range(len(contexts))):
                there = contexts[order][rows[waiting]]
                asked = np.flatnonzero(there != NONE)
                if not len(asked):
                    continue
                places = waiting[asked]
                taken, rest, tokens = self._drawn(order, there[asked], uniforms[places])
                found[places[taken]] = tokens
                uniforms[places] = rest
                waiting = np.delete(waiting, asked[taken])
        return found

    def again(
        self, rows: Places, tokens: Places, step: int, wrong: NDArray[np.bool_], *, is_end: bool
    ) -> Places:
        """Tokens with others for those that are wrong, as far as such ones are drawn soon.

        Args:
            is_end: whether END is wanted, or what it mostly follows, and others otherwise.
        """
        waiting = np.flatnonzero(wrong)
        for turn in range(1, TRIES + 1):
            if not len(waiting):
                break
            drawn = self.draw(rows[waiting], step, turn + TRIES * is_end)
            right = self.closes[drawn] == is_end
            tokens[waiting[right]] = drawn[right]
            waiting = waiting[~right]
        return tokens

    def advance(self, rows: Places, tokens: Places) -> None:
        """Put tokens behind some rows."""
        size, kinds = self._ngrams.tokens, self._ngrams.kinds[tokens]
        for contexts in self._contexts:
            for place in reversed(range(1, len(contexts))):
                # Contexts of one token follow from those of none, as those of its kind do.
                before = contexts[0 if place <= 2 else place - 1][rows]
                found = self._tables[place].find(before * size + (kinds if place == 1 else tokens))
                contexts[place][rows] = np.where(before == NONE, NONE, found)

    def _drawn(
        self, order: int, contexts: Places, uniforms: Floats
    ) -> tuple[NDArray[np.bool_], Floats, Places]:
        """Which rows are answered by their context, what is left of their uniform numbers where
        they are not, and the tokens of those that are."""
        table = self._tables[order]
        kept, totals = self._kept[order][contexts], table.totals[contexts]
        target = uniforms * totals
        taken = target < kept
        left = (target - kept) / np.maximum(totals - kept, 1)
        rest = np.where(taken, uniforms, np.clip(left, 0.0, _BELOW_ONE))
        first = table.starts[contexts[taken]]
        at = np.searchsorted(table.reach, table.reach[first] + target[taken], side="right") - 1
        return taken, rest, table.tokens[at].astype(np.int64)


def _closing(ngrams: Ngrams) -> NDArray[np.bool_]:
    """Which tokens END follows in more than half of all places, and END itself, shape (tokens,)."""
    found = np.zeros(ngrams.tokens, dtype=bool)
    found[END] = True
    if len(ngrams.orders) > 1:
        table = ngrams.orders[1]
        ends = np.append(0, np.cumsum(np.where(table.tokens == END, np.diff(table.reach), 0)))
        shares = (ends[table.starts[1:]] - ends[table.starts[:-1]]) / table.totals
        is_whole = table.keys < ngrams.tokens  # the first class has all rows
        found[table.keys[is_whole & (shares > CLOSING)]] = True
    return found


_BELOW_ONE = float(np.nextafter(1.0, 0.0))
