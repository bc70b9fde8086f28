"""Tables whose declared facts hold, as a plain library.

    from app.engine import compile_plan, load_definition, run_generation
    plan = compile_plan(load_definition(Path("churn.yaml").read_text()).definition)
    run_generation(plan, Path("out"), ["csv"], workers=2)

Names are loaded when first used, so that a worker process imports only what it draws with.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from app.engine.errors import ConflictError, DefinitionError, Fault, TablesmithError
    from app.engine.execution.preview import preview
    from app.engine.execution.run import run_generation
    from app.engine.plan.compiler import compile_plan
    from app.engine.schema.load import load_definition

_HOMES = {
    "ConflictError": "app.engine.errors",
    "DefinitionError": "app.engine.errors",
    "Fault": "app.engine.errors",
    "TablesmithError": "app.engine.errors",
    "compile_plan": "app.engine.plan.compiler",
    "load_definition": "app.engine.schema.load",
    "preview": "app.engine.execution.preview",
    "run_generation": "app.engine.execution.run",
}

__all__ = [
    "ConflictError",
    "DefinitionError",
    "Fault",
    "TablesmithError",
    "compile_plan",
    "load_definition",
    "preview",
    "run_generation",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
