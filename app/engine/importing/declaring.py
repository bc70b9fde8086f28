"""A real source as a declared definition: its margins, keys and correlations, none of its rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from app.engine.errors import DefinitionError, SourceError
from app.engine.importing.marginals import DeclaredColumn, declared_column
from app.engine.plan.compiler import compile_plan
from app.engine.profiling.models import FoundForeignKey, SourceProfile, TableProfile
from app.engine.profiling.sources import ProfiledSource
from app.engine.profiling.typed_table import TypedTable
from app.engine.schema.load import load_definition
from app.engine.synthesis.models import K
from app.engine.synthesis.new_keys import new_key_column

Document = dict[str, Any]

MOST_CORRELATED = 8
FEWEST_ROWS = 200
CORRELATED = ("integer", "number")
SAMPLE = 100_000
MOST_OFF = 0.05
"""Share of a table's rows by which counts of children may miss it before they are left out."""


@dataclass
class DeclaredSource:
    """The document, and in words what it does not keep of the source."""

    document: Document
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Parts:
    """Which statements about several columns a document makes; of correlations `free` ones are
    those of columns that no constraint reads."""

    correlations: Literal["all", "free", "none"]
    constraints: bool


# Tried in this order: what cannot hold together is left out, and the notes say so.
_TRIES = (
    _Parts("all", True),
    _Parts("free", True),
    _Parts("all", False),
    _Parts("none", True),
    _Parts("none", False),
)


def declare_source(source: ProfiledSource, k: int = K) -> DeclaredSource:
    """A definition of the schema language that compiles, with the margins of a source's columns,
    its keys, and where they go together its correlations and orders.

    Args:
        k: labels of fewer rows are merged, and numbers end at the k-th from either end.

    Raises:
        SourceError: where the source has no rows at all.
    """
    profile = source.profile
    tables = [each for each in profile.tables if each.rows]
    if not tables:
        raise SourceError(f"{profile.name}: there are no rows to declare")
    notes = [f"{each.name}: left out, it has no rows" for each in profile.tables if not each.rows]
    keys = _acyclic(profile, {each.name for each in tables}, notes)
    drafts = {
        each.name: _Draft.of(each, source.typed(each.name), keys, profile, k) for each in tables
    }
    for draft in drafts.values():
        draft.parts = next((parts for parts in _TRIES if _fits(draft, parts)), _TRIES[-1])
        notes += [*draft.notes, *_left_out(draft)]
    document = _document(profile.name, drafts, k)
    if _compiles(document):
        return DeclaredSource(document, notes)
    for draft in drafts.values():
        draft.parts = _TRIES[-1]
    document = _document(profile.name, drafts, k)
    if not _compiles(document):
        raise SourceError(f"{profile.name}: no definition of this source holds")
    return DeclaredSource(document, [*notes, "no correlations or rules are declared"])


def _fits(draft: _Draft, parts: _Parts) -> bool:
    """Whether what a table says of several columns holds together; tried with these alone."""
    correlations = draft.kept_correlations(parts)
    constraints = draft.constraints if parts.constraints else []
    read = {name for each in correlations for name in each["between"]}
    read |= {name for rule in draft.profile.rules if rule.rule in constraints
             for name in rule.columns}  # fmt: skip
    if not read:
        return True
    features = {name: column for name, column in draft.columns.items() if name in read}
    statements = {"correlations": correlations, "constraints": constraints}
    said = {key: value for key, value in statements.items() if value}
    return _compiles({"n_samples": draft.profile.rows, "features": features, **said})


def _compiles(document: Document) -> bool:
    try:
        compile_plan(load_definition(document).definition, seed=0)
    except DefinitionError:
        return False
    return True


def _left_out(draft: _Draft) -> Iterator[str]:
    name, parts = draft.profile.name, draft.parts
    which = {"none": "correlations", "free": "correlations of ordered columns"}
    if parts.correlations in which and draft.correlations:
        left = which[parts.correlations]
        yield f"{name}: {left} are left out: they do not hold together with the rest"
    if not parts.constraints and draft.constraints:
        yield f"{name}: orders of columns are left out: they do not hold together with the rest"


