"""What runs in the processes of requests: plain functions that take and return plain data.

Nothing of this is called in the server's own process: it takes CPU time and imports heavy
packages. The caller imports this module; what it needs of the engine is imported on use.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.engine.errors import ComputationError, DefinitionError, Fault, ModelError
from app.engine.evaluation.documents import MeasuredFact, VerificationDocument, plain_json
from app.workers.answers import bounded, extended, rendered, rendered_tables
from app.workers.plan_files import load_plan, write_plan

if TYPE_CHECKING:
    from app.engine.execution.results import Generated
    from app.engine.formats import FormatOptions
    from app.engine.plan.plan import Plan, TablePlan
    from app.engine.schema.load import Loaded
    from app.engine.schema.models import Definition

Source = bytes | Mapping[str, Any]
Record = dict[str, Any]
# Of the rows in which the work of a job is counted.
COLUMNS_OF_A_ROW = 10
# Bytes of what is shown of a model file: its names, settings and warnings.
MOST_DESCRIPTION = 1 << 20
# Keys of a definition that another run of the same may say otherwise.
_SAID_OF_A_RUN = frozenset({"seed", "n_samples", "today"})
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
        today: the day that its providers took for today; None where none asked.
        models: SHA-256 of each model that its definition names.
    """

    name: str
    seed: int
    rows: int
    tables: int
    cost: int
    warnings: tuple[Fault, ...]
    output_file: str | None
    sizes: Mapping[str, int] = field(default_factory=dict)
    today: dt.date | None = None
    models: Mapping[str, str] = field(default_factory=dict)


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


class ModelPaths(dict[str, Path]):
    """Model files by the names that a definition may call them by."""


NO_MODELS = ModelPaths()


def load(source: Source, models: ModelPaths, name: str | None = None) -> Loaded:
    """The definition of a document, of this name where it has none. Raises DefinitionError."""
    from app.engine.schema.load import load_definition
    from app.engine.synthesizers.catalog import NamedModels

    return load_definition(source, name=name, models=NamedModels(models))


def model_references(source: bytes) -> tuple[str, ...]:
    """The models that a text names; none where it cannot be read, which is reported when it is."""
    from app.engine.schema.learned import model_references as named
    from app.engine.schema.yaml.core import read_yaml

    try:
        return named(read_yaml(source).data)
    except DefinitionError:
        return ()


def read(source: Source, models: ModelPaths = NO_MODELS) -> dict[str, Any]:
    """The document as plain data, once it is known to have no fault of its own."""
    return load(source, models).document


def placed(
    source: bytes, faults: tuple[Fault, ...], models: ModelPaths = NO_MODELS
) -> tuple[Fault, ...]:
    """Faults of a document that was read earlier, with their lines in its text."""
    return load(source, models).definition.placed(faults)


def imported(content: bytes, suffix: str, name: str | None) -> bytes:
    """A first definition of the tables of an SQL script, or of the columns of a file, in both
    spellings; what was read and assumed of each column, and what is left out.

    Args:
        suffix: of the file's name; `.txt` is SQL where it makes a table, else CSV.
        name: of the definition; that of its table where left out.

    Raises DefinitionError where nothing can be read.
    """
    from app.engine.importing.files import draft_of_content
    from app.engine.schema.yaml.write import write_yaml

    try:
        draft = draft_of_content(content, suffix)
    except ValueError as error:
        raise DefinitionError([Fault("document", str(error))]) from None
    document = {**draft.document, **({"name": name} if name else {})}
    return rendered(
        {
            "document": document,
            "yaml": write_yaml(document),
            "columns": [asdict(each) for each in draft.columns],
            "left_out": [asdict(each) for each in draft.left_out],
        }
    )


