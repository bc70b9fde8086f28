"""Columns that a script computes: what is said of them, and the faults of the scripts."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from app.engine.errors import GenerationError
from app.engine.schema.models import ScriptColumn
from app.engine.schema.problems import did_you_mean, quoted
from app.engine.schema.reading.columns import check_fixed_decimals
from app.engine.schema.reading.drafts import TableDraft
from app.engine.schema.reading.section import Section
from app.engine.schema.source import Path
from app.engine.scripts import ScriptFault, read_script

RETURNS = {
    "int": ("int", "integer"),
    "float": ("float", "number", "numeric"),
    "bool": ("bool", "boolean"),
    "text": ("text", "string"),
    "date": ("date",),
    "datetime": ("datetime",),
    "time": ("time",),
}
_SPELLINGS = {each: name for name, spellings in RETURNS.items() for each in spellings}


def read_script_column(section: Section, common: dict[str, Any], kind: str) -> ScriptColumn | None:
    """`script` is checked with those of the whole table, in `check_scripts`."""
    keys = ("decimals", "fixed_decimals", "max_length")
    fields = {**common, "type": kind, **section.take_all(*keys)}
    returns, script = section.text("returns"), section.text("script")
    # The script is checked whatever is wrong with what it returns.
    fields |= {"returns": _SPELLINGS.get((returns or "").casefold(), "float"), "script": script}
    if returns is not None and returns.casefold() not in _SPELLINGS:
        hint = did_you_mean(returns, RETURNS)
        section.fault(f"{quoted(returns)} is nothing that a script gives", hint, "returns")
    known = section.close()
    for key, hint in (("returns", "`returns: float`"), ("script", "`def value(row): …`")):
        if known and not section.has(key):
            section.fault(f"says no {quoted(key)}", hint, key)
    check_fixed_decimals(section, fields)
    return None if script is None else section.build(ScriptColumn, fields)


def check_scripts(draft: TableDraft, columns: Collection[str]) -> None:
    """Every script of a table can be read, and names columns that are there.

    Args:
        columns: what formulas of the table may read, too.
    """
    scripts = {
        (*draft.places[name], "script"): (name, column.script)
        for name, column in draft.features.items()
        if isinstance(column, ScriptColumn)
    }
    if not scripts:
        return
    from app.engine.scripts.checking import script_faults

    try:
        found = script_faults([text for _, text in scripts.values()])
    except GenerationError as error:  # this machine has no interpreter
        draft.section.problems.fault(next(iter(scripts)), str(error))
        return
    for (path, (name, text)), faults in zip(scripts.items(), found, strict=True):
        _note(draft, path, [*faults, *_unknown(text, [each for each in columns if each != name])])


def _unknown(text: str, columns: Collection[str]) -> list[ScriptFault]:
    """A fault for each column that a script reads and nobody has."""
    return [
        ScriptFault(f"the row has no column {quoted(name)}", *place, did_you_mean(name, columns))
        for name, place in read_script(text).columns.items()
        if name not in columns
    ]


def _note(draft: TableDraft, path: Path, faults: list[ScriptFault]) -> None:
    """Every fault of a script, not only the first one at its place."""
    problems = draft.section.problems
    for fault in sorted(faults, key=lambda each: (each.line or 0, each.column or 0)):
        problems.inner_fault(path, fault.text, fault.hint, fault.line)
