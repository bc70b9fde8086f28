"""Rules between the numbers and moments of a row that hold in every row.

Looked for in a sample, then tried in all rows; a rule that columns would keep by the ranges of
their values alone, or by chance, is none.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from app.engine.expressions import written
from app.engine.profiling.column_profiles import ProfiledColumn
from app.engine.profiling.models import RowRule

Numbers = NDArray[np.float64]

SAMPLE = 4096
PROBE = 64
MOST_COLUMNS = 60
MOST_IN_LONGER_SUMS = 30
FEWEST_ROWS = 20
FEWEST_VALUES = 8
FAMILIAR = 0.95
"""Share of random pairs that may keep an order before it tells nothing."""
MOST_RULES = 200
BY_CHANCE = math.log(1e-6)
"""Logarithm of the chance that so many random pairs are all in order."""
ORDERED = {"integer": "number", "number": "number", "date": "date", "datetime": "date"}


def find_rules(columns: Sequence[ProfiledColumn], rows: int) -> tuple[RowRule, ...]:
    """Orders, sums, products and fixed sums that hold in all rows where all values are there."""
    if rows < FEWEST_ROWS:
        return ()
    ordered = [each for each in columns if each.profile.kind in ORDERED][:MOST_COLUMNS]
    sample = np.linspace(0, rows - 1, min(rows, SAMPLE)).astype(np.intp)
    numbers = {each.profile.name: each.rows_of_numbers(sample) for each in ordered}
    check = _Check({each.profile.name: each for each in ordered}, rows)
    numeric = [each for each in ordered if ORDERED[each.profile.kind] == "number"]
    sums = list(_sums(numeric, numbers, check))
    sums += _longer_sums(numeric[:MOST_IN_LONGER_SUMS], numbers, check, sums)
    found = [*sums, *_fixed_sums(numeric, numbers, check), *_orders(ordered, numbers, check)]
    return tuple(found[:MOST_RULES])


class _Check:
    """Tries a rule in all rows, a block at a time."""

    BLOCK = 1 << 16

    def __init__(self, columns: dict[str, ProfiledColumn], rows: int) -> None:
        self._columns = columns
        self._rows = rows

    def holds(self, names: Sequence[str], rule: Callable[..., NDArray[np.bool_]]) -> bool:
        return all(bool(rule(*values).all()) for values in self.blocks(names))

    def blocks(self, names: Sequence[str]) -> Iterator[list[Numbers]]:
        """The values of rows in which all of the columns have one."""
        for start in range(0, self._rows, self.BLOCK):
            places = np.arange(start, min(start + self.BLOCK, self._rows))
            values = np.stack([self._columns[name].rows_of_numbers(places) for name in names])
            yield list(values[:, np.isfinite(values).all(axis=0)])


def _unit(column: ProfiledColumn) -> float:
    """Half of the last decimal that a column's values have."""
    return float(0.5 * 10.0 ** -min(column.profile.format.max_decimals, 12))


def _orders(
    columns: Sequence[ProfiledColumn], numbers: dict[str, Numbers], check: _Check
) -> Iterator[RowRule]:
    below = {
        (low.profile.name, high.profile.name)
        for one, other in combinations(columns, 2)
        for low, high in ((one, other), (other, one))
        if _is_order(low, high, numbers, check)
    }
    for low_name, high_name in sorted(below, key=lambda pair: _place(pair, columns)):
        between = any((low_name, mid) in below and (mid, high_name) in below for mid in numbers)
        if between:
            continue
        strict = check.holds((low_name, high_name), np.less)
        sign = "<" if strict else "<="
        rule = f"{written(low_name)} {sign} {written(high_name)}"
        yield RowRule(kind="order", columns=(low_name, high_name), rule=rule)


def _place(pair: tuple[str, str], columns: Sequence[ProfiledColumn]) -> tuple[int, int]:
    names = [each.profile.name for each in columns]
    return names.index(pair[0]), names.index(pair[1])


