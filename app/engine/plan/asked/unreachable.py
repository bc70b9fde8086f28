"""What is said of counts that a model cannot meet: which they are, and what can be reached."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from app.engine.errors import ConflictError, Fault
from app.engine.generators.base import Layout
from app.engine.plan.asked.counts import reach_of
from app.engine.plan.asked.probe import Cell, Probe
from app.engine.plan.asked.reading import Asked
from app.engine.plan.asked.splits import Split
from app.engine.synthesizers.base import Model
from app.engine.synthesizers.rejection import MOST_CANDIDATES, Group
from app.engine.synthesizers.table import MISSING
from app.engine.synthesizers.values import ColumnValues, DrawnValues

MOST_CELLS = 1000


def check_values(model: Model, asked: Asked) -> None:
    """Raises ConflictError where no value that a column may have fulfils what is asked of it."""
    columns = {each.name: each for each in model.drawing(0).columns}
    faults = []
    for split in asked.splits:
        if len(split.columns) != 1:
            continue
        column = columns[next(iter(split.columns))]
        if column.is_continuous or not len(column.values):
            continue
        cells = {column.name: _every_value(column)}
        missed = set(range(len(split.counts))) - set(split.parts(cells).tolist())
        faults += [
            _missed(split, part, "row that the model draws")
            for part in sorted(missed)
            if split.counts[part]
        ]
    if faults:
        raise ConflictError(faults)


def check_cells(probe: Probe) -> None:
    if len(probe.found) > MOST_CELLS:
        message = (
            f"conditions and shares together tell more than {MOST_CELLS:,} kinds of rows apart"
        )
        raise ConflictError([Fault("conditions", message, "ask for fewer of them at once")])


def unreachable(probe: Probe, asked: Asked) -> ConflictError:
    """Why the counts cannot be met together."""
    drawn = f"of {probe.drawn:,} rows drawn"
    faults = [
        _missed(split, part, drawn)
        for place, split in enumerate(asked.splits)
        for part, count in enumerate(split.counts)
        if count and not any(cell[place] == part for cell in probe.found)
    ]
    if not any(probe.found.values()):
        message = f"none {drawn} fulfils what all rows are to: 0 can be had"
        faults = [Fault("conditions", message, "ask for less")]
    together = (_together(probe, asked, place) for place in range(len(asked.splits)))
    return ConflictError(faults or list(together))


def check_cost(groups: dict[Cell, Group], probe: Probe, asked: Asked) -> None:
    """Raises ConflictError where rows are so rare that drawing them would take for ever."""
    layout = Layout(asked.rows)
    faults = []
    for cell, group in groups.items():
        reach = int(group.share * MOST_CANDIDATES * layout.blocks)
        if group.rows > reach:
            path = _path_of(cell, asked)
            message = (
                f"{group.rows:,} rows are too many: {probe.found[cell]:,} of {probe.drawn:,} rows "
                f"drawn are so, and about {reach:,} can be had"
            )
            faults.append(Fault(path, message, "ask for fewer rows"))
    if faults:
        raise ConflictError(faults)


def _missed(split: Split, part: int, drawn: str) -> Fault:
    """A part that is wanted and that none of the rows is in.

    Args:
        drawn: what these rows are called.
    """
    rows = split.counts[part]
    if part < len(split.counts) - 1:
        message = f"no {drawn} is so: 0 of {rows:,} can be had"
        if drawn.startswith("of "):
            message = f"none {drawn} is so: 0 of {rows:,} can be had"
        return Fault(split.path_of(part), message, "ask for less")
    each = "each" if drawn.startswith("of ") else "every"
    message = f"{each} {drawn} is so, also the other {rows:,}"
    hint = f"ask for {sum(split.counts):,} rows of it, or fewer altogether"
    return Fault(split.path, message, hint)


def _together(probe: Probe, asked: Asked, place: int) -> Fault:
    """How many rows of a split's first part can be had beside all others."""
    split = asked.splits[place]
    message = f"{split.counts[0]:,} rows do not go together with what else is asked"
    if (reach := reach_of(probe, asked, place)) is not None:
        message += f": from {reach[0]:,} to {reach[1]:,} can be had"
    hint = "say how many rows there are to be altogether" if asked.fills else None
    return Fault(split.path_of(0), message, hint)


def _every_value(column: ColumnValues) -> pa.Array:
    """Each value that may be drawn, and missing where that may be."""
    codes = np.arange(len(column.values), dtype=np.int32)
    if column.has_missing:
        codes = np.append(codes, np.int32(MISSING))
    return column.decode(DrawnValues(codes, np.zeros(len(codes))))


def _path_of(cell: Cell, asked: Asked) -> str:
    """The place that speaks of a cell: the first of its splits that asks for its part."""
    for split, part in zip(asked.splits, cell, strict=True):
        if part < len(split.counts) - 1:
            return split.path_of(part)
    return asked.splits[0].path if asked.splits else "conditions"
