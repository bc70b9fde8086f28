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
        BudgetError,
        Cancelled,
        ComputationError,
        ConflictError,
        DefinitionError,
        Fault,
        FormatError,
        GenerationError,
        ModelError,
        RowLimitError,
        SourceError,
        TablesmithError,
    )
    from app.engine.evaluation.facts import measure_facts
    from app.engine.evaluation.measurement import FactResult
    from app.engine.evaluation.metrics.macro_f1 import f1_of_labels
    from app.engine.evaluation.privacy.match_risk import MatchRisk, match_risk
    from app.engine.evaluation.reading import best_files
    from app.engine.evaluation.utility.combining import Combined
    from app.engine.evaluation.utility.copies import combine_fits
    from app.engine.evaluation.utility.fits import Fit, combine
    from app.engine.evaluation.utility.scores import (
        equal_width_error,
        perfect_calibration_error,
    )
    from app.engine.execution.destination import write_tables
    from app.engine.execution.preview import preview
    from app.engine.execution.progress_bar import progress_bar
    from app.engine.execution.results import GeneratedFile
    from app.engine.execution.run import run_generation
    from app.engine.formats import FormatOptions
    from app.engine.masking.personal_data import Scan, scan_path, scan_tables
    from app.engine.plan.asked.files import read_given, typed_given
    from app.engine.plan.compiler import compile_plan
    from app.engine.plan.display import html_table, plan_html, summary, table_size
    from app.engine.plan.explain import explain
    from app.engine.plan.explanation import PlanExplanation
    from app.engine.plan.learned import Request, learned_plan
    from app.engine.plan.plan import Plan, TablePlan
    from app.engine.plan.several.planning import tables_plan
    from app.engine.reports.html import report_body, report_html
    from app.engine.reports.judging import judged_report
    from app.engine.reports.limits import ReportLimits
    from app.engine.reports.made.cards import describe_files
    from app.engine.reports.made.measuring import report_of_files
    from app.engine.reports.pdf.file import report_pdf
    from app.engine.reports.provenance import NamedFile, Provenance
    from app.engine.reports.several import several_report, tables_in
    from app.engine.schema.load import Loaded, load_definition, load_file
    from app.engine.seeds import fresh_seed
    from app.engine.synthesizers.catalog import ModelFolder
    from app.engine.synthesizers.learning import LearnedTable, learn
    from app.engine.synthesizers.model_file.files import load_model, save_model
    from app.engine.synthesizers.private.learning import learn_privately
    from app.engine.synthesizers.registry import DEFAULT_SYNTHESIZER
    from app.engine.synthesizers.several.files import load_tables, save_tables
    from app.engine.synthesizers.several.learned_tables import LearnedTables
    from app.engine.synthesizers.table import encode
    from app.engine.synthesizers.values import Protection
    from app.engine.training.fitting import train, train_file, train_table
    from app.engine.training.several.fitting import train_folder, train_tables
    from app.engine.training.training_plan import AskedTraining