@dataclass
class _Draft:
    """One table on its way into the document."""

    profile: TableProfile
    typed: TypedTable
    columns: dict[str, Document]
    keys: list[FoundForeignKey]
    primary_key: tuple[str, ...]
    correlations: list[Document]
    constraints: list[str]
    notes: list[str]
    parts: _Parts = _Parts("none", False)

    @classmethod
    def of(
        cls,
        profile: TableProfile,
        typed: TypedTable,
        keys: list[FoundForeignKey],
        source: SourceProfile,
        k: int,
    ) -> _Draft:
        own = [key for key in keys if key.table == profile.name]
        referred = [key.parent_column for key in keys if key.parent == profile.name]
        primary = _primary_key(profile, referred, own)
        notes: list[str] = []
        formulas = _formulas(profile)
        made = {
            each.name: _column(each.name, typed, primary, formulas, k)
            for each in profile.columns
            if each.name not in {key.column for key in own}
        }
        notes += [f"{profile.name}.{name}: {each.note}" for name, each in made.items() if each.note]
        notes += _dependency_notes(profile)
        columns = {name: each.document for name, each in made.items()}
        correlations = _correlations(typed, [name for name in columns if name not in formulas])
        orders = [rule.rule for rule in profile.rules if rule.kind == "order"
                  and not {*rule.columns} & {*formulas, *(key.column for key in own)}]  # fmt: skip
        return cls(profile, typed, columns, own, primary, correlations, orders, notes)

    def kept_correlations(self, parts: _Parts) -> list[Document]:
        if parts.correlations != "free":
            return self.correlations if parts.correlations == "all" else []
        read = {name for rule in self.profile.rules if rule.rule in self.constraints
                for name in rule.columns}  # fmt: skip
        return [each for each in self.correlations if not read & set(each["between"])]


def _column(
    name: str, typed: TypedTable, primary: tuple[str, ...], formulas: dict[str, str], k: int
) -> DeclaredColumn:
    column = typed.column(name)
    if name in formulas:
        made: Document = {"type": "formula", "expr": formulas[name]}
        if column.kind == "number":
            made["decimals"] = min(column.format.max_decimals, 15)
        return DeclaredColumn(made)
    if primary == (name,):
        return DeclaredColumn(new_key_column(column.profile, typed.rows, k))
    return declared_column(column, k)


def _formulas(profile: TableProfile) -> dict[str, str]:
    """Columns that are a sum or product of two others, none of which is one itself."""
    found: dict[str, str] = {}
    for rule in profile.rules:
        if rule.kind in {"sum", "product"}:
            *parts, made = rule.columns
            if made not in found and not set(parts) & set(found):
                used = {each for text in found.values() for each in parts if each in text}
                if made not in used and not _reads(profile, found, made):
                    found[made] = rule.rule.rpartition(" == ")[0]
    return found


def _reads(profile: TableProfile, found: dict[str, str], name: str) -> bool:
    """Whether a formula reads a column already: it cannot be computed, too."""
    return any(
        name in rule.columns[:-1] and rule.columns[-1] in found
        for rule in profile.rules
        if rule.kind in {"sum", "product"}
    )


def _dependency_notes(profile: TableProfile) -> list[str]:
    if not profile.dependencies:
        return []
    count = len(profile.dependencies)
    return [f"{profile.name}: {count} dependencies (one column says another) are not declared"]


def _primary_key(
    profile: TableProfile, referred: list[str], own: list[FoundForeignKey]
) -> tuple[str, ...]:
    if referred:
        return (referred[0],)
    columns = {key.column for key in own}
    for key in profile.primary_keys:
        if len(key) == 1 and profile.column(key[0]).kind == "id" and key[0] not in columns:
            return key
        if len(key) == 2 and set(key) <= columns:
            return key
    return ()


def _acyclic(profile: SourceProfile, tables: set[str], notes: list[str]) -> list[FoundForeignKey]:
    """Foreign keys between tables that have rows, without those that would close a circle, and
    with one column of each parent that they refer to."""
    kept: list[FoundForeignKey] = []
    parents: dict[str, set[str]] = {name: set() for name in tables}
    columns: dict[str, str] = {}
    for key in sorted(profile.foreign_keys, key=lambda each: -each.confidence):
        if key.table not in tables or key.parent not in tables:
            continue
        other = columns.setdefault(key.parent, key.parent_column) != key.parent_column
        if other or (key.parent != key.table and key.table in _ancestors(key.parent, parents)):
            notes.append(f"{key.table}.{key.column}: its key to {key.parent} is not declared")
            continue
        if key.orphans:
            notes.append(f"{key.table}.{key.column}: {key.orphans:,} rows refer to nothing there "
                         "is; declared, every one refers to a row")  # fmt: skip
        if key.parent != key.table:
            parents[key.table].add(key.parent)
        kept.append(key)
    return kept


def _ancestors(name: str, parents: dict[str, set[str]]) -> set[str]:
    found: set[str] = {name}
    waiting = [name]
    while waiting:
        for each in parents[waiting.pop()] - found:
            found.add(each)
            waiting.append(each)
    return found


