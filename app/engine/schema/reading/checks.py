"""What must hold between the columns of one table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from app.engine.expressions.names import snake_case
from app.engine.schema.models import (
    Column,
    ComputedColumn,
    Correlation,
    ForeignKey,
    FormulaColumn,
    IdColumn,
    JointColumn,
    LineNumberColumn,
    MomentColumn,
    ProviderColumn,
)
from app.engine.schema.names import find_name
from app.engine.schema.problems import did_you_mean, quoted
from app.engine.schema.reading.associations import check_associations
from app.engine.schema.reading.drafts import TableDraft
from app.engine.schema.reading.hidden import check_hidden, has_effect
from app.engine.schema.reading.joint import check_joint
from app.engine.schema.reading.line_numbers import check_line_numbers
from app.engine.schema.reading.scripts import check_scripts
from app.engine.schema.reading.targets import check_rules
from app.engine.schema.source import Path

MANY_COLUMNS = 300  # above it a fault in an expression comes without the nearest name


def check_table(draft: TableDraft, foreign: Mapping[str, Column | None]) -> None:
    """Check one table; `foreign` are the columns of its parents as ``table.column``."""
    _check_contents(draft)
    _check_duplicates(draft)
    _check_primary_key(draft)
    _check_rows(draft)
    _check_correlations(draft)
    check_associations(draft)
    _check_moments(draft, foreign)
    _check_clocks(draft)
    check_line_numbers(draft)
    check_joint(draft)
    check_hidden(draft)
    _check_expressions(draft, foreign)
    check_rules(draft.section.problems, draft.rules, draft.target)


def _check_contents(draft: TableDraft) -> None:
    unread = draft.section.has("features") and draft.section.take("features") not in ({}, [])
    if (
        not draft.column_names()
        and not unread
        and not draft.section.problems.is_faulty(("schema",))
    ):
        hint = "declare columns under `features`"
        draft.section.fault("the table has no columns", hint)
    if draft.rows is None:
        return
    for key in ("features", "target", "foreign_keys", "n_samples"):
        if draft.section.has(key):
            draft.section.problems.fault(
                draft.section.place(key),
                f"{quoted(key)} does not go with `rows`",
                "give one of both",
            )


def _check_duplicates(draft: TableDraft) -> None:
    section = draft.section
    if draft.target_name is not None and draft.target_name in draft.features:
        message = f"a feature is called {quoted(draft.target_name)} too"
        path = (*section.place("target"), draft.target_name)
        section.problems.fault(path, message, "the target is declared once, as `target`")
    made: set[str] = set()
    for name in (
        name for first, key in draft.foreign_keys.items() for name in _made_by(first, key)
    ):
        if name in made:
            message = f"two keys make a column {quoted(name)}"
            section.problems.fault(section.place("foreign_keys"), message, "another name for one")
        made.add(name)
        if name in draft.features or name == draft.target_name:
            path = (*section.place("foreign_keys"), name)
            message = "a column of this name is declared too"
            section.problems.fault(path, message, "a foreign key makes its column by itself")


def _made_by(name: str, key: ForeignKey | None) -> tuple[str, ...]:
    """The columns that a foreign key makes."""
    return (name, *(key.columns if key else ()))


def _check_primary_key(draft: TableDraft) -> None:
    known = draft.column_names()
    for name in draft.primary_key:
        if name not in known:
            message = f"the table has no column {quoted(name)}"
            place = draft.section.place("primary_key")
            draft.section.problems.fault(place, message, did_you_mean(name, known))


def _comparable(value: object) -> object:
    return repr(value) if isinstance(value, dict | list) else value


def _check_rows(draft: TableDraft) -> None:
    """A table given literally: its key is unique, and a column holds one kind of value."""
    place = draft.section.place("rows")
    problems = draft.section.problems
    seen: set[tuple[object, ...]] = set()
    kinds: dict[str, str] = {}
    for i, row in enumerate(draft.rows or ()):
        key = tuple(_comparable(row.get(name)) for name in draft.primary_key)
        if key and (None in key or key in seen):
            what = "is missing" if None in key else "stands in an earlier row too"
            problems.fault((*place, i), f"the primary key {what}", "keys are unique")
        seen.add(key)
        for name, value in row.items():
            kind = _kind(value)
            if kind and kinds.setdefault(name, kind) != kind:
                message = f"{kind} among values that are {kinds[name]}"
                problems.fault((*place, i, name), message, "a column holds one kind of value")


def _kind(value: object) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return "true or false"
    return "a number" if isinstance(value, int | float) else "a text"


def _check_correlations(draft: TableDraft) -> None:
    pairs: set[frozenset[str]] = set()
    for i, (path, correlation) in enumerate(draft.correlations):
        names = [_correlated(draft, path, step, correlation.between[step]) for step in (0, 1)]
        if None in names:
            continue
        first, second = str(names[0]), str(names[1])
        problems = draft.section.problems
        if first == second:
            problems.fault((*path, "between"), "names one column twice", "name two columns")
        elif frozenset((first, second)) in pairs:
            message = f"the correlation of {quoted(first)} and {quoted(second)} is declared already"
            problems.fault((*path, "between"), message, "leave one of the two out")
        pairs.add(frozenset((first, second)))
        resolved = correlation.model_copy(update={"between": (first, second)})
        draft.correlations[i] = (path, Correlation.model_validate(resolved))


def _correlated(draft: TableDraft, path: Path, step: int, written: str) -> str | None:
    """The column meant, which must be one that can be correlated."""
    known = [name for name in draft.column_names() if name not in draft.row_columns()]
    name = find_name(written, known)
    path = (*path, "between", step)
    if name is None:
        message = f"the table has no column {quoted(written)}"
        draft.section.problems.fault(path, message, did_you_mean(written, known))
        return None
    column = draft.column(name)
    orderless = ProviderColumn | IdColumn | ComputedColumn | LineNumberColumn | JointColumn
    wraps = isinstance(column, MomentColumn) and column.crosses_midnight
    if isinstance(column, orderless) or wraps or name in draft.key_columns():
        message = f"{quoted(name)} cannot be correlated"
        draft.section.problems.fault(path, message, "name columns of numbers, moments or labels")
        return None
    return name


def _check_moments(draft: TableDraft, foreign: Mapping[str, Column | None]) -> None:
    """`after` and `before` name moments of this table or of a parent."""
    own = {name: draft.column(name) for name in draft.features}
    known = {**foreign, **own}
    for name, column in own.items():
        if isinstance(column, MomentColumn):
            for key, other in (("after", column.after), ("before", column.before)):
                if other is not None:
                    _check_moment(draft, (*draft.places[name], key), name, other, known)


def _check_moment(
    draft: TableDraft, path: Path, name: str, other: str, known: Mapping[str, Column | None]
) -> None:
    problems = draft.section.problems
    if other not in known:
        message = f"neither this table nor a parent has a column {quoted(other)}"
        problems.fault(path, message, did_you_mean(other, known))
    elif other == name:
        problems.fault(path, "the column names itself", "name another column")
    elif known[other] is not None and not isinstance(known[other], MomentColumn):
        message = f"{quoted(other)} is no date, datetime or time"
        problems.fault(path, message, "name a column of moments")
    elif getattr(known[other], "crosses_midnight", False):
        message = f"{quoted(other)} runs across midnight, so no time is after it or before it"
        problems.fault(path, message, "write `type: datetime`")
    elif _is_clock(known[other]) != _is_clock(draft.column(name)):
        message = f"{quoted(name)} and {quoted(other)} are not both times of day"
        problems.fault(path, message, "a time follows a time, a date or datetime one of these")


def _check_clocks(draft: TableDraft) -> None:
    """Times across midnight have no order, so none that a target could rise with."""
    for name, column in draft.features.items():
        if isinstance(column, MomentColumn) and column.crosses_midnight and has_effect(column):
            message = "runs across midnight, so its times have no order that has an effect"
            draft.section.problems.fault(draft.places[name], message, "write `type: datetime`")


def _is_clock(column: Column | None) -> bool:
    return column is not None and column.type == "time"


def _check_expressions(draft: TableDraft, foreign: Mapping[str, Column | None]) -> None:
    inputs = forms_of(
        name for name in (*draft.column_names(), *foreign) if name != draft.target_name
    )
    for name, column in draft.features.items():
        if isinstance(column, FormulaColumn):
            place = (*draft.places[name], "expr")
            check_expression(draft, place, column.expr, inputs, without=name)
    check_scripts(draft, inputs)
    hidden = {*draft.hidden(), *(name for name, each in foreign.items() if each and each.hidden)}
    for path, rule in draft.rules:
        seen = {written: form for written, form in inputs.items() if written not in hidden}
        check_expression(draft, (*path, "if"), rule.condition, seen)


def forms_of(columns: Iterable[str]) -> dict[str, str]:
    """The snake-case form of each column."""
    return {name: snake_case(name) for name in columns}


def check_expression(
    draft: TableDraft,
    path: Path,
    text: str,
    columns: Mapping[str, str],
    without: str | None = None,
) -> None:
    """The expression can be read and names columns that are there.

    Args:
        columns: the columns that it may read, each with its snake-case form.
        without: one of them that it may not read: the column it computes.
    """
    from app.engine.expressions import ExpressionError, parse

    # Reading costs time for every column that is known, so first those that may be meant.
    written = [
        name
        for name, form in columns.items()
        if name in text or (form and form in text) or "`" in name
    ]
    for known in (written, columns) if len(columns) <= MANY_COLUMNS else (written,):
        try:
            parse(text, [name for name in known if name != without])
        except ExpressionError as error:
            fault = error.at("").faults[0]
        else:
            return
    draft.section.problems.fault(path, fault.message, fault.hint)
