"""A table: its columns, keys, rows, target and what is said of them together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.engine.schema.models import Column, Constraint, Correlation
from app.engine.schema.problems import Problems, quoted, shown
from app.engine.schema.reading.associations import read_associations
from app.engine.schema.reading.columns import read_column
from app.engine.schema.reading.drafts import TableDraft
from app.engine.schema.reading.entries import Entry, named_entries
from app.engine.schema.reading.keys import read_foreign_keys, read_primary_key
from app.engine.schema.reading.learned import read_learned, read_made, read_origin
from app.engine.schema.reading.section import Section
from app.engine.schema.reading.targets import read_rules, read_target
from app.engine.schema.source import MAX_ROWS, Path

_ABOUT_COLUMNS = (
    "rows", "foreign_keys", "features", "target", "correlations", "associations", "rules",
    "constraints",
)  # fmt: skip


def read_table(name: str, section: Section) -> TableDraft:
    """Everything that may be said of one table; the section is closed by the caller."""
    problems = section.problems
    draft = TableDraft(name, section, primary_key=read_primary_key(section))
    draft.origin, draft.model = read_origin(section)
    draft.description = section.text("description")
    draft.n_samples = read_rows_wanted(section)
    if draft.is_unknown:  # whatever is said of its columns would be found at fault
        section.take_all(*_ABOUT_COLUMNS)
        return draft
    draft.rows = _read_rows(section)
    draft.foreign_keys = read_foreign_keys(section)
    _read_features(draft)
    _read_target(draft)
    if draft.model is not None:
        _check_beside_model(draft)
    correlations = section.take("correlations")
    if correlations is not None:
        draft.correlations = read_correlations(
            problems, section.place("correlations"), correlations
        )
    draft.associations = read_associations(section)
    rules = section.take("rules")
    if rules is not None:
        draft.rules = read_rules(problems, section.place("rules"), rules)
    constraints = section.take("constraints")
    if constraints is not None:
        found = read_constraints(problems, section.place("constraints"), constraints)
        draft.constraints = [Constraint(expr=each.expr, table=name) for _, each in found]
        draft.constraint_places = [path for path, _ in found]
        _check_tables(draft, found)
    return draft


def _check_beside_model(draft: TableDraft) -> None:
    """What does not go with a model: rows of the table's own, and keys that nobody made."""
    assert draft.model is not None
    section = draft.section
    if draft.rows is not None:
        section.problems.fault(section.place("rows"), "`rows` does not go with `from`", "give one")
        draft.rows = None
    for name in draft.primary_key:
        if name in draft.model.columns:
            message = f"{quoted(name)} is learned, so that no value of it is sure to be unique"
            hint = "declare a column for it: `{type: id}`"
            section.problems.fault(section.place("primary_key"), message, hint)


def _check_tables(draft: TableDraft, found: list[tuple[Path, Constraint]]) -> None:
    for path, constraint in found:
        if constraint.table not in (None, draft.name):
            message = f"stands in {quoted(draft.name)} and names {quoted(constraint.table or '')}"
            draft.section.problems.fault((*path, "table"), message, "leave `table` out")


def read_rows_wanted(section: Section) -> int | None:
    """`n_samples` as a whole number from 0."""
    value = section.take("n_samples")
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if value is None or (isinstance(value, int) and not isinstance(value, bool) and value >= 0):
        if value is None or value <= MAX_ROWS:
            return value
        message = "more rows are asked for than a table can have"
        section.problems.fault(section.place("n_samples"), message, f"at most {MAX_ROWS:,}")
        return None
    message = f"a whole number from 0 is wanted, not {shown(value)}"
    section.problems.fault(section.place("n_samples"), message)
    return None


def _read_features(draft: TableDraft) -> None:
    """The columns of the model in their order, then those that are declared besides."""
    value = draft.section.take("features")
    problems, place = draft.section.problems, draft.section.place("features")
    entries = [] if value is None else named_entries(problems, place, value, "features")
    given = {entry.name: entry for entry in entries}
    for name in draft.model.order if draft.model else ():
        _add_of_model(draft, name, given.pop(name, None), place)
    for entry in given.values():
        if not entry.name:
            problems.fault(entry.place, "a column must have a name")
        _add_feature(draft, entry)


