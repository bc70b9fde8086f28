"""What a distribution is: a model of its parameters, its law, its density, its words."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, Self, get_args, get_origin

from pydantic import BaseModel, ConfigDict

from app.engine.distributions.shared.densities import Density


class FieldError(ValueError):
    """Raised by a model's validator to say which field is at fault and what would be right."""

    def __init__(self, field: str, message: str, hint: str | None = None) -> None:
        self.field, self.message, self.hint = field, message, hint
        super().__init__(message)


class Distribution(BaseModel, ABC):
    """A declared distribution. Parameters carry the names of scipy's documentation, or of the
    patent where it has its own; a field's `description` is what is said of it to users.

    Attributes:
        family: the name of its module, and its key in a document.
        other_names: of the family, in small letters.
        spellings: other names of parameters.
        lone: the parameter that `{family: 5}` means.
        scipy_parameters: parameters of scipy's that this model has others for, with what is said
            of them; `from_scipy` translates them where none of the `translated` ones is given.
        suggested: values that a page begins with.
        needs: of parameters that mislead alone the other that is given with them.
    """

    # A validator is made when a family is first used: most documents use few of them.
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, defer_build=True)

    family: ClassVar[str]
    other_names: ClassVar[tuple[str, ...]] = ()
    spellings: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    needs: ClassVar[Mapping[str, str]] = {}
    lone: ClassVar[str | None] = None
    scipy_parameters: ClassVar[Mapping[str, str]] = {}
    translated: ClassVar[tuple[str, ...]] = ()
    suggested: ClassVar[Mapping[str, Any]] = {}

    @abstractmethod
    def law(self) -> Any:
        """Its law: a frozen distribution of scipy's, or one with the same methods of `laws`.

        A law that has `pmf` is one of whole numbers. Scipy is imported here and not before.
        """

    @abstractmethod
    def density(self, low: float | None, high: float | None) -> Density:
        """What a plot shows of it between the bounds of its column; without scipy.

        Raises:
            ValueError, ZeroDivisionError, OverflowError: there is nothing to plot.
        """

    def within(self, low: float | None, high: float | None) -> Self:
        """The distribution in a column with these bounds; None where there is none."""
        return self

    @classmethod
    def from_scipy(cls, given: Mapping[str, float]) -> dict[str, float]:
        """The `translated` parameters that one or more of `scipy_parameters` stand for.

        Raises:
            FieldError: one of them cannot be.
        """
        return {}

    @classmethod
    def is_list(cls, name: str) -> bool:
        """Whether a parameter is a list of numbers."""
        kind = cls.model_fields[name].annotation
        return any(get_origin(each) is tuple for each in (kind, *get_args(kind)))
