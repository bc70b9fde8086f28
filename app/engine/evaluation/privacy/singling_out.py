"""Attacks that single out: a description, read off the synthetic rows, that fits one learned row
alone (Giomi et al. 2023, section 4.1; GDPR recital 26).

Descriptions are of one column (a value that one synthetic row alone has, or beyond what any has)
or of several (a synthetic row's labels, and on which side of its numbers). The same descriptions
are tried on as many rows that were not learned.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from app.engine.evaluation.contest import Contest
from app.engine.evaluation.measure import (
    PRIVACY,
    SINGLING_OUT,
    Estimates,
    Meaning,
    Measure,
    of_other_rows,
)
from app.engine.evaluation.privacy.attack_risk import Attack, rates, residual_risk
from app.engine.evaluation.privacy.people import people_of
from app.engine.evaluation.row_space import Array
from app.engine.seeds import Stream

MOST_PREDICATES = 2_000
FEWEST_COLUMNS, MOST_COLUMNS = 2, 8

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Condition:
    """What a description says of one column.

    Args:
        column: its number.
        sign: `=`, `<`, `>`, `<=`, `>=`; `=` with NaN says that it is missing.
    """

    column: int
    sign: str
    value: float

    def holds(self, values: Array) -> Flags:
        """Whether it holds of each value of the column, shape (rows,)."""
        if np.isnan(self.value):
            return np.isnan(values)
        return np.asarray(COMPARED[self.sign](values, self.value), dtype=np.bool_)


COMPARED = {
    "=": np.equal,
    "<": np.less,
    ">": np.greater,
    "<=": np.less_equal,
    ">=": np.greater_equal,
}
Predicate = tuple[Condition, ...]


def attack_by(predicates: list[Predicate], train: Array, control: Array) -> Attack:
    """How many descriptions fit one row alone, of the learned rows and of the others, which are as
    many: of more rows fewer would be alone."""
    right, others = (
        sum(_singles_out(each, columns) for each in predicates)
        for columns in (np.ascontiguousarray(train.T), np.ascontiguousarray(control.T))
    )
    return Attack(right, len(predicates), others, len(predicates))


def univariate_predicates(
    synthetic: Array, categories: list[int], rng: np.random.Generator
) -> list[Predicate]:
    """Descriptions of one column, at most `MOST_PREDICATES` of them, drawn at random.

    Args:
        synthetic: shape (rows, columns).
        categories: numbers of the columns that hold labels.
    """
    found = [
        (condition,)
        for column, values in enumerate(synthetic.T)
        for condition in _alone(column, values, column in categories)
    ]
    order = rng.permutation(len(found))[:MOST_PREDICATES]
    return [found[place] for place in order]


def multivariate_predicates(
    synthetic: Array, categories: list[int], rng: np.random.Generator
) -> list[Predicate]:
    """Descriptions of two to eight columns that fit one synthetic row alone; `MOST_PREDICATES` are
    drawn, and those that do not are left out.

    Args:
        synthetic: shape (rows, columns).
        categories: numbers of the columns that hold labels.
    """
    columns = synthetic.shape[1]
    if columns < FEWEST_COLUMNS:
        return []
    whole = np.ascontiguousarray(synthetic.T)
    numbers = [place for place in range(columns) if place not in categories]
    middles = {place: _middle(whole[place]) for place in numbers}
    found = []
    for row in synthetic[rng.integers(len(synthetic), size=MOST_PREDICATES)]:
        size = int(rng.integers(FEWEST_COLUMNS, min(MOST_COLUMNS, columns) + 1))
        chosen = rng.choice(columns, size, replace=False)
        predicate = tuple(_of_row(int(place), row, middles) for place in chosen)
        if _singles_out(predicate, whole):
            found.append(predicate)
    return found


def _alone(column: int, values: Array, is_label: bool) -> Iterator[Condition]:
    """Conditions of one column that fit one synthetic row, or none, alone."""
    known = values[~np.isnan(values)]
    if len(values) - len(known) == 1:
        yield Condition(column, "=", np.nan)
    found, counts = np.unique(known, return_counts=True)
    yield from (Condition(column, "=", float(value)) for value in found[counts == 1])
    if not is_label and len(found):
        yield Condition(column, "<", float(found[0]))
        yield Condition(column, ">", float(found[-1]))


def _of_row(column: int, row: Array, middles: dict[int, float]) -> Condition:
    value = float(row[column])
    if column not in middles:
        return Condition(column, "=", value)
    return Condition(column, ">=" if value >= middles[column] else "<=", value)


def _middle(values: Array) -> float:
    known = values[~np.isnan(values)]
    return float(np.median(known)) if len(known) else 0.0


def _singles_out(predicate: Predicate, columns: Array) -> bool:
    """Whether a description fits one row alone; the table has shape (columns, rows)."""
    first, *others = predicate
    left = np.flatnonzero(first.holds(columns[first.column]))
    for condition in others:
        left = left[condition.holds(columns[condition.column, left])]
    return len(left) == 1


def _taken(contest: Contest, rows: Array) -> Estimates:
    people = people_of(contest, rows)
    stream = Stream(contest.seed, ("singling out",))
    kinds = {
        "singling_out_one": univariate_predicates,
        "singling_out_several": multivariate_predicates,
    }
    found = {}
    for name, draw in kinds.items():
        rng = stream.child(name).generator()
        if predicates := draw(people.synthetic, contest.space.categories, rng):
            attack = attack_by(predicates, people.learned, people.others)
            found[name] = replace(residual_risk(attack), note=f"{rates(attack).capitalize()}.")
    return found


def _meaning(title: str, columns: str) -> Meaning:
    return Meaning(
        title,
        f"how much more often a description of {columns}, read off the synthetic rows, fits one "
        "learned row alone than one of as many other rows; 0 is no more",
        "whether what fits one of the sampled rows fits others in the whole population",
        0.0,
    )


MEASURES = (
    Measure(
        PRIVACY,
        {
            "singling_out_one": _meaning("Singling out by one column", "one column"),
            "singling_out_several": _meaning(
                "Singling out by several columns", "two to eight columns"
            ),
        },
        _taken,
        of_other_rows,
        needs_holdout=True,
        threat=SINGLING_OUT,
    ),
)
