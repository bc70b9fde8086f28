"""A synthesis definition applied to a table: what is learned, what is made, what comes out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from app.engine.formats.cells.cell_format import CellFormat, Kind
from app.engine.profiling.models import ColumnProfile, TableProfile
from app.engine.profiling.sources import ProfiledSource
from app.engine.profiling.typed_table import TypedColumn, TypedTable, typed_table
from app.engine.synthesis.defaults import suggested_synthesis
from app.engine.synthesis.models import SynthesisTable, Treatment
from app.engine.synthesis.new_keys import new_key_column
from app.engine.synthesis.reading import LoadedSynthesis, load_synthesis

Document = dict[str, Any]
LEARNED = ("learn", "text", "keep")  # the others are learned beside what is kept


@dataclass(frozen=True, slots=True)
class AppliedTable:
    """One table of a source, divided by what happens to its columns.

    Args:
        learned: the columns that a synthesizer learns, in the kinds that the definition says.
        made: for `new` and `fake`, columns of the schema language by name.
        made_profiles: what was found in the columns whose place they take.
        kept: those of the learned columns whose rows keep their own values.
        order: of all columns that come out; those that are dropped are not among them.
        rows: how many are wanted; None for as many as the source has.
        rules: that the definition declares, as expressions.
        texts: those of the learned columns that are learned as free text.
    """

    name: str
    learned: TypedTable
    made: Mapping[str, Document]
    made_profiles: tuple[ColumnProfile, ...]
    kept: tuple[str, ...]
    order: tuple[str, ...]
    rows: int | None
    rules: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()


def apply_synthesis(
    source: ProfiledSource, table: str, synthesis: LoadedSynthesis | None = None
) -> AppliedTable:
    """A table as a synthesis definition wants it treated.

    Args:
        synthesis: what was loaded for this source; what the source suggests where left out:
            keys are new, sensitive columns are fake.

    Raises:
        DefinitionError: the definition has faults that this source shows.
        SourceError: values cannot be read as the kind that the definition says.
        KeyError: neither names the table.
    """
    if synthesis is None:
        synthesis = load_synthesis(suggested_synthesis(source.profile), source.profile)
    wanted = synthesis.definition.tables[table]
    profile = _corrected(source.profile.table(table), wanted)
    treatments = {name: wanted.treatment(name) for name in profile.names}
    learned = [name for name, each in treatments.items() if each.treatment in LEARNED]
    k = synthesis.definition.privacy.fewest
    bodies = _bodies(synthesis.document, table)
    made = {
        name: _made(profile.column(name), each, bodies.get(name), wanted.rows or profile.rows, k)
        for name, each in treatments.items()
        if each.treatment in {"new", "fake"}
    }
    found = _only(typed_table(source.stores[table], profile, learned), set(learned))
    return AppliedTable(
        name=table,
        learned=found,
        made=made,
        made_profiles=tuple(profile.column(name) for name in made),
        kept=tuple(name for name, each in treatments.items() if each.treatment == "keep"),
        order=tuple(name for name, each in treatments.items() if each.treatment != "drop"),
        rows=wanted.rows,
        rules=wanted.rules,
        texts=tuple(
            each.name
            for each in found.columns
            if treatments[each.name].treatment == "text" and _is_text(each)
        ),
    )


def _is_text(column: TypedColumn) -> bool:
    """Whether there is text in a column, and not numbers or moments."""
    kind = column.values.type
    return pa.types.is_string(kind.value_type if pa.types.is_dictionary(kind) else kind)


def _only(table: TypedTable, names: set[str]) -> TypedTable:
    """A table without what speaks of columns that it does not have."""
    dependencies = tuple(
        each for each in table.dependencies if {each.determinant, each.dependent} <= names
    )
    rules = tuple(each for each in table.rules if set(each.columns) <= names)
    return TypedTable(table.name, table.rows, table.columns, dependencies, rules)


def _corrected(profile: TableProfile, wanted: SynthesisTable) -> TableProfile:
    """The profile with the kinds that a definition says."""
    columns = tuple(_retyped(each, wanted.treatment(each.name).kind) for each in profile.columns)
    return profile.model_copy(update={"columns": columns})


def _retyped(column: ColumnProfile, kind: Kind | None) -> ColumnProfile:
    if kind is None or kind == column.kind:
        return column
    form = column.format
    if kind in {"category", "text", "id"}:
        # Read as the text that stands there, so that every cell comes back bit for bit.
        form = CellFormat(storage=form.storage, missing=form.missing)
    return column.model_copy(update={"kind": kind, "format": form})


def _bodies(document: Mapping[str, Any], table: str) -> Mapping[str, Any]:
    """What a document says of the columns of a table, where it says so by name."""
    tables = document.get("tables")
    body = tables.get(table) if isinstance(tables, Mapping) else None
    columns = body.get("columns") if isinstance(body, Mapping) else None
    return columns if isinstance(columns, Mapping) else {}


def _made(column: ColumnProfile, treatment: Treatment, body: Any, rows: int, k: int) -> Document:
    """The column of the schema language that makes a column's values."""
    if treatment.treatment == "new" or not isinstance(body, Mapping):
        return new_key_column(column, rows, k)
    made = {key: value for key, value in body.items() if key not in {"treatment", "kind"}}
    if "provider" in made:
        made = {"type": made.pop("provider"), **made}
    return made
