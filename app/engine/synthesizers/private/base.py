"""What every private synthesizer is.

It asks a curator, whose transcript is all that it learns of a table; the model is fitted on that.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from pydantic import BaseModel

from app.engine.privacy.curator import Curator
from app.engine.synthesizers.private.private_model import PrivateModel

S_contra = TypeVar("S_contra", bound=BaseModel, contravariant=True)
S = TypeVar("S", bound=BaseModel)


class PrivateFit(Protocol[S_contra]):
    """How a private synthesizer learns."""

    def __call__(self, curator: Curator, settings: S_contra, target: str | None, /) -> PrivateModel:
        """The model of what a curator answers; the same for the same answers.

        Args:
            target: the column whose relations matter most, where there is one.

        Raises:
            BudgetError: the budget is too small for what has to be asked.
        """


@dataclass(frozen=True, slots=True)
class PrivateSynthesizer(Generic[S]):
    """One way to learn a table with differential privacy.

    Args:
        label, summary: what people read.
        settings: the model of its settings; all have defaults.
    """

    name: str
    label: str
    summary: str
    settings: type[S]
    fit: PrivateFit[S]
    model: type[PrivateModel] = PrivateModel
