"""The tools that write and read files of the folder: generate, profile, evaluate."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from mcp.server.mcpserver.exceptions import ToolError
from pydantic import Field

from app.assistants.answering import answering
from app.assistants.definition_tools import (
    Definition,
    DefinitionTools,
    Rows,
    Seed,
    warnings_of,
)
from app.assistants.folder import FolderError, WorkFolder
from app.assistants.results import (
    MOST_COLUMNS,
    MOST_DEFINITION,
    MOST_FACTS,
    MOST_TABLES,
    MOST_TEXT,
    Fact,
    Figure,
    Judged,
    LookedAt,
    LookedAtColumn,
    TableSize,
    Written,
    WrittenFile,
    cut,
    first,
    found,
)
from app.engine.evaluation.documents import plain_json
from app.engine.evaluation.facts import measure_facts
from app.engine.evaluation.measurement import FactResult
from app.engine.evaluation.reading import best_files
from app.engine.execution.destination import resolve, write_tables
from app.engine.execution.results import Generated
from app.engine.formats import format_of
from app.engine.importing.declaring import declare_source
from app.engine.plan.plan import Plan
from app.engine.profiling.models import SourceProfile
from app.engine.profiling.sources import profiled_source
from app.engine.schema.yaml.write import write_yaml

SourceFile = Annotated[
    str, Field(description="A CSV, Parquet, XLSX or other table, relative to the folder.")
]


@dataclass(frozen=True, slots=True)
class FileTools:
    """Tools over files of the folder.

    Args:
        most_rows: that a call may make, of all tables together.
    """

    folder: WorkFolder
    definitions: DefinitionTools
    most_rows: int

    def generate(
        self,
        definition: Definition,
        out: Annotated[
            str,
            Field(
                description="Where to write, relative to the folder: a file for one table, whose "
                "suffix says its format (churn.csv), a folder for several tables or formats."
            ),
        ],
        formats: Annotated[
            Sequence[str],
            Field(description="Such as csv, jsonl, parquet or xlsx; else the suffix says it."),
        ] = (),
        rows: Rows = None,
        seed: Seed = None,
        replace: Annotated[
            bool, Field(description="Whether files that are there may be written over.")
        ] = False,
    ) -> Written:
        """Make the tables of a definition, write them to files, and measure every declared fact in
        the files: `facts_unmet` is 0 where all hold."""
        with answering(self.folder):
            loaded, plan = self.definitions.planned(definition, rows, seed)
            self._check_rows(plan)
            path = self._free(out, formats, plan, replace=replace)
            written = write_tables(plan, path, formats, workers=len(os.sched_getaffinity(0)))
            files = [file for table in written.tables for file in table.files]
            facts = measure_facts(plan, best_files(files))
            return Written(
                name=plan.name,
                seed=plan.seed,
                files=list(self._files(written)),
                facts_total=len(facts),
                facts_unmet=sum(not each.holds for each in facts),
                facts=_facts(facts),
                warnings=found(warnings_of(loaded, plan, rows)),
            )

    def profile(
        self,
        source: Annotated[
            str,
            Field(
                description="A CSV, Parquet, XLSX or other table, or a folder of several, "
                "relative to the folder."
            ),
        ],
    ) -> LookedAt:
        """Make a definition of a real table: the shares, quantiles, keys and correlations of its
        columns. No row of the table is shown, and no label that fewer than five rows have."""
        with answering(self.folder):
            with profiled_source(self.folder.source(source)) as real:
                declared = declare_source(real)
                profile = real.profile
            text = write_yaml(declared.document)
            if len(text) > MOST_DEFINITION:
                raise ToolError(
                    f"the definition has {len(text):,} characters, more than one answer holds; "
                    "`tablesmith profile FILE --as definition -o FILE` writes it to a file"
                )
            return LookedAt(
                definition=text,
                notes=[cut(each, 500) for each in first(declared.notes, MOST_FACTS)],
                tables=[
                    TableSize(name=each.name, rows=each.rows, columns=len(each.columns))
                    for each in first(profile.tables, MOST_TABLES)
                ],
                columns=_columns(profile),
            )

    def evaluate(
        self,
        real: SourceFile,
        synthetic: SourceFile,
        holdout: Annotated[
            str | None,
            Field(
                description="Real rows that were set aside before anything was learned; without "
                "them nothing is said of privacy."
            ),
        ] = None,
        target: Annotated[
            str | None, Field(description="A column that models are to predict.")
        ] = None,
        seed: Annotated[int, Field(ge=0, description="Of samples and orders.")] = 0,
    ) -> Judged:
        """Judge synthetic rows by real ones: every figure beside its ceiling and its floor."""
        from app.engine.reports.judging import judged_report
        from app.engine.reports.text import report_lines

        with answering(self.folder):
            made = judged_report(
                self.folder.file(real),
                self.folder.file(synthetic),
                holdout=None if holdout is None else self.folder.file(holdout),
                target=target,
                seed=seed,
            )
            figures = [
                Figure(**{name: each[name] for name in Figure.model_fields})
                for each in made["figures"]
            ]
            return Judged(figures=figures, text=cut("\n".join(report_lines(made)), MOST_TEXT))

    def _check_rows(self, plan: Plan) -> None:
        rows = sum(table.rows for table in plan.tables)
        if rows > self.most_rows:
            raise ToolError(
                f"{rows:,} rows are more than the {self.most_rows:,} that this server makes; "
                "ask for fewer, or have it started with a larger --max-rows"
            )

    def _free(self, out: str, formats: Sequence[str], plan: Plan, *, replace: bool) -> Path:
        """The path of what is to be written, where nothing is lost by that."""
        path = self.folder.output(out)
        target = resolve(path, formats, len(plan.tables), plan.output_file)
        if target.is_file and format_of(path) is None:
            raise FolderError(f"the suffix of {out!r} is that of no format")
        taken = any(path.iterdir()) if path.is_dir() else path.exists()
        if taken and not replace:
            raise FolderError(f"{out!r} is there already: take another name, or ask for `replace`")
        return path

    def _files(self, written: Generated) -> Iterator[WrittenFile]:
        for table in written.tables:
            for file in table.files:
                yield WrittenFile(
                    table=table.name,
                    rows=table.rows,
                    path=self.folder.shown(file.path),
                    format=file.format,
                    bytes=file.bytes,
                    sha256=file.sha256,
                )


def _facts(measured: Sequence[FactResult]) -> list[Fact]:
    ordered = sorted(measured, key=lambda each: each.holds)
    return [
        Fact(
            table=each.table,
            fact=each.fact,
            declared=plain_json(each.declared),
            observed=plain_json(each.observed),
            holds=each.holds,
        )
        for each in first(ordered, MOST_FACTS)
    ]


def _columns(profile: SourceProfile) -> list[LookedAtColumn]:
    columns = [
        LookedAtColumn(
            table=table.name,
            name=each.name,
            kind=each.kind,
            sensitive=each.sensitivity.kind if each.sensitivity and each.is_sensitive else None,
        )
        for table in profile.tables
        for each in table.columns
    ]
    return list(first(columns, MOST_COLUMNS))
