"""A synthesis definition against the profile of its source."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from app.engine.expressions import ExpressionError, parse
from app.engine.formats.cells.cell_format import Kind
from app.engine.profiling.models import ColumnProfile, SensitiveKind, SourceProfile, TableProfile
from app.engine.schema.problems import Problems, did_you_mean, quoted
from app.engine.schema.reading.section import Section
from app.engine.schema.source import Path
from app.engine.synthesis.models import (
    SynthesisDefinition,
    SynthesisKey,
    SynthesisTable,
    Treatment,
    TreatmentName,
)

# Kinds that a column of each kind can be read as: anything can be labels or text.
_ALWAYS: tuple[Kind, ...] = ("category", "text", "id")
_OTHERS: dict[Kind, tuple[Kind, ...]] = {
    "boolean": ("integer",),
    "integer": ("number",),
    "datetime": (),
}


_DRAWN = {"protected": ("learn", "text", "keep"), "target": ("learn", "text")}
_TAKING_IN = ("learn", "keep", "text")


@dataclass(frozen=True, slots=True)
class SensitiveChoice:
    """A sensitive column that is learned or kept, since the definition says so."""

    table: str
    column: str
    kind: SensitiveKind
    treatment: TreatmentName


@dataclass
class TableDraft:
    """A table while it is read. Columns that could not be read are None."""

    name: str
    section: Section
    columns: dict[str, tuple[Path, Treatment | None]]
    rules: list[tuple[Path, str]]
    table: SynthesisTable | None

    def place(self, key: str) -> Path:
        return self.section.place(key)


@dataclass
class Draft:
    """A document while it is read; `loose` are the rules at its top."""

    tables: dict[str, TableDraft]
    keys: list[tuple[Path, SynthesisKey]]
    loose: list[tuple[Path, str]]
    fields: SynthesisDefinition | None
    section: Section


def possible_kinds(found: Kind) -> tuple[Kind, ...]:
    """The kinds that a column can be read as, what it was found to be first."""
    return tuple(dict.fromkeys((found, *_OTHERS.get(found, ()), *_ALWAYS)))


def check_profile(
    problems: Problems, draft: Draft, profile: SourceProfile
) -> tuple[SensitiveChoice, ...]:
    """Note every fault of a definition that its source shows; the sensitive columns that are
    taken in. Rules at the top are put into their tables."""
    known = {table.name: table for table in profile.tables}
    for name, table in draft.tables.items():
        if name not in known:
            hint = did_you_mean(name, known)
            problems.fault(table.section.path, f"the source has no table {quoted(name)}", hint)
    pairs = [(each, known[name]) for name, each in draft.tables.items() if name in known]
    for table, found in pairs:
        _check_table(problems, table, found)
    for place, key in draft.keys:
        _check_key(problems, draft, place, key, known)
    _check_originals(problems, draft)
    _place_rules(problems, draft, pairs)
    _check_target(problems, draft, known)
    _check_fairness(problems, draft, known)
    return tuple(_choices(problems, pairs))


def _check_table(problems: Problems, draft: TableDraft, found: TableProfile) -> None:
    for name, (place, treatment) in draft.columns.items():
        if name not in found.names:
            _unknown(problems, place, name, found.names)
        elif treatment is not None:
            _check_kind(problems, place, treatment, found.column(name))
    if draft.table is None:
        return
    for name in draft.table.primary_key:
        if name not in found.names:
            _unknown(problems, draft.place("primary_key"), name, found.names)
        elif draft.table.treatment(name).treatment == "drop":
            message = f"{quoted(name)} is dropped, and cannot be the key"
            problems.fault(draft.place("primary_key"), message)
    order = draft.table.order_by
    if order is not None and order not in found.names:
        _unknown(problems, draft.place("order_by"), order, found.names)
    _check_unique(problems, draft, found)
    kept = [name for name in found.names if draft.table.treatment(name).treatment != "drop"]
    if not kept:
        problems.fault(draft.section.path, "every column is dropped", "leave one at least")
    for place, rule in draft.rules:
        _check_rule(problems, place, rule, kept)


def _unknown(problems: Problems, place: Path, name: str, known: Iterable[str]) -> None:
    problems.fault(
        place, f"the source's table has no column {quoted(name)}", did_you_mean(name, known)
    )


def _check_unique(problems: Problems, draft: TableDraft, found: TableProfile) -> None:
    key = draft.table.primary_key if draft.table else ()
    if len(key) != 1 or key[0] not in found.names:
        return
    column = found.column(key[0])
    if column.distinct < found.rows:
        more = found.rows - column.distinct
        message = f"{quoted(key[0])} is no key: {more:,} rows repeat a value or have none"
        unique = [", ".join(map(quoted, each)) for each in found.primary_keys]
        hint = f"unique are {'; '.join(unique)}" if unique else "leave it out"
        problems.fault(draft.place("primary_key"), message, hint)


def _check_kind(
    problems: Problems, place: Path, treatment: Treatment, found: ColumnProfile
) -> None:
    wanted = treatment.kind
    if wanted is not None and wanted not in possible_kinds(found.kind):
        message = f"its values cannot be read as {wanted}: they are {found.kind}"
        problems.fault((*place, "kind"), message, "category and text are always possible")


def _check_rule(problems: Problems, place: Path, rule: str, columns: Collection[str]) -> None:
    try:
        parse(rule, list(columns))
    except ExpressionError as error:
        fault = error.at("").faults[0]
        problems.fault(place, fault.message, fault.hint)


def _check_key(
    problems: Problems, draft: Draft, place: Path, key: SynthesisKey, known: dict[str, TableProfile]
) -> None:
    for step, table, columns in (
        ("from", key.table, key.columns),
        ("to", key.parent, key.parent_columns),
    ):
        if table not in draft.tables:
            message = f"there is no table {quoted(table)}"
            problems.fault((*place, step), message, did_you_mean(table, draft.tables))
        elif table in known:
            for name in columns:
                if name not in known[table].names:
                    _unknown(problems, (*place, step), name, known[table].names)
    parent = draft.tables.get(key.parent)
    wanted = sorted(parent.table.primary_key) if parent and parent.table else []
    if parent and parent.table and wanted not in ([], sorted(key.parent_columns)):
        message = f"{quoted(key.parent)} has another primary key"
        hint = "refer to " + ", ".join(map(quoted, parent.table.primary_key))
        problems.fault((*place, "to"), message, hint)


def _check_originals(problems: Problems, draft: Draft) -> None:
    """A table that comes out unchanged is a lookup table: others refer to it, it to none but such
    tables."""
    originals = {name for name, each in draft.tables.items() if each.table and each.table.original}
    inbound = {key.parent for _, key in draft.keys if key.parent != key.table}
    outbound = {key.table for _, key in draft.keys if key.parent not in {key.table, *originals}}
    for name in originals:
        place = draft.tables[name].place("original")
        if name not in inbound:
            hint = "`original` is for lookup tables; learn it, or leave it out"
            problems.fault(place, "no foreign key refers to this table", hint)
        elif name in outbound:
            message = "this table refers to another one, so its rows cannot stay as they are"
            problems.fault(place, message, "`original` is for lookup tables")


def _place_rules(
    problems: Problems, draft: Draft, pairs: list[tuple[TableDraft, TableProfile]]
) -> None:
    """Rules at the top go into the only table whose columns they name."""
    for place, rule in draft.loose:
        fitting = [table for table, found in pairs if _parses(rule, found.names)]
        if len(fitting) == 1:
            table = fitting[0]
            if table.table is not None:
                rules = (*table.table.rules, rule)
                table.table = table.table.model_copy(update={"rules": rules})
        elif len(fitting) > 1:
            message = f"{len(fitting)} tables have these columns"
            problems.fault(place, message, "put the rule into its table")
        elif len(pairs) == 1:
            _check_rule(problems, place, rule, pairs[0][1].names)
        else:
            problems.fault(place, "no table has these columns", "a rule reads those of one table")


def _parses(rule: str, columns: Collection[str]) -> bool:
    try:
        parse(rule, list(columns))
    except ExpressionError:
        return False
    return True


def _check_target(problems: Problems, draft: Draft, known: dict[str, TableProfile]) -> None:
    target = draft.fields.target if draft.fields else None
    if target is None:
        return
    place = draft.section.place("target")
    named = [
        name
        for name, table in draft.tables.items()
        for column in _learned(table, known.get(name))
        if target in {column, f"{name}.{column}"}
    ]
    if len(named) > 1:
        problems.fault(
            place, f"{len(named)} tables have a column {quoted(target)}", "`table.column`"
        )
    elif not named:
        columns = [name for each in draft.tables if each in known for name in known[each].names]
        message = f"no table that is learned has a column {quoted(target)}"
        problems.fault(place, message, did_you_mean(target, columns))


def _check_fairness(problems: Problems, draft: Draft, known: dict[str, TableProfile]) -> None:
    """It is of two columns of one table that are learned."""
    fairness = draft.fields.fairness if draft.fields else None
    if fairness is None:
        return
    place = draft.section.place("fairness")
    if len(draft.tables) != 1:
        problems.fault(place, "is of one table, and several are named", "leave it out")
        return
    ((name, table),) = draft.tables.items()
    if name not in known or table.table is None:
        return
    for key, column in (("protected", fairness.protected), ("target", fairness.target)):
        if column not in known[name].names:
            _unknown(problems, (*place, key), column, known[name].names)
        elif (how := table.table.treatment(column).treatment) not in _DRAWN[key]:
            hint = f"`{column}: {{treatment: learn}}`"
            problems.fault((*place, key), f"{quoted(column)} is not learned but {how}", hint)
    if fairness.protected == fairness.target:
        problems.fault((*place, "target"), "is the protected column itself", "name another one")


def _learned(draft: TableDraft, found: TableProfile | None) -> list[str]:
    """The columns of a table that come out."""
    names = found.names if found else ()
    if draft.table is None:
        return list(names)
    return [name for name in names if draft.table.treatment(name).treatment != "drop"]


def _choices(
    problems: Problems, pairs: list[tuple[TableDraft, TableProfile]]
) -> Iterable[SensitiveChoice]:
    """Sensitive columns that the document takes in; a warning for each."""
    for draft, found in pairs:
        if draft.table is None:
            continue
        for column in found.columns:
            named = draft.columns.get(column.name)
            chosen = draft.table.treatment(column.name).treatment
            sensitive = column.sensitivity
            if (
                not column.is_sensitive
                or sensitive is None
                or chosen not in {"learn", "keep", "text"}
            ):
                continue
            if draft.table.original:
                chosen = "keep"
            elif sensitive.kind == "free_text" and chosen == "text":
                continue  # what one individual writes does not come out of it
            place = named[0] if named else draft.place("columns")
            what = sensitive.kind.replace("_", " ")
            message = f"{quoted(column.name)} seems to hold a {what}, and its values are taken in"
            problems.warn(place, message, "`treatment: fake`, `new` or `drop` would not do so")
            yield SensitiveChoice(found.name, column.name, sensitive.kind, chosen)
