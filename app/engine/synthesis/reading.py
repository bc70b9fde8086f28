"""From a document to a `SynthesisDefinition`, every fault at once with path, line and hint.

The same reader as the schema language's; where the source's profile is known, the document is
checked against it, too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_args

from app.engine.errors import DefinitionError, Fault
from app.engine.formats.cells.cell_format import Kind
from app.engine.profiling.models import SourceProfile
from app.engine.schema.models import Column, IdColumn, JointColumn, LineNumberColumn
from app.engine.schema.plain import source_of_plain
from app.engine.schema.problems import Problems, did_you_mean, listed, quoted, shown
from app.engine.schema.reading.columns import read_column
from app.engine.schema.reading.entries import Entry, named_entries
from app.engine.schema.reading.keys import read_primary_key
from app.engine.schema.reading.section import Section
from app.engine.schema.source import Path
from app.engine.schema.yaml.core import read_yaml
from app.engine.synthesis.checking import Draft, SensitiveChoice, TableDraft, check_profile
from app.engine.synthesis.models import (
    NOTIONS,
    ORPHANS,
    SYNTHESIZERS,
    TREATMENTS,
    Fairness,
    PrivacySettings,
    SynthesisDefinition,
    SynthesisKey,
    SynthesisTable,
    SynthesizerSettings,
    Treatment,
)

KINDS = get_args(Kind)
_REFERENCE = re.compile(r"^(?P<table>[^.]+)\.(?P<column>.+)$")


@dataclass(frozen=True)
class LoadedSynthesis:
    """A synthesis definition with what reading it found.

    Args:
        document: the plain data as read.
        choices: sensitive columns that are learned or kept because the document says so.
    """

    definition: SynthesisDefinition
    warnings: tuple[Fault, ...]
    document: dict[str, Any]
    choices: tuple[SensitiveChoice, ...] = ()


def load_synthesis(
    source: str | bytes | Mapping[str, Any], profile: SourceProfile | None = None
) -> LoadedSynthesis:
    """Read a synthesis definition.

    Args:
        source: YAML 1.2 or JSON as text, or JSON that was parsed already.
        profile: of the source that it is for; names, keys and rules are checked against it.

    Raises:
        DefinitionError: with every fault found, in the order of the text.
    """
    read = read_yaml(source) if isinstance(source, str | bytes) else source_of_plain(source)
    problems = Problems(read)
    if not isinstance(read.data, dict):
        problems.fault((), f"a mapping is wanted, not {shown(read.data)}", "`tables: {…}`")
        raise DefinitionError(problems.in_order())
    draft = _read_document(problems, Section(problems, (), read.data))
    choices = check_profile(problems, draft, profile) if profile is not None else ()
    if problems.faults or draft.fields is None:
        raise DefinitionError(problems.in_order())
    tables = {name: each.table for name, each in draft.tables.items() if each.table is not None}
    definition = draft.fields.model_copy(update={"tables": tables})
    return LoadedSynthesis(definition, tuple(problems.warnings), read.data, choices)


def _read_document(problems: Problems, section: Section) -> Draft:
    fields = section.take_all("source", "target", "holdout", "seed")
    tables = _read_tables(section)
    keys = _read_keys(section)
    rules, place = section.take("rules"), section.place("rules")
    loose = _read_rules(problems, place, rules)
    fields |= {
        "tables": {},
        "foreign_keys": tuple(key for _, key in keys),
        # What could not be read has its faults already.
        "synthesizer": _read_synthesizer(section) or SynthesizerSettings(),
        "privacy": _read_privacy(section) or PrivacySettings(),
        "fairness": _read_fairness(section),
    }
    section.close()
    return Draft(tables, keys, loose, section.build(SynthesisDefinition, fields), section)


def _read_tables(section: Section) -> dict[str, TableDraft]:
    problems = section.problems
    value, place = section.take("tables"), section.place("tables")
    if value is None:
        problems.fault(place, "no table is named", "`tables: {customers: {}}`")
        return {}
    entries = named_entries(problems, place, value, "tables")
    if not entries:
        problems.fault(place, "no table is named", "`tables: {customers: {}}`")
    return {entry.name: _read_table(problems, entry) for entry in entries}


def _read_table(problems: Problems, entry: Entry) -> TableDraft:
    body = {} if entry.body is None else entry.body
    section = Section.of(problems, entry.place, body, "a mapping that says what to do")
    fields: dict[str, Any] = section.take_all("rows", "original", "order_by")
    fields["primary_key"] = read_primary_key(section)
    columns: dict[str, tuple[Path, Treatment | None]] = {}
    value = section.take("columns")
    if value is not None:
        for each in named_entries(problems, section.place("columns"), value, "columns"):
            columns[each.name] = each.place, _read_treatment(problems, each)
    fields["columns"] = {name: found for name, (_, found) in columns.items() if found}
    rules = _read_rules(problems, section.place("rules"), section.take("rules"))
    fields["rules"] = tuple(text for _, text in rules)
    hints = {"foreign_keys": "foreign keys stand at the top of the document"}
    section.close(hints=hints)
    return TableDraft(entry.name, section, columns, rules, section.build(SynthesisTable, fields))


def _read_treatment(problems: Problems, entry: Entry) -> Treatment | None:
    """What happens to a column; a text alone is the treatment."""
    body, places = entry.body, {}
    if isinstance(body, str):
        body, places = {"treatment": body}, {"treatment": entry.place}
    if not isinstance(body, Mapping):
        problems.fault(
            entry.place, f"a treatment is wanted, not {shown(body)}", "`{treatment: learn}`"
        )
        return None
    section = Section(problems, entry.place, body, places)
    treatment = _word(section, "treatment", TREATMENTS, "learn")
    fields: dict[str, Any] = {"treatment": treatment}
    kind = section.text("kind")
    if kind is not None:
        fields["kind"] = _known(section, "kind", kind, KINDS)
    if treatment == "fake":
        fields["generator"] = _read_generator(section, body)
        return section.build(Treatment, fields)
    hint = "what makes values goes with `treatment: fake`"
    section.close(hints=dict.fromkeys(("provider", "type", "locale", "args", "format"), hint))
    return section.build(Treatment, fields)


def _read_generator(section: Section, body: Mapping[str, Any]) -> Column | None:
    """The column of the schema language that makes values: `provider: name` is `type: name`."""
    rest = {key: value for key, value in body.items() if key not in {"treatment", "kind"}}
    places: dict[str, Path] = {}
    if "provider" in rest and "type" not in rest:
        rest["type"] = rest.pop("provider")
        places["type"] = (*section.path, "provider")
    elif "type" not in rest:
        section.fault(
            "does not say what makes its values",
            "for instance `{treatment: fake, provider: name, locale: it_IT}`",
        )
        return None
    column = read_column(Section(section.problems, section.path, rest, places))
    if column is not None and (column.hidden or isinstance(column, LineNumberColumn | JointColumn)):
        message = "a column that is made stands by itself in the rows"
        section.fault(message, "a provider, such as `{treatment: fake, provider: name}`")
        return None
    if isinstance(column, IdColumn) or column is None or not column.effects:
        return column
    section.fault("there is no target to have an effect on", "leave `effects` out")
    return None


def _word(section: Section, key: str, known: tuple[str, ...], default: str) -> str:
    written = section.text(key)
    return default if written is None else _known(section, key, written, known) or default


def _known(section: Section, key: str, written: str, known: tuple[str, ...]) -> str | None:
    if written in known:
        return written
    message = f"there is no {key} {quoted(written)}"
    hint = did_you_mean(written, known) or f"known are {listed(known)}"
    section.problems.fault(section.place(key), message, hint)
    return None


def _read_rules(problems: Problems, place: Path, value: Any) -> list[tuple[Path, str]]:
    if value is None:
        return []
    if not isinstance(value, list):
        problems.fault(place, f"a list of rules is wanted, not {shown(value)}", '`["a <= b"]`')
        return []
    found = []
    for at, each in enumerate(value):
        if isinstance(each, str):
            found.append(((*place, at), each))
        else:
            problems.fault((*place, at), f"an expression is wanted, not {shown(each)}")
    return found


def _read_keys(section: Section) -> list[tuple[Path, SynthesisKey]]:
    value, place = section.take("foreign_keys"), section.place("foreign_keys")
    if value is None:
        return []
    if not isinstance(value, list):
        section.problems.fault(
            place,
            f"a list of keys is wanted, not {shown(value)}",
            "`[{from: orders.customer, to: customers.id}]`",
        )
        return []
    read = ((at, _read_key(section.problems, (*place, at), each)) for at, each in enumerate(value))
    return [((*place, at), key) for at, key in read if key is not None]


def _read_key(problems: Problems, place: Path, value: Any) -> SynthesisKey | None:
    section = Section.of(problems, place, value, "`{from: table.column, to: table.column}`")
    ends = [_references(section, key) for key in ("from", "to")]
    orphans = _word(section, "orphans", ORPHANS, "refuse")
    section.close()
    child, parent = ends
    if child is None or parent is None:
        return None
    if len(child[1]) != len(parent[1]):
        section.fault("`from` and `to` name different numbers of columns", "name as many")
        return None
    fields = {"table": child[0], "columns": child[1],
              "parent": parent[0], "parent_columns": parent[1],
              "orphans": orphans}  # fmt: skip
    return section.build(SynthesisKey, fields)


def _references(section: Section, key: str) -> tuple[str, tuple[str, ...]] | None:
    """A table and its columns: `orders.customer`, or a list of such for a composite key."""
    value = section.take(key)
    listed_values = value if isinstance(value, list) else [value]
    found = [_REFERENCE.match(each) if isinstance(each, str) else None for each in listed_values]
    names = [each["table"] for each in found if each]
    if not found or len(names) < len(found) or len(set(names)) > 1:
        what = "is left out" if value is None else "is no `table.column`"
        section.problems.fault(section.place(key), f"{quoted(key)} {what}", "`orders.customer`")
        return None
    return names[0], tuple(each["column"] for each in found if each)


def _read_synthesizer(section: Section) -> SynthesizerSettings | None:
    value = section.take("synthesizer")
    place = section.place("synthesizer")
    if value is None:
        return SynthesizerSettings()
    body = {"name": value} if isinstance(value, str) else value
    places = {"name": place} if isinstance(value, str) else None
    if not isinstance(body, Mapping):
        section.problems.fault(place, f"a mapping is wanted, not {shown(value)}", "`{name: …}`")
        return None
    inner = Section(section.problems, place, body, places)
    fields = inner.take_all("model_size", "validation_fraction", "early_stop_delta", "max_rounds")
    fields["name"] = _word(inner, "name", SYNTHESIZERS, "sequential")
    inner.close()
    return inner.build(SynthesizerSettings, fields)


def _read_privacy(section: Section) -> PrivacySettings | None:
    value = section.take("privacy")
    if value is None:
        return PrivacySettings()
    inner = Section.of(section.problems, section.place("privacy"), value, "a mapping")
    fields = inner.take_all("value_protection", "k", "epsilon", "delta")
    inner.close()
    if "delta" in fields and "epsilon" not in fields:
        inner.fault("says nothing without `epsilon`", "give both, or none", "delta")
    if fields.get("value_protection") is False and "k" in fields:
        inner.fault("says nothing where nothing is protected", "leave it out", "k")
    return inner.build(PrivacySettings, fields)


def _read_fairness(section: Section) -> Fairness | None:
    value = section.take("fairness")
    if value is None:
        return None
    wanted = "`{protected: sex, target: income, notion: demographic_parity}`"
    inner = Section.of(section.problems, section.place("fairness"), value, wanted)
    fields = {name: inner.text(name) for name in ("protected", "target")}
    notion = _word(inner, "notion", NOTIONS, "")
    inner.close()
    missing = [name for name, each in fields.items() if each is None]
    missing += [] if inner.has("notion") else ["notion"]
    if isinstance(value, Mapping) and missing:
        inner.fault(f"does not say {listed(missing)}", wanted)
    if missing or not notion:
        return None
    return inner.build(Fairness, {**fields, "notion": notion})
