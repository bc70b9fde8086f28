"""Foreign keys of synthetic tables beside those of the real ones: those that are found in the real
tables, or declared."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from app.engine.errors import DefinitionError, Fault
from app.engine.evaluation.fidelity.columns import kolmogorov_smirnov
from app.engine.profiling.models import SourceProfile
from app.engine.profiling.sources import ProfiledSource
from app.engine.profiling.typed_table import typed_table
from app.engine.seeds import Stream

Counts = NDArray[np.float64]
_REFERENCE = re.compile(r"(?s)([^.]+)\.(.+)")
HINT = '[{"from": "orders.customer", "to": "customers.id"}]'


@dataclass(frozen=True, slots=True)
class KeyBetween:
    """A column of a table that refers to one of another table."""

    table: str
    column: str
    parent: str
    parent_column: str


def found_keys(profile: SourceProfile) -> list[KeyBetween]:
    """Those that were found between the tables of a source."""
    return [
        KeyBetween(each.table, each.column, each.parent, each.parent_column)
        for each in profile.foreign_keys
    ]


def declared_keys(keys: object, tables: Mapping[str, Sequence[str] | None]) -> list[KeyBetween]:
    """Those that are named, as `{"from": "orders.customer", "to": "customers.id"}` each.

    Args:
        tables: their columns by their names; None of a table that was not read.

    Raises:
        DefinitionError: with everything that is no key of these tables.
    """
    if not isinstance(keys, Sequence) or isinstance(keys, str):
        raise DefinitionError([Fault("keys", "a list of keys is wanted", HINT)])
    faults, found = [], []
    for at, each in enumerate(keys):
        named = each if isinstance(each, Mapping) else {}
        ends = {end: _end(named.get(end), tables) for end in ("from", "to")}
        bad = [end for end, place in ends.items() if place is None]
        faults += [Fault(f"keys[{at}].{end}", "names no column of a real table", HINT)
                   for end in bad]  # fmt: skip
        faults += [Fault(f"keys[{at}].{end}", "is no part of a key", "`from` and `to`")
                   for end in named if end not in ends]  # fmt: skip
        if not bad:
            found.append(KeyBetween(*(ends["from"] or ()), *(ends["to"] or ())))
    if faults:
        raise DefinitionError(faults)
    return found


def _end(named: Any, tables: Mapping[str, Sequence[str] | None]) -> tuple[str, str] | None:
    """A table and a column of it; None for what names none."""
    match = _REFERENCE.fullmatch(named) if isinstance(named, str) else None
    if match is None:
        return None
    columns = tables.get(match[1], ())
    return None if columns is not None and match[2] not in columns else (match[1], match[2])


@dataclass(frozen=True, slots=True)
class KeyFidelity:
    """A foreign key that the real tables have.

    Args:
        orphans, orphans_real: shares of rows whose value no row of the other table has.
        missing, missing_real: shares of rows without a value.
        distance: between the numbers of rows that refer to each row of the other table, real and
            synthetic ones (Kolmogorov–Smirnov).
        ceiling: the same of two halves of the real table that is referred to.
        floor: the same of as many rows that refer to any row.
    """

    table: str
    column: str
    parent: str
    parent_column: str
    orphans: float
    orphans_real: float
    missing: float
    missing_real: float
    distance: float
    ceiling: float
    floor: float


def has_key(source: ProfiledSource, key: KeyBetween) -> bool:
    """Whether the tables of a source have both columns of a key."""
    ends = ((key.table, key.column), (key.parent, key.parent_column))
    return all(
        table in source.stores and column in source.stores[table].names for table, column in ends
    )


def judged_keys(
    keys: Iterable[KeyBetween], real: ProfiledSource, synthetic: ProfiledSource, seed: int
) -> Iterator[KeyFidelity]:
    """Every key, of which the real and the synthetic tables have both columns.

    Args:
        seed: of the halves, and of what refers to any row.
    """
    for key in keys:
        yield _judged(key, _referring(real, key), _referring(synthetic, key), seed)


@dataclass(frozen=True, slots=True)
class _Referring:
    """Rows that refer to each row of another table, shape (rows,), and shares of all others."""

    counts: Counts
    orphans: float
    missing: float


def _judged(key: KeyBetween, real: _Referring, made: _Referring, seed: int) -> KeyFidelity:
    stream = Stream(seed).child("keys between", key.table, key.column)
    rng = stream.generator()
    mixed = rng.permutation(real.counts)
    half = len(mixed) // 2
    # Where nothing can be referred to, nothing is.
    chances = np.full(len(mixed), 1 / max(len(mixed), 1))
    evenly = rng.multinomial(int(mixed.sum()), chances) if len(mixed) else mixed
    ends = (
        kolmogorov_smirnov(real.counts, made.counts),
        kolmogorov_smirnov(mixed[:half], mixed[half:]),
        kolmogorov_smirnov(real.counts, evenly.astype(np.float64)),
    )
    return KeyFidelity(
        key.table, key.column, key.parent, key.parent_column,
        made.orphans, real.orphans, made.missing, real.missing, *ends,
    )  # fmt: skip


def _referring(source: ProfiledSource, key: KeyBetween) -> _Referring:
    known = pc.unique(_texts(source, key.parent, key.parent_column).drop_null())
    values = _texts(source, key.table, key.column)
    places = np.asarray(pc.index_in(values, value_set=known, skip_nulls=True).fill_null(-1))
    rows = max(len(values), 1)
    missing = values.null_count
    counts = np.bincount(places[places >= 0], minlength=len(known)).astype(np.float64)
    return _Referring(counts, (int((places < 0).sum()) - missing) / rows, missing / rows)


def _texts(source: ProfiledSource, table: str, column: str) -> pa.Array:
    """The values of a column as text, so that whole numbers of any type are the same."""
    typed = typed_table(source.stores[table], source.profile.table(table), [column])
    values = typed.columns[0].values
    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
    if pa.types.is_dictionary(values.type):
        values = values.cast(values.type.value_type)
    if pa.types.is_floating(values.type) and pc.all(pc.equal(pc.floor(values), values)).as_py():
        values = values.cast(pa.int64())
    return values.cast(pa.string())
