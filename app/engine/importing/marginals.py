"""How the values of one real column are distributed, as a declared column that holds none of its
rows.

What fewer than k rows have does not come out: rare labels are one, numbers end at the k-th from
either end, and every quantile in between is the mean of k neighbours.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from app.engine.generators.apportionment import apportion
from app.engine.importing.drafts import by_name
from app.engine.profiling.typed_table import TypedColumn
from app.engine.synthesis.defaults import STANDARD_PATTERNS, declared_pattern, fake_column
from app.engine.synthesis.new_keys import is_uuid, new_key_column

Document = dict[str, Any]
Numbers = NDArray[np.float64]

OTHER = "other"
MOST_LABELS = 300
MOST_VALUES = 40
POINTS = 51
MOST_DECIMALS = 6
SHARE_DECIMALS = 6
SECONDS = 1_000_000


@dataclass(frozen=True, slots=True)
class DeclaredColumn:
    """A column of the language, and in words what it does not keep of the real one."""

    document: Document
    note: str | None = None


def declared_column(column: TypedColumn, k: int) -> DeclaredColumn:
    """The column of the language that comes nearest to a real one.

    Args:
        k: what fewer rows than this have does not come out.
    """
    profile = column.profile
    present = len(column.values) - column.values.null_count
    missing = _missing(len(column.values), present, k)
    if profile.is_sensitive and profile.sensitivity is not None:
        words = profile.sensitivity.kind.replace("_", " ")
        fake = {key: value for key, value in fake_column(profile).items() if key != "missing"}
        return DeclaredColumn({**fake, **missing}, f"looks like a {words}: made up")
    if present < k:
        return DeclaredColumn({"type": "category", "cats": [OTHER], **missing})
    made = _BUILDERS[profile.kind](column, k)
    return DeclaredColumn({**made.document, **missing}, made.note)


def _missing(rows: int, present: int, k: int) -> Document:
    if rows - present < k:
        return {}
    return {"missing": 1.0 if present < k else round((rows - present) / rows, SHARE_DECIMALS)}


def _labels(column: TypedColumn, k: int) -> DeclaredColumn:
    """Labels and their shares; those of fewer than k rows are one label."""
    values = column.values
    texts = values.cast(values.type.value_type) if pa.types.is_dictionary(values.type) else values
    counts = texts.cast(pa.string()).drop_null().value_counts()
    pairs = sorted(
        ((each["values"].as_py(), each["counts"].as_py()) for each in counts),
        key=lambda pair: (-pair[1], pair[0]),
    )
    kept = [pair for pair in pairs if pair[1] >= k and pair[0].strip()][:MOST_LABELS]
    rest = sum(count for _, count in pairs) - sum(count for _, count in kept)
    if not kept:
        said = f"every value is in fewer than {k} rows: made up"
        return DeclaredColumn(by_name(column.name), said)
    note = _merged(len(pairs) - len(kept), k)
    # Fewer than k rows of rare labels say something of each, so they count as the label above.
    if rest >= k:
        kept.append((_free_label(kept), rest))
    return DeclaredColumn({"type": "category", "cats": _shares(kept)}, note)


def _merged(labels: int, k: int) -> str | None:
    """What is said of labels that have no share of their own, if there are some."""
    if not labels:
        return None
    said = "1 label" if labels == 1 else f"{labels:,} labels"
    few = f"of fewer than {k} rows, or beyond {MOST_LABELS}," if k > 1 else f"beyond {MOST_LABELS}"
    return f"{said} {few} {'is' if labels == 1 else 'are'} merged"


def _shares(counts: list[tuple[str, int]]) -> dict[str, float]:
    """Shares of few decimals that sum to 1; labels whose share rounds to nothing are left out."""
    total = sum(count for _, count in counts)
    units = apportion(10**SHARE_DECIMALS, [count / total for _, count in counts])
    return {
        label: round(each / 10**SHARE_DECIMALS, SHARE_DECIMALS)
        for (label, _), each in zip(counts, units, strict=True)
        if each
    }


def _free_label(kept: list[tuple[str, int]]) -> str:
    label = OTHER
    while label in {name for name, _ in kept}:
        label += "_"
    return label


def _truth(column: TypedColumn, k: int) -> DeclaredColumn:
    """True and false as such; labels such as Yes and No as a category."""
    yes = int(pc.sum(column.values).as_py() or 0)
    present = len(column.values) - column.values.null_count
    rare = min(yes, present - yes) < k
    share = round(yes / present, SHARE_DECIMALS)
    share = round(share) if rare else share
    labels = column.format.labels or ("false", "true")
    if labels == ("false", "true"):
        return DeclaredColumn({"type": "bool", "proportion": share})
    no_label, yes_label = labels
    shares = {no_label: round(1 - share, SHARE_DECIMALS), yes_label: share}
    cats = {label: each for label, each in shares.items() if each}
    return DeclaredColumn({"type": "category", "cats": cats})


def _numbers(column: TypedColumn, k: int) -> DeclaredColumn:
    values = column.values.drop_null().cast(pa.float64(), safe=False).to_numpy()
    values = values[np.isfinite(values)]
    if column.kind == "integer":
        spread = _spread(values, k, 0)
        return DeclaredColumn({"type": "int", **spread})
    decimals = min(column.format.max_decimals, MOST_DECIMALS)
    return DeclaredColumn({"type": "float", "decimals": decimals, **_spread(values, k, decimals)})


def _spread(values: Numbers, k: int, decimals: int) -> Document:
    """The distribution of numbers: values with weights where they are few, else quantiles."""
    if len(values) < 2 * k:
        middle = float(np.round(values.mean(), decimals)) if len(values) else 0.0
        return {"distribution": "constant", "value": _plain(middle, decimals)}
    distinct, counts = np.unique(values, return_counts=True)
    if len(distinct) <= MOST_VALUES:
        return _weighted(distinct, counts, k, decimals)
    points = protected_quantiles(values, k)
    low, high = float(points[0]), float(points[-1])
    if np.round(low, decimals) == np.round(high, decimals):
        return {"distribution": "constant", "value": _plain(low, decimals)}
    quantiles = [_plain(each, decimals + 2) for each in points.tolist()]
    ends = {"min": _plain(low, decimals), "max": _plain(high, decimals)}
    return {**ends, "distribution": "empirical", "quantiles": quantiles}


def _weighted(distinct: Numbers, counts: NDArray[np.int64], k: int, decimals: int) -> Document:
    """Values that k rows have, and their weights; others count as the nearest of these."""
    kept = counts >= k
    if not kept.any():
        middle = float(np.average(distinct, weights=counts))
        return {"distribution": "constant", "value": _plain(middle, decimals)}
    values = distinct[kept]
    nearest = np.abs(distinct[:, None] - values[None, :]).argmin(axis=1)
    weights = np.bincount(nearest, weights=counts, minlength=len(values))
    if len(values) == 1:
        return {"distribution": "constant", "value": _plain(float(values[0]), decimals)}
    return {
        "distribution": "empirical",
        "values": [_plain(each, decimals) for each in values.tolist()],
        "weights": [int(each) for each in weights],
    }


def protected_quantiles(values: Numbers, k: int) -> Numbers:
    """Quantiles at equally spaced probabilities from 0 to 1, at most 51 of them.

    The ends are the k-th values from either end; every other one is the mean of k neighbours in
    order, or the spike that all of them but one have, so that none says what one row alone has.

    Args:
        values: shape (rows,), at least 2 k of them, all finite.
    """
    ordered = np.sort(values)
    ordered = np.clip(ordered, ordered[k - 1], ordered[-k])
    points = min(POINTS, max(3, len(ordered) // k))
    sums = np.concatenate([[0.0], np.cumsum(ordered - ordered[0])])
    centres = np.linspace(0, len(ordered) - 1, points)
    starts = np.clip(np.rint(centres).astype(int) - k // 2, 0, len(ordered) - k)
    found = (sums[starts + k] - sums[starts]) / k + ordered[0]
    # The mean of a spike and one value beside it would say that value to who knows the spike. And k
    # equal neighbours have themselves as their mean, whatever floating point makes of it.
    last = starts + k - 1
    for first, second in (
        (starts, np.maximum(last - 1, starts)),
        (np.minimum(starts + 1, last), last),
    ):
        spike = ordered[first]
        rows = np.searchsorted(ordered, spike, "right") - np.searchsorted(ordered, spike)
        found = np.where((spike == ordered[second]) & (rows >= k), spike, found)
    return np.maximum.accumulate(np.clip(found, ordered[0], ordered[-1]))


def _plain(value: float, decimals: int) -> int | float:
    if decimals <= 0:
        return int(np.rint(value))
    rounded = round(float(value), decimals)
    return int(rounded) if rounded.is_integer() and abs(rounded) < 1e15 else rounded


def _moments(column: TypedColumn, k: int) -> DeclaredColumn:
    kind = column.kind
    steps = column.values.drop_null()
    numbers = steps.cast(pa.int32() if kind == "date" else pa.int64()).cast(
        pa.float64(), safe=False
    )
    values = numbers.to_numpy()
    if len(values) < 2 * k:
        values = np.repeat(values.mean(), 2 * k)
    points = np.rint(protected_quantiles(values, k))
    write = _WRITERS[kind]
    ends: Document = {"start_date": write(points[0]), "end_date": write(points[-1])}
    if points[-1] > points[0]:
        shares = (points - points[0]) / (points[-1] - points[0])
        quantiles = [round(float(each), SHARE_DECIMALS) for each in shares]
        ends |= {"distribution": "empirical", "quantiles": quantiles}
    if kind == "time":
        ends = {key.replace("_date", "_time"): value for key, value in ends.items()}
    pattern, note = _pattern(column)
    return DeclaredColumn({"type": kind, **ends, **pattern}, note)


def _pattern(column: TypedColumn) -> tuple[Document, str | None]:
    pattern = column.format.pattern
    found = declared_pattern(pattern)
    lost = pattern is not None and not found and pattern not in STANDARD_PATTERNS
    note = "written in ISO 8601: the language has no words for its pattern"
    return found, note if lost else None


def _date(days: float) -> str:
    return (date(1970, 1, 1) + timedelta(days=float(days))).isoformat()


def _datetime(micros: float) -> str:
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=int(micros) // SECONDS)
    return moment.replace(tzinfo=None).isoformat()


def _time(micros: float) -> str:
    return (datetime(1970, 1, 1) + timedelta(seconds=int(micros) // SECONDS)).time().isoformat()


_WRITERS: dict[str, Callable[[float], str]] = {"date": _date, "datetime": _datetime, "time": _time}


def _ids(column: TypedColumn, k: int) -> DeclaredColumn:
    """New ids: a sequence, or codes of the same shape where there is room."""
    made = new_key_column(column.profile, len(column.values), k)
    present = len(column.values) - column.values.null_count
    notes = ["new ids, each of them once: the real ones repeat"] * (
        column.profile.distinct < present
    )
    if made.get("format") == "uuid" and not is_uuid(column.profile):
        notes.append("made up as UUIDs: the real ones have no one form")
    return DeclaredColumn(made, "; ".join(notes) or None)


def _texts(column: TypedColumn, k: int) -> DeclaredColumn:
    return DeclaredColumn(by_name(column.name), "texts are made up by the column's name")


def _places(column: TypedColumn, k: int) -> DeclaredColumn:
    return DeclaredColumn({"type": "text"}, "places as text cannot be declared: made up")


def _constant(column: TypedColumn, k: int) -> DeclaredColumn:
    return _labels(column, k)


_BUILDERS: dict[str, Callable[[TypedColumn, int], DeclaredColumn]] = {
    "integer": _numbers,
    "number": _numbers,
    "category": _labels,
    "constant": _constant,
    "boolean": _truth,
    "date": _moments,
    "datetime": _moments,
    "time": _moments,
    "id": _ids,
    "text": _texts,
    "geo": _places,
}
