"""Whose rows are whose: root rows are individuals, and all that follows from them is theirs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.engine.synthesizers.table import MISSING
from app.engine.training.several.table_keys import Key, TableKeys, roots_of
from app.engine.training.training_plan import held_out

Rows = NDArray[np.int64]


@dataclass(frozen=True, eq=False, slots=True)
class Individuals:
    """The individuals of several tables.

    Args:
        root: the table whose rows are individuals; of several roots the one with the most rows
            below it.
        of_rows: for each learned table the individual that each row belongs to, shape (rows,).
        learned: for each learned table which rows are not set aside, shape (rows,).
    """

    root: str
    of_rows: Mapping[str, Rows]
    learned: Mapping[str, NDArray[np.bool_]]


def main_root(tables: tuple[TableKeys, ...], rows: Mapping[str, int]) -> str:
    """The root with the most rows of its own and below it."""
    totals: dict[str, int] = {}
    for name, root in roots_of(tables).items():
        totals[root] = totals.get(root, 0) + rows[name]
    return max(totals, key=lambda each: totals[each])


def individuals(
    tables: tuple[TableKeys, ...],
    parents: Mapping[Key, Rows],
    rows: Mapping[str, int],
    share: float,
    seed: int,
) -> Individuals:
    """Whose rows are whose, and which individuals of the main root are set aside.

    Args:
        parents: what `joined` found.
        rows: of each table.
        share: of the root's rows that is set aside.
        seed: of the fit.
    """
    root, roots = main_root(tables, rows), roots_of(tables)
    apart = held_out(rows[root], share, seed)
    found: dict[str, Rows] = {}
    learned: dict[str, NDArray[np.bool_]] = {}
    for table in tables:
        if table.original:
            continue
        found[table.name] = _individuals(table, parents, rows, found)
        learned[table.name] = np.ones(rows[table.name], dtype=bool)
        if roots[table.name] == root:
            own = found[table.name]
            known = own < len(apart)
            learned[table.name][known] = ~apart[own[known]]
    return Individuals(root, found, learned)


def _individuals(
    table: TableKeys,
    parents: Mapping[Key, Rows],
    rows: Mapping[str, int],
    before: Mapping[str, Rows],
) -> Rows:
    """Rows without a parent are individuals of their own."""
    if table.own is None:
        return np.arange(rows[table.name], dtype=np.int64)
    above, own = before[table.own.parent], parents[table.own]
    alone = int(above.max(initial=0)) + 1 + np.arange(len(own), dtype=np.int64)
    if not len(above):
        return alone
    return np.where(own == MISSING, alone, above[own])
