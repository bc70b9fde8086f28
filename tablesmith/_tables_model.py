"""Models that learned several tables with the keys between them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Never

from app.engine import (
    AskedTraining,
    DefinitionError,
    Fault,
    LearnedTables,
    progress_bar,
    save_tables,
    tables_plan,
    train_folder,
    train_tables,
)
from app.engine import (
    load_tables as read_tables,
)
from tablesmith._arguments import (
    need_bytes,
    need_mappings,
    need_names,
    need_natural_numbers,
    need_path,
    need_whole_numbers,
)
from tablesmith._arrow_tables import arrow_table
from tablesmith._dataset import Dataset

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa

NAME = "synthetic"


class TablesRows(Dataset):
    """Rows of several tables, drawn from a model: the same for the same model, number and seed."""

    def __repr__(self) -> str:
        return f"<TablesRows {self.plan!r}>"


class TablesModel:
    """What was learned of several tables. It only draws: it holds no row of the source but those of
    lookup tables (`original: true`)."""

    def __init__(self, learned: LearnedTables) -> None:
        self._learned = learned

    @property
    def tables(self) -> tuple[str, ...]:
        """Names of the tables, in the order of the source."""
        return self._learned.order

    @property
    def root(self) -> str:
        """The table whose rows are individuals, and whose number `sample` is asked for."""
        return self._learned.root

    @property
    def roots(self) -> tuple[str, ...]:
        """All tables whose number of rows may be asked for."""
        return self._learned.roots

    @property
    def parents(self) -> dict[str, dict[str, str]]:
        """For each table the foreign keys that follow from other tables, and which ones these are;
        the first of a table is the one that its rows are drawn for."""
        return {each.name: each.relations.drawn_keys for each in self._learned.tables}

    @property
    def rows(self) -> dict[str, int]:
        """Rows of the source, by table."""
        return {name: self._learned.by_name[name].relations.rows for name in self.tables}

    @property
    def held_out(self) -> int:
        """Rows of the root that were set aside before anything was learned, with all that follows
        from them."""
        learned = self._learned.by_name[self.root].learned
        return 0 if learned is None else learned.held_out

    @property
    def seed(self) -> int:
        """The seed that it was learned with."""
        return self._learned.seed

    @property
    def warnings(self) -> tuple[str, ...]:
        """What will be weak, in words."""
        return self._learned.warnings

    def sample(
        self,
        rows: int | Mapping[str, int] | None = None,
        *,
        seed: int | None = None,
        as_written: bool | None = None,
        workers: int = 1,
        progress: bool = True,
        **others: Never,
    ) -> TablesRows:
        """Synthetic tables; they are drawn when they are first asked for.

        Args:
            rows: of the root; or of some roots by name, the others having as many as the source.
                None: all as many as the source had.
            seed: drawn where None, see `TablesRows.seed`.
            as_written: whether cells look like the source's; None: where it had columns of other
                types than text.
            workers: processes that draw; the rows do not depend on it.
            progress: whether a terminal or notebook shows a bar while rows are drawn.
            others: none; what only models of one table take is refused, such as `conditions`.

        Raises:
            ValueError: a negative seed.
            DefinitionError: rows of a table that is no root, or a negative number of them; what is
                no argument of several tables.
        """
        _refuse(others)
        need_whole_numbers(seed=seed, workers=workers, **_numbers(rows))
        if (seed or 0) < 0:
            raise ValueError("the seed is 0 or more")
        chosen = self._had_types if as_written is None else as_written
        plan = tables_plan(self._learned, NAME, rows=rows, seed=seed, as_written=chosen)
        return TablesRows(plan, workers=workers, progress=progress)

    def impute(self, *given: object, **others: object) -> Never:
        """Raises DefinitionError: missing cells are filled in by models of one table alone."""
        hint = "`ts.fit` of the table that has the missing cells, and `impute` of that model"
        message = "a model of several tables fills in no missing cells"
        raise DefinitionError([Fault("impute", message, hint)])

    def save(self, path: str | Path) -> None:
        """Write the model to one file, whole or not at all; `load_tables` reads it again."""
        need_path(path, "a model")
        save_tables(self._learned, Path(path))

    @property
    def _had_types(self) -> bool:
        cells = (cell for each in self._learned.tables for cell in each.relations.cells)
        return any(not each.format.is_text for each in cells)

    def __repr__(self) -> str:
        sizes = ", ".join(f"{name} {rows:,}" for name, rows in self.rows.items())
        return f"<TablesModel of {sizes} rows>"


def fit_tables(
    tables: Mapping[str, pd.DataFrame | pl.DataFrame | pa.Table | str | Path] | str | Path,
    *,
    target: str | None = None,
    synthesizer: str | None = None,
    settings: Mapping[str, Any] | None = None,
    holdout: float | None = None,
    seed: int | None = None,
    definition: Mapping[str, Any] | str | Path | None = None,
    fingerprint_key: bytes | None = None,
    workers: int = 1,
    progress: bool = True,
) -> TablesModel:
    """Learn several real tables with the keys between them. They are profiled first: keys are found
    and made new, and columns that look personal are faked, unless the definition says otherwise.

    Args:
        tables: data frames, Arrow tables and paths of files by the name of the table; or the path
            of a folder, a ZIP or a workbook of several tables.
        target: `table.column`, or a column that one table alone has; kept with the model.
        synthesizer: `sequential`, the only one that learns several tables.
        settings: those that differ from the defaults of `sequential`.
        holdout: share of the root's rows that is set aside with all that follows from them, from 0
            to 0.5; 0.1 where nobody says one. Of fewer than 1,000 rows all are learned.
        seed: of the fit; drawn where nobody says one, see `TablesModel.seed`.
        definition: a synthesis definition, as a dict or the path of a file; what the tables suggest
            where None.
        fingerprint_key, workers, progress: as for `fit`.

    Raises:
        SourceError: what cannot be read or learned, and why.
        DefinitionError: a definition at fault, or keys that cannot be learned, with what can.
        OSError: where there is no such file.
        ValueError: an empty `fingerprint_key`.
        TypeError: anything else than tables or a path.
    """
    need_natural_numbers(seed=seed, workers=workers)
    need_mappings({"settings": '{"max_rounds": 100}'}, settings=settings)
    said = Path(definition).read_bytes() if isinstance(definition, str | Path) else definition
    asked = AskedTraining(synthesizer, settings or {}, seed, target, holdout)
    need_bytes(fingerprint_key=fingerprint_key)
    key = fingerprint_key
    with progress_bar(wanted=progress, unit="columns") as bar:
        if isinstance(tables, str | os.PathLike):
            found = train_folder(Path(tables), said, asked, workers=workers, progress=bar, key=key)
        else:
            given = _given(tables)
            found = train_tables(given, said, asked, workers=workers, progress=bar, key=key)
    return TablesModel(found)


def load_tables(path: str | Path) -> TablesModel:
    """Read a file of several tables that `TablesModel.save` or `tablesmith train` wrote; a
    stranger's may be read.

    Raises:
        ModelError: it is not such a file, is damaged or of another version.
        OSError: where there is no such file.
        TypeError: anything else than a path.
    """
    need_path(path, "a model")
    return TablesModel(read_tables(Path(path)))


def _refuse(others: Mapping[str, object]) -> None:
    """Raises DefinitionError for arguments that models of several tables do not take."""
    if others:
        hint = "`rows` of the root, seed, as_written, workers and progress; or a model of one table"
        raise DefinitionError(
            [Fault(name, "a model of several tables does not take it", hint) for name in others]
        )


def _numbers(rows: object) -> dict[str, object]:
    """The numbers of rows by the place where they are given."""
    if isinstance(rows, Mapping):
        return {f"rows[{name!r}]": each for name, each in rows.items()}
    return {"rows": rows}


def _given(tables: object) -> dict[str, pa.Table | Path]:
    """Raises TypeError for what is no dict, DefinitionError for names that are no texts,
    SourceError for a data frame that is no table."""
    if not isinstance(tables, Mapping):
        wanted = "a dict of tables by name, or the path of a folder, ZIP or workbook"
        raise TypeError(f"several tables are {wanted}, not {type(tables).__name__}")
    need_names(tables)
    return {name: _table(each) for name, each in tables.items()}


def _table(table: Any) -> pa.Table | Path:
    return Path(table) if isinstance(table, str | os.PathLike) else arrow_table(table)
