"""Which sinks there are, by the `kind` that a request names."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from pathlib import Path

from app.sinks import kinds
from app.sinks.base import Environment, Sink, SinkKind
from app.sinks.egress import EgressPolicy

LOCAL = "local"
# What lists begin with; kinds that are not named here follow by name.
_FIRST = (LOCAL, "s3", "gcs", "azure", "postgresql", "sql", "http", "crm_analytics")


def _kinds() -> dict[str, SinkKind]:
    found = {each.name for each in pkgutil.iter_modules(kinds.__path__)}
    names = (*_FIRST, *sorted(found.difference(_FIRST)))
    modules = (importlib.import_module(f"{kinds.__name__}.{name}") for name in names)
    registered: list[SinkKind] = [module.KIND for module in modules]
    return {kind.name: kind for kind in registered}


KINDS: Mapping[str, SinkKind] = _kinds()


def kind_label(name: str) -> str:
    """A kind's name for people, also of one that this version does not have."""
    return KINDS[name].label if name in KINDS else name.replace("_", " ")


def available_sinks(*, local_root: Path | None, egress: EgressPolicy) -> Mapping[str, Sink]:
    """The sinks of this installation; the local one wants a root folder.

    Args:
        egress: which addresses may be reached.
    """
    environment = Environment(egress, local_root)
    made = {name: kind.make(environment) for name, kind in KINDS.items()}
    return {name: sink for name, sink in made.items() if sink is not None}
