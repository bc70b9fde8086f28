"""What must hold between tables: references, cycles, effects, numbers of rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from app.engine.schema.models import (
    CategoryColumn,
    Column,
    ComputedColumn,
    Constraint,
    IdColumn,
    NumberColumn,
)
from app.engine.schema.problems import Problems, did_you_mean, quoted
from app.engine.schema.reading.checks import check_expression, check_table, forms_of
from app.engine.schema.reading.drafts import TableDraft
from app.engine.schema.reading.targets import target_labels
from app.engine.schema.source import Path

DEFAULT_ROWS = 1000
Drafts = Mapping[str, TableDraft]


def check_tables(problems: Problems, drafts: Drafts) -> None:
    """Every check that needs more than one column."""
    for draft in drafts.values():
        _check_references(draft, drafts)
    check_cycles(drafts)
    for draft in drafts.values():
        if not any(drafts[name].is_unknown for name in (draft.name, *ancestors(draft, drafts))):
            check_table(draft, parent_columns(draft, drafts))
    _check_effects(problems, drafts)


def parent_columns(draft: TableDraft, drafts: Drafts) -> dict[str, Column | None]:
    """The columns of all ancestors as ``table.column``, those of parents also as ``key.column``."""
    tables = {
        **{name: key.table for name, key in draft.foreign_keys.items() if key},
        **{name: name for name in ancestors(draft, drafts)},
    }
    return {
        f"{name}.{column}": drafts[table].column(column)
        for name, table in tables.items()
        if table in drafts and table != draft.name
        for column in drafts[table].column_names()
    }


def ancestors(draft: TableDraft, drafts: Drafts) -> list[str]:
    """The tables that a table refers to, directly or not, itself left out."""
    found: dict[str, None] = {}
    waiting = list(draft.parents())
    while waiting:
        name = waiting.pop()
        if name in drafts and name not in found and name != draft.name:
            found[name] = None
            waiting.extend(drafts[name].parents())
    return list(found)


def _check_references(draft: TableDraft, drafts: Drafts) -> None:
    for name, key in list(draft.foreign_keys.items()):
        if key is None:
            continue
        place = (*draft.section.place("foreign_keys"), name)
        if "references" in _body(draft, name):
            place = (*place, "references")
        parent = drafts.get(key.table)
        if parent is None:
            message = f"there is no table {quoted(key.table)}"
            draft.section.problems.fault(place, message, did_you_mean(key.table, drafts))
            continue
        if parent.is_unknown:
            continue
        column = key.column
        if not column and len(parent.primary_key) == 1:
            column = parent.primary_key[0]
            draft.foreign_keys[name] = key.model_copy(
                update={"references": f"{key.table}.{column}"}
            )
        _check_referenced(draft, name, parent, column, place)
        _check_weights(draft, name, parent)


def _body(draft: TableDraft, name: str) -> Mapping[str, object]:
    value = draft.section.take("foreign_keys")
    body = value.get(name) if isinstance(value, Mapping) else None
    return body if isinstance(body, Mapping) else {}


def _check_referenced(
    draft: TableDraft, written: str, parent: TableDraft, name: str, place: Path
) -> None:
    problems = draft.section.problems
    known = parent.column_names()
    if not name:
        hint = f"for instance `{parent.name}.{known[0]}`" if known else None
        problems.fault(place, "names a table but no column", hint)
        return
    if name not in known:
        message = f"{quoted(parent.name)} has no column {quoted(name)}"
        problems.fault(place, message, did_you_mean(name, known))
        return
    key = draft.foreign_keys.get(written)
    if name in parent.hidden() and key is not None and not key.hidden:
        message = f"{quoted(name)} of {quoted(parent.name)} is hidden, so nothing can be joined"
        problems.fault(place, message, "leave `hidden` out, or hide the key, too")
    if key is not None and key.columns:
        _check_together(draft, written, parent, (name, *key.columns.values()), place)
    elif not _is_unique(parent, name):
        message = f"{quoted(name)} of {quoted(parent.name)} is not unique"
        problems.fault(place, message, _unique_hint(parent, name))


def _check_together(
    draft: TableDraft, written: str, parent: TableDraft, names: tuple[str, ...], place: Path
) -> None:
    """Columns that a key refers to together are another table's, and of no two rows the same."""
    problems, known = draft.section.problems, parent.column_names()
    key = draft.foreign_keys[written]
    for own, name in key.columns.items() if key else ():
        if name not in known:
            message = f"{quoted(parent.name)} has no column {quoted(name)}"
            path = (*draft.section.place("foreign_keys"), written, "columns", own)
            problems.fault(path, message, did_you_mean(name, known))
        elif name in parent.hidden() and key and not key.hidden:
            message = f"{quoted(name)} of {quoted(parent.name)} is hidden"
            problems.fault(place, message, "leave `hidden` out")
    if parent is draft:
        message = "rows of the same table are referred to by one column"
        problems.fault(place, message, "leave `columns` out")
    elif set(names) <= set(known) and not (
        set(parent.primary_key) == set(names) or any(_is_unique(parent, each) for each in names)
    ):
        message = f"no column or primary key tells the rows of {quoted(parent.name)} apart by these"
        problems.fault(place, message, f"`primary_key: [{', '.join(names)}]`")


