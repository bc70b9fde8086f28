"""What a training job is checked by before it is queued; runs in the processes of requests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from app.engine.errors import DefinitionError, Fault

if TYPE_CHECKING:
    from app.engine.training.training_plan import TrainingPlan


@dataclass(frozen=True, slots=True)
class AssessedTraining:
    """What training a source with a definition is; plain data.

    Args:
        rows: that come out where nobody says how many.
        learned: the columns.
        cells: of these.
        synthesizer: its name.
        settings: those that differ from its defaults.
        target: the column that models will be trained on.
        k: no value that fewer rows have is drawn.
        seed: that the definition says.
        kept: columns whose rows keep their own values.
        reveals: in words, what the definition lets be known that is kept back by default.
        texts: columns that are learned as free text.
    """

    rows: int
    learned: tuple[str, ...]
    cells: int
    synthesizer: str
    settings: dict[str, Any]
    target: str | None
    k: int
    seed: int | None
    kept: tuple[str, ...]
    reveals: tuple[str, ...]
    warnings: tuple[Fault, ...]
    texts: tuple[str, ...] = ()

    @property
    def columns(self) -> int:
        """How many are learned."""
        return len(self.learned)


def assess_training(
    profile: str, definition: Mapping[str, Any], settings: Mapping[str, Any]
) -> AssessedTraining:
    """Check what is to be learned against the profile of its source.

    Args:
        profile: as JSON.
        settings: the `name` of a synthesizer and its settings.

    Raises DefinitionError with what is at fault in the definition, or in the settings.
    """
    from app.engine.profiling.models import SourceProfile
    from app.engine.synthesis.reading import load_synthesis
    from app.engine.training.training_plan import AskedTraining, plan_training
    from app.workers.answers import bounded

    found = SourceProfile.model_validate_json(profile)
    if len(found.tables) != 1:
        message = f"holds {len(found.tables)} tables: one is learned at a time"
        hint = "upload each table as a source of its own"
        raise DefinitionError([Fault("source", message, hint)])
    others = {key: value for key, value in settings.items() if key != "name"}
    asked = AskedTraining(_synthesizer(settings), others)
    try:
        loaded = load_synthesis(dict(definition), found)
        plan = plan_training(found, loaded, asked)
    except DefinitionError as error:
        raise DefinitionError([_inside(fault) for fault in error.faults]) from None
    _check_settings(plan)
    table = found.tables[0]
    wanted = loaded.definition.tables[table.name]
    return AssessedTraining(
        rows=wanted.rows or table.rows,
        learned=plan.columns,
        cells=len(plan.columns) * table.rows,
        synthesizer=plan.synthesizer,
        settings=dict(plan.settings),
        target=plan.target,
        k=plan.k,
        seed=plan.seed,
        kept=tuple(n for n in table.names if wanted.treatment(n).treatment == "keep"),
        texts=tuple(n for n in table.names if wanted.treatment(n).treatment == "text"),
        reveals=plan.reveals,
        warnings=bounded([*map(_inside, loaded.warnings), *_unused(plan)]),
    )


def _inside(fault: Fault) -> Fault:
    return Fault(f"definition.{fault.path}", fault.message, fault.hint)


def _synthesizer(settings: Mapping[str, Any]) -> str | None:
    """The synthesizer that settings name. Raises DefinitionError where there is none such, or no
    such model size."""
    from app.engine.synthesis.models import MODEL_SIZES
    from app.engine.synthesizers.registry import SYNTHESIZERS

    if settings.get("model_size", MODEL_SIZES[0]) not in MODEL_SIZES:
        hint = f"one of {', '.join(MODEL_SIZES)}"
        raise DefinitionError([Fault("settings.model_size", "there is no such size", hint)])
    name = settings.get("name")
    if name is not None and (not isinstance(name, str) or name not in SYNTHESIZERS):
        hint = f"one of {', '.join(SYNTHESIZERS)}"
        raise DefinitionError([Fault("settings.name", "there is no such synthesizer", hint)])
    return name


def _check_settings(plan: TrainingPlan) -> None:
    """Raises DefinitionError."""
    from pydantic import ValidationError

    from app.engine.synthesizers.registry import SYNTHESIZERS

    try:
        SYNTHESIZERS[plan.synthesizer].settings(**plan.settings)
    except ValidationError as error:
        places = [(".".join(["settings", *map(str, each["loc"])]), each["msg"])
                  for each in error.errors()]  # fmt: skip
        raise DefinitionError([Fault(place, message) for place, message in places]) from None


def _unused(plan: TrainingPlan) -> list[Fault]:
    message = f"has no effect: {plan.synthesizer!r} does not use it"
    hint = "its own settings are written into `settings`"
    return [Fault(f"definition.synthesizer.{name}", message, hint) for name in plan.unused]
