"""What a definition and a request want of a training, put together; which rows it may see.

One way for the service, the command line and the library: what is asked for beside the definition
goes before what the definition says, and that before the defaults.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.engine.errors import DefinitionError, Fault
from app.engine.generators.bijection import make_shuffle
from app.engine.profiling.models import SourceProfile, TableProfile
from app.engine.profiling.typed_table import TypedTable
from app.engine.seeds import Stream
from app.engine.synthesis.models import (
    MODEL_SIZES,
    Fairness,
    SynthesisDefinition,
    SynthesizerSettings,
)
from app.engine.synthesis.reading import LoadedSynthesis
from app.engine.synthesis.revealing import revealing
from app.engine.synthesizers.registry import SYNTHESIZERS

LEARNED = ("learn", "text")
SIZE, MEDIUM = "model_size", "medium"
MOST_HELD_OUT = 0.5
# Of fewer rows each is needed for learning.
FEWEST_TO_HOLD_OUT = 1_000


@dataclass(frozen=True, slots=True)
class AskedTraining:
    """What is said beside a definition; None leaves it to the definition.

    Args:
        settings: those of the synthesizer that differ from its defaults.
        holdout: share of the rows that is set aside, from 0 to 0.5.
    """

    synthesizer: str | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    seed: int | None = None
    target: str | None = None
    holdout: float | None = None


@dataclass(frozen=True, slots=True)
class TrainingPlan:
    """How a table is learned; plain data.

    Args:
        columns: that are learned.
        seed: None where neither the request nor the definition says one.
        target: the column that models will be trained on.
        k: no value that fewer rows have is drawn; 1 where values are not protected.
        holdout: share of the rows that is set aside before anything is learned.
        reveals: in words, what the definition lets be known that is kept back by default.
        unused: keys of the definition's `synthesizer` that the chosen one has no use for.
        fairness: of one column between the groups of another; None for as in the source.
    """

    table: str
    columns: tuple[str, ...]
    synthesizer: str
    settings: Mapping[str, Any]
    seed: int | None
    target: str | None
    k: int
    holdout: float
    reveals: tuple[str, ...]
    unused: tuple[str, ...]
    fairness: Fairness | None = None


def plan_training(
    profile: SourceProfile, loaded: LoadedSynthesis, asked: AskedTraining | None = None
) -> TrainingPlan:
    """How the one table of a source is to be learned.

    Args:
        loaded: a definition that was checked against `profile`.

    Raises:
        DefinitionError: what the definition says and training does not do, or nothing to learn.
    """
    wanted = asked or AskedTraining()
    table, own = profile.tables[0], loaded.definition
    columns = _learned(own, table)
    faults = [*_unmet(own, table), *_nothing_left(columns, table.name)]
    if faults := [*faults, *_holdout_faults(wanted.holdout)]:
        raise DefinitionError(faults)
    name = wanted.synthesizer or own.synthesizer.name
    settings, unused = _settings(name, _said(loaded), wanted.settings)
    target = None if own.target is None else own.target.removeprefix(f"{table.name}.")
    return TrainingPlan(
        table=table.name,
        columns=columns,
        synthesizer=name,
        settings=settings,
        seed=own.seed if wanted.seed is None else wanted.seed,
        target=wanted.target or target,
        k=own.privacy.fewest,
        holdout=own.holdout if wanted.holdout is None else wanted.holdout,
        reveals=tuple(revealing(loaded)),
        unused=unused,
        fairness=own.fairness,
    )


def _learned(definition: SynthesisDefinition, table: TableProfile) -> tuple[str, ...]:
    wanted = definition.tables[table.name]
    return tuple(name for name in table.names if wanted.treatment(name).treatment in LEARNED)


def _nothing_left(columns: tuple[str, ...], table: str) -> list[Fault]:
    return [] if columns else [Fault(f"tables.{table}", "no column is left to learn")]


def _holdout_faults(share: object) -> list[Fault]:
    if share is None or (isinstance(share, int | float) and 0 <= share <= MOST_HELD_OUT):
        return []
    return [Fault("holdout", f"{share!r} is no share that can be set aside", "from 0 to 0.5")]


def _unmet(definition: SynthesisDefinition, table: TableProfile) -> list[Fault]:
    """What a definition may say and training does not do yet."""
    wanted, privacy = definition.tables[table.name], definition.privacy
    place = f"tables.{table.name}"
    faults = []
    if wanted.original:
        faults.append(Fault(f"{place}.original", "cannot be carried out yet"))
    if privacy.epsilon is not None:
        hint = "`privacy` of `ts.fit`, or of a job of kind `train`"
        faults.append(Fault("privacy.epsilon", "is not asked for in a definition", hint))
    return faults


def _said(loaded: LoadedSynthesis) -> dict[str, Any]:
    """What a definition says of its synthesizer beside the name."""
    written, own = loaded.document.get("synthesizer"), loaded.definition.synthesizer
    named = set(written) - {"name"} if isinstance(written, Mapping) else set()
    return {name: getattr(own, name) for name in SynthesizerSettings.model_fields if name in named}


def _settings(
    name: str, said: Mapping[str, Any], asked: Mapping[str, Any]
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Settings of a synthesizer that differ from its defaults, and what a definition says that it
    has no use for: what its model size stands for, below what is said and what is asked for.

    Raises DefinitionError for an unknown size.
    """
    chosen = SYNTHESIZERS.get(name)
    known = {} if chosen is None else chosen.settings.model_fields
    sizes = {} if chosen is None else chosen.sizes
    size = asked.get(SIZE, said.get(SIZE, MEDIUM))
    if size not in MODEL_SIZES:
        hint = f"one of {', '.join(MODEL_SIZES)}"
        raise DefinitionError([Fault(f"synthesizer.{SIZE}", "there is no such size", hint)])
    found = {**sizes.get(size, {}), **{key: said[key] for key in said if key in known}}
    found |= {key: value for key, value in asked.items() if key != SIZE}
    used = {*known, SIZE} if sizes else known
    return found, _unused({**said, SIZE: size}, used)


def _unused(said: Mapping[str, Any], known: Collection[str]) -> tuple[str, ...]:
    """What the synthesizer has no use for, where that is not the default anyway."""
    usual = SynthesizerSettings()
    return tuple(name for name in said if name not in known and said[name] != getattr(usual, name))


def rows_held_out(rows: int, share: float) -> int:
    """How many of a table's rows are set aside."""
    return round(share * rows) if rows >= FEWEST_TO_HOLD_OUT else 0


def held_out(rows: int, share: float, seed: int) -> NDArray[np.bool_]:
    """Which rows of a source are set aside, by a keyed bijection of their numbers; shape (rows,).

    The same for the same arguments, so that they are found again by the source, the share and the
    seed of a model.
    """
    images = make_shuffle(rows, Stream(seed).child("holdout"))(np.arange(rows, dtype=np.int64))
    return images < rows_held_out(rows, share)


def without_held_out(table: TypedTable, share: float, seed: int) -> TypedTable:
    """The rows that a model may see."""
    if not rows_held_out(table.rows, share):
        return table
    kept = np.flatnonzero(~held_out(table.rows, share, seed))
    columns = tuple(replace(each, values=each.values.take(kept)) for each in table.columns)
    return replace(table, rows=len(kept), columns=columns)