def _add_of_model(draft: TableDraft, name: str, given: Entry | None, place: Path) -> None:
    """A column of the model, with what the document says of it."""
    assert draft.model is not None
    problems, learned = draft.section.problems, draft.model.columns.get(name)
    entry = given or Entry(name, (*place, name), None)
    draft.places[name] = entry.place
    if learned is not None:
        draft.features[name] = read_learned(problems, entry, learned)
    elif given is not None:
        draft.features[name] = _read_feature(problems, given)
    else:
        draft.features[name] = read_made(draft.model.made[name])


def _add_feature(draft: TableDraft, entry: Entry) -> None:
    draft.places[entry.name] = entry.place
    draft.features[entry.name] = _read_feature(draft.section.problems, entry)


def _read_target(draft: TableDraft) -> None:
    """The target; a learned column that is made again stands with the others no more."""
    value = draft.section.take("target")
    if value is None:
        return
    learned = draft.model.columns if draft.model else {}
    problems, place = draft.section.problems, draft.section.place("target")
    draft.target_name, draft.target = read_target(problems, place, value, learned)
    if draft.target_name in learned:
        draft.features.pop(str(draft.target_name), None)


def _read_feature(problems: Problems, entry: Entry) -> Column | None:
    if isinstance(entry.body, Mapping):
        return read_column(Section(problems, entry.place, entry.body))
    if entry.body is None:
        if not problems.is_faulty(entry.place):
            problems.fault(entry.place, "says no `type`", "for instance `{type: int}`")
        return None
    message = f"a mapping that declares a column is wanted, not {shown(entry.body)}"
    kind = entry.body if isinstance(entry.body, str) else "int, min: 0, max: 9"
    problems.fault(entry.place, message, f"for instance `{{type: {kind[:40]}}}`")
    return None


def _read_rows(section: Section) -> list[dict[str, Any]] | None:
    value = section.take("rows")
    if value is None:
        return None
    place = section.place("rows")
    if not isinstance(value, list):
        hint = "for instance `rows: [{code: DE, name: Germany}]`"
        section.problems.fault(place, f"a list of rows is wanted, not {shown(value)}", hint)
        return None
    return [dict(row) for i, row in enumerate(value) if _is_row(section.problems, (*place, i), row)]


def _is_row(problems: Problems, path: Path, row: Any) -> bool:
    if not isinstance(row, Mapping):
        problems.fault(path, f"a row is a mapping of columns, not {shown(row)}")
        return False
    for name, value in row.items():
        if isinstance(value, dict | list):
            problems.fault((*path, name), f"a single value is wanted, not {shown(value)}")
    return True


def read_correlations(problems: Problems, path: Path, value: Any) -> list[tuple[Path, Correlation]]:
    """`[{between: [a, b], r: 0.4, method: pearson}]`; what names no two columns is left out."""
    if not isinstance(value, list):
        hint = "`- {between: [a, b], r: 0.4}`"
        problems.fault(path, f"a list of correlations is wanted, not {shown(value)}", hint)
        return []
    found = [_read_correlation(problems, (*path, i), item) for i, item in enumerate(value)]
    return [((*path, i), each) for i, each in enumerate(found) if each is not None]


def _read_correlation(problems: Problems, path: Path, item: Any) -> Correlation | None:
    section = Section.of(problems, path, item, "a mapping with `between` and `r`")
    fields = section.take_all("between", "r", "method")
    section.take("table")
    section.close()
    between = fields.get("between")
    if between is not None:
        names = between if isinstance(between, list) else []
        if len(names) != 2 or not all(isinstance(name, str) for name in names):
            section.fault("the names of two columns are wanted", "`between: [a, b]`", "between")
            return None
        fields["between"] = tuple(names)
    return section.build(Correlation, fields)


def read_constraints(problems: Problems, path: Path, value: Any) -> list[tuple[Path, Constraint]]:
    """A list of expressions, each a text or `{table: orders, expr: …}`."""
    items = value if isinstance(value, list) else [value]
    found = [_read_constraint(problems, (*path, i), item) for i, item in enumerate(items)]
    return [((*path, i), each) for i, each in enumerate(found) if each is not None]


def _read_constraint(problems: Problems, path: Path, item: Any) -> Constraint | None:
    if isinstance(item, str):
        return Constraint(expr=item)
    section = Section.of(problems, path, item, "an expression, or a mapping with `expr`,")
    fields = section.take_all("expr", "table")
    section.close()
    return section.build(Constraint, fields)
