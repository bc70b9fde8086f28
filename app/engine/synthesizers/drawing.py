"""Rows under way: a model's columns drawn one after the other, some of their cells given."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from app.engine.seeds import further_uniforms
from app.engine.synthesizers.keeping import Limits, RuledNumbers
from app.engine.synthesizers.lookups import Lookup
from app.engine.synthesizers.row_rules import RowRules
from app.engine.synthesizers.table import Codes
from app.engine.synthesizers.values import ColumnValues, DrawnValues, Floats

Mask = NDArray[np.bool_]

UNKNOWN = -2
"""In the place of a code: the cell is to be drawn."""
MOST_TURNS = 24
"""How often a value that breaks a rule is drawn again before it is moved to one that does not."""
LEAST_CHANCE = 1e-200
"""Of what the model never draws, so that rows which say so can still be compared."""


class Drawing(ABC):
    """Rows of which the columns before `place` are there.

    Args:
        columns: in the order in which the model draws them.
        rows: how many there are at first.
        rules: what holds between the columns of every row.
        lookups: columns that others say, of a model that does not draw them so itself.

    Attributes:
        may_miss: whether a cell may be missing where no value of its column keeps the rules.
    """

    def __init__(
        self,
        columns: Sequence[ColumnValues],
        rows: int,
        rules: RowRules | None = None,
        lookups: Sequence[Lookup] = (),
    ) -> None:
        self.columns = tuple(columns)
        self.rows = rows
        self.may_miss = True
        self.drawn: dict[str, DrawnValues] = {}
        self._ruled = RuledNumbers(rules or RowRules(), columns)
        self._lookups = {each.dependent: each for each in lookups}

    @property
    def place(self) -> int:
        """Number of the column that is next."""
        return len(self.drawn)

    def know(self, numbers: Mapping[str, Floats]) -> None:
        """Say which numbers of ruled columns the rows have, on the line of numbers and moments and
        NaN where they are unknown; shape (rows,) each."""
        self._ruled.know(numbers)

    def advance(
        self, uniforms: Floats, codes: Codes | None = None, loose: Mask | None = None
    ) -> Floats | None:
        """Draw the next column.

        Args:
            uniforms: in [0, 1), shape (rows,).
            codes: values that rows have, UNKNOWN where one is to be drawn; None for all unknown.
            loose: rows whose value in `codes` gives way to rules, shape (rows,); None for none.

        Returns:
            How likely each row's given value was before it was known, up to a factor that is the
            same for all rows that have it, and 1 where it was drawn; shape (rows,). None where
            `codes` is None.
        """
        column = self.columns[self.place]
        if codes is None or (codes == UNKNOWN).all():
            found = self._draw_kept(np.arange(self.rows), uniforms)
            chances = None if codes is None else np.ones(self.rows)
        else:
            found, chances = self._with_given(uniforms, codes)
        if loose is not None and self._ruled.is_ruled(column.name):
            found = self._moved(np.flatnonzero(loose), found, uniforms)
        self._keep(column, found)
        if self._ruled.is_ruled(column.name):
            self._ruled.put(column.name, found)
        return chances

    def give(self, codes: Codes, exact: Floats | None = None, *, is_loose: bool = False) -> None:
        """The next column is there in all rows, whatever the model would draw; MISSING says
        nothing of the others but that it is missing; shape (rows,).

        Args:
            exact: as in `DrawnValues`.
            is_loose: whether values give way to rules.
        """
        column = self.columns[self.place]
        found = DrawnValues(codes, np.zeros(len(codes)), exact)
        if is_loose and self._ruled.is_ruled(column.name):
            found = self._moved(np.arange(self.rows), found, np.zeros(self.rows))
        self._keep(column, found)
        if self._ruled.is_ruled(column.name):
            self._ruled.put(column.name, found)

    def take(self, rows: NDArray[np.intp]) -> None:
        """Go on with the rows of these numbers, shape (new rows,), some of which may be named more
        than once."""
        self.rows = len(rows)
        self._ruled.take(rows)
        for name, each in self.drawn.items():
            self.drawn[name] = each.take(rows)

    def cells(self, names: Sequence[str]) -> dict[str, pa.Array]:
        """Columns that are there, as cells of the source's types by name."""
        values = {each.name: each for each in self.columns}
        return {name: values[name].decode(self.drawn[name]) for name in names}

    def _with_given(self, uniforms: Floats, codes: Codes) -> tuple[DrawnValues, Floats]:
        unknown, given = np.flatnonzero(codes == UNKNOWN), np.flatnonzero(codes != UNKNOWN)
        found, chances = DrawnValues(codes, uniforms), np.ones(self.rows)
        if len(unknown):
            found = found.replaced(unknown, self._draw_kept(unknown, uniforms[unknown]))
        chances[given] = self._weigh(given, codes[given], uniforms[given])
        if (lookup := self._lookups.get(self.columns[self.place].name)) is not None:
            said = lookup.said_by(self.drawn[lookup.determinant].codes[given])
            chances[given] = said == codes[given]
        return found, np.maximum(chances, LEAST_CHANCE)

    def _draw_kept(self, rows: NDArray[np.intp], uniforms: Floats) -> DrawnValues:
        """Values of the next column for some rows, which keep the rules."""
        name = self.columns[self.place].name
        found = self._drawn_or_said(name, rows, uniforms)
        if not self._ruled.is_ruled(name) or not len(rows):
            return found
        limits = self._ruled.limits(name, rows)
        broken = limits.broken_by(self._ruled.numbers(name, found))
        if name not in self._lookups:
            found, broken = self._drawn_again(rows, uniforms, found, limits, broken)
        return self._settled(rows, np.flatnonzero(broken), found, limits, uniforms)

    def _drawn_again(
        self,
        rows: NDArray[np.intp],
        uniforms: Floats,
        found: DrawnValues,
        limits: Limits,
        broken: Mask,
    ) -> tuple[DrawnValues, Mask]:
        """Values of the next column, drawn again where they break rules or are not taken by their
        weight; and where rules are broken still."""
        name, ruled = self.columns[self.place].name, self._ruled
        taken = ruled.accepts(name, found, limits, further_uniforms(uniforms, 0))
        waiting = np.flatnonzero((broken | ~taken) & np.isnan(limits.exact))
        for turn in range(1, MOST_TURNS):
            if not len(waiting):
                break
            own, part = uniforms[waiting], limits.take(waiting)
            again = self._draw(rows[waiting], further_uniforms(own, 2 * turn))
            numbers = ruled.numbers(name, again)
            inside = ~np.isnan(numbers) & ~part.broken_by(numbers)
            taken = inside & ruled.accepts(name, again, part, further_uniforms(own, 2 * turn + 1))
            better = taken | (inside & broken[waiting])
            found = found.replaced(waiting[better], again.take(np.flatnonzero(better)))
            broken[waiting[better]] = False
            waiting = waiting[~taken]
        self._put_in_place(rows[waiting], found.codes[waiting], uniforms[waiting])
        return found, broken

    def _drawn_or_said(self, name: str, rows: NDArray[np.intp], uniforms: Floats) -> DrawnValues:
        lookup = self._lookups.get(name)
        if lookup is None:
            return self._draw(rows, uniforms)
        codes = lookup.said_by(self.drawn[lookup.determinant].codes[rows])
        self._put_in_place(rows, codes, uniforms)
        return DrawnValues(codes, np.zeros(len(codes)))

    def _moved(self, rows: NDArray[np.intp], found: DrawnValues, uniforms: Floats) -> DrawnValues:
        """Values of the next column with those of some rows moved to where the rules let them."""
        name = self.columns[self.place].name
        limits = self._ruled.limits(name, rows)
        broken = np.flatnonzero(limits.broken_by(self._ruled.numbers(name, found.take(rows))))
        part = self._settled(rows, broken, found.take(rows), limits, uniforms[rows])
        return found.replaced(rows, part)

    def _settled(
        self,
        rows: NDArray[np.intp],
        broken: NDArray[np.intp],
        found: DrawnValues,
        limits: Limits,
        uniforms: Floats,
    ) -> DrawnValues:
        """Values with those that break rules moved to the nearest that do not."""
        if not len(broken):
            return found
        name = self.columns[self.place].name
        moved = self._ruled.nearest(
            name, found.take(broken), limits.take(broken), may_miss=self.may_miss
        )
        self._put_in_place(rows[broken], moved.codes, uniforms[broken])
        return found.replaced(broken, moved)

    def _put_in_place(  # noqa: B027
        self, rows: NDArray[np.intp], codes: Codes, uniforms: Floats
    ) -> None:
        """Take note that rows have other values than those drawn last, where a model remembers
        more of a draw than its value."""

    def _keep(self, column: ColumnValues, found: DrawnValues) -> None:
        self.drawn[column.name] = found

    @abstractmethod
    def _draw(self, rows: NDArray[np.intp], uniforms: Floats) -> DrawnValues:
        """Values of the next column for some rows, shape (len(rows),)."""

    @abstractmethod
    def _weigh(self, rows: NDArray[np.intp], codes: Codes, uniforms: Floats) -> Floats:
        """How likely these values of the next column are for some rows, shape (len(rows),)."""
