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
    from app.engine.errors import (
        Cancelled,
        ComputationError,
        ConflictError,
        DefinitionError,
        Fault,
        FormatError,
        GenerationError,
        RowLimitError,
        TablesmithError,
    )
    from app.engine.evaluation.facts import measure_facts
    from app.engine.evaluation.measurement import FactResult
    from app.engine.evaluation.reading import best_files
    from app.engine.execution.destination import write_tables
    from app.engine.execution.preview import preview
    from app.engine.execution.progress_bar import progress_bar
    from app.engine.execution.results import GeneratedFile
    from app.engine.execution.run import run_generation
    from app.engine.formats import FormatOptions
    from app.engine.plan.compiler import compile_plan
    from app.engine.plan.display import html_table, plan_html, summary, table_size
    from app.engine.plan.explain import explain
    from app.engine.plan.plan import Plan, TablePlan
    from app.engine.schema.load import Loaded, load_definition, load_file

_HOMES = {
    "Cancelled": "app.engine.errors",
    "ComputationError": "app.engine.errors",
    "ConflictError": "app.engine.errors",
    "DefinitionError": "app.engine.errors",
    "FactResult": "app.engine.evaluation.measurement",
    "Fault": "app.engine.errors",
    "FormatError": "app.engine.errors",
    "FormatOptions": "app.engine.formats",
    "GeneratedFile": "app.engine.execution.results",
    "GenerationError": "app.engine.errors",
    "Loaded": "app.engine.schema.load",
    "Plan": "app.engine.plan.plan",
    "RowLimitError": "app.engine.errors",
    "TablePlan": "app.engine.plan.plan",
    "TablesmithError": "app.engine.errors",
    "best_files": "app.engine.evaluation.reading",
    "compile_plan": "app.engine.plan.compiler",
    "explain": "app.engine.plan.explain",
    "html_table": "app.engine.plan.display",
    "load_definition": "app.engine.schema.load",
    "load_file": "app.engine.schema.load",
    "measure_facts": "app.engine.evaluation.facts",
    "plan_html": "app.engine.plan.display",
    "preview": "app.engine.execution.preview",
    "progress_bar": "app.engine.execution.progress_bar",
    "run_generation": "app.engine.execution.run",
    "summary": "app.engine.plan.display",
    "table_size": "app.engine.plan.display",
    "write_tables": "app.engine.execution.destination",
}

__all__ = [
    "Cancelled",
    "ComputationError",
    "ConflictError",
    "DefinitionError",
    "FactResult",
    "Fault",
    "FormatError",
    "FormatOptions",
    "GeneratedFile",
    "GenerationError",
    "Loaded",
    "Plan",
    "RowLimitError",
    "TablePlan",
    "TablesmithError",
    "best_files",
    "compile_plan",
    "explain",
    "html_table",
    "load_definition",
    "load_file",
    "measure_facts",
    "plan_html",
    "preview",
    "progress_bar",
    "run_generation",
    "summary",
    "table_size",
    "write_tables",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