def sql_of(source: Source, dialect: str, max_rows: int) -> bytes:
    """`{"dialect", "create", "load", "notes"}`: SQL that makes the tables of a definition, and a
    script that loads their CSV files, null where there is none for the database."""
    from app.engine.exporting.ddl import create_tables, not_in_sql
    from app.engine.exporting.loading import LOADERS, load_script
    from app.engine.schema.load import load_definition

    plan = _compile(load_definition(source).definition, max_rows)
    load = load_script(plan, dialect) if dialect in LOADERS else None
    create = create_tables(plan, dialect)
    return rendered({"dialect": dialect, "create": create, "load": load, "notes": not_in_sql(plan)})


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


def validate(source: Source, max_rows: int, models: ModelPaths = NO_MODELS) -> bytes:
    loaded = load(source, models)
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
    if name in declared.key_columns():
        return "foreign_key"
    known = {"int64": "int", "double": "float", "bool": "bool"}
    return known.get(str(table.schema.field(name).type), "text")


def explain(source: Source, max_rows: int, models: ModelPaths = NO_MODELS) -> bytes:
    from app.engine.plan.explain import explain as explain_plan

    return rendered(explain_plan(_compile(load(source, models).definition, max_rows)))


def explain_file(file: Path, key: bytes) -> bytes | None:
    from app.engine.plan.explain import explain as explain_plan

    plan = load_plan(file, key)
    return None if plan is None else rendered(explain_plan(plan))


def preview(
    source: Source,
    rows: int,
    max_rows: int,
    summary: bool = False,
    plots: bool = False,
    models: ModelPaths = NO_MODELS,
) -> bytes:
    """The first rows of each table.

    Args:
        summary: whether to tell what each column looks like.
        plots: whether to tell the densities that columns declare, and the target by each column.
    """
    from app.engine.execution.preview import first_rows
    from app.engine.profiling.columns import summarize_rows

    seen: dict[str, list[Record]] = {}

    def rows_of(table: TablePlan) -> Iterator[Record]:
        kept = seen[table.name] = []
        for row in first_rows(table, rows):
            if summary or plots:
                kept.append(row)
            yield row

    content, definition = _preview(load(source, models), max_rows, rows_of)
    if summary:
        looks = {name: summarize_rows(kept) for name, kept in seen.items()}
        content = extended(content, {"summary": looks})
    return extended(content, _plots(definition, seen)) if plots else content


def _plots(definition: Definition, seen: Mapping[str, Sequence[Record]]) -> dict[str, Any]:
    """Declared densities, and the target of each table by its columns in the rows."""
    from app.engine.profiling.densities import column_density
    from app.engine.profiling.targets import targets_by_column

    tables = {name: definition.tables[name] for name in seen}
    densities = {
        name: {
            column: found
            for column, declared in table.columns().items()
            if (found := column_density(declared)) is not None
        }
        for name, table in tables.items()
    }
    targets = {
        name: targets_by_column(seen[name], table.target.name, table.target.positive or "")
        for name, table in tables.items()
        if table.target is not None
    }
    return {"densities": densities, "targets": targets}


def _preview(
    loaded: Loaded, max_rows: int, rows_of: Callable[[TablePlan], Iterator[Record]]
) -> tuple[bytes, Definition]:
    plan = _compile(loaded.definition, max_rows)
    warnings = _plain((*loaded.warnings, *plan.warnings))
    head = {"name": plan.name, "seed": plan.seed, "warnings": warnings}
    tables = ((table.name, rows_of(table)) for table in plan.tables)
    try:
        return rendered_tables(head, tables), loaded.definition
    except ComputationError as error:
        raise DefinitionError(loaded.definition.placed(error.faults)) from None


def compile_to_file(
    document: Mapping[str, Any],
    rows: int | None,
    seed: int | None,
    file: Path,
    key: bytes,
    max_rows: int,
    models: ModelPaths = NO_MODELS,
) -> Compiled:
    """Compile a document and write the plan to `file`, sealed with `key`."""
    from app.store.private import make_private
    from app.workers.estimates import estimated_bytes

    loaded = load(document, models, _own_name(document))
    plan = _compile(loaded.definition, max_rows, rows, seed)
    make_private(file.parent)
    write_plan(file, plan, key)
    warnings = bounded((*loaded.warnings_for(rows), *plan.warnings))
    counts = _rows(plan), len(plan.tables), _cost(plan)
    sizes = estimated_bytes(plan)
    return Compiled(
        plan.name, plan.seed, *counts, warnings, plan.output_file, sizes, plan.today, plan.models
    )


