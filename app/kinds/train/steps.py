"""The steps of a training job: plain functions that run in a process of the job.

What a step has made is a file in the job's folder of parts, sealed with the key of the service's
plans; a step that finds its file does nothing. The parts go when the job ends. What a library says
of rows that it cannot learn may hold values of them: the words say so without any.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.engine.errors import GenerationError
from app.engine.execution.limits import WorkerLimits
from app.engine.synthesizers.base import Map
from app.engine.synthesizers.description import describe
from app.engine.synthesizers.model_file.files import save_model
from app.engine.synthesizers.values import Protection
from app.engine.training.fitting import mapping, train_prepared
from app.engine.training.judging import evaluated
from app.engine.training.prepared_table import prepare_file
from app.workers.plan_files import load_sealed, write_sealed
from app.workers.source_tasks import SourceFile, told_in_words, working_in

COLUMN = "column"
# Where the source is unpacked for a while; it goes with the parts, however the step ends.
WORK = "work"
TABLE = "the table"


@dataclass(frozen=True, slots=True)
class Parts:
    """A job's folder of parts.

    Args:
        key: that they are sealed with.
    """

    folder: Path
    key: bytes

    def find(self, name: str) -> Any:
        """What a part holds; None where it is not there."""
        return load_sealed(self.folder / name, self.key)

    def keep(self, name: str, value: Any) -> None:
        write_sealed(self.folder / name, value, self.key)

    def columns(self) -> int:
        """How many columns have been learned."""
        return sum(1 for _ in self.folder.glob(f"{COLUMN}-*[0-9]"))


@dataclass(frozen=True, slots=True)
class Training:
    """What is learned how."""

    synthesizer: str
    settings: Mapping[str, Any]
    seed: int
    target: str | None
    k: int


def prepare(
    parts: Parts, source: SourceFile, definition: Mapping[str, Any], source_key: bytes
) -> None:
    """Read the source, and treat its columns as the definition says.

    Args:
        source_key: of the source's fingerprint.

    Raises SourceError, DefinitionError.
    """
    if parts.find("prepared") is None:
        with working_in(parts.folder / WORK), told_in_words(source.path.name):
            made = prepare_file(source.path, definition, options=source.reading, key=source_key)
            parts.keep("prepared", made)


def build(parts: Parts, seed: int) -> None:
    """Turn the columns into what synthesizers learn, without the rows that are set aside. Raises
    SourceError."""
    if parts.find("encoded") is None:
        with told_in_words(TABLE):
            parts.keep("encoded", _made(parts, "prepared").encoded(seed))


def train(
    parts: Parts, training: Training, out: Path, workers: int, limits: WorkerLimits
) -> dict[str, Any]:
    """Learn column by column, judge the model and write its file; its description."""
    prepared = _made(parts, "prepared")
    with told_in_words(TABLE), mapping(workers, limits) as run:
        learned = train_prepared(
            prepared,
            _made(parts, "encoded"),
            training.synthesizer,
            training.settings,
            seed=training.seed,
            target=training.target,
            protection=Protection(training.k),
            run=_resumed(run, parts),
        )
    with told_in_words(TABLE):
        learned = evaluated(prepared, learned)
    save_model(learned, out)
    return describe(learned).model_dump(mode="json")


def _made(parts: Parts, name: str) -> Any:
    found = parts.find(name)
    if found is None:
        raise GenerationError("what an earlier step has made is gone")
    return found


def _resumed(run: Map, parts: Parts) -> Map:
    """A map whose results are parts: what an earlier attempt has learned is not learned again."""
    calls = itertools.count()

    def mapped(function: Callable[[Any], Any], items: Iterable[Any], /) -> list[Any]:
        call = next(calls)
        names = [(f"{COLUMN}-{call}-{place}", item) for place, item in enumerate(items)]
        missing = [
            (parts, name, function, item) for name, item in names if parts.find(name) is None
        ]
        for _ in run(_learn_part, missing):
            pass
        return [_made(parts, name) for name, _ in names]

    return mapped


def _learn_part(task: tuple[Parts, str, Callable[[Any], Any], Any]) -> None:
    parts, name, function, item = task
    parts.keep(name, function(item))
