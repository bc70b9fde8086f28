"""What learning a table will take, and what will be weak, seen from its profile before it begins.

Nothing of it blocks. Figures are of one core and meant to tell seconds from hours.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from app.engine.profiling.models import ColumnProfile, TableProfile
from app.engine.synthesizers.learning import FEW_ROWS
from app.engine.synthesizers.registry import SYNTHESIZERS
from app.engine.synthesizers.sequential.settings import SequentialSettings
from app.engine.synthesizers.table import FEWEST_ROWS
from app.engine.synthesizers.values import FEATURE_BINS

# Seconds of a row, a question and a column before it; measured on tables of 4,000 to 50,000 rows,
# each in three sizes of the model, from which single ones were off by a factor of two and a half.
SECONDS_A_TEST = 6e-7
# More trees are mostly not grown: they stop early. Seconds grow with their most to this power.
BY_TREES = 0.6
USUAL_TREES = 120
SECONDS_A_CELL = 3e-6
SECONDS_TO_START = 1.0
BYTES_TO_START = 250 * 2**20
BYTES_A_CELL = 64
BYTES_A_COLUMN = 1 << 14
NUMBERS = frozenset({"integer", "number", "date", "datetime", "time"})
NEARLY_ALL = 0.9
WIDE = 200
MOST_NAMED = 20


@dataclass(frozen=True, slots=True)
class TrainingEstimate:
    """What learning a table takes; plain data.

    Args:
        rows, columns: that are learned.
        seconds: of one core, about.
        memory: bytes that its process will have at the most, about.
        model_bytes: of the model's file, about.
        sampled: what will be learned from a part of the rows, in words.
        weak: what will come out weak, or not at all, in words.
        suggestions: what would mend it, in words.
    """

    rows: int
    columns: int
    seconds: float
    memory: int
    model_bytes: int
    sampled: tuple[str, ...]
    weak: tuple[str, ...]
    suggestions: tuple[str, ...]


def estimate_training(
    table: TableProfile,
    columns: Sequence[str],
    synthesizer: str,
    settings: Mapping[str, Any],
    k: int,
    texts: Collection[str] = (),
) -> TrainingEstimate:
    """What learning some columns of a table takes.

    Args:
        columns: that are learned.
        synthesizer: a registered one.
        settings: those of it that differ from its defaults.
        k: rows that a value must have to come out.
        texts: those of the columns that are learned as free text.
    """
    wanted = set(columns)
    learned = [each for each in table.columns if each.name in wanted]
    cells = len(learned) * table.rows
    labels = [each for each in learned if each.name not in texts]
    own = SYNTHESIZERS[synthesizer].settings(**settings)
    most = getattr(own, "max_rows", None)
    return TrainingEstimate(
        rows=table.rows,
        columns=len(learned),
        seconds=round(_seconds(table.rows, learned, own), 1),
        memory=BYTES_TO_START + cells * BYTES_A_CELL,
        model_bytes=len(learned) * BYTES_A_COLUMN,
        sampled=tuple(_sampled(table.rows, most)),
        weak=tuple(_weak(table.rows, labels, k)),
        suggestions=tuple(_suggestions(table.rows, labels, synthesizer)),
    )


def _seconds(rows: int, learned: Sequence[ColumnProfile], settings: BaseModel) -> float:
    """Trees take most of them, where the synthesizer has any."""
    seconds = SECONDS_TO_START + SECONDS_A_CELL * rows * len(learned)
    if not isinstance(settings, SequentialSettings):
        return seconds
    questions = sum(_questions(each, rows, settings.bins) for each in learned)
    tests = min(rows, settings.max_rows) * questions * len(learned) / 2
    return seconds + SECONDS_A_TEST * tests * (settings.max_rounds / USUAL_TREES) ** BY_TREES


def _questions(column: ColumnProfile, rows: int, bins: int) -> float:
    """Yes-or-no questions that a row of the column is asked, about."""
    most = bins if column.kind in NUMBERS else FEATURE_BINS
    symbols = max(2, min(column.distinct, most, rows // 15))
    return math.log2(symbols) * (1.0 if column.kind in NUMBERS else 0.7)


def _sampled(rows: int, most: int | None) -> Iterator[str]:
    if most is not None and rows > most:
        yield f"trees are grown from {most:,} of the {rows:,} rows"


def _weak(rows: int, learned: Sequence[ColumnProfile], k: int) -> Iterator[str]:
    if rows < FEWEST_ROWS:
        yield f"{rows} rows cannot be learned: {FEWEST_ROWS} are needed at least"
    elif rows < FEW_ROWS:
        yield f"{rows} rows are few: relations will be weak below {FEW_ROWS} rows"
    rare = [each.name for each in learned if each.kind not in NUMBERS and _is_rare(each, rows, k)]
    if rare:
        yield f"most values of {_named(rare)} stand in fewer than {k} rows and will not come out"
    many = [each.name for each in learned if each.kind not in NUMBERS and each.name not in rare
            and each.distinct > FEATURE_BINS]  # fmt: skip
    if many:
        yield (
            f"more than {FEATURE_BINS} labels in {_named(many)}: other columns do not tell the "
            "rarest apart"
        )


def _suggestions(rows: int, learned: Sequence[ColumnProfile], synthesizer: str) -> Iterator[str]:
    unique = [
        each.name
        for each in learned
        if each.kind not in NUMBERS and each.distinct > max(NEARLY_ALL * rows, 1)
    ]
    if unique:
        yield f"nearly all values of {_named(unique)} differ: fake them, or drop the column"
    if len(learned) > WIDE and synthesizer == "sequential":
        yield f"`copula` learns {len(learned):,} columns in a fraction of the time"


def _is_rare(column: ColumnProfile, rows: int, k: int) -> bool:
    """Whether most of its values must be rarer than k, however they are shared out."""
    present = rows * (1.0 - column.missing)
    return column.distinct > 2 * present / k


def _named(names: Sequence[str]) -> str:
    left = len(names) - MOST_NAMED
    shown = ", ".join(f"`{each}`" for each in names[:MOST_NAMED])
    return f"{shown} and {left} more" if left > 0 else shown
