"""All measures of synthetic rows.

A measure is added in one place: any module of the packages below that has `MEASURES`, one or more
`Measure`, is found. Each of them is taken of the synthetic rows, and of what they stand beside;
reports, pages and job results show what is found here.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable, Mapping

from app.engine.evaluation import diversity, fidelity, privacy, utility
from app.engine.evaluation.measure import QUESTIONS, Meaning, Measure

# Modules that reports begin with, and whose measures take little time; others follow by package and
# name.
_FIRST = ("two_sample", "trained_models", "closeness")


def _modules() -> list[str]:
    packages = (fidelity, diversity, utility, privacy)
    names = [
        f"{package.__name__}.{each.name}"
        for package in packages
        for each in pkgutil.iter_modules(package.__path__)
        if not each.ispkg
    ]
    return sorted(names, key=lambda each: not _is_first(each))


def _is_first(module: str) -> bool:
    return module.rpartition(".")[2] in _FIRST


def _of(modules: Iterable[str]) -> tuple[Measure, ...]:
    found = [
        measure
        for name in modules
        for measure in getattr(importlib.import_module(name), "MEASURES", ())
    ]
    return tuple(sorted(found, key=lambda each: list(QUESTIONS).index(each.question)))


MEASURES = _of(_modules())
HEADLINES = _of(filter(_is_first, _modules()))
"""The few that say most; every new model is judged by them."""
MEANINGS: Mapping[str, Meaning] = {
    name: meaning for each in MEASURES for name, meaning in each.meanings.items()
}
"""What each figure means, by its name, in the order of reports."""
ANSWERS: Mapping[str, str] = {name: each.question for each in MEASURES for name in each.meanings}
"""The question that each figure answers, by its name."""
THREATENING: Mapping[str, str] = {name: each.threat for each in MEASURES for name in each.meanings}
"""The threat that each figure of what is given away tells of, by its name."""
