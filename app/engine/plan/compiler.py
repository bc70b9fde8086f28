"""From a definition to a plan: plan each table, collect every fault."""

from __future__ import annotations

from app.engine.errors import DefinitionError, Fault
from app.engine.plan.places import Places
from app.engine.plan.plan import Plan, TablePlan
from app.engine.plan.problems import Problems
from app.engine.plan.tables import plan_table
from app.engine.schema.models import Definition, Table
from app.engine.schema.source import MAX_ROWS
from app.engine.seeds import fresh_seed

DEFAULT_ROWS = 1000


def compile_plan(
    definition: Definition, *, rows: int | None = None, seed: int | None = None
) -> Plan:
    """The plan of a definition.

    Args:
        definition: as `load_definition` gives it.
        rows: rows of the (root) table, in place of the declared ones.
        seed: root seed, in place of the declared one; drawn anew where neither is given.

    Raises:
        DefinitionError: with every fault that planning finds.
        ConflictError: where declared facts cannot hold together.
    """
    try:
        return _compiled(definition, rows, seed)
    except DefinitionError as error:
        raise type(error)(definition.placed(error.faults)) from None


def _compiled(definition: Definition, rows: int | None, seed: int | None) -> Plan:
    chosen = definition.seed if seed is None else seed
    root = fresh_seed() if chosen is None else chosen
    problems = Problems()
    planned: list[TablePlan] = []
    for table in definition.tables.values():
        places = Places(table.name, alone=len(definition.tables) == 1)
        with problems.collected():
            _check_supported(table, places)
            count = _row_count(table, rows)
            planned.append(plan_table(table, count, definition.sampling, root, places, problems))
    problems.raise_any()
    return Plan(
        definition.name,
        root,
        tuple(planned),
        definition.placed(problems.warnings),
        definition.output_file,
        definition,
    )


def _row_count(table: Table, rows: int | None) -> int:
    """Raises:
    DefinitionError: for more rows than a table can have.
    """
    wanted = table.n_samples if rows is None else rows
    if wanted is not None and wanted > MAX_ROWS:
        message = "more rows are asked for than a table can have"
        raise DefinitionError([Fault("n_samples", message, f"at most {MAX_ROWS:,}")])
    return DEFAULT_ROWS if wanted is None else wanted


def _check_supported(table: Table, places: Places) -> None:
    """Refuse what the language knows and the planner does not yet, rather than leave it out.

    Raises:
        DefinitionError: for keys between tables and tables given literally.
    """
    faults = []
    if table.foreign_keys:
        message = "keys between tables cannot be generated yet"
        faults.append(Fault(places.table("foreign_keys"), message, "leave foreign_keys out"))
    if table.rows is not None:
        message = "tables given literally cannot be generated yet"
        faults.append(Fault(places.table("rows"), message, "declare features instead of rows"))
    if faults:
        raise DefinitionError(faults)
