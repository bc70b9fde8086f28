"""The curator: who holds the rows, and through whom alone anything of them is learned.

Neighbours are two tables one of which has all rows of one more individual. Rows are coded by the
declared domain when they come in, an individual's rows beyond `max_contributions` are left out, and
from then on a row can only be counted in a marginal. How many rows there are is never said.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from app.engine.errors import BudgetError, SourceError
from app.engine.privacy.budget import Budget
from app.engine.privacy.discrete_gaussian import MOST_VARIANCE, Counts
from app.engine.privacy.domain import MOST_CELLS, OUT, Domain, one_array
from app.engine.privacy.events import GaussianEvent, SelectionEvent
from app.engine.privacy.mechanisms import Noise, choice_error, counts_error
from app.engine.privacy.transcript import Choice, Entry, Measurement, Transcript

MOST_ESTIMATE = 2.0**52  # far from what would not fit into 64 bits
ESTIMATE_STEPS = 1024
"""Of a count, in which candidates' estimates are given, so that scores are whole numbers."""


@dataclass(frozen=True, eq=False, slots=True)
class Candidate:
    """A marginal that may be chosen for what an estimate misses of it.

    Its score is weight × (Σ |1024 × count − estimate| − penalty).

    Args:
        estimate: of its counts, in 1024ths, shape (cells,).
        penalty: what noise would miss anyway, in 1024ths.
        weight: from 1.
    """

    columns: tuple[str, ...]
    estimate: Counts
    penalty: int
    weight: int


class Curator:
    """Rows of one table, their domain and what may be lost.

    Args:
        table: the private rows.
        budget: what may be lost; each call spends from it before it reads.
        noise: of this execution.
        unit: the column that says whose a row is; None where each row is an individual.
        max_contributions: rows that an individual may have; more are left out.
        max_cells: of any marginal, by the domain.

    Raises:
        SourceError: the table has other columns or types than its domain and unit say.
    """

    def __init__(
        self,
        table: pa.Table,
        domain: Domain,
        budget: Budget,
        noise: Noise,
        *,
        unit: str | None = None,
        max_contributions: int = 1,
        max_cells: int = MOST_CELLS,
    ) -> None:
        self.domain = domain
        self.budget = budget
        self.max_cells = max_cells
        self.sensitivity = max_contributions
        self._noise = noise
        codes = domain.codes(table)
        kept = (codes != OUT).all(axis=1)
        if unit is not None:
            kept &= _clamped(table, unit, kept, max_contributions)
        self._codes = codes[kept]
        self._marginals: dict[tuple[str, ...], Counts] = {}
        self._entries: list[Entry] = []

    @property
    def transcript(self) -> Transcript:
        """Everything that came out so far."""
        return Transcript(tuple(self._entries))

    def measure(self, name: str, columns: Sequence[str], variance: int) -> Measurement:
        """The marginal of some columns, with noise.

        Args:
            name: of the step that asks.
            variance: σ² of the noise, in units of 1e-6.

        Raises:
            BudgetError: it costs more than is left, or needs more noise than can be drawn.
            ValueError: it has more cells than there may be.
        """
        wanted = tuple(columns)
        if variance > MOST_VARIANCE:
            raise BudgetError(f"{name} needs noise of σ² {variance}e-6: the budget is too small")
        cells = self._cells(wanted)
        event = GaussianEvent(name, wanted, cells, self.sensitivity, variance)
        self.budget.spend(event, counts_error(event))
        counts = self._noise.counts(self._exact(wanted), event, len(self._entries))
        found = Measurement(event, counts)
        self._entries.append(found)
        return found

    def select(self, name: str, candidates: Sequence[Candidate], epsilon: int) -> int:
        """Number of a candidate, chosen by what its estimate misses.

        Args:
            name: of the step that asks.
            epsilon: of the choice, in units of 1e-12.

        Raises:
            BudgetError: it costs more than is left.
            ValueError: a candidate has more cells than there may be, or an estimate of others.
        """
        for each in candidates:
            if len(each.estimate) != self._cells(each.columns) or each.weight < 1:
                raise ValueError(f"the estimate of {each.columns} does not fit its marginal")
            if np.any(np.abs(each.estimate.astype(float)) > MOST_ESTIMATE):
                raise ValueError(f"the estimate of {each.columns} is no number of rows")
        heaviest = max(each.weight for each in candidates)
        sensitivity = heaviest * ESTIMATE_STEPS * self.sensitivity
        event = SelectionEvent(name, len(candidates), sensitivity, epsilon)
        self.budget.spend(event, choice_error(event))
        scores = [self._score(each) for each in candidates]
        chosen = self._noise.choice(scores, event, len(self._entries))
        self._entries.append(Choice(event, tuple(each.columns for each in candidates), chosen))
        return chosen

    def _cells(self, columns: tuple[str, ...]) -> int:
        cells = self.domain.cells(columns)
        if cells > self.max_cells:
            raise ValueError(f"{columns} has {cells} cells, more than {self.max_cells}")
        return cells

    def _score(self, candidate: Candidate) -> int:
        missed = np.abs(ESTIMATE_STEPS * self._exact(candidate.columns) - candidate.estimate).sum()
        return candidate.weight * (int(missed) - candidate.penalty)

    def _exact(self, columns: tuple[str, ...]) -> Counts:
        """The marginal without noise, shape (cells,)."""
        if columns not in self._marginals:
            places = [self.domain.place(name) for name in columns]
            index = np.zeros(len(self._codes), np.int64)
            for place in places:
                index *= self.domain.sizes[place]
                index += self._codes[:, place]
            counted = np.bincount(index, minlength=self.domain.cells(columns))
            self._marginals[columns] = counted.astype(np.int64)
        return self._marginals[columns]


def _clamped(table: pa.Table, unit: str, kept: NDArray[np.bool_], most: int) -> NDArray[np.bool_]:
    """Rows that are among the first `most` of their individual; those of nobody are left out.

    Only kept rows are counted. Whether a row stays depends on its individual's rows alone.

    Raises:
        SourceError: there is no such column, or it is of floating-point numbers, which hold large
            whole numbers only nearly.
    """
    if unit not in table.column_names:
        raise SourceError(f"there is no column {unit!r}, which was to say whose a row is")
    if pa.types.is_floating(table[unit].type):
        raise SourceError(f"the column {unit!r} says whose a row is: make it text or whole numbers")
    cells = one_array(table[unit])
    kept = kept & cells.is_valid().to_numpy(zero_copy_only=False)
    numbers = pc.dictionary_encode(cells, null_encoding="encode").indices
    owner = np.asarray(numbers.to_numpy(zero_copy_only=False), np.int64)
    owner = np.where(kept, owner, owner.max(initial=0) + 1)
    order = np.argsort(owner, kind="stable")
    ranked = owner[order]
    first = np.searchsorted(ranked, ranked, side="left")
    rank = np.empty(len(owner), np.int64)
    rank[order] = np.arange(len(owner)) - first
    return kept & (rank < most)
