"""How differently groups fare: in the rows themselves, and by models that are trained on them.

For each label y of the target, and groups g of a protected column:

- parity difference: the largest less the smallest P(y | g) (demographic parity).
- parity ratio: the smallest P(y | g) by the largest.
- equalised odds difference (Hardt, Price & Srebro 2016): the larger of the differences of true and
  of false positive rates of predictions between groups.

Of two labels the rarer one counts, of more the one that differs most. Real rows are *before*,
synthetic ones *after*. Models are boosted trees, tested on held-out real rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.engine.errors import DefinitionError, Fault
from app.engine.evaluation.contest import Contest
from app.engine.evaluation.row_space import Array, LabelAxis
from app.engine.evaluation.utility.trained_models import trained_predictions

FEWEST_ROWS = 20  # of a group, in each table
MOST_GROUPS = 50
MOST_LABELS = 50
PARITY_DIFFERENCE, PARITY_RATIO = "parity_difference", "parity_ratio"
PREDICTED_DIFFERENCE, EQUALIZED_ODDS = "predicted_parity_difference", "equalized_odds_difference"
TRAINED_SCORE = "trained_score"

Codes = NDArray[np.intp]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class FairnessFigure:
    """One figure of real and of synthetic rows; None where it cannot be taken."""

    before: float | None
    after: float | None


@dataclass(frozen=True, slots=True)
class FairnessFigures:
    """How differently groups fare.

    Args:
        groups: that are compared.
        left_out: groups with too few rows in one of the tables.
        figures: by name.
    """

    protected: str
    target: str
    groups: int
    left_out: int
    figures: Mapping[str, FairnessFigure]


@dataclass(frozen=True, slots=True)
class _Rows:
    """Outcomes of rows by group.

    Args:
        groups: shape (rows,), -1 where it is unknown or too small.
        labels: shape (rows,), -1 where missing.
    """

    groups: Codes
    labels: Codes

    def known(self) -> _Rows:
        rows = (self.groups >= 0) & (self.labels >= 0)
        return _Rows(self.groups[rows], self.labels[rows])


def check_protected(contest: Contest, protected: str) -> int:
    """Number of the protected column. Raises DefinitionError where nothing can be said of it."""
    names, target = contest.space.names, contest.target
    if protected not in names:
        known = ", ".join(names[:20])
        message = f"no column {protected!r} is judged"
        raise DefinitionError([Fault("protected", message, f"one of {known}")])
    place = names.index(protected)
    if target is None or target == place:
        hint = "name a column that is to be fair"
        raise DefinitionError([Fault("target", "is needed beside `protected`", hint)])
    axis = contest.space.axes[target]
    if not isinstance(axis, LabelAxis) or not 2 <= len(axis.labels) <= MOST_LABELS:
        message = f"{names[target]!r} is no column of 2 to {MOST_LABELS} labels"
        raise DefinitionError([Fault("target", message, "fairness is of labels")])
    values = _values(contest.train[:, place])
    if not 2 <= len(values) <= MOST_GROUPS:
        message = f"{protected!r} has {len(values):,} values"
        raise DefinitionError([Fault("protected", message, f"from 2 to {MOST_GROUPS}")])
    return place


def fairness_figures(contest: Contest, protected: int) -> FairnessFigures | None:
    """Figures of a target by groups; None where fewer than two groups have enough rows.

    Args:
        protected: number of the column whose values are the groups, as `check_protected` gives.
    """
    assert contest.target is not None
    axis = contest.space.axes[contest.target]
    assert isinstance(axis, LabelAxis)
    values = _values(contest.train[:, protected])
    tables = (contest.train, contest.holdout, contest.synthetic)
    large = [
        value
        for value in values.tolist()
        if min(int((each[:, protected] == value).sum()) for each in tables) >= FEWEST_ROWS
    ]
    if len(large) < 2:
        return None
    labels = [1] if len(axis.labels) == 2 else list(range(len(axis.labels)))
    before, after = (
        _Rows(_places(large, each[:, protected]), _whole(each[:, contest.target])).known()
        for each in (contest.train, contest.synthetic)
    )
    figures = {
        PARITY_DIFFERENCE: FairnessFigure(_difference(before, labels), _difference(after, labels)),
        PARITY_RATIO: FairnessFigure(_ratio(before, labels), _ratio(after, labels)),
        **_of_models(contest, protected, large, labels),
    }
    names = contest.space.names
    left_out = len(values) - len(large)
    return FairnessFigures(names[protected], names[contest.target], len(large), left_out, figures)


def _of_models(
    contest: Contest, protected: int, groups: list[float], labels: list[int]
) -> dict[str, FairnessFigure]:
    found = [
        _of_model(contest, rows, protected, groups, labels)
        for rows in (contest.train, contest.synthetic)
    ]
    names = (PREDICTED_DIFFERENCE, EQUALIZED_ODDS, TRAINED_SCORE)
    return {name: FairnessFigure(*(each.get(name) for each in found)) for name in names}


def _of_model(
    contest: Contest, trained_on: Array, protected: int, groups: list[float], labels: list[int]
) -> dict[str, float | None]:
    target = contest.target
    assert target is not None
    made = trained_predictions(trained_on, contest.holdout, target, contest.space.categories)
    if made is None:
        return {}
    asked = contest.holdout[~np.isnan(contest.holdout[:, target])]
    two = made.predicted.ndim == 1
    chosen = made.predicted >= 0.5 if two else made.predicted.argmax(axis=1)
    places = _places(groups, asked[:, protected])
    is_known = places >= 0
    known = _Rows(places[is_known], chosen[is_known].astype(np.intp))
    truth = made.answers[is_known].astype(np.intp)
    return {
        PREDICTED_DIFFERENCE: _difference(known, labels),
        EQUALIZED_ODDS: _odds_difference(known, truth, labels),
        TRAINED_SCORE: made.score(),
    }


def _rates(rows: _Rows, label: int, among: Mask | None = None) -> Array:
    """Share of the rows of each group that have a label; groups without rows are left out."""
    chosen = np.ones(len(rows.groups), dtype=bool) if among is None else among
    counts = np.bincount(rows.groups[chosen])
    hits = np.bincount(rows.groups[chosen & (rows.labels == label)], minlength=len(counts))
    return hits[counts > 0] / counts[counts > 0]


def _spread(rates: Array) -> float | None:
    return float(rates.max() - rates.min()) if len(rates) > 1 else None


def _difference(rows: _Rows, labels: list[int]) -> float | None:
    return _largest(_spread(_rates(rows, label)) for label in labels)


def _ratio(rows: _Rows, labels: list[int]) -> float | None:
    rates = [each for label in labels if len(each := _rates(rows, label)) > 1]
    found = [float(each.min() / each.max()) for each in rates if each.max() > 0]
    return min(found, default=None)


def _odds_difference(known: _Rows, truth: Codes, labels: list[int]) -> float | None:
    """Of true and of false positive rates."""
    return _largest(
        _spread(_rates(known, label, (truth == label) == is_true))
        for label in labels
        for is_true in (True, False)
    )


def _largest(found: Iterable[float | None]) -> float | None:
    return max((each for each in found if each is not None), default=None)


def _values(column: Array) -> Array:
    return np.unique(column[~np.isnan(column)])


def _places(values: list[float], column: Array) -> Codes:
    """Number of each row's group, -1 where it is none of these."""
    found = np.full(len(column), -1, dtype=np.intp)
    for place, value in enumerate(values):
        found[column == value] = place
    return found


def _whole(column: Array) -> Codes:
    return np.where(np.isnan(column), -1, np.nan_to_num(column)).astype(np.intp)
