"""Whether keys that lead to one secret alone in the synthetic rows tell more of learned rows than
of others: the targeted correct attribution probability beside that of a control."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from app.engine.evaluation.contest import Contest
from app.engine.evaluation.intervals import share_interval
from app.engine.evaluation.measure import (
    INFERENCE,
    PRIVACY,
    Estimates,
    Meaning,
    Measure,
    of_other_rows,
)
from app.engine.evaluation.privacy.attack_risk import Attack, rates, residual_risk, total
from app.engine.evaluation.privacy.attribution import Attribution, Codes, attribution
from app.engine.evaluation.privacy.people import people_of
from app.engine.evaluation.row_space import Array, LabelAxis, NumberAxis, RowSpace
from app.engine.seeds import Stream

KEYS = 4  # columns that are known
DRAWS = 10  # of keys and a secret
BINS = 20  # of a number, of about equal mass


def codes_of(space: RowSpace, numbers: Array) -> Codes:
    """Labels, and numbers in bins of the real rows, as whole numbers; -1 where missing; shape
    (rows, columns)."""
    found = np.full(numbers.shape, -1, dtype=np.int64)
    for place, axis in enumerate(space.axes):
        known = ~np.isnan(numbers[:, place])
        found[known, place] = _codes(axis, numbers[known, place])
    return found


def _codes(axis: LabelAxis | NumberAxis, values: Array) -> Codes:
    if isinstance(axis, LabelAxis):
        return values.astype(np.int64)
    return np.searchsorted(_cuts(axis), values, side="right")


def _cuts(axis: NumberAxis) -> Array:
    steps = np.arange(1, BINS) / BINS
    cuts = np.quantile(axis.ordered, steps) if len(axis.ordered) else steps
    return np.unique(cuts)


def combined(*tables: Codes) -> list[Codes]:
    """A number for each combination of the columns, the same in all tables; shape (rows,) each."""
    whole = np.concatenate(tables)
    numbers = np.unique(whole, axis=0, return_inverse=True)[1].reshape(-1)
    ends = np.cumsum([len(each) for each in tables])[:-1]
    return np.split(numbers, ends)


def _taken(contest: Contest, rows: Array) -> Estimates:
    """Rows are parted among draws of keys and a secret, so that each is asked for once."""
    columns = len(contest.space.axes)
    if columns < 2:
        return {}
    people = people_of(contest, rows)
    given = (people.learned, people.others, people.synthetic)
    coded = [codes_of(contest.space, each) for each in given]
    rng = Stream(contest.seed, ("rare combinations",)).generator()
    learned, others = [], []
    for draw in range(DRAWS):
        chosen = rng.permutation(columns)[: KEYS + 1]
        known, unknown = _attributions(coded, chosen[1:].tolist(), int(chosen[0]), draw)
        learned.append(known)
        others.append(unknown)
    attack = total(map(_attack, learned, others))
    if not attack.attacks or not attack.control_attacks:
        return {}
    note = f"{rates(attack).capitalize()}. {_shares(learned)}"
    return {"rare_combinations": replace(residual_risk(attack), note=note)}


def _attributions(
    coded: list[Codes], keys: list[int], secret: int, draw: int
) -> tuple[Attribution, Attribution]:
    """Of the rows of a draw what the synthetic rows tell, of learned ones and of others.

    Args:
        coded: the learned rows, the others and the synthetic ones.
    """
    tables = (coded[0][draw::DRAWS], coded[1][draw::DRAWS], coded[2])
    numbers = combined(*(each[:, keys] for each in tables))
    learned, others, made = (
        np.column_stack([number, each[:, secret]])
        for number, each in zip(numbers, tables, strict=True)
    )
    return attribution(learned, made), attribution(others, made)


def _attack(learned: Attribution, others: Attribution) -> Attack:
    return Attack(learned.correct, learned.certain, others.correct, others.certain)


def _shares(found: list[Attribution]) -> str:
    """DiSCO beside what the learned rows themselves tell (Dorig), repU beside UiO."""
    rows = sum(each.rows for each in found)

    def share(counts: list[int]) -> str:
        part = sum(counts) / rows
        return f"{100.0 * round(part, share_interval(part, rows).decimals):g} %"

    implied, own = (
        share([each.correct for each in found]),
        share([each.disclosive for each in found]),
    )
    again = share([each.replicated for each in found])
    alone = share([each.unique for each in found])
    return (
        f"Implied and right of {implied} of the learned rows, by the rows themselves {own}; "
        f"keys that one learned row alone has {alone}, one synthetic row alone as well {again}."
    )


MEASURES = (
    Measure(
        PRIVACY,
        {
            "rare_combinations": Meaning(
                "Rare combinations (TCAP)",
                "how much more often the one secret that all synthetic rows with the same four "
                "keys share is right of learned rows than of others; 0 is no more",
                "other keys than the ten draws had, and secrets that all but a few rows share",
                0.0,
            )
        },
        _taken,
        of_other_rows,
        needs_holdout=True,
        threat=INFERENCE,
    ),
)
