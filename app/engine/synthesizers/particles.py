"""Rows of which some cells are given: the others drawn given them, or estimated.

A model draws a column given those before it. A cell that is given behind one that is not says
something of it all the same. Each row is therefore drawn several times over, as *particles*: cells
that are given are not drawn but weigh the particle by how likely the model found them (likelihood
weighting: Fung & Chang 1990), and particles that have become unlikely give way to copies of likely
ones (Gordon, Salmond & Smith 1993). What is drawn in the end is one particle by its weight; what is
estimated is their mean, or what most of them have. Where nothing is given behind the first unknown
cell, one particle is exact.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.engine.seeds import Stream
from app.engine.synthesizers.base import Model
from app.engine.synthesizers.drawing import UNKNOWN, Drawing
from app.engine.synthesizers.table import MISSING, Codes, Kind, positions
from app.engine.synthesizers.values import ColumnValues, DrawnValues, Floats

PARTICLES = 64
CHUNK = 1 << 16  # particles that are drawn together
ORDERS = 512  # in which the particles of a row may have their slices, others for each column

Places = NDArray[np.intp]
Drawn = dict[str, DrawnValues]


@dataclass(frozen=True, slots=True)
class Completion:
    """How unknown cells are completed.

    Args:
        estimate: whether they become what is expected, in place of one draw.
        may_miss: whether what is drawn may be missing, where the source misses some.
        particles: of a row whose unknown cells are weighed by known ones.
    """

    estimate: bool = False
    may_miss: bool = True
    particles: int = PARTICLES


@dataclass(frozen=True, eq=False, slots=True)
class Particles:
    """Rows drawn several times over.

    Args:
        weights: of the particles of each row, shape (rows, particles); row after row in `drawing`.
    """

    drawing: Drawing
    weights: Floats


def completed(
    model: Model,
    known: Mapping[str, Codes],
    stream: Stream,
    how: Completion | None = None,
    numbers: Mapping[str, Floats] | None = None,
) -> Drawn:
    """All columns of some rows; a pure function of its arguments.

    Args:
        known: for every column of the model, the codes of the rows, UNKNOWN where a cell is to be
            drawn; shape (rows,).
        numbers: of columns that the model's rules speak of, on the line of numbers and moments and
            NaN where unknown, as a code only says the nearest of them; shape (rows,).
    """
    chosen, exact = how or Completion(), numbers or {}
    columns = model.drawing(0).columns
    table = np.array([known[each.name] for each in columns]).reshape(len(columns), -1)
    found = {each.name: _blank(known[each.name]) for each in columns}
    for number, (rows, first, particles) in enumerate(_chunks(table == UNKNOWN, chosen)):
        part = {name: codes[rows] for name, codes in known.items()}
        drawing = model.drawing(len(rows))
        drawing.may_miss = chosen.may_miss
        drawing.know({name: each[rows] for name, each in exact.items()})
        drawn = _weighed(drawing, part, first, particles, stream.child("chunk", number), chosen)
        _put(found, rows, _chosen(drawn, part, model, stream.child("choice", number), chosen))
    is_final = chosen.may_miss and not chosen.estimate
    return found if is_final else _consistent(model, known, found, exact)


def _chunks(unknown: NDArray[np.bool_], how: Completion) -> Iterator[tuple[Places, int, int]]:
    """Rows with something unknown, in chunks of like ones: their numbers, the first place where
    one of them has an unknown cell, and how many particles they need."""
    first = np.where(unknown.any(axis=0), unknown.argmax(axis=0), len(unknown))
    ends_known = unknown.sum(axis=0) < len(unknown) - first
    needs = ends_known | how.estimate | (not how.may_miss)
    for weighed in (False, True):
        particles = how.particles if weighed else 1
        rows = np.flatnonzero((first < len(unknown)) & (needs == weighed))
        rows = rows[np.argsort(first[rows], kind="stable")]
        size = max(CHUNK // particles, 1)
        for start in range(0, len(rows), size):
            chunk = rows[start : start + size]
            yield chunk, int(first[chunk[0]]), particles


def _weighed(
    drawing: Drawing,
    known: Mapping[str, Codes],
    first: int,
    particles: int,
    stream: Stream,
    how: Completion,
) -> Particles:
    """Particles of rows that are known up to the column `first`."""
    rows = drawing.rows
    for column in drawing.columns[:first]:
        drawing.advance(np.full(rows, 0.5), known[column.name])
    drawing.take(np.repeat(np.arange(rows), particles))
    weights = np.ones((rows, particles))
    last = _last_unknown(known, drawing.columns)
    for place in range(first, len(drawing.columns)):
        column = drawing.columns[place]
        codes = np.repeat(known[column.name], particles)
        rng = stream.child("column", column.name).generator()
        chances = drawing.advance(_even(rng, rows, particles).ravel(), codes)
        weights = weights * _as_rows(chances, rows, particles)
        if not how.may_miss and column.has_missing:
            is_missing = drawing.drawn[column.name].codes == MISSING
            weights *= ~(is_missing & (codes == UNKNOWN)).reshape(weights.shape)
        weights = _scaled(weights)
        weights = _renewed(drawing, weights, last > place, rng)
    return Particles(drawing, weights)


def _as_rows(chances: Floats | None, rows: int, particles: int) -> Floats:
    return np.ones((rows, 1)) if chances is None else chances.reshape(rows, particles)


def _last_unknown(known: Mapping[str, Codes], columns: tuple[ColumnValues, ...]) -> Places:
    """Number of the last column that each row does not know, shape (rows,)."""
    unknown = np.array([known[each.name] == UNKNOWN for each in columns])
    return len(columns) - 1 - unknown[::-1].argmax(axis=0)


def _even(rng: np.random.Generator, rows: int, particles: int) -> Floats:
    """Uniform numbers, one of each slice of [0, 1) for the particles of a row, in random order;
    shape (rows, particles)."""
    orders = np.argsort(rng.random((ORDERS, particles)), axis=1, kind="stable")
    slices = orders[rng.integers(ORDERS, size=rows)]
    return np.minimum((slices + rng.random((rows, particles))) / particles, _BELOW_ONE)


def _scaled(weights: Floats) -> Floats:
    """Weights of which the largest of a row is 1; all of them where no particle is left."""
    largest = weights.max(axis=1, keepdims=True)
    return np.where(largest > 0, weights / np.where(largest > 0, largest, 1.0), 1.0)


def _renewed(
    drawing: Drawing, weights: Floats, goes_on: NDArray[np.bool_], rng: np.random.Generator
) -> Floats:
    """Replace unlikely particles by likely ones in rows that still have cells to be drawn, where
    half of the particles or more have become worthless; the weights after that."""
    particles = weights.shape[1]
    effective = weights.sum(axis=1) ** 2 / (weights**2).sum(axis=1)
    renewed = goes_on & (effective < particles / 2)
    if not renewed.any():
        return weights
    starts = (np.arange(particles) + rng.random((int(renewed.sum()), 1))) / particles
    rows = np.arange(drawing.rows).reshape(weights.shape)
    rows[renewed] = rows[renewed][:, :1] + _selected(weights[renewed], starts)
    drawing.take(rows.ravel())
    return np.where(renewed[:, None], 1.0, weights)


def _selected(weights: Floats, uniforms: Floats) -> Places:
    """Numbers of particles by their weight, shape of `uniforms`: (rows, wanted)."""
    reach = np.cumsum(weights, axis=1)
    rows = np.arange(len(weights))[:, None]
    line = (reach / reach[:, -1:] + rows).ravel()
    found = np.searchsorted(line, (uniforms + rows).ravel(), side="right").reshape(uniforms.shape)
    return np.clip(found - rows * weights.shape[1], 0, weights.shape[1] - 1)


def _chosen(
    drawn: Particles, known: Mapping[str, Codes], model: Model, stream: Stream, how: Completion
) -> Drawn:
    """One value of each cell."""
    if how.estimate:
        determinants = set(model.determined.values())
        return {
            each.name: _estimated(each, drawn, takes_most=each.name in determinants)
            for each in drawn.drawing.columns
        }
    uniforms = stream.generator().random((len(drawn.weights), 1))
    numbers = _selected(drawn.weights, uniforms)[:, 0]
    rows = np.arange(len(drawn.weights)) * drawn.weights.shape[1] + numbers
    values = drawn.drawing.drawn
    return {
        each.name: _present(each, values[each.name].take(rows), how)
        for each in drawn.drawing.columns
    }


def _present(values: ColumnValues, found: DrawnValues, how: Completion) -> DrawnValues:
    """What was drawn, with the most frequent value where all particles of a cell were missing that
    may not be."""
    if how.may_miss or not len(values.values):
        return found
    codes = np.where(found.codes == MISSING, np.int32(values.counts.argmax()), found.codes)
    return DrawnValues(codes, found.fractions, found.exact)


def _estimated(values: ColumnValues, drawn: Particles, *, takes_most: bool) -> DrawnValues:
    """What is expected of a column: the value nearest to the mean of a number, the label that
    weighs most; what is most frequent in the source where all particles miss it."""
    codes = drawn.drawing.drawn[values.name].codes.reshape(drawn.weights.shape)
    weights = np.where(codes == MISSING, 0.0, drawn.weights)
    rows = len(codes)
    if not len(values.values):
        return DrawnValues(np.full(rows, MISSING, np.int32), np.zeros(rows))
    total = weights.sum(axis=1)
    if values.kind is Kind.NUMBER and not takes_most:
        line = positions(values.values)
        mean = (line[codes] * weights).sum(axis=1) / np.where(total > 0, total, 1.0)
        found = nearest(line, mean)
    else:
        found = _heaviest(codes, weights)
    usual = int(values.counts.argmax())
    return DrawnValues(np.where(total > 0, found, usual).astype(np.int32), np.full(rows, 0.5))


def nearest(line: Floats, places: Floats) -> Codes:
    """Number of the place of an ascending line that is nearest to each of `places`, the lower one
    of two; of their shape."""
    above = np.clip(np.searchsorted(line, places), 1, max(len(line) - 1, 1))
    above = np.minimum(above, len(line) - 1)
    below = np.maximum(above - 1, 0)
    is_below = places - line[below] <= line[above] - places
    return np.where(is_below, below, above).astype(np.int32)


def _heaviest(codes: Codes, weights: Floats) -> Codes:
    """The code of most weight in each row, the smallest of several; shape (rows,)."""
    rows = np.broadcast_to(np.arange(len(codes))[:, None], codes.shape).ravel()
    order = np.lexsort((codes.ravel(), rows))
    row, code, weight = rows[order], codes.ravel()[order], weights.ravel()[order]
    starts = np.flatnonzero(np.append(True, (np.diff(row) != 0) | (np.diff(code) != 0)))
    sums, row, code = np.add.reduceat(weight, starts), row[starts], code[starts]
    best = np.lexsort((code, -sums, row))
    firsts = np.flatnonzero(np.append(True, np.diff(row[best]) != 0))
    return np.maximum(code[best][firsts], 0).astype(np.int32)


def _consistent(
    model: Model, known: Mapping[str, Codes], found: Drawn, numbers: Mapping[str, Floats]
) -> Drawn:
    """Values found one by one in which a column that another one says is what that one's value
    says, and which rules move as little as they have to."""
    said = {name for name in model.determined if (known[name] == UNKNOWN).any()}
    ruled = {each.name for each in model.rules.columns}
    if not said and not ruled:
        return found
    drawing = model.drawing(len(next(iter(known.values()))))
    drawing.may_miss = False
    drawing.know(numbers)
    for column in drawing.columns:
        own = found[column.name]
        codes = known[column.name] if column.name in said else own.codes
        drawing.advance(own.fractions, codes, known[column.name] == UNKNOWN)
    return {**found, **{name: drawing.drawn[name] for name in said | ruled}}


def _blank(codes: Codes) -> DrawnValues:
    return DrawnValues(codes.copy(), np.full(len(codes), 0.5))


def _put(found: Drawn, rows: Places, part: Drawn) -> None:
    """Fill in the unknown cells of some rows."""
    for name, drawn in part.items():
        unknown = np.flatnonzero(found[name].codes[rows] == UNKNOWN)
        found[name] = found[name].replaced(rows[unknown], drawn.take(unknown))


_BELOW_ONE = float(np.nextafter(1.0, 0.0))
