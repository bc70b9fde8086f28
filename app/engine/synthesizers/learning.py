"""From a table to what was learned of it: the one way in for programs, commands and jobs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pydantic import BaseModel, ValidationError

from app.engine.errors import DefinitionError, Fault
from app.engine.privacy.statement import PrivacyStatement
from app.engine.seeds import Stream
from app.engine.sources.declarations import DeclaredTable
from app.engine.synthesis.models import Fairness
from app.engine.synthesizers.base import FitContext, Map, Model, Synthesizer, block_of
from app.engine.synthesizers.calibration import calibrated
from app.engine.synthesizers.cell_formats import ColumnCells
from app.engine.synthesizers.preparation import protected
from app.engine.synthesizers.provenance import ModelEvaluation, Provenance
from app.engine.synthesizers.registry import DEFAULT_SYNTHESIZER, SYNTHESIZERS
from app.engine.synthesizers.table import EncodedColumn, EncodedTable, Kind
from app.engine.synthesizers.texts.fitting import learn_texts
from app.engine.synthesizers.texts.learned_text import LearnedText, text_schema, with_texts
from app.engine.synthesizers.values import Protection, column_values

FEW_ROWS = 100
FEW_KEPT = 0.5  # share of cells whose labels may be drawn, below which a warning says so
UNPROTECTED = "values are not protected: labels and extremes of a single row come out"


@dataclass(frozen=True, eq=False, slots=True)
class LearnedTable:
    """A model with what it was made by.

    Args:
        seed: of the fit; what is drawn has a seed of its own.
        rows: of the source, which are drawn where nobody says how many.
        target: the column that models will be trained on, where one was named.
        warnings: what will be weak, in words.
        cells: how the source writes its columns; empty where it was no file.
        made: columns that are not learned but declared, such as new keys, as documents of the
            schema language by name.
        order: of all columns that come out; empty for those of the model alone.
        kept: columns whose rows keep their own values, which a table has to give.
        holdout: share of the source's rows that was to be set aside before anything was learned.
        held_out: rows that were.
        provenance: when, with what and of what it was made; None where nobody noted it.
        evaluation: what it was found to be worth; None where it was not judged.
        privacy: the differential privacy that it was made with; None for none.
        fairness: of one column between the groups of another; None for as in the source.
        declared: what the source's database declares of its table; None where it is of none.
        texts: columns of free text, of which the model draws the lengths.
    """

    synthesizer: str
    settings: BaseModel
    protection: Protection
    seed: int
    rows: int
    model: Model
    target: str | None = None
    warnings: tuple[str, ...] = ()
    cells: tuple[ColumnCells, ...] = ()
    made: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    order: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    holdout: float = 0.0
    held_out: int = 0
    provenance: Provenance | None = None
    evaluation: ModelEvaluation | None = None
    privacy: PrivacyStatement | None = None
    fairness: Fairness | None = None
    declared: DeclaredTable | None = None
    texts: tuple[LearnedText, ...] = ()

    @property
    def schema(self) -> pa.Schema:
        return text_schema(self.model.schema, self.texts)

    def block(self, rows: int, seed: int, number: int) -> pa.RecordBatch:
        """Rows of one block, the same for the same arguments, in any process."""
        return self.with_texts(block_of(self.model, rows, seed, number), seed, number)

    def with_texts(self, rows: pa.RecordBatch, seed: int, number: int) -> pa.RecordBatch:
        """Rows of one block of the model with texts in the place of their lengths."""
        if not self.texts:
            return rows
        return with_texts(rows, self.texts, Stream(seed).child("synthesize", "block", number))


def learn(
    table: EncodedTable,
    synthesizer: str = DEFAULT_SYNTHESIZER,
    settings: Mapping[str, Any] | None = None,
    *,
    seed: int,
    protection: Protection | None = None,
    target: str | None = None,
    cells: tuple[ColumnCells, ...] = (),
    fairness: Fairness | None = None,
    run: Map = map,
) -> LearnedTable:
    """Fit a synthesizer to a table.

    Args:
        synthesizer: its name.
        settings: those that differ from its defaults.
        target, cells, fairness: as in `LearnedTable`.
        run: the built-in `map`, or that of an executor.

    Raises:
        DefinitionError: an unknown synthesizer, setting or target, a value out of range, or a
            column that cannot be made fair.
    """
    if target is not None and target not in table.names:
        names = ", ".join(table.names[:20])
        raise DefinitionError(
            [Fault("target", f"there is no column {target!r}", f"one of {names}")]
        )
    if synthesizer not in SYNTHESIZERS:
        known = ", ".join(SYNTHESIZERS)
        message = f"there is no synthesizer {synthesizer!r}"
        raise DefinitionError([Fault("synthesizer.name", message, f"one of {known}")])
    chosen = SYNTHESIZERS[synthesizer]
    if fairness is not None and not chosen.is_fair:
        _refuse_fairness(chosen)
    checked = _settings(chosen.settings, settings or {})
    guard = protection or Protection()
    stream = Stream(seed).child("learn", synthesizer)
    context = FitContext(stream, guard, run, target, fairness)
    model = calibrated(chosen.fit(table, checked, context), context.stream.child("calibration"))
    return LearnedTable(
        synthesizer, checked, guard, seed, table.rows, model, target, _warnings(table, guard.k),
        cells, fairness=fairness, texts=learn_texts(table, context),
    )  # fmt: skip


def _refuse_fairness(chosen: Synthesizer[Any]) -> NoReturn:
    fair = ", ".join(name for name, each in SYNTHESIZERS.items() if each.is_fair)
    message = f"is nothing that {chosen.name!r} can do"
    raise DefinitionError([Fault("fairness", message, f"learn with {fair}")])


def _settings(kind: type[BaseModel], given: Mapping[str, Any]) -> BaseModel:
    try:
        return kind(**given)
    except ValidationError as error:
        faults = [
            Fault(".".join(["synthesizer", *map(str, each["loc"])]), each["msg"])
            for each in error.errors()
        ]
        raise DefinitionError(faults) from None


def _warnings(table: EncodedTable, k: int) -> tuple[str, ...]:
    found = [UNPROTECTED] if k <= 1 else []
    if table.rows < FEW_ROWS:
        found.append(f"{table.rows} rows are few: relations will be weak below {FEW_ROWS} rows")
    whose = "rows" if table.individuals is None else "individuals"
    for column in table.columns:
        if column.name not in table.given and len(column.values):
            found += _protection_warnings(protected(column, table, k), table.individuals, k, whose)
    return tuple(found)


def _protection_warnings(
    column: EncodedColumn, individuals: NDArray[np.int64] | None, k: int, whose: str
) -> Iterator[str]:
    """What value protection leaves of a column, where that is little."""
    kept = column_values(column, Protection(k), 2, individuals)
    known = int(column.counts().sum())
    if not len(kept.values):
        why = (
            f"no value stands in {k} {whose} or more"
            if column.kind is Kind.LABEL or not len(column.values)
            else f"too few numbers to leave out {k - 1} at either end"
        )
        yield f"column {column.name!r}: {why}, so all its cells will be missing"
    elif column.kind is Kind.LABEL and int(kept.counts.sum()) < known * FEW_KEPT:
        share = int(kept.counts.sum()) / known
        yield (
            f"column {column.name!r}: labels that stand in {k} {whose} or more are {share:.0%} of "
            "its cells, and come out in place of all others; `treatment: text`, `fake` or `drop` "
            "does not do so"
        )
