"""Tables that refer to one another beside the real ones: how many rows each parent has, and whether
rows with their parents can be distinguished; real against real beside."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from app.engine.evaluation.boosted_model import fitted
from app.engine.evaluation.metrics.auc import auc
from app.engine.evaluation.row_space import row_hashes

Tables = dict[str, pd.DataFrame]
Array = NDArray[np.float64]
FOLDS, SPLITS, HALVES, MOST_ROWS, MOST_LABELS = 5, 3, 20, 10_000, 1_000


class Key(Protocol):
    """A foreign (f), primary (p) or unique (u) key of a table."""

    @property
    def table(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def columns(self) -> list[str]: ...
    @property
    def parent(self) -> str: ...
    @property
    def parent_columns(self) -> list[str]: ...


@dataclass(frozen=True)
class Family:
    """Real and drawn tables.

    Args:
        document: the synthesis definition.
        lookups: tables that come out unchanged.
    """

    document: dict[str, Any]
    real: Tables
    drawn: Tables
    lookups: Collection[str]
    keys: Sequence[Key]

    def columns(self, table: str) -> list[str]:
        """Those that were learned: not new, faked or dropped, and no keys to learned tables."""
        said = (self.document["tables"].get(table) or {}).get("columns") or {}
        left = {"new", "fake", "drop"}
        made = {name for name, each in said.items() if each.get("treatment") in left}
        made |= {
            column
            for key in self.keys
            if key.table == table and key.kind == "f" and key.parent not in self.lookups
            for column in key.columns
        }
        return [name for name in self.real[table].columns if name not in made]

    def is_text(self, table: str, column: str) -> bool:
        said = (self.document["tables"].get(table) or {}).get("columns") or {}
        return (said.get(column) or {}).get("treatment") == "text"


def cardinality(
    real: Tables, drawn: Tables, child: str, columns: list[str], parent: str, there: list[str]
) -> tuple[float, float]:
    """Total variation of how many rows each parent has: half of the real parents beside as many
    drawn ones, and beside the other half; means of HALVES splits."""
    ours, made = (_counts(each, child, columns, parent, there) for each in (real, drawn))
    rng, found = np.random.default_rng(0), []
    half = len(ours) // 2
    for _ in range(HALVES):
        mixed = rng.permutation(ours)
        some = rng.permutation(made)[:half]
        found.append((_variation(mixed[:half], some), _variation(mixed[:half], mixed[half:])))
    first, second = np.mean(found, axis=0)
    return float(first), float(second)


def two_sample(family: Family, table: str) -> Iterator[tuple[str, float, float, str]]:
    """For a table alone and with each parent that was learned: the parent, the AUC of drawn rows
    beside real ones, that of two parts of the real rows, and columns that came out empty."""
    yield ("", *_judged(family, table, None))
    for key in family.keys:
        is_own = key.table == table and key.kind == "f"
        if is_own and key.parent != table and key.parent not in family.lookups:
            yield (f"with {key.parent}", *_judged(family, table, key))


def _judged(family: Family, table: str, key: Key | None) -> tuple[float, float, str]:
    """Means over SPLITS of the real rows. With a parent, all rows of one lie on one side of a split
    and in one fold: its values would say which table it is of."""
    (ours, owners), (made, others) = (
        _joined(family, each, table, key) for each in (family.real, family.drawn)
    )
    empty = [name for name in ours if made[name].isna().all() and not ours[name].isna().all()]
    kept = [name for name in ours if name not in empty]
    numbers, categories = _numbers(pd.concat([ours[kept], made[kept]], ignore_index=True))
    first, second = numbers[: len(ours)], numbers[len(ours) :]
    rng, found = np.random.default_rng(0), []
    for _ in range(SPLITS):
        side = rng.random(int(owners.max()) + 1)[owners] < 0.5
        size = min(int(side.sum()), int((~side).sum()), MOST_ROWS, len(second))
        a, b = (rng.permutation(np.flatnonzero(each))[:size] for each in (side, ~side))
        c = rng.permutation(len(second))[:size]
        by_owner = key is not None
        found.append((
            _auc(first[a], second[c], categories, (owners[a], others[c]) if by_owner else None),
            _auc(first[a], first[b], categories, (owners[a], owners[b]) if by_owner else None),
        ))  # fmt: skip
    made_auc, floor = np.mean(found, axis=0)
    return float(made_auc), float(floor), f"empty: {', '.join(empty)}" if empty else ""


def _joined(
    family: Family, tables: Tables, table: str, key: Key | None
) -> tuple[pd.DataFrame, NDArray[np.int64]]:
    """Features of rows, with those of a parent and how many rows it has; and whose each row is."""
    own = _features(family, tables, table)
    if key is None:
        return own, np.arange(len(own))
    of = tables[table][key.columns]
    owners = pd.MultiIndex.from_frame(of)
    parents = _features(family, tables, key.parent).add_prefix(f"{key.parent}.")
    parents.index = pd.MultiIndex.from_frame(tables[key.parent][key.parent_columns])
    above = parents.reindex(owners).reset_index(drop=True)
    codes = owners.factorize()[0].astype(np.int64)
    alone = of.isna().any(axis=1).to_numpy()
    codes[alone] = codes.max(initial=0) + 1 + np.arange(int(alone.sum()))
    siblings = pd.Series(np.where(alone, 0, np.bincount(codes)[codes]), name="siblings")
    return pd.concat([own, above, siblings.astype(str)], axis=1), codes


def _features(family: Family, tables: Tables, table: str) -> pd.DataFrame:
    frame = tables[table][family.columns(table)].reset_index(drop=True)
    for name in frame.columns:
        if family.is_text(table, name):
            frame[name] = frame[name].str.len().astype("Int64").astype("string")
    return frame


def _numbers(frame: pd.DataFrame) -> tuple[Array, list[int]]:
    """Texts as numbers or moments where all of them are, else as codes; and which are codes."""
    found, categories = [], []
    for place, name in enumerate(frame.columns):
        cells = frame[name]
        known = cells.dropna()
        numbers = pd.to_numeric(known, errors="coerce")
        if numbers.isna().any():
            numbers = pd.to_datetime(known, errors="coerce", utc=True, format="ISO8601")
            numbers = numbers.map(lambda at: np.nan if pd.isna(at) else at.timestamp())
        if numbers.isna().any():
            codes = cells.factorize()[0].astype(float)
            found.append(np.where(codes < 0, np.nan, codes))
            if codes.max(initial=0) < MOST_LABELS:
                categories.append(place)
        else:
            found.append(numbers.astype(float).reindex(cells.index).to_numpy())
    return np.column_stack(found), categories


def _auc(
    real: Array, other: Array, categories: list[int],
    owners: tuple[NDArray[np.int64], NDArray[np.int64]] | None,
) -> float:  # fmt: skip
    values = np.concatenate([real, other])
    truth = np.repeat([0.0, 1.0], [len(real), len(other)])
    if owners is None:
        folds = row_hashes(values) % np.uint64(FOLDS)
    else:
        folds = np.concatenate([owners[0] * 2, owners[1] * 2 + 1]).astype(np.uint64)
        folds = (folds * np.uint64(0x9E3779B97F4A7C15) >> np.uint64(40)) % np.uint64(FOLDS)
    scores = np.full(len(values), 0.5)
    for fold in range(FOLDS):
        asked = folds == fold
        if asked.any() and len(np.unique(truth[~asked])) == 2:
            model = fitted(values[~asked], truth[~asked], categories, 2)
            scores[asked] = model.predict(values[asked])
    return float(auc(truth == 1.0, scores) or 0.5)


def _counts(
    tables: Tables, child: str, columns: list[str], parent: str, there: list[str]
) -> NDArray[np.int64]:
    rows = pd.MultiIndex.from_frame(tables[child][columns]).value_counts()
    known = pd.MultiIndex.from_frame(tables[parent][there])
    return rows.reindex(known, fill_value=0).to_numpy(dtype=np.int64)


def _variation(first: NDArray[np.int64], second: NDArray[np.int64]) -> float:
    size = int(max(first.max(initial=0), second.max(initial=0))) + 1
    shares = [np.bincount(each, minlength=size) / max(len(each), 1) for each in (first, second)]
    return float(np.abs(shares[0] - shares[1]).sum() / 2)