def _is_order(
    low: ProfiledColumn, high: ProfiledColumn, numbers: dict[str, Numbers], check: _Check
) -> bool:
    if ORDERED[low.profile.kind] != ORDERED[high.profile.kind]:
        return False
    if low.profile.kind == "integer" and min(low.distinct, high.distinct) < FEWEST_VALUES:
        return False
    first, second = numbers[low.profile.name], numbers[high.profile.name]
    both = np.isfinite(first) & np.isfinite(second)
    if both.sum() < FEWEST_ROWS or not (first[both] <= second[both]).all():
        return False
    if bool((first[both] == second[both]).all()):
        return False  # the same column twice: a dependency
    familiar = _familiar(first[both], second[both])
    if familiar > FAMILIAR or both.sum() * math.log(max(familiar, 1e-9)) > BY_CHANCE:
        return False
    return check.holds((low.profile.name, high.profile.name), np.less_equal)


def _familiar(first: Numbers, second: Numbers) -> float:
    """Share of all pairs of a value of one and a value of the other that are in order."""
    places = np.searchsorted(np.sort(first), second, side="right")
    return float(places.mean() / len(first))


def _sums(
    columns: Sequence[ProfiledColumn], numbers: dict[str, Numbers], check: _Check
) -> Iterator[RowRule]:
    """A + b = c and a * b = c."""
    names = [each.profile.name for each in columns]
    if len(names) < 3:
        return
    probe = np.stack([numbers[name] for name in names])
    probe = probe[:, np.flatnonzero(np.isfinite(probe).sum(axis=0) >= 3)[:PROBE]]
    units = np.array([_unit(each) for each in columns])
    varied = np.array([each.distinct >= FEWEST_VALUES for each in columns])
    for first, second in combinations(range(len(names)), 2):
        if not varied[first] and not varied[second]:
            continue
        for sign in ("+", "*"):
            slack = units + 1e-9
            if sign == "+":
                slack = slack + units[first] + units[second]
            for third in _near(sign, probe, (first, second), slack):
                trio = (first, second, int(third))
                if not varied[third] or _trivial(probe[list(trio)]):
                    continue
                named_trio = tuple(names[each] for each in trio)
                if check.holds(named_trio, _equation(sign, float(slack[third]))):
                    yield _made_rule(sign, named_trio)


def _longer_sums(
    columns: Sequence[ProfiledColumn],
    numbers: dict[str, Numbers],
    check: _Check,
    known: Sequence[RowRule],
) -> Iterator[RowRule]:
    """A + b + c = d, where it does not follow from sums that are known."""
    names = [each.profile.name for each in columns]
    if len(names) < 4:
        return
    probe = np.stack([numbers[name] for name in names])
    probe = probe[:, np.flatnonzero(np.isfinite(probe).sum(axis=0) >= 4)[:PROBE]]
    units = np.array([_unit(each) for each in columns])
    varied = np.array([each.distinct >= FEWEST_VALUES for each in columns])
    found = [_equation_of(rule, names) for rule in known if rule.kind == "sum"]
    for parts in combinations(range(len(names)), 3):
        if not varied[list(parts)].any():
            continue
        slack = units + units[list(parts)].sum() + 1e-9
        for total in _near_sum(probe, parts, slack):
            places = (*parts, int(total))
            equation = _places_equation(places, len(names))
            follows = np.linalg.matrix_rank(np.array([*found, equation])) <= len(found)
            if follows or not varied[total] or _trivial(probe[list(places)]):
                continue
            chosen = tuple(names[each] for each in places)
            if check.holds(chosen, _adds_up(float(slack[total]))):
                found.append(equation)
                a, b, c, d = map(written, chosen)
                yield RowRule(kind="sum", columns=chosen, rule=f"{a} + {b} + {c} == {d}")


def _near_sum(probe: Numbers, parts: tuple[int, ...], slack: Numbers) -> NDArray[np.intp]:
    """The columns that are the sum of others in every row of a probe."""
    gap = np.abs(probe - probe[list(parts)].sum(axis=0))
    near = (gap <= slack[:, None]) | ~np.isfinite(gap)
    enough = np.isfinite(gap).sum(axis=1) >= FEWEST_ROWS
    found = np.flatnonzero(near.all(axis=1) & enough)
    return found[~np.isin(found, parts)]


