"""Columns read as the real ones are written, and the cells that are written otherwise.

The real table says what type and what form its cells have. A cell of another type is read as
missing and counted; one of the type that is written otherwise (decimals, leading zeros, patterns
of dates and codes) is read and counted.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from app.engine.errors import SourceError
from app.engine.formats.cells.cell_format import CellFormat, Kind
from app.engine.formats.cells.cells import missing_mask, possible_mask, read_cells, write_cells
from app.engine.profiling.models import ColumnProfile

PROBE = 64  # different cells by which a column of another type is known
FEWEST_READ = 0.5  # share of the probe

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class ReadColumn:
    """A column of a table, typed as the real one is.

    Args:
        values: shape (rows,); labels as a dictionary.
        unread: which cells hold a value of another type, shape (rows,).
        unlike: which of the others are written otherwise than every real cell is, shape (rows,).
    """

    values: pa.Array
    unread: Flags
    unlike: Flags


def read_column(cells: pa.ChunkedArray, real: ColumnProfile, own: ColumnProfile) -> ReadColumn:
    """A column as the real one is written, else as it was found to be.

    Args:
        real: what was found in the real column.
        own: in this one.

    Raises:
        SourceError: where most of its values are of another type.
    """
    if pa.types.is_dictionary(cells.type):
        cells = cells.cast(cells.type.value_type)
    chunks = cells.combine_chunks()
    coded = pa.array([], cells.type) if isinstance(chunks, pa.ChunkedArray) else chunks
    coded = coded.dictionary_encode()
    missing = tuple(dict.fromkeys([*real.format.missing, *own.format.missing]))
    form = real.format.model_copy(update={"missing": missing})
    found = _read(coded.dictionary, form, own.format, real)
    values = pc.take(found.values, coded.indices)
    if real.kind in {"category", "constant"}:
        values = values.dictionary_encode()
    unread, unlike = (_spread(each, coded.indices) for each in (found.unread, found.unlike))
    return ReadColumn(values, unread, unlike)


def _read(cells: pa.Array, form: CellFormat, own: CellFormat, real: ColumnProfile) -> ReadColumn:
    """Different cells."""
    nothing = np.zeros(len(cells), dtype=bool)
    try:
        values = read_cells(cells, form, real.kind)
        return ReadColumn(values, nothing, _unlike(cells, values, form, real.kind))
    except SourceError:
        pass
    try:
        values = read_cells(cells, own.model_copy(update={"missing": form.missing}), real.kind)
    except SourceError:
        return _partly_read(cells, form, real.kind)
    present = np.asarray(pc.invert(missing_mask(cells, form)))
    return ReadColumn(values, nothing, present if form.is_text else nothing)


def _partly_read(cells: pa.Array, form: CellFormat, kind: Kind) -> ReadColumn:
    """Raises SourceError where most cells are of another type."""
    probe = pc.take(cells, np.linspace(0, len(cells) - 1, min(len(cells), PROBE)).astype(int))
    if _readable(probe, form, kind).mean() < FEWEST_READ:
        raise SourceError(f"holds no values of kind {kind!r}")
    unread = ~_readable(cells, form, kind)
    kept = pc.if_else(pa.array(~unread), cells, pa.scalar(None, cells.type))
    values = read_cells(kept, form, kind)
    return ReadColumn(values, unread, _unlike(kept, values, form, kind))


def _readable(cells: pa.Array, form: CellFormat, kind: Kind) -> Flags:
    """Which cells are of a kind."""
    found = np.array(possible_mask(cells, form, kind).to_numpy(zero_copy_only=False))
    places = np.flatnonzero(found)
    found[places] = _halved(pc.take(cells, places), form, kind)
    return found


def _halved(cells: pa.Array, form: CellFormat, kind: Kind) -> Flags:
    """Which cells are of a kind, where nearly all are; halves are read until each is or a single
    cell is left."""
    try:
        read_cells(cells, form, kind)
    except SourceError:
        if len(cells) == 1:
            return np.zeros(1, dtype=bool)
        half = len(cells) // 2
        parts = (cells.slice(0, half), cells.slice(half))
        return np.concatenate([_halved(each, form, kind) for each in parts])
    return np.ones(len(cells), dtype=bool)


def _unlike(cells: pa.Array, values: pa.Array, form: CellFormat, kind: Kind) -> Flags:
    """Which cells are written otherwise than the form says, where it says it of every real one."""
    nothing = np.zeros(len(cells), dtype=bool)
    if not form.is_text or not pa.types.is_string(cells.type):
        return nothing
    if form.width or form.mask:
        alike = _of_shape(cells, form)
    elif form.exact == 1.0:
        alike = pc.equal(write_cells(values, form, kind), cells)
    else:
        return nothing
    return np.asarray(~(pc.or_(alike, missing_mask(cells, form)).fill_null(True).to_numpy(False)))


def _of_shape(cells: pa.Array, form: CellFormat) -> pa.Array:
    """Codes of one width, or of one mask."""
    digits = rf"\d{{{form.width}}}" if form.width else r".*"
    signs = {"#": r"\d", "?": "[A-Za-z]"}
    mask = "".join(signs.get(sign, re.escape(sign)) for sign in form.mask or "") or r"(?s:.*)"
    return pc.and_(*(pc.match_substring_regex(cells, f"^(?:{each})$") for each in (digits, mask)))


def _spread(flags: Flags, indices: pa.Array) -> Flags:
    """What holds of different cells, of all of them; nothing of those that are null."""
    places = pc.fill_null(indices, len(flags)).to_numpy(zero_copy_only=False)
    return np.append(flags, False)[places]
