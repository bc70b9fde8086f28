"""Synthetic tables whose declared facts hold.

    import tablesmith as ts
    dataset = ts.generate("churn.yaml", rows=100_000, seed=7)
    frame = dataset.to_pandas()

Names are loaded when they are first used, so importing the package costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from tablesmith._own_packages import import_own_app

if TYPE_CHECKING:
    from app.engine import (
        BudgetError,
        Combined,
        ComputationError,
        ConflictError,
        DefinitionError,
        FactResult,
        Fault,
        FormatError,
        GeneratedFile,
        GenerationError,
        MatchRisk,
        ModelError,
        Plan,
        RowLimitError,
        Scan,
        SourceError,
        TablesmithError,
        combine,
    )
    from tablesmith._dataset import Dataset
    from tablesmith._definitions import DefinitionSource
    from tablesmith._evaluation import evaluate, match_risk
    from tablesmith._functions import compile, explain, generate, validate  # noqa: A004
    from tablesmith._model import Model, Rows, fit, load
    from tablesmith._report import Report, TablesReport
    from tablesmith._scan import scan
    from tablesmith._tables_model import TablesModel, TablesRows, fit_tables, load_tables

__all__ = [
    "BudgetError",
    "Combined",
    "ComputationError",
    "ConflictError",
    "Dataset",
    "DefinitionError",
    "DefinitionSource",
    "FactResult",
    "Fault",
    "FormatError",
    "GeneratedFile",
    "GenerationError",
    "MatchRisk",
    "Model",
    "ModelError",
    "Plan",
    "Report",
    "RowLimitError",
    "Rows",
    "Scan",
    "SourceError",
    "TablesModel",
    "TablesReport",
    "TablesRows",
    "TablesmithError",
    "__version__",
    "combine",
    "compile",
    "evaluate",
    "explain",
    "fit",
    "fit_tables",
    "generate",
    "load",
    "load_tables",
    "match_risk",
    "scan",
    "validate",
]

__version__: str

_HOMES = {
    "Dataset": "tablesmith._dataset",
    "DefinitionSource": "tablesmith._definitions",
    "Model": "tablesmith._model",
    "Report": "tablesmith._report",
    "Rows": "tablesmith._model",
    "TablesModel": "tablesmith._tables_model",
    "TablesReport": "tablesmith._report",
    "TablesRows": "tablesmith._tables_model",
    "compile": "tablesmith._functions",
    "evaluate": "tablesmith._evaluation",
    "explain": "tablesmith._functions",
    "fit": "tablesmith._model",
    "fit_tables": "tablesmith._tables_model",
    "generate": "tablesmith._functions",
    "load": "tablesmith._model",
    "load_tables": "tablesmith._tables_model",
    "match_risk": "tablesmith._evaluation",
    "scan": "tablesmith._scan",
    "validate": "tablesmith._functions",
}


if not TYPE_CHECKING:  # so that a checker of types knows which names there are

    def __getattr__(name: str) -> Any:
        if name == "__version__":
            from importlib.metadata import version

            return version("tablesmith")
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        import_own_app()
        return getattr(import_module(_HOMES.get(name, "app.engine")), name)


def __dir__() -> list[str]:
    return __all__