def _check_weights(draft: TableDraft, name: str, parent: TableDraft) -> None:
    """Weights are of another table's rows; a column of weights is one of numbers."""
    key = draft.foreign_keys[name]
    if key is None or key.weights is None:
        return
    problems = draft.section.problems
    place = (*draft.section.place("foreign_keys"), name, "weights")
    if parent is draft:
        message = "rows of the same table have no weights: each refers to any earlier row"
        problems.fault(place, message, "leave `weights` out")
    written = key.weights.column
    known = parent.column_names()
    if written is None or parent is draft:
        return
    if written not in known:
        message = f"{quoted(parent.name)} has no column {quoted(written)}"
        problems.fault(place, message, did_you_mean(written, known))
    elif not _may_be_number(parent, written):
        message = f"{quoted(written)} of {quoted(parent.name)} is no column of numbers"
        problems.fault(place, message, "name a column of numbers from 0")


def _may_be_number(parent: TableDraft, name: str) -> bool:
    """Of formulas and labels it shows when they are planned; what has faults is not blamed."""
    if name in parent.row_columns():
        values = [row.get(name) for row in parent.rows or ()]
        return all(isinstance(value, int | float) for value in values if value is not None)
    column = parent.column(name)
    if name in parent.key_columns():
        return False
    return column is None or isinstance(column, NumberColumn | ComputedColumn | CategoryColumn)


def _is_unique(parent: TableDraft, name: str) -> bool:
    """Whether no two rows have the same; what has faults of its own is not blamed again."""
    column, key = parent.column(name), parent.key_columns().get(name)
    if parent.primary_key == (name,) or isinstance(column, IdColumn):
        return True
    if name in parent.row_columns():
        values = [row.get(name) for row in parent.rows or ()]
        if any(isinstance(value, dict | list) for value in values):
            return True
        return None not in values and len(set(values)) == len(values)
    if name in parent.key_columns():
        return key is None or (key.unique and not key.columns)
    return column is None or column.unique


def _unique_hint(parent: TableDraft, name: str) -> str:
    if parent.primary_key:
        return f"add `unique: true` to {quoted(name)}, or refer to a column that is unique"
    return f"add `primary_key: {name}` to {quoted(parent.name)}"


def check_cycles(drafts: Drafts) -> None:
    """Refuse tables that refer to one another in a circle; each circle is named once."""
    finished: set[str] = set()
    for start in drafts:
        trail: list[str] = []
        _walk(start, drafts, trail, finished)


