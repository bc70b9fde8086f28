"""What runs in the interactive pool: plain functions that take and return plain data.

Nothing of this is called in the server's own process: it takes CPU time and imports heavy
packages. The caller imports this module; what it needs of the engine is imported on use.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.engine.errors import ComputationError, DefinitionError, Fault
from app.engine.evaluation.documents import MeasuredFact, VerificationDocument
from app.workers.answers import bounded, extended, rendered, rendered_tables
from app.workers.plan_files import load_plan, write_plan

if TYPE_CHECKING:
    from app.engine.execution.results import Generated
    from app.engine.plan.plan import Plan, TablePlan
    from app.engine.schema.models import Definition

Source = bytes | Mapping[str, Any]
Record = dict[str, Any]
# Of the rows in which the work of a job is counted.
COLUMNS_OF_A_ROW = 10
WARM_UP: Mapping[str, Any] = {
    "name": "warm up",
    "n_samples": 1,
    "features": {"x": {"type": "float", "distribution": {"normal": {"mean": 0, "std": 1}}}},
}


@dataclass(frozen=True, slots=True)
class Compiled:
    """What the service needs to know of a plan that was written to a file.

    Args:
        cost: the work of making the rows, in rows of ten columns; narrower ones are as much work.
        sizes: bytes that the job's files may come to, by format.
    """

    name: str
    seed: int
    rows: int
    tables: int
    cost: int
    warnings: tuple[Fault, ...]
    output_file: str | None
    sizes: Mapping[str, int] = field(default_factory=dict)


def warm_up(memory: int | None) -> None:
    """Import what every call needs, then bound the process.

    Args:
        memory: bytes of address space that calls may take beyond what there is by then.
    """
    import pyarrow as pa

    # Other pools of memory reserve a gigabyte of address space, which no bound would then see used.
    pa.set_memory_pool(pa.system_memory_pool())
    preview(WARM_UP, 1, 1)
    if memory is not None and sys.platform == "linux":
        import resource

        pages = int(Path("/proc/self/statm").read_text().split()[0])
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + memory, hard))


def read(source: Source) -> dict[str, Any]:
    """The document as plain data, once it is known to have no fault of its own."""
    from app.engine.schema.load import load_definition

    return load_definition(source).document


def placed(source: bytes, faults: tuple[Fault, ...]) -> tuple[Fault, ...]:
    """Faults of a document that was read earlier, with their lines in its text."""
    from app.engine.schema.load import load_definition

    return load_definition(source).definition.placed(faults)


def draft_of_columns(text: str) -> bytes:
    """A first definition of the columns of a CSV file or SQL text, in both spellings.

    Raises DefinitionError where nothing can be read.
    """
    from app.engine.importing.columns import from_text
    from app.engine.schema.yaml.write import write_yaml

    try:
        document = from_text(text)
    except ValueError as error:
        raise DefinitionError([Fault("document", str(error))]) from None
    return rendered({"document": document, "yaml": write_yaml(document)})


def spellings(source: Source) -> bytes:
    """The document as plain data and as YAML, checked no further than reading it needs."""
    from app.engine.schema.plain import source_of_plain
    from app.engine.schema.yaml.core import read_yaml
    from app.engine.schema.yaml.write import write_yaml

    found = read_yaml(source) if isinstance(source, bytes) else source_of_plain(source)
    if found.faults:
        raise DefinitionError(found.faults)
    if not isinstance(found.data, dict):
        raise DefinitionError([Fault("document", "a mapping is wanted", "`features: {…}`")])
    return rendered({"document": found.data, "yaml": write_yaml(found.data)})


def validate(source: Source, max_rows: int) -> bytes:
    from app.engine.schema.load import load_definition

    loaded = load_definition(source)
    plan = _compile(loaded.definition, max_rows)
    columns = [
        {"table": table.name, "name": name, "type": _type(name, table, loaded.definition)}
        for table in plan.tables
        for name in table.schema.names
    ]
    warnings = _plain((*loaded.warnings, *plan.warnings))
    head = {"valid": True, "name": loaded.definition.name}
    return rendered({**head, "warnings": warnings, "columns": columns})


def _type(name: str, table: TablePlan, definition: Definition) -> str:
    """The declared type of a column; `foreign_key`, or what the rows of a lookup table hold."""
    declared = definition.tables[table.name]
    column = declared.columns().get(name)
    if column is not None:
        return column.type
    if name in declared.foreign_keys:
        return "foreign_key"
    known = {"int64": "int", "double": "float", "bool": "bool"}
    return known.get(str(table.schema.field(name).type), "text")


def explain(source: Source, max_rows: int) -> bytes:
    from app.engine.plan.explain import explain as explain_plan
    from app.engine.schema.load import load_definition

    return rendered(explain_plan(_compile(load_definition(source).definition, max_rows)))


def explain_file(file: Path, key: bytes) -> bytes | None:
    from app.engine.plan.explain import explain as explain_plan

    plan = load_plan(file, key)
    return None if plan is None else rendered(explain_plan(plan))


def preview(source: Source, rows: int, max_rows: int) -> bytes:
    from app.engine.execution.preview import first_rows

    return _preview(source, max_rows, lambda table: first_rows(table, rows))


def summarized_preview(source: Source, rows: int, max_rows: int) -> bytes:
    """As `preview`, with `summary`: what each column looks like, by table and name."""
    from app.engine.execution.preview import first_rows
    from app.engine.profiling.columns import summarize_rows

    seen: dict[str, list[Record]] = {}

    def keep(table: TablePlan) -> Iterator[Record]:
        kept = seen[table.name] = []
        for row in first_rows(table, rows):
            kept.append(row)
            yield row

    content = _preview(source, max_rows, keep)
    return extended(
        content, {"summary": {name: summarize_rows(kept) for name, kept in seen.items()}}
    )


def _preview(
    source: Source, max_rows: int, rows_of: Callable[[TablePlan], Iterator[Record]]
) -> bytes:
    from app.engine.schema.load import load_definition

    loaded = load_definition(source)
    plan = _compile(loaded.definition, max_rows)
    warnings = _plain((*loaded.warnings, *plan.warnings))
    head = {"name": plan.name, "seed": plan.seed, "warnings": warnings}
    tables = ((table.name, rows_of(table)) for table in plan.tables)
    try:
        return rendered_tables(head, tables)
    except ComputationError as error:
        raise DefinitionError(loaded.definition.placed(error.faults)) from None


def compile_to_file(
    document: Mapping[str, Any],
    rows: int | None,
    seed: int | None,
    file: Path,
    key: bytes,
    max_rows: int,
) -> Compiled:
    """Compile a document and write the plan to `file`, sealed with `key`."""
    from app.engine.schema.load import load_definition
    from app.store.private import make_private
    from app.workers.estimates import estimated_bytes

    loaded = load_definition(document)
    plan = _compile(loaded.definition, max_rows, rows, seed)
    make_private(file.parent)
    write_plan(file, plan, key)
    warnings = bounded((*loaded.warnings, *plan.warnings))
    counts = _rows(plan), len(plan.tables), _cost(plan)
    sizes = estimated_bytes(plan)
    return Compiled(plan.name, plan.seed, *counts, warnings, plan.output_file, sizes)


@dataclass(frozen=True, slots=True)
class Measured:
    """What a look into finished files has shown; plain data.

    Args:
        verification: figures of a model that learned from the data; None where not asked for, or
            where there is no target.
    """

    facts: tuple[MeasuredFact, ...] = ()
    verification: VerificationDocument | None = None


def measure(plan: Plan, generated: Generated, *, escaped: bool, verify: bool) -> Measured:
    """Measure every declared fact in the files of a run, and train a model where `verify` asks.

    Args:
        escaped: whether formulas were disarmed with an apostrophe.
    """
    from app.engine.evaluation import facts, reading, verification

    files = [file for table in generated.tables for file in table.files]
    best = reading.best_files(files, escaped=escaped)
    measured = tuple(plain_json(asdict(fact)) for fact in facts.measure_facts(plan, best))
    told = verification.verify(best, plan, seed=plan.seed) if verify else None
    return Measured(measured, None if told is None else plain_json(told.document()))


def plain_json(value: Any) -> Any:
    """A value as JSON can hold it: numbers of numpy as Python's, what is not finite as None."""
    if isinstance(value, Mapping):
        return {str(key): plain_json(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain_json(entry) for entry in value]
    if hasattr(value, "tolist"):  # arrays and scalars of numpy
        return plain_json(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _compile(
    definition: Definition, max_rows: int, rows: int | None = None, seed: int | None = None
) -> Plan:
    from app.engine.plan.compiler import compile_plan

    return compile_plan(definition, rows=rows, seed=seed, most_rows=max_rows)


def _rows(plan: Plan) -> int:
    return sum(table.rows for table in plan.tables)


def _cost(plan: Plan) -> int:
    columns = COLUMNS_OF_A_ROW
    cells = (table.rows * max(columns, len(table.schema.names)) for table in plan.tables)
    return sum(cells) // columns


def _plain(faults: tuple[Fault, ...]) -> list[dict[str, Any]]:
    return [asdict(fault) for fault in bounded(faults)]
