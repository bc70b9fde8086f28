"""Some rows of several tables, with all that follows from them and all that they refer to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from app.engine.errors import DefinitionError, Fault
from app.engine.masking.references import (
    Link,
    Reference,
    found_references,
    linked,
    named_references,
)
from app.engine.profiling.sources import ProfiledSource
from app.engine.seeds import Stream
from app.engine.sources.tables import SourceTable

Masks = dict[str, NDArray[np.bool_]]


@dataclass(frozen=True, slots=True)
class Subset:
    """Which rows of a source are taken.

    Args:
        rows: of each table by name, whether each row is, shape (rows of the table,).
        references: that were followed.
        notes: what may not be meant, in words.
    """

    rows: Masks
    references: tuple[Reference, ...]
    notes: tuple[str, ...]


def choose_subset(
    source: ProfiledSource, root: str, rows: int, seed: int, references: Sequence[str] = ()
) -> Subset:
    """Rows of a table drawn at random, with what belongs to them.

    Taken are, exactly: `rows` rows of the root, each with the same chance; every row, of any
    table, that refers to a taken row so far, again and again; then every row that a taken row
    refers to, again and again. What refers to a row of the last step alone is not taken: of the
    customers who bought what a root bought, none is added. A row that refers to none is as it is.

    Args:
        root: the table that is drawn from.
        rows: how many; all where it has fewer.
        references: as `named_references` reads them; those of `found_references` where none.

    Raises:
        DefinitionError: there is no such table or column, or no reference at all though there are
            several tables.
    """
    profile = source.profile
    if root not in source.stores:
        hint = f"one of {', '.join(source.stores)}"
        raise DefinitionError([Fault("root", f"there is no table {root!r}", hint)])
    followed = named_references(profile, references) if references else found_references(profile)
    if not followed and len(profile.tables) > 1:
        hint = "name them, as `orders.customer_id=customers.id`"
        raise DefinitionError([Fault("references", "no table seems to refer to another", hint)])
    links = linked(source, followed)
    taken = {name: np.zeros(store.rows, np.bool_) for name, store in source.stores.items()}
    taken[root] = _drawn(source.stores[root].rows, rows, Stream(seed, ("subset", root)))
    _with_children(taken, links)
    _with_parents(taken, links)
    return Subset(taken, followed, tuple(_notes(taken, root, rows)))


def _drawn(there: int, wanted: int, stream: Stream) -> NDArray[np.bool_]:
    taken = np.zeros(there, np.bool_)
    taken[stream.generator().choice(there, min(wanted, there), replace=False)] = True
    return taken


def _with_children(taken: Masks, links: Sequence[Link]) -> None:
    """Take what refers to taken rows until there is no more."""
    grown = True
    while grown:
        grown = False
        for link in links:
            own = link.reference
            grown |= _take(taken, own.table, link.referring_to(taken[own.parent]))


def _with_parents(taken: Masks, links: Sequence[Link]) -> None:
    """Take what taken rows refer to until there is no more."""
    grown = True
    while grown:
        grown = False
        for link in links:
            own = link.reference
            grown |= _take(taken, own.parent, link.referred_to(taken[own.table]))


def _take(taken: Masks, table: str, more: NDArray[np.bool_]) -> bool:
    """Whether that takes a row that was not taken before."""
    is_new = bool((more & ~taken[table]).any())
    taken[table] |= more
    return is_new


def _notes(taken: Masks, root: str, rows: int) -> list[str]:
    there = len(taken[root])
    notes = [f"{root} has {there:,} rows, all of which are taken"] if there < rows else []
    empty = [name for name, mask in taken.items() if len(mask) and not mask.any()]
    if empty:
        notes.append(f"no row of {', '.join(empty)} belongs to the rows of {root}")
    return notes


@dataclass(slots=True)
class SubsetRewrite:
    """Leaves the rows of a subset in the batches of its tables, which come in their order."""

    subset: Subset
    _seen: dict[str, int] = field(default_factory=dict)

    def __call__(self, table: SourceTable, batch: pa.RecordBatch) -> pa.RecordBatch:
        first = self._seen.get(table.name, 0)
        self._seen[table.name] = first + batch.num_rows
        mask = self.subset.rows[table.name][first : first + batch.num_rows]
        return batch.filter(pa.array(mask))
