"""The tables of a plan, as data frames and as files."""

from __future__ import annotations

import os
import shutil
import tempfile
import weakref
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.engine import (
    FactResult,
    Fault,
    FormatOptions,
    GeneratedFile,
    Plan,
    best_files,
    describe_files,
    html_table,
    measure_facts,
    plan_html,
    preview,
    progress_bar,
    report_of_files,
    run_generation,
    summary,
    write_tables,
)
from tablesmith._arguments import need_path, need_texts
from tablesmith._report import Report

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa

SHOWN_ROWS = 5


class Dataset:
    """The tables of one definition and seed.

    Rows are made when they are first asked for. They are kept as Arrow files in a temporary folder
    for as long as the dataset lives, and mapped from there, so they may be larger than the memory.
    Whatever is made of them is the same for the same definition and seed.

    Methods that make rows raise GenerationError for a full disk or workers that keep dying, and
    ComputationError where a formula leaves the range of its type.
    """

    def __init__(self, plan: Plan, *, workers: int = 1, progress: bool = True) -> None:
        self.plan = plan
        self._workers = workers
        self._progress = progress

    @property
    def name(self) -> str:
        return self.plan.name

    @property
    def seed(self) -> int:
        """The seed given or declared, else the one that was drawn: it makes the same rows again."""
        return self.plan.seed

    @property
    def tables(self) -> tuple[str, ...]:
        """Names of the tables, in the order of the definition."""
        return tuple(table.name for table in self.plan.tables)

    @property
    def warnings(self) -> tuple[Fault, ...]:
        """What was read in a way that may not be meant."""
        return self.plan.warnings

    @cached_property
    def facts(self) -> tuple[FactResult, ...]:
        """Every declared fact, measured in the finished tables: `declared`, `observed`, `holds`."""
        return tuple(measure_facts(self.plan, best_files(self._files)))

    def to_arrow(self, table: str | None = None) -> pa.Table:
        """A table as pyarrow's, its columns mapped from a file.

        Args:
            table: its name; may be left out where there is one table.

        Raises:
            ValueError: where there are several tables, or none of that name.
        """
        import pyarrow as pa

        with pa.memory_map(str(self._paths[self._name(table)])) as file:
            return pa.ipc.open_file(file).read_all()

    def to_pandas(self, table: str | None = None) -> pd.DataFrame:
        """A table as a pandas data frame: labels are categories, dates are datetime64.

        Arguments and errors as for `to_arrow`.
        """
        frame: pd.DataFrame = self.to_arrow(table).to_pandas(date_as_object=False)
        return frame

    def to_polars(self, table: str | None = None) -> pl.DataFrame:
        """A table as a polars data frame. Arguments and errors as for `to_arrow`.

        Raises:
            ImportError: polars is not installed; the text says how to get it.
        """
        try:
            import polars as pl
        except ImportError as error:
            hint = "pip install 'tablesmith[polars]'"
            raise ImportError(f"polars is not installed: {hint}") from error
        frame = pl.from_arrow(self.to_arrow(table))
        assert isinstance(frame, pl.DataFrame)  # as it is for a table
        return frame

    def write(
        self,
        path: str | Path,
        *,
        formats: Sequence[str] = (),
        escape_formulas: bool = False,
        csv: Mapping[str, Any] | None = None,
        card: bool = False,
        licence: str = "",
    ) -> tuple[GeneratedFile, ...]:
        """Write the tables to files, whole or not at all.

        Args:
            path: a file for one table, whose suffix says its format; a folder for several tables
                or formats.
            formats: such as ``["csv", "parquet"]``; where there are none, the suffix of `path` says
                it, then that of the definition's `output_file`, then CSV.
            escape_formulas: defuse texts that a spreadsheet would run as a formula.
            csv: how CSV is written: `null`, `delimiter`, `quote` (minimal, all), `bom` and
                `line_end` (lf, crlf), such as ``{"null": "NULL", "delimiter": ";"}``.
            card: measure the files, and write `data-card.md` and `croissant.json` beside them.
            licence: of the files, such as an SPDX address; stands in the card.

        Returns:
            The files, each with its table, format, path, bytes and sha256.

        Raises:
            FormatError: an unknown format or option, or a format that cannot hold a table.
            OSError: where nothing can be written to `path`.
            DefinitionError, TypeError: `formats` that are no list of texts, no path.
        """
        need_path(path, "a table")
        need_texts("formats", formats, '["csv", "parquet"]')
        options = FormatOptions.of({"escape_formulas": escape_formulas, "csv": csv or {}})
        with progress_bar(wanted=self._progress) as progress:
            written = write_tables(
                self.plan,
                Path(path),
                formats,
                workers=self._workers,
                options=options,
                progress=progress,
            )
        if card:
            describe_files(self.plan, written, options=options, licence=licence)
        return tuple(file for table in written.tables for file in table.files)

    def report(self, *, verify: bool = False) -> Report:
        """What was declared beside what the tables hold; of rows of a model also what the model was
        found to be worth. The same dataset gives the same report.

        Args:
            verify: whether a model is trained on some of the rows and tested on the others, where
                there is a target.
        """
        return Report(report_of_files(self.plan, self._files, facts=self.facts, verify=verify))

    def __repr__(self) -> str:
        return f"<Dataset {summary(self.plan)}>"

    def _repr_html_(self) -> str:
        """The tables, and the first rows of the first one."""
        first = self.plan.tables[0]
        columns = first.schema.names
        rows = [list(record.values()) for record in preview(self.plan, SHOWN_ROWS)]
        return plan_html(self.plan) + html_table(columns, rows)

    def _name(self, table: str | None) -> str:
        names = ", ".join(self.tables)
        if table is None and len(self.tables) > 1:
            raise ValueError(f"there are {len(self.tables)} tables, say which one: {names}")
        if table is not None and table not in self.tables:
            raise ValueError(f"there is no table {table!r}; there are {names}")
        return table or self.tables[0]

    @property
    def _paths(self) -> Mapping[str, Path]:
        return {file.table: file.path for file in self._files}

    @cached_property
    def _files(self) -> tuple[GeneratedFile, ...]:
        """The tables as Arrow files, made now."""
        folder = Path(tempfile.mkdtemp(prefix="tablesmith-"))
        weakref.finalize(self, _remove, folder, os.getpid())
        with progress_bar(wanted=self._progress) as progress:
            made = run_generation(
                self.plan, folder, ["arrow"], workers=self._workers, progress=progress
            )
        return tuple(file for table in made.tables for file in table.files)


def _remove(folder: Path, owner: int) -> None:
    """Remove a folder, unless this process is a copy of the one that made it."""
    if os.getpid() == owner:
        shutil.rmtree(folder, ignore_errors=True)
