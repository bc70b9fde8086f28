"""The distributions a column may declare, by name.

A distribution is one module of this package, whose name is that of the family: a model of its
parameters, with its law, its density and its words. `app/engine/distributions/toy.py` with a
`DISTRIBUTION` is read, drawn, plotted and described everywhere as `toy`.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping

from app.engine.distributions.shared.base import Distribution

__all__ = ["FAMILIES", "FAMILY_SPELLINGS", "Distribution"]

# What lists begin with; families that are not named here follow by name.
_FIRST = (
    "normal",
    "uniform",
    "lognormal",
    "exponential",
    "gamma",
    "beta",
    "poisson",
    "binomial",
    "geometric",
    "zipf",
    "triangular",
    "weibull",
    "pareto",
    "student_t",
    "constant",
    "empirical",
)


def _families() -> dict[str, type[Distribution]]:
    found = {each.name for each in pkgutil.iter_modules(__path__) if not each.ispkg}
    names = (*_FIRST, *sorted(found.difference(_FIRST)))
    modules = (importlib.import_module(f"{__name__}.{name}") for name in names)
    models: list[type[Distribution]] = [module.DISTRIBUTION for module in modules]
    return {model.family: model for model in models}


FAMILIES: Mapping[str, type[Distribution]] = _families()

# The family of each name that a document may use, in small letters.
FAMILY_SPELLINGS: Mapping[str, str] = {name: name for name in FAMILIES} | {
    other: name for name, model in FAMILIES.items() for other in model.other_names
}
