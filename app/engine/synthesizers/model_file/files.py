"""Saving and loading what was learned."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app.engine.errors import DefinitionError, ModelError, SourceError
from app.engine.files import write_whole
from app.engine.privacy.statement import PrivacyStatement
from app.engine.schema.load import load_definition
from app.engine.sources.declarations import DeclaredTable
from app.engine.synthesis.models import Fairness
from app.engine.synthesizers.cell_formats import ColumnCells, empty_batch, written
from app.engine.synthesizers.learning import LearnedTable
from app.engine.synthesizers.model_file.archive import Contents, read_archive, write_archive
from app.engine.synthesizers.model_file.documents import packed, restored
from app.engine.synthesizers.private.registry import PRIVATE_SYNTHESIZERS
from app.engine.synthesizers.provenance import ModelEvaluation, Provenance, library_versions
from app.engine.synthesizers.registry import SYNTHESIZERS
from app.engine.synthesizers.texts.learned_text import LearnedText, text_schema
from app.engine.synthesizers.values import Protection

FORMAT = "tablesmith-model"
VERSION = 3
SUFFIX = ".tsm"
MOST_BYTES = 1 << 30
TIMES = ("trained_at", "seconds")
LATER = (
    "privacy",
    "fairness",
    "declared",
    "texts",
)  # of the heading, left out where they say nothing
_NOTHING = {"features": {"nothing": {"type": "bool"}}}


class Heading(BaseModel):
    """What a model file says of itself, apart from what was learned."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    format: str
    version: int
    synthesizer: str
    settings: dict[str, Any]
    k: int = Field(ge=1)
    seed: int = Field(ge=0)
    rows: int = Field(ge=0)
    target: str | None
    warnings: list[str]
    cells: list[dict[str, Any]]
    made: dict[str, dict[str, Any]] = {}
    order: list[str] = []
    kept: list[str] = []
    holdout: float = Field(0.0, ge=0, le=0.5)
    held_out: int = Field(0, ge=0)
    libraries: dict[str, str]
    fingerprint: str | None = None
    times: dict[str, Any] = {}
    evaluation: dict[str, Any] | None = None
    privacy: dict[str, Any] | None = None
    fairness: dict[str, str] | None = None
    declared: DeclaredTable | None = None
    texts: list[str] = []


def model_bytes(learned: LearnedTable) -> bytes:
    """The bytes of a model file; the same for the same model, versions of libraries and times."""
    contents = Contents({}, [], [], [])
    made, judged = learned.provenance or Provenance(), learned.evaluation
    said = made.model_dump(mode="json")
    heading = Heading(
        format=FORMAT,
        version=VERSION,
        synthesizer=learned.synthesizer,
        settings=learned.settings.model_dump(mode="json"),
        k=learned.protection.k,
        seed=learned.seed,
        rows=learned.rows,
        target=learned.target,
        warnings=list(learned.warnings),
        cells=[each.model_dump(mode="json") for each in learned.cells],
        made=dict(learned.made),
        order=list(learned.order),
        kept=list(learned.kept),
        holdout=learned.holdout,
        held_out=learned.held_out,
        libraries=made.libraries or library_versions(),
        fingerprint=made.fingerprint,
        times={name: said[name] for name in TIMES if said[name] is not None},
        evaluation=None if judged is None else judged.model_dump(mode="json"),
        privacy=None if learned.privacy is None else learned.privacy.model_dump(mode="json"),
        fairness=None if learned.fairness is None else learned.fairness.model_dump(mode="json"),
        declared=learned.declared,
        texts=[each.name for each in learned.texts],
    )
    left_out = {name for name in LATER if not getattr(learned, name)}
    contents.document["heading"] = heading.model_dump(mode="json", exclude=left_out)
    contents.document["model"] = packed(learned.model, contents)
    if learned.texts:
        contents.document["texts"] = packed(learned.texts, contents)
    return write_archive(contents)


