"""The profile of one column: all rows are looked at, by way of its different values."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from app.engine.errors import SourceError
from app.engine.formats.cells.cells import read_cells, write_cells
from app.engine.profiling.distinct import Distinct, distinct_values
from app.engine.profiling.kinds import Decision, decide
from app.engine.profiling.models import QUANTILES, Bars, ColumnProfile, Figures, ValueCount
from app.engine.profiling.sensitivity import find_sensitivity

TOP = 10
BARS = 20
MOST_SPIKES = 5
MOST_BYTES = 2**31 - 1
SPIKE_SHARE = 0.02
SPIKE_TIMES = 8.0
FEWEST_BESIDE = 20
NUMERIC = ("integer", "number", "date", "datetime", "time")


@dataclass(frozen=True, slots=True)
class ProfiledColumn:
    """A column's profile with what the table's profile is made from.

    Args:
        codes: place of each row's value among the different ones, -1 where it is missing,
            shape (rows,).
        numbers: the different values as float64, NaN where the column has no order.
    """

    profile: ColumnProfile
    codes: NDArray[np.int32]
    numbers: NDArray[np.float64] | None

    @property
    def distinct(self) -> int:
        return self.profile.distinct

    def rows_of_numbers(self, places: NDArray[np.intp]) -> NDArray[np.float64]:
        """The numbers of some rows, NaN where missing, shape (len(places),)."""
        assert self.numbers is not None
        return np.append(self.numbers, np.nan)[self.codes[places]]


def profile_column(name: str, cells: pa.ChunkedArray) -> ProfiledColumn:
    """The profile of a column from all of its cells.

    Raises:
        SourceError: where it holds more text than one array can.
    """
    if cells.nbytes > MOST_BYTES:
        raise SourceError(f"column {name!r}: {cells.nbytes:,} bytes are more than {MOST_BYTES:,}")
    decision = decide(name, distinct_values(cells))
    found = decision.found
    values = _typed(decision)
    if values is None:
        # What is written in several ways stays text, which every way can be.
        decision = Decision("text", decision.format, found, decision.tokens, decision.notes)
        values = found.values.cast(pa.string())
    numbers = _as_numbers(values) if decision.kind in NUMERIC else None
    form = decision.format.model_copy(update={"exact": _exact_share(decision, values)})
    rows = len(cells)
    profile = ColumnProfile(
        name=name,
        kind=decision.kind,
        format=form,
        missing=found.nulls / rows if rows else 0.0,
        missing_tokens=decision.tokens[:TOP],
        distinct=len(found.values),
        top=_counts(found.most_frequent(TOP)),
        figures=None if numbers is None or not rows else _figures(numbers, found),
        spikes=() if numbers is None else _spikes(numbers, found),
        sensitivity=find_sensitivity(name, decision.kind, found),
        notes=decision.notes,
    )
    return ProfiledColumn(profile, found.codes, numbers)


def _counts(pairs: list[tuple[str, int]]) -> tuple[ValueCount, ...]:
    return tuple(ValueCount(value=value, rows=rows) for value, rows in pairs)


def _typed(decision: Decision) -> pa.Array | None:
    try:
        return read_cells(decision.found.values, decision.format, decision.kind)
    except SourceError:
        return None


def _exact_share(decision: Decision, values: pa.Array) -> float:
    """Share of the rows whose cell comes back as it was when its value is written."""
    found = decision.found
    if not decision.format.is_text or decision.kind in {"category", "id", "text", "constant"}:
        return 1.0
    same = pc.equal(write_cells(values, decision.format, decision.kind), found.values)
    same = same.fill_null(False).to_numpy(zero_copy_only=False)
    return float(found.counts[same].sum() / max(found.present, 1))


def _as_numbers(values: pa.Array) -> NDArray[np.float64]:
    """Numbers as they are, moments in seconds."""
    kind = values.type
    if pa.types.is_date(kind):
        return values.cast(pa.int32()).cast(pa.float64()).to_numpy() * 86_400.0
    if pa.types.is_temporal(kind):
        return values.cast(pa.int64()).cast(pa.float64(), safe=False).to_numpy() / 1e6
    return values.cast(pa.float64(), safe=False).to_numpy()


def _figures(numbers: NDArray[np.float64], found: Distinct) -> Figures | None:
    finite = np.isfinite(numbers)
    numbers, counts = numbers[finite], found.counts[finite]
    if not len(numbers):
        return None
    order = np.argsort(numbers, kind="stable")
    numbers, counts = numbers[order], counts[order]
    with np.errstate(over="ignore", invalid="ignore"):
        mean = float(np.average(numbers, weights=counts))
        std = float(np.sqrt(np.average((numbers - mean) ** 2, weights=counts)))
    ends = np.cumsum(counts)
    places = np.searchsorted(ends, np.array(QUANTILES) * ends[-1], side="left")
    quantiles = tuple(numbers[np.minimum(places, len(numbers) - 1)].tolist())
    integral = bool((numbers == np.rint(numbers)).all())
    return Figures(
        mean=mean if np.isfinite(mean) else 0.0,
        std=std if np.isfinite(std) else 0.0,
        quantiles=quantiles,
        integral=integral,
        bars=_bars(numbers, counts, quantiles, integral=integral),
    )


def _bars(
    numbers: NDArray[np.float64],
    counts: NDArray[np.int64],
    quantiles: tuple[float, ...],
    *,
    integral: bool,
) -> Bars | None:
    """Rows in equal steps of the middle 98 percent, or of all where that is a single number; one
    step each for a few whole numbers. None where numbers are too close or too far for steps."""
    low, high = quantiles[1], quantiles[-2]
    if low == high:
        low, high = quantiles[0], quantiles[-1]
    steps = BARS
    if integral and high - low < BARS:
        steps = int(high - low) + 1
        low, high = low - 0.5, high + 0.5
    width = (high - low) / steps
    if not np.isfinite(width) or low + width == low or high - width == high:
        return None
    places = np.clip((numbers - low) / width, 0, steps - 1).astype(np.intp)
    rows = np.bincount(places, weights=counts, minlength=steps)
    return Bars(low=low, high=high, rows=tuple(int(each) for each in rows))


def _spikes(numbers: NDArray[np.float64], found: Distinct) -> tuple[ValueCount, ...]:
    """Values with many times the rows of those around them, in columns of many values."""
    if len(numbers) < FEWEST_BESIDE:
        return ()
    order = np.argsort(numbers, kind="stable")
    counts = found.counts[order].astype(float)
    around = np.convolve(counts, np.ones(11), "same") - counts
    beside = around / np.minimum(10, len(counts) - 1)
    high = (counts > SPIKE_TIMES * beside) & (counts > SPIKE_SHARE * found.present)
    places = order[np.flatnonzero(high)]
    places = places[np.argsort(-found.counts[places], kind="stable")][:MOST_SPIKES]
    texts = found.values.take(pa.array(places)).cast(pa.string()).to_pylist()
    return _counts([(text, int(found.counts[at])) for text, at in zip(texts, places, strict=True)])
