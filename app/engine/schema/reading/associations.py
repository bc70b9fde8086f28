"""How the labels of two columns go together."""

from __future__ import annotations

from typing import Any

from app.engine.schema.models import Association, BoolColumn, CategoryColumn, Column
from app.engine.schema.names import find_name
from app.engine.schema.problems import Problems, did_you_mean, quoted, shown
from app.engine.schema.reading.drafts import TableDraft
from app.engine.schema.reading.proportions import resolve_proportions
from app.engine.schema.reading.section import Section
from app.engine.schema.source import Path

MOST_CELLS = 10_000
_EXAMPLE = "`- {between: [plan, region], cramers_v: 0.3}`"


def read_associations(section: Section) -> list[tuple[Path, Association]]:
    """`[{between: [a, b], cramers_v: 0.3}, {between: [a, b], shares: {…}}]`."""
    value = section.take("associations")
    if value is None:
        return []
    place = section.place("associations")
    if not isinstance(value, list):
        message = f"a list of associations is wanted, not {shown(value)}"
        section.problems.fault(place, message, _EXAMPLE)
        return []
    found = [_read(section.problems, (*place, i), item) for i, item in enumerate(value)]
    return [((*place, i), each) for i, each in enumerate(found) if each is not None]


def _read(problems: Problems, path: Path, item: Any) -> Association | None:
    section = Section.of(problems, path, item, "a mapping with `between` and `cramers_v`")
    fields = section.take_all("between", "cramers_v", "shares")
    section.close()
    between = fields.get("between")
    names = between if isinstance(between, list) else []
    if len(names) != 2 or not all(isinstance(name, str) for name in names):
        section.fault("the names of two columns are wanted", "`between: [a, b]`", "between")
        return None
    if len(fields) != 2:
        hint = "one of `cramers_v` and `shares` is wanted"
        section.fault("does not say how the labels go together", hint)
        return None
    shares = fields.get("shares")
    if shares is not None:
        fields["shares"] = _rows(problems, (*path, "shares"), shares)
    return section.build(Association, {**fields, "between": tuple(names)})


def _rows(problems: Problems, path: Path, value: Any) -> dict[str, dict[str, Any]]:
    """Rows of labels whose shares are numbers or left out; checked beside the columns."""
    section = Section.of(problems, path, value, "a mapping of labels")
    rows = section.take_all(*value) if isinstance(value, dict) else {}
    return {
        str(label): {str(key): each for key, each in row.items() if each is not None}
        for label, row in rows.items()
        if _is_row(problems, (*path, label), row)
    }


def _is_row(problems: Problems, path: Path, row: Any) -> bool:
    if not isinstance(row, dict):
        problems.fault(path, f"shares by label are wanted, not {shown(row)}", "{yes: 0.4, no: 0.6}")
        return False
    return True


def check_associations(draft: TableDraft) -> None:
    """Columns of labels of the table, each in one association, whose labels are known."""
    seen: set[str] = {name for _, each in draft.correlations for name in each.between}
    for i, (path, each) in enumerate(draft.associations):
        names = [_column(draft, (*path, "between", step), each.between[step]) for step in (0, 1)]
        if None in names:
            continue
        first, second = str(names[0]), str(names[1])
        problems = draft.section.problems
        if first == second:
            problems.fault((*path, "between"), "names one column twice", "name two columns")
        for name in {first, second} & seen:
            message = f"{quoted(name)} goes together with another column already"
            problems.fault((*path, "between"), message, "name each column once")
        seen |= {first, second}
        shares = _shares(draft, path, each, first, second)
        update = {"between": (first, second), "shares": shares}
        draft.associations[i] = (path, each.model_copy(update=update))


def _column(draft: TableDraft, path: Path, written: str) -> str | None:
    problems, name = draft.section.problems, find_name(written, list(draft.features))
    if name is None:
        message = f"the table has no feature {quoted(written)}"
        if written == draft.target_name:
            message = f"{quoted(written)} is the target: what goes with it is said by effects"
        problems.fault(path, message, did_you_mean(written, list(draft.features)))
        return None
    column = draft.features[name]
    if column is None:
        return None
    if not isinstance(column, CategoryColumn | BoolColumn) or column.unique:
        problems.fault(path, f"{quoted(name)} has no labels to go together", "name a category")
        return None
    return name


def labels_of(column: Column) -> tuple[str, ...]:
    """The labels of a column of labels, in their order."""
    if isinstance(column, CategoryColumn):
        return tuple(cat.label for cat in column.cats)
    return ("true", "false")


def _shares(
    draft: TableDraft, path: Path, each: Association, first: str, second: str
) -> dict[str, dict[str, float]] | None:
    """The shares of every label, those left out sharing what is left of 1."""
    if each.shares is None:
        return None
    problems, place = draft.section.problems, (*path, "shares")
    rows, columns = (labels_of(_known(draft, name)) for name in (first, second))
    if len(rows) * len(columns) > MOST_CELLS:
        problems.fault(place, f"more than {MOST_CELLS:,} shares", "fewer labels")
        return None
    for label in each.shares.keys() - set(rows):
        message = f"{quoted(label)} is no label of {quoted(first)}"
        problems.fault((*place, label), message, did_you_mean(label, rows))
    found = {}
    for label in rows:
        given = each.shares.get(label)
        if given is None:
            message = f"says nothing of the label {quoted(label)} of {quoted(first)}"
            problems.fault(place, message, "one line for each label")
            continue
        for other in given.keys() - set(columns):
            message = f"{quoted(other)} is no label of {quoted(second)}"
            problems.fault((*place, label, other), message, did_you_mean(other, columns))
        said = [((*place, label, other), given.get(other)) for other in columns]
        shares = resolve_proportions(problems, (*place, label), said)
        found[label] = dict(zip(columns, shares, strict=True))
    return found


def _known(draft: TableDraft, name: str) -> Column:
    column = draft.features[name]
    assert column is not None
    return column