_HOMES = {
    "BudgetError": "app.engine.errors",
    "Cancelled": "app.engine.errors",
    "Combined": "app.engine.evaluation.utility.combining",
    "ComputationError": "app.engine.errors",
    "ConflictError": "app.engine.errors",
    "DefinitionError": "app.engine.errors",
    "FactResult": "app.engine.evaluation.measurement",
    "Fault": "app.engine.errors",
    "FormatError": "app.engine.errors",
    "FormatOptions": "app.engine.formats",
    "GeneratedFile": "app.engine.execution.results",
    "GenerationError": "app.engine.errors",
    "AskedTraining": "app.engine.training.training_plan",
    "LearnedTable": "app.engine.synthesizers.learning",
    "LearnedTables": "app.engine.synthesizers.several.learned_tables",
    "Loaded": "app.engine.schema.load",
    "ModelError": "app.engine.errors",
    "ModelFolder": "app.engine.synthesizers.catalog",
    "NamedFile": "app.engine.reports.provenance",
    "Plan": "app.engine.plan.plan",
    "PlanExplanation": "app.engine.plan.explanation",
    "Protection": "app.engine.synthesizers.values",
    "Provenance": "app.engine.reports.provenance",
    "ReportLimits": "app.engine.reports.limits",
    "Request": "app.engine.plan.learned",
    "RowLimitError": "app.engine.errors",
    "DEFAULT_SYNTHESIZER": "app.engine.synthesizers.registry",
    "learn": "app.engine.synthesizers.learning",
    "learn_privately": "app.engine.synthesizers.private.learning",
    "Scan": "app.engine.masking.personal_data",
    "SourceError": "app.engine.errors",
    "scan_path": "app.engine.masking.personal_data",
    "scan_tables": "app.engine.masking.personal_data",
    "TablePlan": "app.engine.plan.plan",
    "TablesmithError": "app.engine.errors",
    "best_files": "app.engine.evaluation.reading",
    "Fit": "app.engine.evaluation.utility.fits",
    "MatchRisk": "app.engine.evaluation.privacy.match_risk",
    "match_risk": "app.engine.evaluation.privacy.match_risk",
    "combine_fits": "app.engine.evaluation.utility.copies",
    "combine": "app.engine.evaluation.utility.fits",
    "compile_plan": "app.engine.plan.compiler",
    "describe_files": "app.engine.reports.made.cards",
    "encode": "app.engine.synthesizers.table",
    "equal_width_error": "app.engine.evaluation.utility.scores",
    "explain": "app.engine.plan.explain",
    "f1_of_labels": "app.engine.evaluation.metrics.macro_f1",
    "fresh_seed": "app.engine.seeds",
    "html_table": "app.engine.plan.display",
    "judged_report": "app.engine.reports.judging",
    "learned_plan": "app.engine.plan.learned",
    "load_definition": "app.engine.schema.load",
    "load_file": "app.engine.schema.load",
    "load_model": "app.engine.synthesizers.model_file.files",
    "load_tables": "app.engine.synthesizers.several.files",
    "measure_facts": "app.engine.evaluation.facts",
    "perfect_calibration_error": "app.engine.evaluation.utility.scores",
    "plan_html": "app.engine.plan.display",
    "preview": "app.engine.execution.preview",
    "progress_bar": "app.engine.execution.progress_bar",
    "read_given": "app.engine.plan.asked.files",
    "report_body": "app.engine.reports.html",
    "report_html": "app.engine.reports.html",
    "report_of_files": "app.engine.reports.made.measuring",
    "report_pdf": "app.engine.reports.pdf.file",
    "run_generation": "app.engine.execution.run",
    "save_model": "app.engine.synthesizers.model_file.files",
    "save_tables": "app.engine.synthesizers.several.files",
    "several_report": "app.engine.reports.several",
    "summary": "app.engine.plan.display",
    "tables_in": "app.engine.reports.several",
    "tables_plan": "app.engine.plan.several.planning",
    "table_size": "app.engine.plan.display",
    "train": "app.engine.training.fitting",
    "train_file": "app.engine.training.fitting",
    "train_folder": "app.engine.training.several.fitting",
    "train_table": "app.engine.training.fitting",
    "train_tables": "app.engine.training.several.fitting",
    "typed_given": "app.engine.plan.asked.files",
    "write_tables": "app.engine.execution.destination",
}

__all__ = [
    "DEFAULT_SYNTHESIZER",
    "AskedTraining",
    "BudgetError",
    "Cancelled",
    "Combined",
    "ComputationError",
    "ConflictError",
    "DefinitionError",
    "FactResult",
    "Fault",
    "Fit",
    "FormatError",
    "FormatOptions",
    "GeneratedFile",
    "GenerationError",
    "LearnedTable",
    "LearnedTables",
    "Loaded",
    "MatchRisk",
    "ModelError",
    "ModelFolder",
    "NamedFile",
    "Plan",
    "PlanExplanation",
    "Protection",
    "Provenance",
    "ReportLimits",
    "Request",
    "RowLimitError",
    "Scan",
    "SourceError",
    "TablePlan",
    "TablesmithError",
    "best_files",
    "combine",
    "combine_fits",
    "compile_plan",
    "describe_files",
    "encode",
    "equal_width_error",
    "explain",
    "f1_of_labels",
    "fresh_seed",
    "html_table",
    "judged_report",
    "learn",
    "learn_privately",
    "learned_plan",
    "load_definition",
    "load_file",
    "load_model",
    "load_tables",
    "match_risk",
    "measure_facts",
    "perfect_calibration_error",
    "plan_html",
    "preview",
    "progress_bar",
    "read_given",
    "report_body",
    "report_html",
    "report_of_files",
    "report_pdf",
    "run_generation",
    "save_model",
    "save_tables",
    "scan_path",
    "scan_tables",
    "several_report",
    "summary",
    "table_size",
    "tables_in",
    "tables_plan",
    "train",
    "train_file",
    "train_folder",
    "train_table",
    "train_tables",
    "typed_given",
    "write_tables",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
