"""Which row of another table each row refers to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from app.engine.errors import DefinitionError, Fault
from app.engine.profiling.sources import ProfiledSource
from app.engine.profiling.typed_table import typed_table
from app.engine.synthesizers.several.key_texts import key_texts
from app.engine.synthesizers.table import MISSING
from app.engine.training.several.table_keys import Key, TableKeys

Rows = NDArray[np.int64]


@dataclass(frozen=True, eq=False, slots=True)
class Joined:
    """Which row each row refers to.

    Args:
        parents: for each foreign key the row that each row refers to, MISSING for none; (rows,).
        orphans: for each key that has some, which rows refer to none by a key that is there.
        values: of these, how many different ones there are.
    """

    parents: dict[Key, Rows]
    orphans: dict[Key, NDArray[np.bool_]]
    values: dict[Key, int]


def joined(source: ProfiledSource, tables: tuple[TableKeys, ...]) -> Joined:
    """Which row each row refers to.

    Raises:
        DefinitionError: keys that refer to no row where those are refused, with how many rows have
            such a one.
    """
    found, faults = Joined({}, {}, {}), []
    for table in tables:
        for key in (*table.drawn, *table.lookups):
            values = _joined(source, key.table, key.columns)
            known = _joined(source, key.parent, key.parent_columns)
            if key.also and len(pc.unique(known)) < len(known):
                message = f"rows of {key.parent!r} have the same {', '.join(key.parent_columns)}"
                faults.append(Fault(f"foreign_keys.{key.place}", message, "leave the key out"))
            place = pc.index_in(values, value_set=known, skip_nulls=True)
            rows = np.asarray(pc.fill_null(place, MISSING).to_numpy(zero_copy_only=False))
            orphans = (rows == MISSING) & ~_is_null(values)
            if orphans.any() and key.orphans == "refuse":
                faults.append(_orphaned(key, int(orphans.sum())))
            elif orphans.any():
                found.orphans[key] = orphans
                found.values[key] = len(pc.unique(values.filter(pa.array(orphans))))
            found.parents[key] = rows.astype(np.int64)
    if faults:
        raise DefinitionError(faults)
    return found


def _orphaned(key: Key, orphans: int) -> Fault:
    message = f"{orphans:,} rows of {key.table!r} refer to no row of {key.parent!r}"
    hint = "`orphans: missing` draws no key for them, `orphans: keep` as many that refer to none"
    return Fault(f"foreign_keys.{key.place}", message, hint)


def _joined(source: ProfiledSource, table: str, columns: Sequence[str]) -> pa.Array:
    """A key's values as one text each; none where a part of it is missing."""
    typed = typed_table(source.stores[table], source.profile.table(table), columns)
    return key_texts([each.values for each in typed.columns])


def _is_null(values: pa.Array) -> NDArray[np.bool_]:
    return np.asarray(values.is_null().to_numpy(zero_copy_only=False))
