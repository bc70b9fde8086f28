"""Drawing rows that follow one another: first rows of a block, then second ones, and so on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from app.engine.plan.asked.given import codes_of_cells
from app.engine.seeds import Stream
from app.engine.synthesizers.base import Model, even_uniforms
from app.engine.synthesizers.drawing import UNKNOWN, Drawing
from app.engine.synthesizers.number_line import is_on_line, on_step, places_on_line
from app.engine.synthesizers.particles import nearest
from app.engine.synthesizers.several.relations import RunningNumber, TableSequence
from app.engine.synthesizers.table import MISSING, Codes, Kind, plain_cells, positions
from app.engine.synthesizers.values import ColumnValues

Rows = NDArray[np.int64]
Floats = NDArray[np.float64]

DIGITS = 12


@dataclass(frozen=True, eq=False, slots=True)
class _Step:
    """Rows of a block that stand at one place of their sequences.

    Args:
        rows: their numbers in the block; the row before each one is that before it in the block.
        left: rows that follow each one, shape (rows,).
        is_first: whether none stands before them.
    """

    rows: Rows
    left: Rows
    is_first: bool


@dataclass(eq=False)
class SequenceDrawing:
    """Rows of a block, those of one parent after one another.

    Args:
        known: codes of columns that rows are given, shape (rows,) each.
        positions: of each row among those of its parent, from 1; 0 for rows without one.
        left: rows of the same parent behind each one.
    """

    model: Model
    sequence: TableSequence
    known: Mapping[str, Codes]
    positions: Rows
    left: Rows
    stream: Stream
    _columns: dict[str, ColumnValues] = field(init=False)
    _lines: dict[str, Floats] = field(default_factory=dict)
    _codes: dict[str, Codes] = field(default_factory=dict)
    _sums: dict[str, tuple[Floats, Floats]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._columns = {each.name: each for each in self.model.drawing(0).columns}

    def drawn(self) -> pa.RecordBatch:
        """All columns of the model, shape (rows,) each."""
        rows, schema = len(self.positions), self.model.schema
        self._lines = {each.column: np.zeros(rows) for each in self.sequence.numbers}
        self._codes = {name: np.full(rows, MISSING, dtype=np.int32) for name in self.sequence.known}
        self._sums = {name: (np.zeros(rows), np.zeros(rows)) for name in self.sequence.means}
        steps, parts = self._steps(), []
        for number, step in enumerate(steps):
            parts.append(self._step(step, self.stream.child("step", number)))
        order = np.argsort(np.concatenate([each.rows for each in steps]), kind="stable")
        whole = pa.Table.from_batches(parts, schema).take(pa.array(order)).combine_chunks()
        return whole.to_batches()[0]

    def _steps(self) -> list[_Step]:
        place = np.maximum(self.positions, 1)
        order = np.argsort(place, kind="stable")
        ends = np.cumsum(np.bincount(place)[1:])
        groups = np.split(order, ends[:-1])
        return [_Step(rows, self.left[rows], number == 0) for number, rows in enumerate(groups)]

    def _step(self, step: _Step, stream: Stream) -> pa.RecordBatch:
        drawing = self.model.drawing(len(step.rows))
        numbers = {each.column: each for each in self.sequence.numbers}
        split = {each.column: each for each in self.sequence.split}
        wanted = self._wanted(numbers.values(), step)
        absent = {each.later if step.is_first else each.first for each in split.values()}
        for column in drawing.columns:
            if (codes := self._known(column.name)) is not None:
                drawing.give(np.where(codes == UNKNOWN, MISSING, codes).astype(np.int32)[step.rows])
            elif column.name in absent:
                drawing.give(np.full(len(step.rows), MISSING, dtype=np.int32))
            elif column.name in numbers:
                self._give_number(drawing, numbers[column.name], step)
            elif column.name in split:
                own = split[column.name]
                self._give_split(drawing, column, own.first if step.is_first else own.later)
            else:
                uniforms = even_uniforms(len(step.rows), stream.child("column", column.name))
                begins = wanted.get(column.name)
                drawing.advance(uniforms, None if begins is None else begins(drawing))
        cells = drawing.cells(self.model.schema.names)
        self._remember(cells, step)
        return pa.record_batch(
            [cells[name] for name in self.model.schema.names], schema=self.model.schema
        )

    def _known(self, name: str) -> Codes | None:
        return self._codes.get(name, self.known.get(name))

    def _wanted(
        self, numbers: Iterable[RunningNumber], step: _Step
    ) -> dict[str, Callable[[Drawing], Codes]]:
        """Which changes and first values are to be drawn, UNKNOWN, and where there are none."""
        found: dict[str, Callable[[Drawing], Codes]] = {}
        for each in numbers:
            before = self._before(each, step)
            changes = np.where(np.isnan(before), MISSING, UNKNOWN).astype(np.int32)
            found[each.change] = partial(_codes, changes)
            found[each.first] = partial(_begins, each, step.is_first)
        return found

    def _before(self, number: RunningNumber, step: _Step) -> Floats:
        """Where the row before each one lies on the column's line, NaN for none; (rows,)."""
        if step.is_first:
            return np.full(len(step.rows), np.nan)
        return self._lines[number.column][step.rows - 1]

    def _give_number(self, drawing: Drawing, number: RunningNumber, step: _Step) -> None:
        """Give rows the value that follows from the one before them and its change."""
        column, before = self._columns[number.column], self._before(number, step)
        changes = self._numbers(drawing, number.change, fills=not number.restarts)
        first = self._numbers(drawing, number.first, fills=not column.has_missing)
        line = before + changes
        line = np.where(np.isnan(line), first, line)
        places = self._kept(number, line, before, step)
        known = places_on_line(column.values)
        codes = nearest(known, np.nan_to_num(places)) if len(known) else np.zeros(len(places))
        missing = np.isnan(places) | (not len(known))
        found = np.where(missing, MISSING, codes).astype(np.int32)
        drawing.give(found, places, is_loose=True)
        self._lines[number.column][step.rows] = number.on_line(
            places_on_line(column.plain_cells(drawing.drawn[number.column]))
        )

    def _give_split(self, drawing: Drawing, column: ColumnValues, source: str) -> None:
        """Give rows what was drawn of their own part of a column."""
        cells = self._columns[source].plain_cells(drawing.drawn[source])
        codes = codes_of_cells(column, cells, may_miss=True)
        is_number = column.kind is Kind.NUMBER and is_on_line(cells.type)
        exact = places_on_line(cells) if is_number else None
        drawing.give(
            np.where(codes == UNKNOWN, MISSING, codes).astype(np.int32), exact, is_loose=True
        )

    def _numbers(self, drawing: Drawing, name: str, *, fills: bool) -> Floats:
        """Numbers that were drawn of a column, NaN for missing ones, or the middle one of those
        that may be drawn in their place; shape (rows,)."""
        column = self._columns[name]
        if not len(column.values):
            return np.zeros(drawing.rows)
        found = places_on_line(column.plain_cells(drawing.drawn[name]))
        if not fills:
            return found
        middle = np.searchsorted(np.cumsum(column.counts), column.counts.sum() / 2)
        usual = places_on_line(column.values)[min(int(middle), len(column.values) - 1)]
        return np.where(np.isnan(found), usual, found)

    def _kept(self, number: RunningNumber, line: Floats, before: Floats, step: _Step) -> Floats:
        """Numbers and moments between the ends, on the source's steps, and each as far behind the
        one before it as it must be."""
        if not number.is_order:
            places = number.from_line(line)
            places = on_step(places, number.step) if number.step else _rounded(places)
            return np.clip(places, number.low, number.high)
        least = number.least
        low = np.where(np.isnan(before), number.low, before + least)
        high = np.maximum(number.high - step.left * least, low)
        line = np.round(line) if number.grid else on_step(line, number.step)
        return number.from_line(np.clip(line, low, high))

    def _remember(self, cells: Mapping[str, pa.Array], step: _Step) -> None:
        """Note what the rows that follow know of these ones."""
        for name, source in self.sequence.before.items():
            self._put(name, cells[source], step.rows[step.left > 0] + 1, step.left > 0)
        for name, source in self.sequence.before_that.items():
            self._put(name, cells[source], step.rows[step.left > 1] + 2, step.left > 1)
        has_next = step.left > 0
        following = step.rows[has_next] + 1
        for name, source in self.sequence.means.items():
            total, count = self._sums[name]
            there = np.asarray(cells[source].is_valid().to_numpy(zero_copy_only=False))
            numbers = np.where(there, positions(plain_cells(cells[source])), 0.0)
            total[following] = (total[step.rows] + numbers)[has_next]
            count[following] = (count[step.rows] + there)[has_next]
            mean = total[following] / np.maximum(count[following], 1)
            codes = nearest(positions(self._columns[name].values), mean)
            self._codes[name][following] = np.where(count[following] > 0, codes, MISSING)

    def _put(self, name: str, cells: pa.Array, rows: Rows, of: NDArray[np.bool_]) -> None:
        codes = codes_of_cells(self._columns[name], cells, may_miss=True)
        self._codes[name][rows] = codes[of]


def _rounded(places: Floats) -> Floats:
    """Numbers to DIGITS significant digits, so that the last bits of logarithms, in which machines
    differ, do not come out; shape (rows,)."""
    sizes = np.where((places == 0) | np.isnan(places), 1.0, np.abs(places))
    unit = 10.0 ** (DIGITS - 1 - np.floor(np.log10(sizes)))
    return np.where(np.isfinite(unit), np.round(places * unit) / unit, places)


def _codes(codes: Codes, drawing: Drawing) -> Codes:
    return codes


def _begins(number: RunningNumber, is_first: bool, drawing: Drawing) -> Codes:
    """Rows without a change start afresh."""
    changes = drawing.drawn[number.change].codes
    begins = (changes == MISSING) & (is_first or number.restarts)
    return np.where(begins, UNKNOWN, MISSING).astype(np.int32)
