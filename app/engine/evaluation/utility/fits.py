"""Fitted models of several synthetic copies combined to one, coefficient by coefficient."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, TypeAlias, overload

import numpy as np

from app.engine.errors import DefinitionError, Fault
from app.engine.evaluation.utility.combining import Combined, combine_numbers


class FittedModel(Protocol):
    """Results of a fit as statsmodels gives them; nothing else of them is read."""

    @property
    def params(self) -> Any:
        """Coefficients: a pandas Series by name, or an array."""

    @property
    def bse(self) -> Any:
        """Their standard errors, in the same order."""


Fit: TypeAlias = FittedModel | Mapping[str, tuple[float, float]]
"""What was found in one copy: fitted results, or each quantity's estimate and variance by name."""

_HINT = "results with `params` and `bse`, or {name: (estimate, variance)}, of each copy"


@overload
def combine(
    estimates: Sequence[float],
    variances: Sequence[float],
    *,
    rule: str = "raab",
    rows: int | None = None,
    real_rows: int | None = None,
    proper: bool = False,
) -> Combined: ...


@overload
def combine(
    estimates: Sequence[Fit],
    variances: None = None,
    *,
    rule: str = "raab",
    rows: int | None = None,
    real_rows: int | None = None,
    proper: bool = False,
) -> dict[str, Combined]: ...


def combine(
    estimates: Sequence[float] | Sequence[Fit],
    variances: Sequence[float] | None = None,
    *,
    rule: str = "raab",
    rows: int | None = None,
    real_rows: int | None = None,
    proper: bool = False,
) -> Combined | dict[str, Combined]:
    """One estimate of those of several synthetic copies of a table.

    Args:
        estimates: of one quantity, such as a mean, from each copy; or what was fitted to each copy:
            results with `params` and `bse`, as statsmodels gives them, or dicts of
            `name: (estimate, variance)`.
        variances: of estimates, as the copy by itself gives them: its squared standard errors.
            Fits bring their own.
        rule: by how the copies were made. `raab`: every column is synthetic. `reiter`: some
            columns or cells are real ones. `raghunathan`: every column is synthetic, and the
            model's parameters were drawn for each copy.
        rows: of a copy; as many as were learned when left out.
        real_rows: that were learned.
        proper: of `raab`, whether the model's parameters were drawn for each copy.

    Returns:
        The estimate, or those of all coefficients by name where fits are given.

    Raises:
        DefinitionError: there is no such rule, these numbers leave it open, or the fits are not of
            the same coefficients.
    """
    how: dict[str, Any] = {"rule": rule, "rows": rows, "real_rows": real_rows, "proper": proper}
    if variances is not None:
        return combine_numbers(estimates, variances, **how)  # type: ignore[arg-type]
    read = _read(estimates)
    return {
        name: combine_numbers(
            [each[name][0] for each in read], [each[name][1] for each in read], **how
        )
        for name in read[0]
    }


def _read(fits: Any) -> list[dict[str, tuple[float, float]]]:
    """Estimates and variances of each copy, by name. Raises DefinitionError."""
    if isinstance(fits, str | Mapping) or not isinstance(fits, Sequence) or not len(fits):
        raise DefinitionError([Fault("estimates", "is no list of fits", _HINT)])
    found = [_numbers(each, place) for place, each in enumerate(fits)]
    names = list(found[0])
    for place, each in enumerate(found):
        if set(each) != set(names) or not names:
            message = "is not of the coefficients of the first one"
            raise DefinitionError([Fault(f"estimates.{place}", message, "fit the same model")])
    return found


def _numbers(fit: Any, place: int) -> dict[str, tuple[float, float]]:
    try:
        if isinstance(fit, Mapping):
            return {str(name): (float(a), float(v)) for name, (a, v) in fit.items()}
        values = np.asarray(fit.params, dtype=np.float64)
        errors = np.asarray(fit.bse, dtype=np.float64)
        if values.ndim == 1 and values.shape == errors.shape:
            names = getattr(fit.params, "index", None)
            if names is None or callable(names):  # an array or a list
                names = range(len(values))
            pairs = zip(names, values.tolist(), errors.tolist(), strict=True)
            return {str(name): (value, error**2) for name, value, error in pairs}
    except (AttributeError, TypeError, ValueError):
        pass
    message = f"is no fit but {type(fit).__name__}"
    raise DefinitionError([Fault(f"estimates.{place}", message, _HINT)])
