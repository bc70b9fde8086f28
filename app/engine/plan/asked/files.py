"""What is asked of learned rows, from files: conditions with shares, tables of given cells."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa

from app.engine.errors import DefinitionError, Fault, SourceError
from app.engine.profiling.models import ColumnProfile, TableProfile
from app.engine.profiling.sources import profiled_source
from app.engine.profiling.typed_table import typed_values
from app.engine.schema.yaml.core import read_yaml
from app.engine.sources.column_store import ColumnStore
from app.engine.synthesizers.cell_formats import ColumnCells
from app.engine.synthesizers.learning import LearnedTable


def load_conditions(text: bytes) -> tuple[Any, Any]:
    """Conditions and shares from YAML or JSON: a list of conditions, or a mapping with
    `conditions` and `shares`.

    Raises:
        DefinitionError: it is neither.
    """
    read = read_yaml(text)
    if read.faults:
        raise DefinitionError(read.faults)
    if isinstance(read.data, list):
        return read.data, None
    if not isinstance(read.data, dict):
        hint = "`conditions: [{where: \"income == '>50K'\", rows: 500}]`"
        raise DefinitionError([Fault("conditions", "a list or a mapping is wanted", hint)])
    known = ("conditions", "shares")
    faults = [
        Fault(str(key), "there is no such key", "`conditions` or `shares`")
        for key in read.data
        if key not in known
    ]
    if faults:
        raise DefinitionError(faults)
    return read.data.get("conditions"), read.data.get("shares")


def read_given(path: Path, learned: LearnedTable) -> pa.Table:
    """The table of a file of given cells, read as the model's source was written.

    Raises:
        SourceError: what cannot be read, and why; a cell that is not written like the source's.
        OSError: where there is no such file.
    """
    cells = {each.name: each for each in learned.cells}
    with profiled_source(path) as source:
        if len(source.profile.tables) != 1:
            count = len(source.profile.tables)
            raise SourceError(f"{path.name} holds {count} tables: one is completed at a time")
        profile = source.profile.tables[0]
        store = source.stores[profile.name]
        return pa.table({name: _values(store, profile, name, cells) for name in profile.names})


def typed_given(table: pa.Table, learned: LearnedTable) -> pa.Table:
    """A table in memory, its cells read as the model's source was written. Raises SourceError."""
    cells = {each.name: each for each in learned.cells}
    found = {
        name: _typed(table.column(name), cells[name], ()) if name in cells else table.column(name)
        for name in table.column_names
    }
    return pa.table(found)


def _values(
    store: ColumnStore, profile: TableProfile, name: str, cells: dict[str, ColumnCells]
) -> pa.Array:
    found = profile.column(name)
    if (known := cells.get(name)) is None:
        return typed_values(store.column(name), found)
    return _typed(store.column(name), known, found.format.missing)


def _typed(cells: pa.ChunkedArray, known: ColumnCells, further: tuple[str | None, ...]) -> pa.Array:
    """Values as a model's column has them.

    Args:
        further: texts that mean missing beside those of the model's source.
    """
    missing = tuple(dict.fromkeys([*known.format.missing, *further]))
    form = known.format.model_copy(update={"missing": missing})
    read = ColumnProfile(name=known.name, kind=known.kind, format=form, missing=0.0, distinct=0)
    if pa.types.is_dictionary(cells.type):
        cells = cells.cast(cells.type.value_type)
    if pa.types.is_large_string(cells.type) or pa.types.is_string_view(cells.type):
        cells = cells.cast(pa.string())  # which texts of files are
    return typed_values(cells, read)
