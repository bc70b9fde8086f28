"""Every kind of job that there is: each folder of this package, by its `kind.KIND`."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping

from app import kinds
from app.jobs.kinds import JobKind

# What lists begin with; kinds that are not named here follow by name.
_FIRST = ("generate", "train", "synthesize", "evaluate")


def _kinds() -> dict[str, JobKind]:
    found = {each.name for each in pkgutil.iter_modules(kinds.__path__) if each.ispkg}
    names = (*_FIRST, *sorted(found.difference(_FIRST)))
    modules = (importlib.import_module(f"{kinds.__name__}.{name}.kind") for name in names)
    registered: list[JobKind] = [module.KIND for module in modules]
    return {kind.name: kind for kind in registered}


KINDS: Mapping[str, JobKind] = _kinds()
