"""The strongest of several attacks, chosen on some rows and measured on others.

The largest of several figures is larger than any of them would be by chance. So the attack that
does best on one half of the rows is measured on the other half, and the other way round: what is
reported is one attack's figure on rows that did not choose it, and its interval needs no
correction for how many were tried.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from app.engine.evaluation.intervals import Interval, auc_interval, share_interval
from app.engine.evaluation.privacy.membership import (
    FALSE_ALARMS,
    Flags,
    Scores,
    membership_auc,
    true_positive_rate,
)


@dataclass(frozen=True, slots=True)
class Bounded:
    """A figure of an attack and its interval."""

    value: float
    interval: Interval


@dataclass(frozen=True, slots=True)
class Strongest:
    """What the strongest attack comes to; `attacks` has the one that each half has chosen."""

    value: float
    interval: Interval
    attacks: tuple[str, str]


Reading = Callable[[Flags, Scores], Bounded]


def strongest(attacks: Mapping[str, Scores], members: Flags, read: Reading) -> Strongest:
    """The figure of the attack that does best on the other half of the rows, mean of both halves.

    Args:
        attacks: scores of each, shape (rows,); rows of both kinds in random order.
        members: which rows were learned, shape (rows,).
        read: the figure of one attack; larger is stronger.
    """
    halves = np.arange(len(members)) % 2 == 0
    found = [_chosen(attacks, members, read, half) for half in (halves, ~halves)]
    first, second = found[0][1], found[1][1]
    value = (first.value + second.value) / 2.0
    low = np.hypot(first.value - first.interval.low, second.value - second.interval.low) / 2.0
    high = np.hypot(first.interval.high - first.value, second.interval.high - second.value) / 2.0
    interval = Interval(max(0.0, value - float(low)), min(1.0, value + float(high)))
    return Strongest(value, interval, (found[0][0], found[1][0]))


def _chosen(
    attacks: Mapping[str, Scores], members: Flags, read: Reading, half: Flags
) -> tuple[str, Bounded]:
    """The attack that does best on a half, and its figure on the other half."""
    chosen = members[half]
    name = max(attacks, key=lambda each: read(chosen, attacks[each][half]).value)
    return name, read(members[~half], attacks[name][~half])


def read_auc(members: Flags, scores: Scores) -> Bounded:
    """The area under the ROC curve."""
    found = membership_auc(members, scores)
    learned = int(members.sum())
    return Bounded(found, auc_interval(found, learned, len(members) - learned))


def read_true_positives(members: Flags, scores: Scores) -> Bounded:
    """The share of learned rows that are found at 1 % false alarms.

    Both rates are shares of a sample: the interval goes from the lower end at the lower end of
    the false alarms to the upper end at their upper end (Campbell 1994).
    """
    learned = int(members.sum())
    alarms = share_interval(FALSE_ALARMS, len(members) - learned)
    low, value, high = (
        true_positive_rate(members, scores, each)
        for each in (alarms.low, FALSE_ALARMS, alarms.high)
    )
    return Bounded(
        value, Interval(share_interval(low, learned).low, share_interval(high, learned).high)
    )
