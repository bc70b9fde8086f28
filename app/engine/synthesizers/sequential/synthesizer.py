"""The sequential synthesizer, by its name."""

from __future__ import annotations

from app.engine.synthesizers.base import Synthesizer
from app.engine.synthesizers.sequential.fitting import fit
from app.engine.synthesizers.sequential.model import SequentialModel
from app.engine.synthesizers.sequential.settings import SequentialSettings

SYNTHESIZER = Synthesizer(
    name="sequential",
    label="Sequential trees",
    summary="Each column given those before it, by boosted trees.",
    settings=SequentialSettings,
    fit=fit,
    model=SequentialModel,
    is_fair=True,
)
