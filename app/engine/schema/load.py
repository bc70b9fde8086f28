"""From a document in any spelling to a `Definition`, with every fault at once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any

from app.engine.errors import DefinitionError, Fault
from app.engine.schema.learned import Models
from app.engine.schema.models import Definition
from app.engine.schema.names import file_name_problem
from app.engine.schema.plain import source_of_plain
from app.engine.schema.problems import Problems, did_you_mean, quoted, shown
from app.engine.schema.reading.drafts import TableDraft
from app.engine.schema.reading.entries import named_entries
from app.engine.schema.reading.moments import read_day
from app.engine.schema.reading.relations import (
    check_constraints,
    check_tables,
    place_constraint,
    settle_rows,
)
from app.engine.schema.reading.section import Section
from app.engine.schema.reading.tables import (
    read_constraints,
    read_correlations,
    read_rows_wanted,
    read_table,
)
from app.engine.schema.reading.targets import read_rules
from app.engine.schema.source import MAX_BYTES, Path, write_scalar
from app.engine.schema.yaml.core import read_yaml

DEFAULT_NAME = "data"
MAX_TABLES = 200


@dataclass(frozen=True)
class Loaded:
    """A definition with the warnings of reading it.

    `document` is the plain data as read; labels that are written otherwise than their values would
    be, such as 007, stand in it as texts, so that it means the same when it is stored as JSON and
    loaded again.
    """

    definition: Definition
    warnings: tuple[Fault, ...]
    document: dict[str, Any]
    assumed_rows: tuple[Fault, ...] = ()

    def warnings_for(self, rows: int | None) -> tuple[Fault, ...]:
        """The warnings that hold where so many rows are asked for: a number that is given is not
        assumed. None for as many as declared."""
        if rows is None:
            return self.warnings
        return tuple(each for each in self.warnings if each not in self.assumed_rows)


def load_definition(
    source: str | bytes | Mapping[str, Any],
    *,
    name: str | None = None,
    models: Models | None = None,
) -> Loaded:
    """Read a definition.

    Args:
        source: YAML 1.2 or JSON as text, or JSON that was parsed already.
        name: what the definition is called where it does not say so itself; else the stem of its
            `output_file`, else ``data``.
        models: finds those that tables name with `from`; none can be named where None.

    Raises:
        DefinitionError: with every fault found, in the order of the text.
    """
    read = read_yaml(source) if isinstance(source, str | bytes) else source_of_plain(source)
    problems = Problems(read, models)
    if not isinstance(read.data, dict):
        problems.fault((), f"a mapping is wanted, not {shown(read.data)}", "`features: {…}`")
        raise DefinitionError(problems.in_order())
    definition = _read_document(problems, read.data, name)
    if definition is None:
        raise DefinitionError(problems.in_order())
    for path, text in problems.written.items():
        _put(read.data, path, text)
    located = definition.located_in(read)
    warnings, assumed = tuple(problems.warnings), tuple(problems.assumed_rows)
    return Loaded(located, warnings, read.data, assumed)


def load_file(path: FilePath, *, models: Models | None = None) -> Loaded:
    """Read the definition in a file; it is called by the file's stem where it does not say so.

    Args:
        models: as for `load_definition`.

    Raises:
        DefinitionError: as `load_definition`.
        OSError: where the file cannot be read.
    """
    with path.open("rb") as file:
        text = file.read(MAX_BYTES + 1)  # one more, so that a larger document is known as such
    return load_definition(text, name=path.stem, models=models)


def _put(data: Any, path: Path, text: str) -> None:
    for step in path[:-1]:
        data = data[step]
    # A value that is written as its kind is keeps it, so that labels keep theirs.
    if not isinstance(data[path[-1]], str) and write_scalar(data[path[-1]]) != text:
        data[path[-1]] = text


def _read_document(problems: Problems, data: dict[str, Any], name: str | None) -> Definition | None:
    section = _whole(problems, data)
    settings = {**section.take_all("seed", "sampling"), "today": read_day(section, "today")}
    output_file = section.text("output_file")
    called = _name(section, name, output_file)
    tables = section.take("tables")
    if tables is None:
        drafts = {called: read_table(called, section)}
        drafts[called].is_lone = True
        drafts[called].section.close()
        settle_rows(problems, drafts, None, section.place("n_samples"))
    else:
        drafts = _read_tables(section, tables)
    check_tables(problems, drafts)
    check_constraints(drafts)
    fields = {"name": called, "output_file": output_file, **settings, "tables": {}}
    definition = section.build(Definition, fields)
    if problems.faults or definition is None:
        return None
    finished = {key: draft.finish() for key, draft in drafts.items()}
    return definition.model_copy(update={"tables": finished})


def _whole(problems: Problems, data: dict[str, Any]) -> Section:
    """The document with what stands below `schema:` lifted to the top."""
    inner = data.get("schema")
    if inner is None:
        return Section(problems, (), {key: data[key] for key in data if key != "schema"})
    if not isinstance(inner, dict):
        message = f"a mapping with `features` is wanted, not {shown(inner)}"
        problems.fault(("schema",), message)
        inner = {}
    for key in inner:
        if key in data:
            hint = "leave one of the two out"
            problems.fault(("schema", key), f"{quoted(key)} stands beside `schema` too", hint)
    top = {key: value for key, value in data.items() if key != "schema"}
    places: dict[str, Path] = {key: ("schema", key) for key in inner if key not in top}
    return Section(problems, (), {**inner, **top}, places)


def _name(section: Section, fallback: str | None, output_file: str | None) -> str:
    written = section.text("name")
    if written is not None:
        problem = file_name_problem(written)
        if problem:
            section.problems.fault(section.place("name"), problem, "for instance `churn_2024`")
        return written
    if fallback is not None and file_name_problem(fallback) is None:
        return fallback
    stem = re.split(r"[/\\]", output_file or "")[-1].partition(".")[0].strip()
    return DEFAULT_NAME if file_name_problem(stem) else stem


def _read_tables(section: Section, tables: Any) -> dict[str, TableDraft]:
    problems = section.problems
    n_samples = read_rows_wanted(section)
    drafts: dict[str, TableDraft] = {}
    place = section.place("tables")
    entries = named_entries(problems, place, tables, "tables")
    if len(entries) > MAX_TABLES:
        message = f"{len(entries):,} tables are more than {MAX_TABLES}"
        problems.fault(place, message, "declare them in several documents")
    for entry in entries[:MAX_TABLES]:
        problem = file_name_problem(entry.name)
        if problem is None and set(entry.name) & set(".`"):
            problem = "the name of a table must not hold a dot or backtick: `table.column`"
        if problem:
            problems.fault(entry.place, problem, "for instance `order_lines`")
        body = Section.of(problems, entry.place, entry.body, "a mapping that declares a table")
        drafts[entry.name] = read_table(entry.name, body)
        body.close()
    if not drafts:
        problems.fault(place, "no table is declared", "declare at least one")
    _place_lists(section, drafts)
    for single in (
        "features",
        "target",
        "primary_key",
        "foreign_keys",
        "rows",
        "associations",
        "description",
    ):
        if section.take(single) is not None:
            message = f"{quoted(single)} cannot stand beside `tables`"
            problems.fault(section.place(single), message, "put it into the table it belongs to")
    section.close()
    settle_rows(problems, drafts, n_samples, section.place("n_samples"))
    return drafts


def _place_lists(section: Section, drafts: dict[str, TableDraft]) -> None:
    """What a document of several tables says at its top goes into the tables it speaks of."""
    problems = section.problems
    constraints = section.take("constraints")
    if constraints is not None:
        for path, each in read_constraints(problems, section.place("constraints"), constraints):
            place_constraint(problems, drafts, path, each)
    correlations, listed_at = section.take("correlations"), section.place("correlations")
    if correlations is not None:
        for path, correlation in read_correlations(problems, listed_at, correlations):
            draft = _table_of(problems, drafts, path, correlations[path[-1]].get("table"))
            if draft:
                draft.correlations.append((path, correlation))
    rules, place = section.take("rules"), section.place("rules")
    with_target = [draft for draft in drafts.values() if draft.target_name is not None]
    if rules is None:
        return
    if len(with_target) == 1:
        with_target[0].rules.extend(read_rules(problems, place, rules))
    else:
        message = f"{len(with_target)} tables have a target"
        problems.fault(place, message, "put the rules into the table of their target")


def _table_of(
    problems: Problems, drafts: dict[str, TableDraft], path: Path, name: Any
) -> TableDraft | None:
    if name is None and len(drafts) == 1:
        return next(iter(drafts.values()))
    if name is None:
        hint = "write `{table: …, between: […], r: …}`"
        problems.fault(path, "does not say which table it is for", hint)
        return None
    if not isinstance(name, str) or name not in drafts:
        message = f"there is no table {quoted(str(name))}"
        problems.fault((*path, "table"), message, did_you_mean(str(name), drafts))
        return None
    return drafts[name]
