"""From a source of several tables to what was learned of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Any

import numpy as np
import pyarrow as pa

from app.engine.errors import DefinitionError, Fault
from app.engine.execution.results import Progress
from app.engine.profiling.sources import ProfiledSource, profiled_source, profiled_tables
from app.engine.seeds import fresh_seed
from app.engine.sources.declarations import DeclaredTable
from app.engine.synthesis.applying import AppliedTable, apply_synthesis
from app.engine.synthesis.defaults import suggested_synthesis
from app.engine.synthesis.new_keys import without_letters
from app.engine.synthesis.reading import LoadedSynthesis, load_synthesis
from app.engine.synthesizers.base import Map
from app.engine.synthesizers.cell_formats import ColumnCells, cells_of, made_cells, with_labels
from app.engine.synthesizers.learning import LearnedTable, learn
from app.engine.synthesizers.provenance import Provenance, library_versions
from app.engine.synthesizers.several.learned_tables import LearnedTables, RelatedTable
from app.engine.synthesizers.several.relations import LookupKey, TableRelations
from app.engine.synthesizers.values import Protection
from app.engine.training.fingerprint import fingerprint
from app.engine.training.fitting import column_note, mapping
from app.engine.training.several.declaring import declared_tables
from app.engine.training.several.encoding import EncodedTables, Encoding
from app.engine.training.several.individuals import Individuals, individuals, main_root
from app.engine.training.several.joining import joined
from app.engine.training.several.table_keys import LEARNS, TableKeys, table_keys
from app.engine.training.training_plan import AskedTraining, TrainingPlan, plan_training

Note = Callable[[Progress], None]
ALONE = (
    "{table}: no key between it and another table was found, so its rows follow from none: say in "
    "`foreign_keys` which there are (what they refer to must be unique there)"
)


@dataclass(frozen=True, eq=False, slots=True)
class PreparedTables:
    """Several tables of a source as they are to be learned.

    Args:
        declared: what a database is to declare of each table, by name.
        fingerprints: of the tables as they were read; none where no key was given.
        warnings: what is left out of the source or the definition, in words.
    """

    keys: tuple[TableKeys, ...]
    order: tuple[str, ...]
    root: str
    applied: Mapping[str, AppliedTable]
    labelled: Mapping[str, frozenset[str]]
    loaded: LoadedSynthesis
    encoded: EncodedTables
    plan: TrainingPlan
    seed: int
    target: tuple[str, str] | None
    fingerprints: Mapping[str, str]
    warnings: tuple[str, ...]
    declared: Mapping[str, DeclaredTable]


def train_folder(
    path: Path,
    definition: bytes | Mapping[str, Any] | None = None,
    asked: AskedTraining | None = None,
    *,
    workers: int = 1,
    progress: Note | None = None,
    key: bytes | None = None,
) -> LearnedTables:
    """Read the tables of a folder, an archive or a workbook, and learn them with their keys.

    Args:
        definition: a synthesis definition; what the source suggests where None.
        progress: called in this thread after each column that is learned.
        key: of the fingerprints, which are left out where None.

    Raises:
        SourceError: what cannot be read or learned, and why.
        DefinitionError: every fault of the definition, and keys that cannot be learned.
        OSError: where there is nothing to read.
        GenerationError: a worker died.
    """
    with profiled_source(path) as source:
        prepared = prepare_tables(source, definition, asked, key=key)
    return train_prepared_tables(prepared, workers, progress)


def train_tables(
    tables: Mapping[str, pa.Table | Path],
    definition: bytes | Mapping[str, Any] | None = None,
    asked: AskedTraining | None = None,
    *,
    workers: int = 1,
    progress: Note | None = None,
    key: bytes | None = None,
) -> LearnedTables:
    """As `train_folder`, of tables in memory and files of one table by name."""
    with profiled_tables(tables) as source:
        prepared = prepare_tables(source, definition, asked, key=key)
    labelled = {
        name: frozenset(each.name for each in table.schema if pa.types.is_dictionary(each.type))
        for name, table in tables.items()
        if not isinstance(table, Path)
    }
    return train_prepared_tables(replace(prepared, labelled=labelled), workers, progress)


def prepare_tables(
    source: ProfiledSource,
    definition: bytes | Mapping[str, Any] | None = None,
    asked: AskedTraining | None = None,
    *,
    key: bytes | None = None,
) -> PreparedTables:
    """The tables of a source treated as a synthesis definition says. Raises as `train_folder`."""
    profile = source.profile
    wanted = suggested_synthesis(profile) if definition is None else definition
    loaded = load_synthesis(wanted, profile)
    keys = table_keys(profile, loaded.definition)
    rows = {each.name: source.stores[each.name].rows for each in keys}
    applied = {each.name: apply_synthesis(source, each.name, loaded) for each in keys}
    learned = [each.name for each in keys if not each.original]
    # A root may have nothing but its key, and the numbers of its children.
    full = [name for name in learned if applied[name].learned.columns]
    root = main_root(keys, rows)
    plan, target = _plan(source, loaded, asked, root if root in full else (*full, root)[0])
    seed = fresh_seed() if plan.seed is None else plan.seed
    there = joined(source, keys)
    people = individuals(keys, there.parents, rows, plan.holdout, seed)
    applied = _protected_keys(applied, people, loaded, plan.k)
    encoded = Encoding(keys, applied, there, people, plan.k).encoded()
    prints = {} if key is None else {n: fingerprint(source.stores[n], key) for n in applied}
    order = tuple(each.name for each in profile.tables if each.name in applied)
    unkept = _unkept_keys(keys, encoded, suggested=definition is None)
    warnings = (*_warnings(source, loaded, keys), *unkept)
    declared = declared_tables(profile, loaded.definition, {n: applied[n].order for n in order})
    return PreparedTables(
        keys, order, people.root, applied, {}, loaded, encoded, plan, seed, target, prints,
        warnings, declared,
    )  # fmt: skip


def _protected_keys(
    applied: Mapping[str, AppliedTable], people: Individuals, loaded: LoadedSynthesis, k: int
) -> dict[str, AppliedTable]:
    """Tables whose new keys keep no letter of the source's where fewer than k individuals have
    rows."""
    found = dict(applied)
    for name, own in people.of_rows.items():
        if len(np.unique(own)) < k:
            wanted = loaded.definition.tables[name]
            new = {each for each in applied[name].made if wanted.treatment(each).treatment == "new"}
            made = {
                column: without_letters(dict(body)) if column in new else body
                for column, body in applied[name].made.items()
            }
            found[name] = replace(applied[name], made=made)
    return found


def train_prepared_tables(
    prepared: PreparedTables, workers: int = 1, progress: Note | None = None
) -> LearnedTables:
    """Learn tables one after the other, their columns side by side. Raises as `train_folder`."""
    columns = sum(len(each.columns) for each in prepared.encoded.tables.values())
    with mapping(workers, note=column_note(progress, columns)) as run:
        tables = tuple(_related(prepared, each, run) for each in prepared.keys)
    weak = tuple(
        f"{each.name}: {words}"
        for each in tables
        if each.learned
        for words in each.learned.warnings
    )
    return LearnedTables(
        tables, prepared.order, prepared.root, prepared.seed, (*prepared.warnings, *weak)
    )


def _unkept_keys(
    keys: tuple[TableKeys, ...], encoded: EncodedTables, *, suggested: bool
) -> Iterator[str]:
    """Primary keys that nothing keeps unique, in words. Raises DefinitionError where a definition
    wants them, or another table refers to them."""
    faults = []
    for table in keys:
        words = list(table.warnings)
        if table.numbered is not None and table.numbered not in encoded.distinct(table.name):
            what = f"{table.numbered!r} neither numbers the rows of each parent nor orders them"
            words.append(f"the key of {table.name!r} is not kept unique: {what}")
        is_referred = any(
            key.also and key.parent == table.name for each in keys for key in each.drawn
        )
        if is_referred or not suggested:
            place, hint = f"tables.{table.name}.primary_key", "leave `primary_key` out"
            faults += [Fault(place, each, hint) for each in words]
        yield from words
    if faults:
        raise DefinitionError(faults)


def _plan(
    source: ProfiledSource, loaded: LoadedSynthesis, asked: AskedTraining | None, table: str
) -> tuple[TrainingPlan, tuple[str, str] | None]:
    """How tables are learned, which one of them says for all, and the table and column of the
    target."""
    wanted, own = asked or AskedTraining(), loaded.definition
    profile = source.profile.model_copy(update={"tables": (source.profile.table(table),)})
    plan = plan_training(profile, loaded, replace(wanted, target=None))
    if plan.synthesizer != LEARNS:
        message = f"several tables are learned by {LEARNS!r}"
        raise DefinitionError([Fault("synthesizer.name", message, "leave it out")])
    target = wanted.target or own.target
    return plan, None if target is None else _target(source, own.tables, target)


def _target(source: ProfiledSource, tables: Mapping[str, Any], target: str) -> tuple[str, str]:
    named = [
        (table, column)
        for table in tables
        for column in source.profile.table(table).names
        if target in {column, f"{table}.{column}"} and not tables[table].original
    ]
    if len(named) != 1:
        message = f"{len(named) or 'no'} tables that are learned have a column {target!r}"
        raise DefinitionError([Fault("target", message, "`table.column`")])
    return named[0]


def _warnings(
    source: ProfiledSource, loaded: LoadedSynthesis, keys: tuple[TableKeys, ...]
) -> Iterator[str]:
    yield from source.profile.warnings
    yield from map(str, loaded.warnings)
    learned = {each.name for each in keys}
    for table in source.profile.tables:
        if not table.rows and table.name not in learned:
            yield f"{table.name}: it has no rows, and is left out"
    for each in keys:
        for words in source.profile.table(each.name).warnings:
            yield f"{each.name}: {words}"
    parents = {key.parent for each in keys for key in (*each.drawn, *each.lookups)}
    for each in keys:
        if len(keys) > 1 and not (each.drawn or each.lookups or each.name in parents):
            yield ALONE.format(table=each.name)


def _related(prepared: PreparedTables, keys: TableKeys, run: Map) -> RelatedTable:
    applied = prepared.applied[keys.name]
    if keys.original:
        whole = applied.learned.arrow().combine_chunks().to_batches()
        rows = whole[0] if whole else pa.RecordBatch.from_pylist([], applied.learned.arrow().schema)
        return RelatedTable(_relations(prepared, keys), original=rows)
    return RelatedTable(_relations(prepared, keys), learned=_learned(prepared, keys.name, run))


def _learned(prepared: PreparedTables, name: str, run: Map) -> LearnedTable:
    start, plan = monotonic(), prepared.plan
    table = prepared.encoded.tables[name]
    target = prepared.target[1] if prepared.target and prepared.target[0] == name else None
    learned = learn(
        table, plan.synthesizer, plan.settings, seed=prepared.seed,
        protection=Protection(plan.k), target=target, run=run,
    )  # fmt: skip
    rows = len(prepared.encoded.whole[name][0].codes) if prepared.encoded.whole[name] else 0
    return replace(
        learned,
        rows=rows,
        holdout=plan.holdout if rows > table.rows else 0.0,
        held_out=rows - table.rows,
        provenance=Provenance(
            fingerprint=prepared.fingerprints.get(name),
            trained_at=datetime.now(UTC).replace(microsecond=0),
            seconds=round(monotonic() - start, 1),
            libraries=library_versions(),
        ),
    )


def _relations(prepared: PreparedTables, keys: TableKeys) -> TableRelations:
    applied, wanted = prepared.applied[keys.name], prepared.loaded.definition.tables[keys.name]
    return TableRelations(
        name=keys.name,
        key=_referred_key(prepared, keys.name),
        parent=prepared.encoded.own.get(keys.name),
        references=list(prepared.encoded.references.get(keys.name, ())),
        itself=list(prepared.encoded.itself.get(keys.name, ())),
        lookups=_lookups(keys),
        lines=list(prepared.encoded.lines.get(keys.name, ())),
        sequence=prepared.encoded.sequences.get(keys.name),
        made=dict(applied.made),
        order=list(applied.order),
        cells=_cells(prepared, keys, applied),
        rows=wanted.rows or applied.learned.rows,
        declared=prepared.declared[keys.name],
    )


def _lookups(keys: TableKeys) -> list[LookupKey]:
    """Keys to lookup tables that are of several columns, but those of which some are to refer to
    nothing, or of which rows of one parent have different ones."""
    return [
        LookupKey(
            columns=list(each.columns),
            parent=each.parent,
            parent_columns=list(each.parent_columns),
            is_distinct=each == keys.distinct_lookup,
        )
        for each in keys.lookups
        if (each.also and each.orphans != "keep") or each == keys.distinct_lookup
    ]


def _referred_key(prepared: PreparedTables, name: str) -> str | None:
    """The column of a table that others refer to."""
    keys = (key for each in prepared.keys for key in each.drawn)
    return next((key.parent_column for key in keys if key.parent == name), None)


def _cells(prepared: PreparedTables, keys: TableKeys, applied: AppliedTable) -> list[ColumnCells]:
    """How columns are written; foreign keys as the keys that they are."""
    drawn = {column for each in keys.drawn for column in each.columns}
    learned = [each for each in cells_of(applied.learned) if each.name not in drawn]
    profiles = [each.profile for each in applied.learned.columns if each.name in drawn]
    made = made_cells([*applied.made_profiles, *profiles])
    by_name = {
        each.name: each
        for each in (*with_labels(learned, prepared.labelled.get(keys.name, frozenset())), *made)
    }
    return [by_name[name] for name in applied.order if name in by_name]
