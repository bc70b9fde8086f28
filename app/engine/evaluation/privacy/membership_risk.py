"""How well the strongest of several attackers tells who was learned."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from app.engine.evaluation.contest import Contest
from app.engine.evaluation.intervals import Interval, auc_interval
from app.engine.evaluation.measure import (
    MEMBERSHIP,
    PRIVACY,
    Estimate,
    Estimates,
    Meaning,
    Measure,
    of_other_rows,
)
from app.engine.evaluation.privacy.exposed_groups import groups_of, most_exposed
from app.engine.evaluation.privacy.membership import (
    Flags,
    Scores,
    attack_scores,
    membership_auc,
    privacy_quality,
    true_positive_rate,
)
from app.engine.evaluation.privacy.people import MOST_ATTACKS, MOST_ROWS
from app.engine.evaluation.privacy.strongest import read_auc, read_true_positives, strongest
from app.engine.evaluation.row_space import Array

CURVE_POINTS = 21
FEWEST_OTHERS = 200  # rows that were not learned, so that 1 % are two or more


def asked_rows(contest: Contest) -> tuple[Array, Flags, Array]:
    """Rows that are asked for, which of them were learned, and those that the attacker knows.

    Half of the holdout is asked for beside as many learned rows; the other half is what the
    attacker knows of the population.
    """
    number = min(len(contest.train), len(contest.holdout) // 2, MOST_ATTACKS)
    asked = np.concatenate([contest.train[:number], contest.holdout[:number]])
    return asked, np.arange(2 * number) < number, contest.holdout[number:][:MOST_ROWS]


def _taken(contest: Contest, rows: Array) -> Estimates:
    asked, members, reference = asked_rows(contest)
    points, made, known = map(contest.space.coordinates, (asked, rows[:MOST_ROWS], reference))
    attacks = attack_scores(points, made, known)
    found = strongest(attacks, members, read_auc)
    best = max(attacks, key=lambda name: membership_auc(members, attacks[name]))
    lonely = attacks["distance difference"] - attacks["nearest distance"]
    group = most_exposed(groups_of(contest.space, asked, lonely), members, attacks[best])
    details = {"attacks": _by_attack(attacks, members), "curve": _curve(members, attacks[best])}
    said = f"The strongest attack was by {best}. {group}"
    estimates = {
        "membership_auc": Estimate(found.value, found.interval, said, details),
        "privacy_quality": Estimate(privacy_quality(found.value), _quality(found.interval)),
    }
    if len(asked) >= 2 * FEWEST_OTHERS:
        few = strongest(attacks, members, read_true_positives)
        estimates["membership_tpr"] = Estimate(few.value, few.interval)
    return estimates


def _by_attack(attacks: Mapping[str, Scores], members: Flags) -> list[dict[str, Any]]:
    """Each attack by itself; all intervals hold at once."""
    found = []
    for name, scores in attacks.items():
        value, learned = membership_auc(members, scores), int(members.sum())
        interval = auc_interval(value, learned, len(members) - learned, len(attacks))
        value, low, high = (
            round(each, interval.decimals) for each in (value, interval.low, interval.high)
        )
        found.append({"attack": name, "auc": value, "low": low, "high": high})
    return found


def _curve(members: Flags, scores: Scores) -> dict[str, list[float]]:
    """Shares of learned rows that an attack finds at even shares of false alarms."""
    false = np.linspace(0.0, 1.0, CURVE_POINTS).tolist()
    true = [round(true_positive_rate(members, scores, each), 2) for each in false]
    return {"false": [round(each, 2) for each in false], "true": true}


def _quality(auc: Interval) -> Interval:
    ends = [privacy_quality(auc.low), privacy_quality(auc.high)]
    return Interval(min(ends), 1.0 if auc.low <= 0.5 <= auc.high else max(ends))


MEASURES = (
    Measure(
        PRIVACY,
        {
            "membership_auc": Meaning(
                "Membership attack",
                "how well the strongest of five attackers tells rows that were learned from others "
                "(nearest distance, distance difference, density, density ratio, Monte Carlo), "
                "chosen on other rows than it is measured on; 0.5 is a coin",
                "attackers who know the method and train models of their own, and what one person "
                "risks",
                0.5,
            ),
            "membership_tpr": Meaning(
                "Members found at 1 % false alarms",
                "the share of learned rows that the strongest attacker finds while calling 1 % of "
                "the others learned; 0.01 is a coin",
                "which rows they are, and what stronger attackers would find",
                0.01,
            ),
            "privacy_quality": Meaning(
                "Privacy quality",
                "1 - 2 |AUC - 0.5| of the membership attack: 1 where it learns nothing, 0 where it "
                "is always right",
                "other risks than membership; it is no guarantee",
                1.0,
            ),
        },
        _taken,
        of_other_rows,
        needs_holdout=True,
        threat=MEMBERSHIP,
    ),
)
