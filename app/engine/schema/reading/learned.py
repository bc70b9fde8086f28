"""What a definition says of the columns that a model draws."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from app.engine.errors import ModelError
from app.engine.schema.column_types import BY_TYPE, TYPE_SPELLINGS, part
from app.engine.schema.learned import (
    LEARNED_TEXT,
    LearnedBool,
    LearnedCategory,
    LearnedMarginal,
    LearnedMoment,
    LearnedNumber,
    LearnedText,
    TableModel,
)
from app.engine.schema.models import (
    BoolColumn,
    CategoryColumn,
    Column,
    MomentColumn,
    NumberColumn,
    Origin,
    ProviderColumn,
)
from app.engine.schema.plain import source_of_plain
from app.engine.schema.problems import Problems, did_you_mean, listed, nearest, quoted, shown
from app.engine.schema.reading.columns import read_column, read_common
from app.engine.schema.reading.entries import Entry, named_entries
from app.engine.schema.reading.section import Section
from app.engine.schema.source import Path

_NUMBER = ("min", "max", "cats")
_MOMENT = ("start_date", "end_date")
_OWN_KEYS: Mapping[str, tuple[str, ...]] = {
    "category": ("cats",),
    "bool": ("proportion",),
    "int": _NUMBER,
    "float": _NUMBER,
    "date": _MOMENT,
    "datetime": _MOMENT,
    "time": _MOMENT,
    LEARNED_TEXT: (),
}
_EFFECT = ("correlation", "strength", "effects")
_ANY_KEYS = ("missing", "hidden", *_EFFECT)
_TARGET_METRICS = ("positive", "auc", "accuracy", "r2")
_LEARNED: Mapping[type[Column], type[Column]] = {
    NumberColumn: LearnedNumber,
    CategoryColumn: LearnedCategory,
    BoolColumn: LearnedBool,
    MomentColumn: LearnedMoment,
    ProviderColumn: LearnedText,
}
_DECLARED = {"cats": "shares", "proportion": "shares"}
_MIN_REST = -1e-9


def read_origin(section: Section) -> tuple[Origin | None, TableModel | None]:
    """`from: churn.tsm`, or `from: {model: churn.tsm, sha256: …}`, and the model; faults where
    there is none."""
    value = section.take("from")
    if value is None:
        return None, None
    problems, place = section.problems, section.place("from")
    origin = _origin(section, value, place)
    if origin is None:
        return None, None
    try:
        model = problems.models.find(origin.model)
    except ModelError as error:
        problems.fault(place, str(error))
        return origin, None
    if origin.sha256 not in (None, model.sha256):
        message = f"{quoted(origin.model)} is another model than was named: its SHA-256 is "
        problems.fault((*place, "sha256"), message + model.sha256, "leave `sha256` out to take it")
    return origin.model_copy(update={"sha256": model.sha256}), model


def _origin(section: Section, value: Any, place: Path) -> Origin | None:
    if isinstance(value, str):
        return Origin(model=value)
    what = "the path of a model, the id of a synthesizer, or a mapping with `model`,"
    own = Section.of(section.problems, place, value, what)
    fields = own.take_all("model", "sha256")
    own.close()
    return own.build(Origin, fields)


def read_made(document: Mapping[str, Any]) -> Column | None:
    """A column that comes with a model and is declared in it."""
    return read_column(Section(Problems(source_of_plain(document)), (), document))


def read_learned(problems: Problems, entry: Entry, found: LearnedMarginal) -> Column | None:
    """A learned column with what the document says of it."""
    body = _body(problems, entry)
    kind = _kind(problems, entry, body, found)
    _refuse_keys(problems, entry, body, (*_OWN_KEYS[found.type], *_ANY_KEYS))
    return _read(problems, entry, body, found, kind)


def read_learned_target(
    problems: Problems, entry: Entry, found: LearnedMarginal
) -> tuple[Column | None, dict[str, Any]]:
    """A learned column that is made again as the target, and what is said of the target."""
    body = _body(problems, entry)
    kind = _kind(problems, entry, body, found)
    about = {key: body.pop(key) for key in _TARGET_METRICS if body.get(key) is not None}
    if kind not in ("category", "bool"):
        problems.fault(
            entry.place,
            f"{quoted(entry.name)} is a learned column of type {quoted(found.type)}, which cannot "
            "be made again as a target",
            "learned labels, truth values, and numbers whose `cats` are given can",
        )
        return None, about
    _refuse_keys(problems, entry, body, (*_OWN_KEYS[found.type], "missing"))
    if not about and not set(body) - {"type"}:
        hint = "declare its shares or a dial, or leave `target` out"
        problems.fault(entry.place, "says nothing of a learned column", hint)
    column = _read(problems, entry, body, found, kind)
    return None if column is None else _plain(column), about


def _body(problems: Problems, entry: Entry) -> dict[str, Any]:
    if entry.body is None or isinstance(entry.body, Mapping):
        return {key: value for key, value in (entry.body or {}).items() if value is not None}
    message = (
        f"a mapping of what is declared of a learned column is wanted, not {shown(entry.body)}"
    )
    problems.fault(entry.place, message)
    return {}


def _kind(problems: Problems, entry: Entry, body: Mapping[str, Any], found: LearnedMarginal) -> str:
    """The type that the column is read as: that of the model, or labels where shares of numbers
    are declared."""
    kind = "category" if "cats" in body and found.type in ("int", "float") else found.type
    given = body.get("type")
    if given is not None and TYPE_SPELLINGS.get(str(given).casefold()) not in (kind, found.type):
        problems.fault(
            (*entry.place, "type"),
            f"{quoted(entry.name)} is a learned column of type {quoted(found.type)}",
            "leave `type` out, or give the new column a name of its own",
        )
    return kind


def _refuse_keys(
    problems: Problems, entry: Entry, body: Mapping[str, Any], known: tuple[str, ...]
) -> None:
    for key in body:
        if key not in ("type", *known):
            message = f"{quoted(key)} cannot be declared of {quoted(entry.name)}, which is learned"
            near = nearest(key, known)
            hint = f"did you mean {quoted(near)}?" if near else f"what can be is {listed(known)}"
            problems.fault((*entry.place, key), message, hint)


def _read(
    problems: Problems, entry: Entry, body: Mapping[str, Any], found: LearnedMarginal, kind: str
) -> Column | None:
    """The column as it would be declared, then marked as learned."""
    known = (*_OWN_KEYS[found.type], *_ANY_KEYS)
    merged = {key: value for key, value in body.items() if key in known}
    declared = {_DECLARED.get(key, key) for key in merged if key not in (*_EFFECT, "hidden")}
    merged.setdefault("missing", found.missing)
    if kind == "category":
        merged["cats"], has_shares = _merged_cats(problems, entry, body.get("cats"), found)
        declared -= set() if has_shares else {"shares"}
    elif kind == "bool":
        merged.setdefault("proportion", found.shares.get("true", 0.0))
    elif kind in ("int", "float"):
        _check_range(problems, entry, merged, found, ("min", "max"))
        merged |= {"min": merged.get("min", found.low), "max": merged.get("max", found.high)}
    elif kind != LEARNED_TEXT:
        _check_range(problems, entry, merged, found, _MOMENT)
        merged.setdefault("start_date", found.low)
        merged.setdefault("end_date", found.high)
    column = _of_kind(Section(problems, entry.place, merged), kind)
    if column is None or column.missing > 1:
        return None
    if isinstance(column, CategoryColumn):
        column = column.model_copy(update={"kind": _label_kind(found)})
    return _marked(column, tuple(sorted(declared)), found.decimals)


def _of_kind(section: Section, kind: str) -> Column | None:
    common = read_common(section)
    if kind == LEARNED_TEXT:
        section.close()
        return section.build(ProviderColumn, {**common, "type": LEARNED_TEXT})
    column: Column | None = part(BY_TYPE[kind].reader)(section, common, kind)
    return column


def _label_kind(found: LearnedMarginal) -> str:
    return found.type if found.type in ("int", "float") else "text"


def _marked(column: Column, declared: tuple[str, ...], decimals: int | None) -> Column:
    fields = {name: getattr(column, name) for name in type(column).model_fields}
    if isinstance(column, NumberColumn):
        has_decimals = decimals is not None
        fields |= {"distribution": None, "decimals": decimals, "fixed_decimals": has_decimals}
    return _LEARNED[type(column)].model_validate({**fields, "declared": declared})


def _plain(column: Column) -> Column:
    """A learned column as a declared one, which is drawn on its own."""
    kind = next(plain for plain, learned in _LEARNED.items() if type(column) is learned)
    return kind.model_validate({name: getattr(column, name) for name in kind.model_fields})


def _check_range(
    problems: Problems,
    entry: Entry,
    body: dict[str, Any],
    found: LearnedMarginal,
    keys: tuple[str, str],
) -> None:
    """Bounds may cut what the model draws, and leave something of it; others are taken out."""
    low, high = body.get(keys[0]), body.get(keys[1])
    for key, value, beyond in ((keys[0], low, found.high), (keys[1], high, found.low)):
        if value is None or type(value) is bool or beyond is None:
            continue
        try:
            outside = value > beyond if key == keys[0] else value < beyond
        except TypeError:  # a value of another kind, which its reader tells
            continue
        if outside:
            message = f"the model draws {quoted(entry.name)} from {found.low} to {found.high}"
            problems.fault((*entry.place, key), message, "give a bound that leaves some of it")
            del body[key]


def _merged_cats(
    problems: Problems, entry: Entry, given: Any, found: LearnedMarginal
) -> tuple[dict[str, Any], bool]:
    """Every label with its share, declared or learned, and whether a share is declared.

    Labels without a declared share divide what is left as they do in the model.
    """
    place = (*entry.place, "cats")
    if given is not None and not found.shares:
        message = f"{quoted(entry.name)} has too many values for shares"
        problems.fault(place, message, "give bounds, or a constraint")
        return {}, False
    bodies = {} if given is None else _bodies(problems, place, given, found)
    stated = {label: each["proportion"] for label, each in bodies.items() if "proportion" in each}
    numbers = [value for value in stated.values() if isinstance(value, int | float)]
    rest = 1.0 - math.fsum(numbers)
    left = math.fsum(share for label, share in found.shares.items() if label not in stated)
    for label, share in found.shares.items():
        body = bodies.setdefault(label, {})
        if "proportion" not in body and not (stated and rest < _MIN_REST):
            scale = max(rest, 0.0) / left if stated and left > 0 else 1.0
            body["proportion"] = share * scale
    return {label: bodies[label] for label in found.shares}, bool(stated)


def _bodies(
    problems: Problems, place: Path, given: Any, found: LearnedMarginal
) -> dict[str, dict[str, Any]]:
    bodies: dict[str, dict[str, Any]] = {}
    for each in named_entries(problems, place, given, "categories"):
        if each.name not in found.shares:
            message = f"the model draws no {quoted(each.name)}"
            problems.fault(each.place, message, did_you_mean(each.name, found.shares))
        elif isinstance(each.body, int | float) and not isinstance(each.body, bool):
            bodies[each.name] = {"proportion": each.body}
        elif each.body is None or isinstance(each.body, Mapping):
            bodies[each.name] = {k: v for k, v in (each.body or {}).items() if v is not None}
        else:
            problems.fault(
                each.place, f"a mapping or a proportion is wanted, not {shown(each.body)}"
            )
    return bodies
