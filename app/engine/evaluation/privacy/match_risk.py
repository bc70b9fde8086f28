"""Whether rows of which a part is real can be found again: the risks of Reiter & Mitra (2009).

An intruder knows some columns of a person who is in the table, and looks for them in m partly
synthetic copies, whose rows stand in the order of the real ones. Row k is the person with the
probability (1/m)·Σ 1/N over the copies in which it matches, N being the rows that match there. Of
the c rows with the largest probability one is taken. With I = 1 where the true row is among them:

- expected match risk: Σ I/c over all people.
- true match rate: the share of people whose true row is the only one (c·I = 1).
- false match rate: of the people with one such row (c = 1), the share for whom it is a wrong one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from app.engine.errors import DefinitionError, Fault, SourceError

MOST_PAIRS = 1 << 22  # of people and rows that are looked at together
TIE = 1e-9

Floats = NDArray[np.float64]
Rows = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class MatchRisk:
    """How many people are found again.

    Args:
        people: who are looked for, one a real row.
        expected_match_risk: how many of them are expected to be found, from 0 to `people`.
        true_match_rate: share of them whose true row is the only likeliest one.
        false_match_rate: share of the only likeliest rows that are wrong; None where there is none.
        unique_matches: people for whom one row alone is the likeliest.
    """

    people: int
    expected_match_risk: float
    true_match_rate: float
    false_match_rate: float | None
    unique_matches: int


@dataclass(frozen=True, eq=False, slots=True)
class _Keys:
    """What is known of rows.

    Args:
        codes: the same for rows that are equal in all columns that must be equal, shape (rows,).
        numbers: those that must be near, shape (columns, rows).
    """

    codes: NDArray[np.int64]
    numbers: Floats


def match_risk(
    real: pa.Table,
    copies: Sequence[pa.Table],
    keys: Sequence[str],
    within: Mapping[str, float] | None = None,
) -> MatchRisk:
    """The risk that people are found in partly synthetic copies of their table.

    Args:
        real: the table that was learned; row i is that of person i.
        copies: of the same rows in the same order, some of whose cells are synthetic.
        keys: columns that the intruder knows of each person, as they are in truth.
        within: how far off a number may lie, in its own unit, by the name of a key; others match
            where they are equal. A missing number matches none.

    Raises:
        DefinitionError: no copy, no key, or one that is in no table or is no number.
        SourceError: a copy has another number of rows.
    """
    near = dict(within or {})
    _check(real, copies, keys, near)
    if not real.num_rows:
        return MatchRisk(0, 0.0, 0.0, None, 0)
    known, *made = _keys([real, *copies], keys, near)
    widths = np.array(list(near.values()), dtype=np.float64)
    expected, alone, true = 0.0, 0, 0
    for people, candidates, chances in _chances(known, made, widths):
        best = chances.max(axis=1, initial=0.0)[:, None]
        likeliest = (chances >= best - TIE) & (best > 0)
        count = likeliest.sum(axis=1)
        place = np.minimum(np.searchsorted(candidates, people), max(len(candidates) - 1, 0))
        found = np.zeros(len(people), dtype=bool)
        if len(candidates):
            found = (candidates[place] == people) & likeliest[np.arange(len(people)), place]
        expected += float((found / np.maximum(count, 1)).sum())
        alone += int((count == 1).sum())
        true += int(((count == 1) & found).sum())
    rows = real.num_rows
    wrong = (alone - true) / alone if alone else None
    return MatchRisk(rows, expected, true / rows, wrong, alone)


def _check(
    real: pa.Table, copies: Sequence[pa.Table], keys: Sequence[str], near: Mapping[str, float]
) -> None:
    tables = [real, *copies]
    faults = [
        Fault("keys", f"{name!r} is not in every table", "columns that all of them have")
        for name in keys
        if not all(name in each.column_names for each in tables)
    ]
    faults += [
        Fault(f"within.{name}", "is no number of 0 or more that belongs to a key", "{'age': 2}")
        for name, width in near.items()
        if name not in keys or not 0 <= width < np.inf
    ]
    if not keys:
        faults.append(Fault("keys", "are none", "columns that somebody may know of a person"))
    if not copies:
        faults.append(Fault("copies", "are none", "the tables that are given away"))
    if faults:
        raise DefinitionError(faults)
    if wrong := [each.num_rows for each in copies if each.num_rows != real.num_rows]:
        message = f"a copy has {wrong[0]:,} rows and the real table {real.num_rows:,}"
        raise SourceError(f"{message}: copies have the rows of the real table in its order")


def _keys(
    tables: Sequence[pa.Table], keys: Sequence[str], near: Mapping[str, float]
) -> list[_Keys]:
    size = tables[0].num_rows
    codes = np.zeros(size * len(tables), dtype=np.int64)
    for name in keys:
        if name not in near:
            own = _codes([each.column(name) for each in tables])
            codes = np.unique(codes * (int(own.max(initial=0)) + 1) + own, return_inverse=True)[1]
    numbers = [[_numbers(each.column(name), name) for name in near] for each in tables]
    return [
        _Keys(part, np.array(own, dtype=np.float64).reshape(len(near), size))
        for part, own in zip(np.split(codes, len(tables)), numbers, strict=True)
    ]


def _codes(columns: Sequence[pa.ChunkedArray]) -> NDArray[np.int64]:
    """A number for each value, the same in all tables; shape (all rows,)."""
    plain = [
        each.cast(each.type.value_type) if pa.types.is_dictionary(each.type) else each
        for each in columns
    ]
    wanted = _common({each.type for each in plain})
    whole = pa.chunked_array([c for each in plain for c in each.cast(wanted).chunks], wanted)
    coded = whole.combine_chunks().dictionary_encode(null_encoding="encode")
    return np.asarray(coded.indices.to_numpy(zero_copy_only=False), dtype=np.int64)


def _common(kinds: set[pa.DataType]) -> pa.DataType:
    """A type in which values of all of these are equal where they mean the same."""
    if len(kinds) == 1:
        return next(iter(kinds))
    if all(pa.types.is_integer(each) or pa.types.is_floating(each) for each in kinds):
        return pa.float64()
    if all(pa.types.is_date(each) or pa.types.is_timestamp(each) for each in kinds):
        return pa.timestamp("us")
    return pa.string()


def _numbers(column: pa.ChunkedArray, name: str) -> Floats:
    if not (pa.types.is_integer(column.type) or pa.types.is_floating(column.type)):
        message = f"{name!r} holds {column.type}, no numbers"
        raise DefinitionError([Fault(f"within.{name}", message, "leave it out")])
    found = pc.fill_null(column.cast(pa.float64()), float("nan"))
    return np.asarray(found.to_numpy(), dtype=np.float64)


def _chances(
    known: _Keys, made: Sequence[_Keys], widths: Floats
) -> Iterator[tuple[Rows, Rows, Floats]]:
    """People who are alike in all that must be equal, the rows that match them in some copy,
    ascending, and how likely each row is each person's, shape (people, rows)."""
    orders = [np.argsort(each.codes, kind="stable") for each in made]
    sorted_codes = [each.codes[order] for each, order in zip(made, orders, strict=True)]
    people_order = np.argsort(known.codes, kind="stable")
    codes, starts = np.unique(known.codes[people_order], return_index=True)
    for code, people in zip(codes, np.split(people_order, starts[1:]), strict=True):
        ends = [np.searchsorted(each, (code, code + 1)) for each in sorted_codes]
        rows = [np.sort(order[a:b]) for order, (a, b) in zip(orders, ends, strict=True)]
        candidates = np.unique(np.concatenate(rows))
        step = max(MOST_PAIRS // max(len(candidates), 1), 1)
        for start in range(0, len(people), step):
            part = people[start : start + step]
            chances = np.zeros((len(part), len(candidates)))
            for own, copy in zip(rows, made, strict=True):
                matches = _matches(known, copy, part, candidates, widths)
                matches &= np.isin(candidates, own, assume_unique=True)
                chances += matches / np.maximum(matches.sum(axis=1, keepdims=True), 1)
            yield part, candidates, chances / len(made)


def _matches(
    known: _Keys, copy: _Keys, people: Rows, candidates: Rows, widths: Floats
) -> NDArray[np.bool_]:
    """Where all numbers are near, shape (people, candidates)."""
    found = np.ones((len(people), len(candidates)), dtype=bool)
    for truth, made, width in zip(known.numbers, copy.numbers, widths, strict=True):
        found &= np.abs(made[candidates] - truth[people][:, None]) <= width
    return found