def _document(name: str, drafts: dict[str, _Draft], k: int) -> Document:
    tables = {each: _table(draft, drafts, k) for each, draft in drafts.items()}
    if len(tables) == 1:
        (table,) = tables.values()
        return {"name": name, **table}
    return {"name": name, "tables": tables}


def _table(draft: _Draft, drafts: dict[str, _Draft], k: int) -> Document:
    found: Document = {}
    keys = {key.column: _reference(key, draft, k) for key in draft.keys}
    counted = _counted_key(draft, drafts)
    children = _children(draft, drafts, counted, k) if counted else None
    if counted and children:
        keys[counted.column]["children"] = children
    else:
        found["n_samples"] = draft.profile.rows
    if draft.primary_key:
        key = draft.primary_key
        found["primary_key"] = key[0] if len(key) == 1 else list(key)
    if keys:
        found["foreign_keys"] = keys
    if draft.columns:
        found["features"] = draft.columns
    correlations = draft.kept_correlations(draft.parts)
    if correlations:
        found["correlations"] = correlations
    if draft.parts.constraints and draft.constraints:
        found["constraints"] = draft.constraints
    return found


def _reference(key: FoundForeignKey, draft: _Draft, k: int) -> Document:
    found: Document = {"references": f"{key.parent}.{key.parent_column}"}
    if key.missing >= k:
        found["missing"] = round(key.missing / draft.profile.rows, 6)
    return found


def _counted_key(draft: _Draft, drafts: dict[str, _Draft]) -> FoundForeignKey | None:
    """The key whose parents' children are counted: that of most parents; none where all rows
    need not have one."""
    able = [key for key in draft.keys if key.parent != key.table and not key.missing]
    return max(able, key=lambda key: drafts[key.parent].profile.rows, default=None)


def _children(
    draft: _Draft, drafts: dict[str, _Draft], key: FoundForeignKey, k: int
) -> Document | None:
    """How many children parents have, counts of fewer than k parents merged with the nearest."""
    parents = drafts[key.parent].typed.column(key.parent_column).values.cast(pa.string())
    values = draft.typed.column(key.column).values.cast(pa.string())
    counts = dict(zip(*(each.to_pylist() for each in _counted(values)), strict=True))
    numbers = np.array([counts.get(each, 0) for each in parents.to_pylist()])
    distinct, parents_of = np.unique(numbers, return_counts=True)
    kept = distinct[parents_of >= k]
    if not len(kept):
        return None
    nearest = np.abs(distinct[:, None] - kept[None, :]).argmin(axis=1)
    weights = np.bincount(nearest, weights=parents_of, minlength=len(kept))
    if abs(int(kept @ weights) - draft.typed.rows) > MOST_OFF * draft.typed.rows:
        return None  # too few parents to tell how many children they have
    if len(kept) == 1:
        return {"distribution": "constant", "value": int(kept[0])}
    return {
        "distribution": "empirical",
        "values": [int(each) for each in kept],
        "weights": [int(each) for each in weights],
    }


def _counted(values: pa.Array) -> tuple[pa.Array, pa.Array]:
    counted = values.drop_null().value_counts()
    return counted.field(0), counted.field(1)


def _correlations(typed: TypedTable, names: list[str]) -> list[Document]:
    """Rank correlations of the numbers that go together most; all pairs of them, so that the
    matrix is one of real rows."""
    columns = [typed.column(name) for name in names if typed.column(name).kind in CORRELATED
               and not typed.column(name).profile.is_sensitive]  # fmt: skip
    columns = [
        each for each in columns if each.values.null_count == 0 and each.profile.distinct > 2
    ]
    if len(columns) < 2 or typed.rows < FEWEST_ROWS:
        return []
    step = max(1, typed.rows // SAMPLE)
    ranks = np.stack([_ranks(each.values) for each in columns])[:, ::step]
    matrix: NDArray[np.float64] = np.atleast_2d(np.corrcoef(ranks))
    np.fill_diagonal(matrix, 0)
    chosen = sorted(np.argsort(-np.abs(matrix).max(axis=1), kind="stable")[:MOST_CORRELATED])
    return [
        {
            "between": [columns[a].name, columns[b].name],
            "r": round(float(matrix[a, b]), 2),
            "method": "spearman",
        }
        for place, a in enumerate(chosen)
        for b in chosen[place + 1 :]
        if np.isfinite(matrix[a, b])
    ]


def _ranks(values: pa.Array) -> NDArray[np.float64]:
    """Ranks with ties at their mean, shape (rows,)."""
    numbers = values.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
    _, places, counts = np.unique(numbers, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    ranks: NDArray[np.float64] = (ends - (counts - 1) / 2)[places]
    return ranks