def _equation_of(rule: RowRule, names: Sequence[str]) -> Numbers:
    places = [names.index(name) for name in rule.columns if name in names]
    if len(places) < len(rule.columns):
        return np.zeros(len(names))
    return _places_equation(tuple(places), len(names))


def _places_equation(places: tuple[int, ...], size: int) -> Numbers:
    """What a sum adds and, last, what it comes to, as weights that come to 0; shape (size,)."""
    found = np.zeros(size)
    found[list(places[:-1])], found[places[-1]] = 1.0, -1.0
    return found


def _adds_up(slack: float) -> Callable[..., NDArray[np.bool_]]:
    def holds(*values: Numbers) -> NDArray[np.bool_]:
        made = np.sum(values[:-1], axis=0)
        near: NDArray[np.bool_] = np.abs(made - values[-1]) <= slack + 1e-12 * np.abs(made)
        return near

    return holds


def _near(sign: str, probe: Numbers, parts: tuple[int, int], slack: Numbers) -> NDArray[np.intp]:
    """The columns that are made of two others in every row of a probe."""
    first, second = probe[parts[0]], probe[parts[1]]
    made = first + second if sign == "+" else first * second
    gap = np.abs(probe - made)
    near = (gap <= slack[:, None] + 1e-12 * np.abs(made)) | ~np.isfinite(gap)
    enough = np.isfinite(gap).sum(axis=1) >= FEWEST_ROWS
    found = np.flatnonzero(near.all(axis=1) & enough)
    return found[~np.isin(found, parts)]


def _made_rule(sign: str, names: tuple[str, ...]) -> RowRule:
    a, b, c = map(written, names)
    return RowRule(
        kind="sum" if sign == "+" else "product", columns=names, rule=f"{a} {sign} {b} == {c}"
    )


def _trivial(values: Numbers) -> bool:
    """Whether one of the parts is nearly always the same, so that the last copies the others."""
    present = values[:, np.isfinite(values).all(axis=0)]
    still = [(np.abs(row - np.median(row)) < 1e-12).mean() for row in present]
    return max(still[:-1], default=1.0) > 0.9


def _equation(sign: str, slack: float) -> Callable[..., NDArray[np.bool_]]:
    def holds(first: Numbers, second: Numbers, third: Numbers) -> NDArray[np.bool_]:
        made = first + second if sign == "+" else first * second
        near: NDArray[np.bool_] = np.abs(made - third) <= slack + 1e-12 * np.abs(made)
        return near

    return holds


def _fixed_sums(
    columns: Sequence[ProfiledColumn], numbers: dict[str, Numbers], check: _Check
) -> Iterator[RowRule]:
    """Columns of one kind of name, such as Castle 1 to Castle 10, with one sum in all rows, and
    a column that is the sum of all of them."""
    groups: dict[str, list[ProfiledColumn]] = defaultdict(list)
    for each in columns:
        groups[re.sub(r"\d+", "#", each.profile.name)].append(each)
    groups["*"] = list(columns)
    for group in _apart(groups.values()):
        names = [each.profile.name for each in group]
        if len(names) < 3:
            continue
        total = np.sum([numbers[name] for name in names], axis=0)
        total = total[np.isfinite(total)]
        slack = sum(map(_unit, group)) + 1e-9
        if len(total) < FEWEST_ROWS or np.ptp(total) > 2 * slack:
            continue
        middle = float(np.median(total))
        rule = " + ".join(map(written, names)) + f" == {middle:.12g}"
        if check.holds(names, _constant(middle, slack)):
            yield RowRule(kind="fixed_sum", columns=tuple(names), rule=rule)


def _apart(groups: Iterable[list[ProfiledColumn]]) -> list[list[ProfiledColumn]]:
    """The groups, none of them twice."""
    return list({tuple(each.profile.name for each in group): group for group in groups}.values())


def _constant(total: float, slack: float) -> Callable[..., NDArray[np.bool_]]:
    def holds(*values: Numbers) -> NDArray[np.bool_]:
        near: NDArray[np.bool_] = np.abs(np.sum(values, axis=0) - total) <= slack
        return near

    return holds
