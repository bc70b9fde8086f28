"""A table of a source as it is to be learned, read and treated as its definition says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from app.engine.errors import Fault, SourceError
from app.engine.profiling.models import SourceProfile, TableProfile
from app.engine.profiling.sources import ProfiledSource, profiled_source
from app.engine.profiling.typed_table import TypedTable
from app.engine.sources.declarations import DeclaredTable
from app.engine.sources.tables import ReadingOptions
from app.engine.synthesis.applying import LEARNED, AppliedTable, apply_synthesis
from app.engine.synthesis.defaults import suggested_synthesis
from app.engine.synthesis.models import Treatment
from app.engine.synthesis.reading import LoadedSynthesis, load_synthesis
from app.engine.synthesizers.cell_formats import ColumnCells, cells_of, encode_typed, made_cells
from app.engine.synthesizers.row_rules import stated_rules
from app.engine.synthesizers.table import EncodedTable
from app.engine.training.fingerprint import fingerprint
from app.engine.training.training_plan import (
    AskedTraining,
    TrainingPlan,
    plan_training,
    without_held_out,
)

MOST_NAMED = 20
OWN_KEY = "a key to the table itself is left out, since its values are keys of the source"


@dataclass(frozen=True, slots=True)
class PreparedTable:
    """A table of a source as it is to be learned; plain data that another process may be given.

    Args:
        typed: the columns that are learned.
        cells: how the source writes its columns.
        made: columns that are declared, by name.
        order: of all columns that come out.
        rows: that are wanted; None for as many as the source has.
        plan: how it is learned.
        warnings: what is left out of the source or the definition, in words.
        kept: columns whose rows keep their own values.
        rules: that the definition declares, as expressions.
        fingerprint: of the table as it was read; None where no key was given.
        declared: what a database is to declare of the table; None where it came from none.
        texts: those of the learned columns that are learned as free text.
    """

    typed: TypedTable
    cells: tuple[ColumnCells, ...]
    made: Mapping[str, dict[str, Any]]
    order: tuple[str, ...]
    rows: int | None
    plan: TrainingPlan
    warnings: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    fingerprint: str | None = None
    declared: DeclaredTable | None = None
    texts: tuple[str, ...] = ()

    def encoded(self, seed: int) -> EncodedTable:
        """The columns as synthesizers learn them, without the rows that are set aside.

        Args:
            seed: of the fit.

        Raises SourceError.
        """
        learned = without_held_out(self.typed, self.plan.holdout, seed)
        return encode_typed(learned, self.rules, self.texts)


def prepare_file(
    path: Path,
    definition: bytes | Mapping[str, Any] | None = None,
    asked: AskedTraining | None = None,
    *,
    options: ReadingOptions | None = None,
    key: bytes | None = None,
) -> PreparedTable:
    """Read a file of one table and treat its columns as a synthesis definition says.

    Args:
        options: how the file is read, as far as that is not to be detected.
        key: of its fingerprint.

    Raises SourceError, DefinitionError, OSError as `train_file`.
    """
    with profiled_source(path, options) as source:
        return prepare_source(source, definition, asked, key)


def prepare_source(
    source: ProfiledSource,
    definition: bytes | Mapping[str, Any] | None = None,
    asked: AskedTraining | None = None,
    key: bytes | None = None,
) -> PreparedTable:
    """The one table of a source with its columns treated as a synthesis definition says.

    Raises SourceError, DefinitionError.
    """
    profile = source.profile
    if len(profile.tables) != 1:
        raise SourceError(_several(profile))
    wanted = suggested_synthesis(profile) if definition is None else definition
    loaded = _without_own_keys(load_synthesis(wanted, profile))
    plan = plan_training(profile, loaded, asked)
    applied = apply_synthesis(source, plan.table, loaded)
    cells = (*cells_of(applied.learned), *made_cells(applied.made_profiles))
    by_name = {each.name: each for each in cells}
    unkept = tuple(_unkept(applied))
    return PreparedTable(
        applied.learned,
        tuple(by_name[name] for name in applied.order if name in by_name),
        dict(applied.made),
        applied.order,
        applied.rows,
        plan,
        tuple(_warnings(source, loaded)) + (() if definition is None else unkept),
        applied.kept,
        applied.rules,
        None if key is None else fingerprint(source.stores[plan.table], key),
        _declared(profile.table(plan.table), applied),
        applied.texts,
    )


def _declared(profile: TableProfile, applied: AppliedTable) -> DeclaredTable | None:
    """What its database declares of the columns that come out; keys lead to no table."""
    return None if profile.declared is None else profile.declared.limited(applied.order, {})


def _without_own_keys(loaded: LoadedSynthesis) -> LoadedSynthesis:
    """A definition that drops keys to the table itself: a model of one table has no new keys for
    them, and must not learn those of the source."""
    definition = loaded.definition
    tables, warnings = dict(definition.tables), list(loaded.warnings)
    for key in definition.foreign_keys:
        table, own = tables[key.table], {}
        for column in key.columns:
            if table.treatment(column).treatment in LEARNED:
                own[column] = Treatment(treatment="drop")
                place = f"tables.{key.table}.columns.{column}"
                warnings.append(Fault(place, OWN_KEY, "`ts.fit_tables` draws new ones"))
        columns = {**table.columns, **own}
        tables[key.table] = table.model_copy(update={"columns": columns})
    changed = definition.model_copy(update={"tables": tables})
    return replace(loaded, definition=changed, warnings=tuple(warnings))


def _several(profile: SourceProfile) -> str:
    names = [each.name for each in profile.tables]
    more = ", …" if len(names) > MOST_NAMED else ""
    named = f"{len(names)} tables ({', '.join(names[:MOST_NAMED])}{more})"
    hint = "give the file of one of them, or learn them together by `ts.fit_tables`"
    return f"{profile.name} holds {named}: one is learned at a time; {hint}"


def _warnings(source: ProfiledSource, loaded: LoadedSynthesis) -> Iterator[str]:
    yield from source.profile.tables[0].warnings
    yield from map(str, loaded.warnings)
    for name, table in loaded.definition.tables.items():
        if table.order_by is not None:
            yield f"{name}: `order_by` has no effect in a model of one table"


def _unkept(applied: AppliedTable) -> Iterator[str]:
    """Declared rules that drawn rows are not made to keep."""
    learned = [each.name for each in applied.learned.columns]
    for rule in applied.rules:
        if not stated_rules(rule, applied.order):
            yield f"the rule {rule[:100]!r} is not kept: only orders and sums are"
        elif not stated_rules(rule, learned):
            yield f"the rule {rule[:100]!r} is not kept: not all of its columns are learned"
