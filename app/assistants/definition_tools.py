"""The tools that need no file: language, validate, compile, preview."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Annotated, Any

from mcp.server.mcpserver.exceptions import ToolError
from pydantic import Field

from app.assistants.answering import answering
from app.assistants.folder import ModelsBelow, WorkFolder
from app.assistants.results import (
    MOST_CELL,
    MOST_CELLS,
    MOST_COLUMNS,
    MOST_FACTS,
    MOST_FAULTS,
    MOST_PREVIEWED,
    MOST_TABLES,
    MOST_TEXT,
    Compiled,
    DeclaredColumn,
    Preview,
    ReachedFact,
    TableSize,
    Validation,
    cut,
    first,
    found,
)
from app.engine.errors import DefinitionError, Fault
from app.engine.execution.preview import preview as first_rows
from app.engine.plan.compiler import compile_plan
from app.engine.plan.explain import explain
from app.engine.plan.plan import Plan, TablePlan
from app.engine.schema.load import Loaded, load_definition

Definition = Annotated[
    str,
    Field(description="The definition as YAML or JSON text; `language` says what it may hold."),
]
Rows = Annotated[
    int | None, Field(ge=1, description="Rows of the root table, instead of `n_samples`.")
]
Seed = Annotated[int | None, Field(ge=0, description="Instead of the definition's own seed.")]


def language_reference() -> str:
    """All that a definition can say, with examples, as Markdown."""
    place = resources.files("app.assistants").joinpath("language.md")
    return place.read_text(encoding="utf-8")


@dataclass(frozen=True, slots=True)
class DefinitionTools:
    """Tools over definitions.

    Args:
        folder: where models that definitions name are looked for.
    """

    folder: WorkFolder

    def language(
        self,
        section: Annotated[
            str | None,
            Field(description="A heading, such as Distributions; the whole text when left out."),
        ] = None,
    ) -> str:
        """Read the reference of the language of definitions, with examples. Read it before you
        write the first definition."""
        with answering(self.folder):
            text = language_reference()
            return text if section is None else _section(text, section)

    def validate(self, definition: Definition) -> Validation:
        """Check a definition, compiling included. Every fault comes at once, each with its path,
        its line, what is wrong and what would be right: mend them all, then call this again."""
        with answering(self.folder):
            try:
                loaded, plan = self.planned(definition)
            except DefinitionError as error:
                more = max(0, len(error.faults) - MOST_FAULTS)
                return Validation(valid=False, faults=found(error.faults), left_out=more)
            return Validation(
                valid=True,
                faults=[],
                warnings=found(warnings_of(loaded, plan)),
                columns=_columns(loaded),
            )

    def compile(self, definition: Definition, rows: Rows = None, seed: Seed = None) -> Compiled:
        """Show what a definition comes to before a row is made: the sizes of its tables, the rules
        of its target, and what is reached of each declared fact."""
        with answering(self.folder):
            loaded, plan = self.planned(definition, rows, seed)
            explained = explain(plan)
            targets: Mapping[str, Any] = explained.get("tables") or {"": explained}
            facts = [
                ReachedFact(table=name, **fact)
                for name, target in targets.items()
                for fact in target["facts"]
            ]
            return Compiled(
                name=plan.name,
                seed=plan.seed,
                tables=[size_of(each) for each in first(plan.tables, MOST_TABLES)],
                rules=cut(explained["text"], MOST_TEXT),
                facts=list(first(facts, MOST_FACTS)),
                reachable={
                    f"{name}.{metric}" if name else metric: list(ends)
                    for name, target in targets.items()
                    for metric, ends in target["reachable"].items()
                },
                warnings=found(warnings_of(loaded, plan, rows)),
            )

    def preview(
        self,
        definition: Definition,
        rows: Annotated[
            int, Field(ge=1, le=MOST_PREVIEWED, description="How many rows of each table.")
        ] = 10,
        seed: Seed = None,
        table: Annotated[str | None, Field(description="Which; all when left out.")] = None,
    ) -> Preview:
        """Show the first rows that `generate` makes with the same seed."""
        with answering(self.folder):
            loaded, plan = self.planned(definition, None, seed)
            names = [each.name for each in plan.tables]
            if table is not None and table not in names:
                hint = f"one of {', '.join(names)}"
                raise DefinitionError([Fault("table", f"there is no table {table!r}", hint)])
            notes: list[str] = []
            shown = [table] if table else names[:MOST_TABLES]
            if len(names) > len(shown) and table is None:
                notes.append(f"the first {len(shown)} of {len(names)} tables")
            tables = {name: _records(plan, name, rows, notes) for name in shown}
            return Preview(
                seed=plan.seed,
                tables=tables,
                notes=notes,
                warnings=found(warnings_of(loaded, plan)),
            )

    def planned(
        self, definition: str, rows: int | None = None, seed: int | None = None
    ) -> tuple[Loaded, Plan]:
        """Raises DefinitionError with every fault."""
        loaded = load_definition(definition, models=ModelsBelow(self.folder))
        return loaded, compile_plan(loaded.definition, rows=rows, seed=seed)


def warnings_of(loaded: Loaded, plan: Plan, rows: int | None = None) -> Sequence[Fault]:
    """What was read in a way that may not be meant."""
    return (*loaded.warnings_for(rows), *plan.warnings)


def size_of(table: TablePlan) -> TableSize:
    return TableSize(name=table.name, rows=table.rows, columns=len(table.schema.names))


def _section(text: str, name: str) -> str:
    """What stands below a heading, up to the next one of its level."""
    headings = list(re.finditer(r"^(#+) (.+)$", text, re.MULTILINE))
    for place, heading in enumerate(headings):
        if heading[2].casefold() == name.strip().lstrip("# ").casefold():
            after = (each for each in headings[place + 1 :] if len(each[1]) <= len(heading[1]))
            end = next(after, None)
            return text[heading.start() : end.start() if end else len(text)]
    listed = ", ".join(each[2] for each in headings)
    raise ToolError(f"there is no section {name[:100]!r}; there are {listed}")


def _columns(loaded: Loaded) -> list[DeclaredColumn]:
    columns = [
        DeclaredColumn(table=table.name, name=name, type=column.type)
        for table in loaded.definition.tables.values()
        for name, column in table.columns().items()
    ]
    return list(first(columns, MOST_COLUMNS))


def _records(plan: Plan, name: str, rows: int, notes: list[str]) -> list[dict[str, Any]]:
    """The first rows of a table, as many as an answer has room for."""
    columns = plan.table(name).schema.names
    kept = set(columns[:MOST_COLUMNS])
    if len(columns) > len(kept):
        notes.append(f"{name}: the first {len(kept)} of {len(columns)} columns")
    fitting = min(rows, max(1, MOST_CELLS // max(1, len(kept))))
    if fitting < rows:
        notes.append(f"{name}: {fitting} rows, which are as many cells as one answer has")
    return [
        {column: _cell(value) for column, value in record.items() if column in kept}
        for record in first_rows(plan, fitting, name)
    ]


def _cell(value: Any) -> Any:
    return cut(value, MOST_CELL) if isinstance(value, str) else value