def model_of(data: bytes) -> LearnedTable:
    """What the bytes of a model file hold; a stranger's may be read.

    Raises:
        ModelError: they are not a model, of another version, or damaged.
    """
    contents = read_archive(data)
    heading = _heading(contents.document)
    family: Mapping[str, Any] = SYNTHESIZERS if heading.privacy is None else PRIVATE_SYNTHESIZERS
    synthesizer = family.get(heading.synthesizer)
    if synthesizer is None:
        raise ModelError("the model is of a synthesizer that this version does not have")
    try:
        settings = synthesizer.settings(**heading.settings)
        cells = tuple(ColumnCells(**each) for each in heading.cells)
        model = restored(synthesizer.model, contents.document.get("model"), contents)
        texts = _texts(contents, heading, model.schema)
        if cells:
            written(empty_batch(text_schema(model.schema, texts)), cells)
        _check_made(heading, model.schema.names)
        provenance, evaluation = _origin(heading)
        privacy = _privacy(heading)
        fairness = None if heading.fairness is None else Fairness(**heading.fairness)
    except ValidationError:
        raise ModelError("the model file is damaged: its settings are not valid") from None
    except (ValueError, TypeError, ArithmeticError, pa.ArrowException, SourceError) as error:
        raise ModelError(f"the model file is damaged: {str(error)[:200]}") from None
    return LearnedTable(
        heading.synthesizer, settings, Protection(heading.k), heading.seed, heading.rows, model,
        heading.target, tuple(heading.warnings), cells, heading.made, tuple(heading.order),
        tuple(heading.kept), heading.holdout, heading.held_out, provenance, evaluation,
        privacy, fairness, heading.declared, texts,
    )  # fmt: skip


def of_format(found: Any, name: str, version: int, what: str) -> dict[str, Any]:
    """What says of itself that it is of a format and version. Raises ModelError where it does not.

    Args:
        what: it should be, in words.
    """
    if not isinstance(found, dict) or found.get("format") != name:
        raise ModelError(f"this is not {what}")
    if found.get("version") != version:
        raise ModelError(f"the model file is not of version {version}, which is read here")
    return found


def save_model(learned: LearnedTable, path: Path) -> int:
    """Write a model file, whole or not at all; returns its bytes."""
    return write_whole(path, model_bytes(learned))


def load_model(path: Path) -> LearnedTable:
    """Read a model file.

    Raises:
        ModelError: as `model_of`.
        OSError: where there is no such file.
    """
    return model_of(stored_bytes(path))


def stored_bytes(path: Path) -> bytes:
    """What stands in a file, where a model may be as large.

    Raises:
        ModelError: it is larger.
        OSError: where there is no such file.
    """
    size = path.stat().st_size
    if size > MOST_BYTES:
        raise ModelError(f"{path.name} has {size:,} bytes, more than the {MOST_BYTES:,} of a model")
    return path.read_bytes()


def _check_made(heading: Heading, learned: list[str]) -> None:
    """Raises ValueError where columns that are declared beside the learned ones cannot be made, or
    columns are kept that are not learned."""
    if not set(heading.kept) <= set(learned):
        raise ValueError("it keeps columns that it has not learned")
    if not heading.made and not heading.order:
        return
    if sorted(heading.order) != sorted([*learned, *heading.made]):
        raise ValueError("its columns are not those that it learned and declares")
    if any(each.get("hidden") for each in heading.made.values()):
        raise ValueError("a declared column is hidden")
    try:
        load_definition({"n_samples": 1, "features": heading.made} if heading.made else _NOTHING)
    except DefinitionError as error:
        raise ValueError(f"its declared columns are at fault: {error.faults[0].path}") from None


def _texts(contents: Contents, heading: Heading, schema: pa.Schema) -> tuple[LearnedText, ...]:
    """The columns of text of a model. Raises ValueError where they do not fit it."""
    document = contents.document.get("texts", [])
    texts: tuple[LearnedText, ...] = restored(tuple[LearnedText, ...], document, contents)
    names = [each.name for each in texts]
    if names != heading.texts or len(set(names)) < len(names):
        raise ValueError("its texts are others than it names")
    for each in texts:
        each.check_place(schema)
    return texts


def _heading(document: dict[str, Any]) -> Heading:
    found = of_format(document.get("heading"), FORMAT, VERSION, "a model file")
    try:
        return Heading(**found)
    except ValidationError:
        raise ModelError("the model file is damaged: its heading is not valid") from None


def _origin(heading: Heading) -> tuple[Provenance, ModelEvaluation | None]:
    """Where a model says that it comes from. Raises ValidationError."""
    if not set(heading.times) <= set(TIMES):
        raise ValueError("its times are others than a model has")
    made = Provenance.model_validate(
        {"fingerprint": heading.fingerprint, "libraries": heading.libraries, **heading.times}
    )
    if heading.evaluation is None:
        return made, None
    return made, ModelEvaluation.model_validate(heading.evaluation)


def _privacy(heading: Heading) -> PrivacyStatement | None:
    """The privacy that a model says it was made with. Raises ValidationError."""
    if heading.privacy is None:
        return None
    found = PrivacyStatement.model_validate(heading.privacy)
    if found.algorithm != heading.synthesizer:
        raise ValueError("its privacy is of another synthesizer")
    return found
