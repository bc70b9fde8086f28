"""The floor: the churn table by hand, with numpy, pyarrow and polars, and no promise kept.

Independent draws, no exact counts, no unique ids, no resuming, one process: what a practised
person would write for this one table. The distance between this and Tablesmith is what the
promises cost.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet

CHUNK = 131_072
LABELS = pa.array(["Active", "Inactive"])
STATUSES = pa.array(["Status1", "Status2", "Status3"])
TYPES = pa.array(["Gold", "Silver", "Bronze"])
FIRST_DAY = np.datetime64("2017-01-01", "D").astype(np.int32)
DAYS = 1461
DATE_NAME = "Subscription Start Date"
DATES = (
    pa.array(np.arange(FIRST_DAY, FIRST_DAY + DAYS), pa.int32()).cast(pa.date32()).cast(pa.string())
)


class Words:
    """Weighted words, drawn through a table of 65,536 places: one random 16-bit word a draw."""

    def __init__(self, weights: dict[str, float]) -> None:
        self.words = pa.array(list(weights))
        shares = np.cumsum(list(weights.values()))
        places = (np.arange(65_536) + 0.5) / 65_536 * shares[-1]
        self.places = np.searchsorted(shares, places).astype(np.int32)

    def draw(self, rng: np.random.Generator, rows: int) -> pa.Array:
        picks = self.places[rng.integers(0, 65_536, rows, dtype=np.uint16)]
        return self.words.take(pa.array(picks))


def names() -> tuple[Words, Words]:
    """Faker's first and last names of the United States with their weights."""
    from faker.providers.person.en_US import Provider

    return Words(dict(Provider.first_names)), Words(dict(Provider.last_names))


def ids(rng: np.random.Generator, rows: int) -> pa.Array:
    """Four letters and thirteen digits, written straight into Arrow's buffer."""
    text = np.empty((rows, 17), np.uint8)
    text[:, :4] = rng.integers(65, 91, (rows, 4), dtype=np.uint8)
    text[:, 4:] = rng.integers(48, 58, (rows, 13), dtype=np.uint8)
    offsets = np.arange(0, 17 * rows + 1, 17, dtype=np.int32)
    return pa.Array.from_buffers(
        pa.string(), rows, [None, pa.py_buffer(offsets), pa.py_buffer(text)]
    )


def labels(words: pa.Array, codes: np.ndarray) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int8)), words)


def chunk(rng: np.random.Generator, rows: int, first: Words, last: Words) -> pa.RecordBatch:
    """One chunk of the table."""

    def normal(mean: float, std: float) -> np.ndarray:
        return rng.standard_normal(rows) * std + mean

    tenure = np.clip(np.rint(normal(16, 8)), 3, 100)
    sign = np.where(rng.random(rows) < 0.5, 1.0, -1.0)
    spend = np.round(rng.standard_normal(rows) * 5 + 10 * sign, 2)
    topup = np.round(normal(-40, 20), 2)
    kind = np.searchsorted([0.5, 0.8], rng.random(rows))
    score = 0.08 * (tenure - 16) + 0.5 * sign + 0.05 * (topup + 40) - 0.5 * kind
    churned = rng.random(rows) < 1 / (1 + np.exp(2.9 - score))
    return pa.record_batch(
        {
            "SubscriptionId": ids(rng, rows),
            DATE_NAME: pa.array(FIRST_DAY + rng.integers(0, DAYS, rows, dtype=np.int32)).cast(
                pa.date32()
            ),
            "Name": pc.binary_join_element_wise(first.draw(rng, rows), last.draw(rng, rows), " "),
            "Tenure (Months)": pa.array(tenure.astype(np.int64)),
            "CLTV": pa.array(np.clip(np.rint(normal(-40, 20)), 0, 5000).astype(np.int64)),
            "Last 30 Days Spend Trend": pa.array(spend),
            "Last 30 Days Data Usage Trend": pa.array(np.round(normal(10, 5), 2)),
            "Topup Frequency Trend": pa.array(topup),
            "Dummy_Category": labels(STATUSES, rng.integers(0, 3, rows, dtype=np.int8)),
            "Subscription Type": labels(TYPES, kind),
            "Churned": labels(LABELS, churned),
        }
    )


def chunks(rows: int) -> Iterator[pa.RecordBatch]:
    """The whole table, chunk by chunk."""
    rng = np.random.default_rng(7)
    first, last = names()
    for start in range(0, rows, CHUNK):
        yield chunk(rng, min(CHUNK, rows - start), first, last)


def write_polars_csv(rows: int, path: Path) -> None:
    import polars as pl

    with path.open("wb") as file:
        for number, batch in enumerate(chunks(rows)):
            frame: Any = pl.from_arrow(dates_as_words(batch))
            frame.write_csv(file, include_header=number == 0, quote_style="never", batch_size=8192)


def dates_as_words(batch: pa.RecordBatch) -> pa.RecordBatch:
    """The same rows, dates picked from a list of written days: polars' own writing takes longer."""
    codes = pc.subtract(batch.column(1).cast(pa.int32()), pa.scalar(FIRST_DAY, pa.int32()))
    return batch.set_column(1, DATE_NAME, pa.DictionaryArray.from_arrays(codes, DATES))


def write_arrow_csv(rows: int, path: Path) -> None:
    writer = None
    options = pyarrow.csv.WriteOptions(quoting_style="none", quoting_header="none")
    for batch in chunks(rows):
        plain = pa.RecordBatch.from_arrays(
            [
                column.dictionary_decode() if pa.types.is_dictionary(column.type) else column
                for column in batch.columns
            ],
            names=batch.schema.names,
        )
        writer = writer or pyarrow.csv.CSVWriter(path, plain.schema, write_options=options)
        writer.write_batch(plain)
    if writer:
        writer.close()


def write_parquet(rows: int, path: Path) -> None:
    writer = None
    for batch in chunks(rows):
        writer = writer or pyarrow.parquet.ParquetWriter(
            path,
            batch.schema,
            compression="snappy",
            use_dictionary=["Dummy_Category", "Subscription Type", "Churned"],
        )
        writer.write_batch(batch)
    if writer:
        writer.close()


WRITERS = {
    "floor-polars": {"csv": write_polars_csv},
    "floor-pyarrow": {"csv": write_arrow_csv, "parquet": write_parquet},
}