def _own_name(document: Mapping[str, Any]) -> str | None:
    """The name of a definition that has none: of what it says, so that the files of another one
    never take the place of its own. None where it has a name."""
    if document.get("name") is not None or document.get("output_file") is not None:
        return None
    said = {key: value for key, value in document.items() if key not in _SAID_OF_A_RUN}
    plain = json.dumps(said, default=str).encode()
    return f"table_{hashlib.sha256(plain).hexdigest()[:8]}"


def describe_model(file: Path) -> dict[str, Any]:
    """What a model file holds, in words and numbers; it is kept in the database and shown on the
    event loop, so that it has to be short. Raises ModelError."""
    from app.engine.synthesizers.description import describe
    from app.engine.synthesizers.model_file.files import load_model

    description = describe(load_model(file)).model_dump(mode="json")
    try:
        size = len(json.dumps(description, ensure_ascii=False).encode())
    except UnicodeEncodeError:
        raise ModelError("the model file is damaged: a text in it is no Unicode") from None
    if size > MOST_DESCRIPTION:
        message = f"its names and warnings have more than {MOST_DESCRIPTION:,} bytes"
        raise ModelError(f"the model cannot be taken in: {message}")
    return description


def plan_model_to_file(
    model: Path,
    name: str,
    rows: int | None,
    seed: int | None,
    formats: Sequence[str],
    file: Path,
    key: bytes,
    max_rows: int,
    conditions: Any = None,
    shares: Any = None,
    copies: int = 1,
) -> Compiled:
    """As `compile_to_file`, of rows that a model draws; raises ModelError.

    Args:
        formats: that the rows are wanted in.
        conditions, shares: as in `learned.Request`.
        copies: as of `learned_plan`.
    """
    from app.engine.plan.learned import Request, learned_plan, rows_asked, wanted_as_written
    from app.engine.synthesizers.model_file.files import load_model
    from app.store.private import make_private
    from app.workers.estimates import estimated_bytes

    learned = load_model(model)
    request = Request(conditions, shares)
    if (wanted := rows_asked(learned, request, rows) * copies) > max_rows:
        message = f"{wanted:,} rows are more than the {max_rows:,} of this service"
        raise DefinitionError([Fault("n_samples", message)])
    as_written = wanted_as_written(formats)
    plan = learned_plan(
        learned, name, rows=rows, seed=seed, as_written=as_written, request=request, copies=copies
    )
    make_private(file.parent)
    write_plan(file, plan, key)
    warnings = bounded([Fault("synthesizer", warning) for warning in learned.warnings])
    sizes = estimated_bytes(plan)
    return Compiled(plan.name, plan.seed, _rows(plan), copies, _cost(plan), warnings, None, sizes)


@dataclass(frozen=True, slots=True)
class Measured:
    """What a look into finished files has shown; plain data.

    Args:
        verification: figures of a model that learned from the data; None where not asked for, or
            where there is no target.
    """

    facts: tuple[MeasuredFact, ...] = ()
    verification: VerificationDocument | None = None


def measure(plan: Plan, generated: Generated, *, options: FormatOptions, verify: bool) -> Measured:
    """Measure every declared fact in the files of a run, and train a model where `verify` asks.

    Args:
        options: those that the files were written with.
    """
    from app.engine.evaluation import facts, reading, verification

    files = [file for table in generated.tables for file in table.files]
    best = reading.best_files(files, options)
    measured = tuple(plain_json(asdict(fact)) for fact in facts.measure_facts(plan, best))
    verified = verification.verify(best, plan, seed=plan.seed) if verify else None
    return Measured(measured, None if verified is None else plain_json(verified.document()))


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