def _walk(start: str, drafts: Drafts, trail: list[str], finished: set[str]) -> None:
    """Depth first with an explicit stack, since there may be many tables."""
    waiting: list[tuple[str, bool]] = [(start, False)]
    while waiting:
        name, leaving = waiting.pop()
        if leaving:
            trail.pop()
            finished.add(name)
            continue
        if name in trail:
            _report_cycle(drafts[name], [*trail[trail.index(name) :], name])
            continue
        if name in finished or name not in drafts:
            continue
        trail.append(name)
        waiting.append((name, True))
        waiting.extend((parent, False) for parent in drafts[name].parents())


def _report_cycle(draft: TableDraft, cycle: list[str]) -> None:
    draft.section.problems.fault(
        draft.section.place("foreign_keys"),
        "the tables refer to one another in a circle: " + " -> ".join(map(quoted, cycle)),
        "leave one of the foreign keys out, or put it into a link table",
    )


def settle_rows(problems: Problems, drafts: Drafts, n_samples: int | None, place: Path) -> None:
    """Give every table its number of rows where neither it, its rows nor its parents say it.

    A number for the whole document is that of the tables without parents.
    """
    used = n_samples is None
    for draft in drafts.values():
        if draft.n_samples is not None or draft.rows is not None or draft.has_children_rows():
            continue
        if draft.section.has("n_samples"):
            continue
        if n_samples is not None and not list(draft.parents()):
            draft.n_samples, used = n_samples, True
            continue
        if draft.model is not None:
            draft.n_samples = draft.model.rows
            continue
        draft.n_samples = DEFAULT_ROWS
        message = f"no number of rows is given for {quoted(draft.name)}: {DEFAULT_ROWS:,} are made"
        problems.warn(draft.section.path, message, f"add `n_samples: {DEFAULT_ROWS}`")
        if all(drafts[name].rows is not None for name in draft.parents() if name in drafts):
            problems.assumed_rows.append(problems.warnings[-1])
    if not used:
        problems.warn(
            place, "every table without parents has its own number of rows", "leave it out"
        )


def place_constraint(
    problems: Problems, drafts: Drafts, path: Path, constraint: Constraint
) -> None:
    """Put a constraint of the whole document into the table that it names."""
    name = constraint.table if constraint.table is not None else _only(drafts)
    if name is None:
        hint = "write `{table: …, expr: …}`"
        problems.fault(path, "does not say which table it is for", hint)
    elif name not in drafts:
        message = f"there is no table {quoted(name)}"
        problems.fault((*path, "table"), message, did_you_mean(name, drafts))
    else:
        drafts[name].constraints.append(Constraint(expr=constraint.expr, table=name))
        drafts[name].constraint_places.append(path)


def check_constraints(drafts: Drafts) -> None:
    """Constraints read columns of their table and of its ancestors."""
    for draft in drafts.values():
        if not draft.constraints:
            continue
        columns = forms_of([*draft.column_names(), *parent_columns(draft, drafts)])
        for path, constraint in zip(draft.constraint_places, draft.constraints, strict=True):
            check_expression(draft, path, constraint.expr, columns)


def _only(drafts: Iterable[str]) -> str | None:
    names = list(drafts)
    return names[0] if len(names) == 1 else None


def _check_effects(problems: Problems, drafts: Drafts) -> None:
    """Effects need a target, in their own table or in one below; their labels are its labels."""
    above = {name: set(ancestors(draft, drafts)) for name, draft in drafts.items()}
    for draft in drafts.values():
        below = [other for name, other in drafts.items() if draft.name in above[name]]
        targets = [each.target for each in (draft, *below) if each.target]
        named = any(each.target_name for each in (draft, *below))
        place = draft.section.place("features")
        for path, labels in problems.effects:
            if path[: len(place)] != place:
                continue
            if not named:
                message = "there is no target that this could have an effect on"
                problems.warn(path, message, "declare a `target`")
            known = {label for target in targets for label in target_labels(target.column) or ()}
            for label in labels:
                if targets and label not in known:
                    message = f"{quoted(label)} is no label of the target"
                    problems.fault((*path, label), message, did_you_mean(label, known))
