"""All measures of synthetic rows.

A measure is added in one place: any module of the packages below that has `MEASURES`, one or more
`Measure`, is found. Each of them is taken of the synthetic rows, and of what they stand beside;
reports, pages and job results show what is found here.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator, Mapping

from app.engine.evaluation import diversity, fidelity, privacy, utility
from app.engine.evaluation.measure import QUESTIONS, Meaning, Measure

# Modules that reports begin with; others follow by package and name.
_FIRST = ("two_sample", "trained_models", "closeness")


def _measures() -> Iterator[Measure]:
    packages = (fidelity, diversity, utility, privacy)
    names = [
        f"{package.__name__}.{each.name}"
        for package in packages
        for each in pkgutil.iter_modules(package.__path__)
        if not each.ispkg
    ]
    for name in sorted(names, key=lambda each: each.rpartition(".")[2] not in _FIRST):
        yield from getattr(importlib.import_module(name), "MEASURES", ())


MEASURES: tuple[Measure, ...] = tuple(
    sorted(_measures(), key=lambda each: list(QUESTIONS).index(each.question))
)
MEANINGS: Mapping[str, Meaning] = {
    name: meaning for each in MEASURES for name, meaning in each.meanings.items()
}
"""What each figure means, by its name, in the order of reports."""
ANSWERS: Mapping[str, str] = {name: each.question for each in MEASURES for name in each.meanings}
"""The question that each figure answers, by its name."""
