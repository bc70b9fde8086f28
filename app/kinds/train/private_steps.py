"""The steps of a training with differential privacy, which run in a process of the job."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from app.engine.errors import GenerationError
from app.engine.privacy.declared_domain import declared_domain
from app.engine.seeds import NoiseKey
from app.engine.sources.content import content_digest
from app.engine.synthesizers.description import describe
from app.engine.synthesizers.learning import LearnedTable
from app.engine.synthesizers.model_file.files import save_model
from app.engine.synthesizers.private.learning import learn_privately
from app.engine.training.private_tables import check_lines, private_columns, private_table
from app.kinds.train.privacy import PrivacyOrder
from app.kinds.train.steps import WORK, Parts
from app.workers.source_tasks import SourceFile, told_in_words, working_in

MODEL = "private-model"


@dataclass(frozen=True, slots=True)
class PrivateTraining:
    """What is learned how.

    Args:
        request: fields of the engine's `PrivacyRequest`.
        settings: of the algorithm.
        noise_error: as `Budget` has it.
    """

    order: PrivacyOrder
    request: Mapping[str, Any]
    settings: Mapping[str, Any]
    noise_error: Fraction


def examine(parts: Parts, source: SourceFile) -> str | None:
    """Make sure that a file can be learned, before anything is spent; what it holds, as
    `content_digest` has it. Raises SourceError."""
    with working_in(parts.folder / WORK):
        return examined_file(source)


def examined_file(source: SourceFile) -> str | None:
    """As `examine`."""
    with told_in_words(source.path.name):
        check_lines(source.path, source.reading)
        return content_digest(source.path, source.reading, source.limits)


def fit(parts: Parts, source: SourceFile, training: PrivateTraining, key: NoiseKey) -> None:
    """Read the rows, and keep the model that was learned of them. Raises as `learned_file`."""
    with working_in(parts.folder / WORK):
        parts.keep(MODEL, learned_file(source, training, key))


def learned_file(source: SourceFile, training: PrivateTraining, key: NoiseKey) -> LearnedTable:
    """What is learned of a file, with the noise of a key. Raises SourceError, DefinitionError,
    BudgetError."""
    order, request = training.order, training.request
    with told_in_words(source.path.name):
        columns = private_columns(source.path, source.reading)
        names = [name for name in columns if name not in (*order.drop, request["unit"])]
        domain = declared_domain(names, request["bounds"], request["categories"])
        table = private_table(source.path, source.reading, domain, request["unit"])
        return learn_privately(
            table,
            request,
            training.settings,
            target=order.target,
            key=key,
            noise_error=training.noise_error,
        )


def write(parts: Parts, out: Path) -> dict[str, Any]:
    """Write the model's file; its `description`, and its `statement` of privacy."""
    learned: LearnedTable | None = parts.find(MODEL)
    if learned is None or learned.privacy is None:
        raise GenerationError("what an earlier step has made is gone")
    save_model(learned, out)
    return {
        "description": describe(learned).model_dump(mode="json"),
        "statement": learned.privacy.model_dump(mode="json"),
    }
