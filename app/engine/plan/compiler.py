"""From a definition to a plan: plan each table, collect every fault."""

from __future__ import annotations

import datetime as dt

from app.engine.errors import DefinitionError, Fault
from app.engine.generators.base import ReferenceDay
from app.engine.plan.keys.ancestry import TableAncestry, parents_of, planning_order
from app.engine.plan.plan import Plan, TablePlan
from app.engine.plan.problems import Problems
from app.engine.plan.tables import plan_table
from app.engine.schema.models import Definition, Table
from app.engine.schema.source import MAX_ROWS
from app.engine.seeds import fresh_seed


def compile_plan(
    definition: Definition,
    *,
    rows: int | None = None,
    seed: int | None = None,
    most_rows: int = MAX_ROWS,
    today: dt.date | None = None,
) -> Plan:
    """The plan of a definition.

    Args:
        definition: as `load_definition` gives it.
        rows: rows of the (root) table, in place of the declared ones.
        seed: root seed, in place of the declared one; a fresh one where neither is given.
        most_rows: of all tables together.
        today: the day that providers such as `date_this_year` take for today where the definition
            says none; the present day (UTC) where neither does.

    Raises:
        DefinitionError: with every fault that planning finds.
        ConflictError: where declared facts cannot hold together.
    """
    try:
        day = definition.today or today or dt.datetime.now(dt.UTC).date()
        return _compiled(definition, rows, seed, most_rows, ReferenceDay(day))
    except DefinitionError as error:
        raise type(error)(definition.placed(error.faults)) from None


def _compiled(
    definition: Definition,
    rows: int | None,
    seed: int | None,
    most_rows: int,
    today: ReferenceDay,
) -> Plan:
    chosen = definition.seed if seed is None else seed
    root = fresh_seed() if chosen is None else chosen
    problems = Problems()
    planned: dict[str, TablePlan] = {}
    for table in planning_order(definition):
        with problems.collected():
            is_root = _is_root(table, definition)
            wanted = _row_count(table, rows) if is_root else None
            asked = table if rows is None or is_root else _following(table)
            ancestry = TableAncestry(asked, definition.tables, planned)
            if ancestry.is_planned():
                planned[table.name] = plan_table(
                    ancestry, definition, root, problems, today, wanted
                )
        # Said before children are counted, which takes time for every parent.
        if (made := sum(each.rows for each in planned.values())) > most_rows:
            hint = f"at most {most_rows:,} are made at once"
            problems.faults.append(Fault("n_samples", f"{made:,} rows are asked for", hint))
            break
    problems.raise_any()
    return Plan(
        definition.name,
        root,
        tuple(planned[name] for name in definition.tables),
        definition.placed(problems.warnings),
        definition.output_file,
        definition,
        today.day if today.was_read else None,
    )


def _is_root(table: Table, definition: Definition) -> bool:
    """Whether the rows asked for are this table's: others follow from it, or stand in the
    definition."""
    parents = (definition.tables[name] for name in parents_of(table))
    return table.rows is None and all(parent.rows is not None for parent in parents)


def _following(table: Table) -> Table:
    """The table beside other rows than the declared ones: its own then follow from its keys."""
    if not any(key.children for key in table.foreign_keys.values()):
        return table
    return table.model_copy(update={"n_samples": None})


def _row_count(table: Table, rows: int | None) -> int | None:
    """The rows that are asked for in place of the declared ones; None for as declared.

    Raises:
        DefinitionError: for more rows than a table can have.
    """
    wanted = table.n_samples if rows is None else rows
    if wanted is not None and wanted > MAX_ROWS:
        message = "more rows are asked for than a table can have"
        raise DefinitionError([Fault("n_samples", message, f"at most {MAX_ROWS:,}")])
    return rows
