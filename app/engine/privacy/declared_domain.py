"""Domains as people declare them: bounds of numbers and dates, labels of everything else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import Any

from app.engine.errors import DefinitionError, Fault
from app.engine.privacy.domain import (
    MOST_UNITS,
    ColumnDomain,
    Domain,
    Labels,
    Numbers,
    Scale,
    even_starts,
)

BINS = 32
MOST_BINS = 1000
MOST_LABELS = 10_000
MOST_DECIMALS = 6
_KEYS = {"low", "high", "bins", "edges", "decimals", "missing"}
_EPOCH = date(1970, 1, 1).toordinal()
_AS_LIST = "such as [0, 100], or {low: 0, high: 100, bins: 20}"


def declared_domain(
    names: Sequence[str], bounds: Mapping[str, Any], categories: Mapping[str, Any]
) -> Domain:
    """The domain of a table's columns.

    Args:
        names: of the columns, in their order.
        bounds: of numbers and dates, by name: `[low, high]`, or a mapping of `low`, `high` and
            `bins` (32 when left out), `edges` (where bins start, in place of `bins`),
            `decimals` (0 for whole numbers, which is the default where both bounds are) and
            `missing` (whether a cell may be missing: yes). Dates as `date` or ISO texts.
        categories: labels, by name: a list, or a mapping of `labels` and `missing`.

    Raises:
        DefinitionError: with every fault; a column that nothing is declared of is one.
    """
    faults: list[Fault] = []
    found: list[ColumnDomain] = []
    for path, given in (("bounds", bounds), ("categories", categories)):
        faults.extend(
            Fault(f"privacy.{path}.{name}", "there is no such column")
            for name in given
            if name not in names
        )
    for name in names:
        try:
            found.append(_column(name, bounds, categories))
        except _FaultError as error:
            faults.append(error.fault)
    if faults:
        raise DefinitionError(faults)
    return Domain(tuple(found))


class _FaultError(Exception):
    """One column that is declared wrongly."""

    def __init__(self, path: str, message: str, hint: str | None = None) -> None:
        self.fault = Fault(f"privacy.{path}", message, hint)
        super().__init__(message)


def _column(name: str, bounds: Mapping[str, Any], categories: Mapping[str, Any]) -> ColumnDomain:
    if name in bounds and name in categories:
        raise _FaultError(f"bounds.{name}", "it has categories, too", "one of the two")
    if name in bounds:
        return _numbers(name, bounds[name])
    if name in categories:
        return _labels(name, categories[name])
    raise _FaultError(
        f"bounds.{name}",
        "nothing is declared of this column, and nothing may be read from rows",
        f"`bounds: {{{name}: [low, high]}}` for numbers and dates, "
        f"or `categories: {{{name}: [...]}}`",
    )


def _labels(name: str, given: Any) -> Labels:
    path = f"categories.{name}"
    parts = dict(given) if isinstance(given, Mapping) else {"labels": given}
    labels, missing = parts.pop("labels", None), parts.pop("missing", True)
    if parts or not isinstance(labels, list | tuple) or not labels or type(missing) is not bool:
        raise _FaultError(path, "these are no labels", "a list, or {labels: [...], missing: false}")
    if any(not isinstance(label, str | int) for label in labels):
        raise _FaultError(path, "a label is neither a text nor a whole number")
    texts = tuple(_text(label) for label in labels)
    if len(set(texts)) < len(texts) or len(texts) > MOST_LABELS:
        raise _FaultError(path, f"labels repeat, or are more than {MOST_LABELS}")
    return Labels(name, texts, missing)


def _text(label: str | int) -> str:
    return str(label).lower() if isinstance(label, bool) else str(label)


def _numbers(name: str, given: Any) -> Numbers:
    path = f"bounds.{name}"
    parts = _parts(path, given)
    low, high, missing = parts.get("low"), parts.get("high"), parts.get("missing", True)
    if type(missing) is not bool:
        raise _FaultError(f"{path}.missing", "it is neither true nor false")
    scale, low, high = _ends(path, low, high)
    whole = isinstance(low, int) and isinstance(high, int)
    decimals = parts.get("decimals", 0 if whole or scale is Scale.DAY else 2)
    if type(decimals) is not int or not 0 <= decimals <= MOST_DECIMALS:
        raise _FaultError(f"{path}.decimals", f"it is a whole number from 0 to {MOST_DECIMALS}")
    first, last = _step(low, decimals), _step(high, decimals)
    if first >= last or max(abs(first), abs(last)) > MOST_UNITS:
        raise _FaultError(path, "the low bound is not below the high one", _AS_LIST)
    return Numbers(
        name, scale, _starts(path, parts, first, last, decimals), last, decimals, missing
    )


def _parts(path: str, given: Any) -> dict[str, Any]:
    if isinstance(given, list | tuple) and len(given) == 2:
        return {"low": given[0], "high": given[1]}
    if isinstance(given, Mapping) and set(given) <= _KEYS and {"low", "high"} <= set(given):
        return dict(given)
    raise _FaultError(path, "these are no bounds", _AS_LIST)


def _ends(path: str, low: Any, high: Any) -> tuple[Scale, int | float, int | float]:
    days = [_day(each) for each in (low, high)]
    if None not in days:
        return Scale.DAY, *(day for day in days if day is not None)  # type: ignore[return-value]
    for each in (low, high):
        if type(each) not in (int, float) or not abs(each) < float("inf"):
            raise _FaultError(path, "a bound is neither a finite number nor a date", _AS_LIST)
    return Scale.NUMBER, low, high


def _day(given: Any) -> int | None:
    """Days since 1970-01-01; None for what is no date."""
    try:
        found = date.fromisoformat(given) if isinstance(given, str) else given
    except ValueError:
        return None
    return found.toordinal() - _EPOCH if type(found) is date else None


def _step(number: float, decimals: int) -> int:
    return round(number * 10**decimals)


def _starts(
    path: str, parts: Mapping[str, Any], first: int, last: int, decimals: int
) -> tuple[int, ...]:
    if "edges" not in parts:
        bins = parts.get("bins", BINS)
        if type(bins) is not int or not 1 <= bins <= MOST_BINS:
            raise _FaultError(f"{path}.bins", f"it is a whole number from 1 to {MOST_BINS}")
        return even_starts(first, last, bins)
    starts = tuple(_edges(path, parts, decimals))
    is_inside = starts and starts[0] == first and starts[-1] <= last and len(starts) <= MOST_BINS
    if not is_inside or any(one >= other for one, other in pairwise(starts)):
        raise _FaultError(f"{path}.edges", "they do not ascend from the low bound to the high one")
    return starts


def _edges(path: str, parts: Mapping[str, Any], decimals: int) -> Iterator[int]:
    for edge in parts["edges"] if isinstance(parts["edges"], list | tuple) else ():
        day = _day(edge)
        if day is None and type(edge) not in (int, float):
            raise _FaultError(f"{path}.edges", "an edge is neither a number nor a date")
        yield day if day is not None else _step(edge, decimals)
