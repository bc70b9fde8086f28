"""What learning a source would take; runs in the processes of requests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from app.workers.training_tasks import assess_training


def estimate_source(
    profile: str, definition: Mapping[str, Any], settings: Mapping[str, Any]
) -> dict[str, Any]:
    """The assessment of a definition before it is trained: a `TrainingEstimate` as plain data,
    with the definition's `warnings`.

    Args:
        profile: as JSON.
        settings: the `name` of a synthesizer and its settings.

    Raises DefinitionError with what is at fault in the definition, or in the settings.
    """
    from app.engine.profiling.models import SourceProfile
    from app.engine.training.training_estimate import estimate_training

    assessed = assess_training(profile, definition, settings)
    table = SourceProfile.model_validate_json(profile).tables[0]
    found = estimate_training(
        table, assessed.learned, assessed.synthesizer, assessed.settings, assessed.k,
        assessed.texts,
    )  # fmt: skip
    return {
        **asdict(found),
        "reveals": list(assessed.reveals),
        "warnings": [asdict(each) for each in assessed.warnings],
    }
