"""The JSON Schema of columns and targets in every spelling."""

from __future__ import annotations

from app.engine.schema.column_types import COLUMN_TYPES, TYPE_SPELLINGS, ColumnType
from app.engine.schema.column_types import part as type_part
from app.engine.schema.json_schema.distributions import beside
from app.engine.schema.json_schema.parts import (
    Json,
    by_name,
    effects_keys,
    key,
    mapping,
    part,
    ref,
    share,
    text,
)
from app.engine.schema.providers import ID_FORMATS, JOINT_PARTS
from app.engine.schema.reading.scripts import RETURNS
from app.engine.scripts import MAX_LENGTH

# What a type says of itself: a description, its own keys, and those it cannot lack.
Described = tuple[str, Json, tuple[str, ...]]
_TARGETS = ("category", "bool", "number")
_DECIMALS = key("Digits after the point.", type="integer", minimum=0, maximum=15)
_FIXED_DECIMALS = key("Texts have all decimals: 19.30.", type="boolean")
_HIDDEN = key("Read by other columns, and written to no file.", type="boolean")
_MAX_LENGTH = key("No text has more characters.", type="integer", minimum=1, maximum=1_000_000)
_PARTS = tuple(dict.fromkeys(part for parts in JOINT_PARTS.values() for part in parts))
_PATTERN = key("# is a digit, ? a letter.", type="string")


def column_parts() -> Json:
    """The `$defs` of columns. Those of a type of the language differ by `type`; any other
    type is a Faker provider."""
    typed = {f"{each.name}_column": _of_type(each) for each in COLUMN_TYPES}
    return {
        "column": {"anyOf": [ref("typed_column"), ref("provider_column"), ref("learned_column")]},
        "typed_column": {"oneOf": [ref(name) for name in typed]},
        **typed,
        "provider_column": _provider_column(),
        "learned_column": {
            "description": "What is declared of a column that a model draws.",
            **mapping(_learned_keys() | effects_keys()),
            "minProperties": 1,
        },
        "bounds": {"enum": ["clip", "truncate"]},
        "within": _within(),
        "arguments": {"type": "object"},
        **_label_parts(),
        **_id_parts(),
    }


def number() -> Described:
    return "A number.", _number_keys(), ()


def category() -> Described:
    return "A label.", {"cats": ref("cats"), "max_length": _MAX_LENGTH}, ("cats",)


def boolean() -> Described:
    return "true or false.", {"proportion": share("Of true.")}, ()


def moment() -> Described:
    return "A moment.", _moment_keys(), ()


def identifier() -> Described:
    return "Unique over the whole table.", _id_keys(), ()


def formula() -> Described:
    expression = text("An expression such as `price * qty`.")
    numbers = {"decimals": _DECIMALS, "fixed_decimals": _FIXED_DECIMALS}
    keys = {"expr": expression, **numbers, "max_length": _MAX_LENGTH}
    return "Computed from other columns.", keys, ()


def script() -> Described:
    returns = {
        "enum": [each for spellings in RETURNS.values() for each in spellings],
        "description": "What the script gives for a row.",
    }
    numbers = {"decimals": _DECIMALS, "fixed_decimals": _FIXED_DECIMALS}
    text_key = key(
        "Starlark with a function of a row: `def value(row): …`.",
        type="string",
        maxLength=MAX_LENGTH,
    )
    keys = {"returns": returns, "script": text_key, **numbers, "max_length": _MAX_LENGTH}
    return "Computed from other columns by a script.", keys, ("returns", "script")


def joint() -> Described:
    keys = {
        "part": text("Which part it is: " + ", ".join(_PARTS) + "."),
        "of": text("Tells several persons or places of a row apart."),
        "locale": text("A locale of Faker, such as de_DE."),
    }
    return "A part of a person or a place whose parts fit each other.", keys, ("part",)


def line_number() -> Described:
    keys = {
        "per": text("The foreign key whose rows are numbered."),
        "start": key("First number.", type="integer"),
    }
    return "1, 2, … within the rows of each parent.", keys, ()


def target_parts() -> Json:
    """The `$defs` of targets."""
    target_metrics = {
        "positive": text("The label that effects are read relative to."),
        "auc": key("How predictable the target is.", type="number", minimum=0.5, maximum=1),
        "accuracy": share("How predictable the target is."),
        "r2": share("How predictable a numeric target is."),
    }
    typed = {
        f"{each.name}_target": _of_type(each, target_metrics)
        for each in COLUMN_TYPES
        if each.name in _TARGETS
    }
    entries = {"type": "array", "items": ref("entry"), "minItems": 1, "maxItems": 1}
    named = {"name": {"description": "Its name."}, "type": {"description": "Its type."}}
    return {
        "target": {"anyOf": [ref("target_by_name"), ref("named_target"), entries]},
        "target_by_name": {**by_name("target_column"), "minProperties": 1, "maxProperties": 1},
        "named_target": {"type": "object", "properties": named, "required": ["name", "type"]},
        "target_column": {"anyOf": [ref("typed_target"), ref("learned_target")]},
        "typed_target": {"oneOf": [ref(name) for name in typed]},
        **typed,
        "learned_target": {
            "description": "A column of the model, made again.",
            **mapping(_learned_target_keys() | target_metrics),
            "minProperties": 1,
        },
    }


def _learned_target_keys() -> Json:
    return {
        "cats": part("cats", "Shares of labels; the others divide the rest as learned."),
        "proportion": share("Of true."),
        "missing": share("Share of nulls, exact."),
    }


def _learned_keys() -> Json:
    moment = text("An ISO 8601 date, datetime or time.")
    return _learned_target_keys() | {
        "hidden": _HIDDEN,
        "min": key("No value is below.", type="number"),
        "max": key("No value is above.", type="number"),
        "start_date": moment,
        "end_date": moment,
    }


def _label_parts() -> Json:
    entry = {"anyOf": [{"type": ["string", "number", "boolean"]}, ref("entry")]}
    amount = {"type": "number", "minimum": 0, "maximum": 1}
    return {
        "cats": {
            "description": "The labels: a mapping, a list of names, or a list of mappings.",
            "anyOf": [
                ref("categories_by_label"),
                {"type": "array", "items": entry, "minItems": 1},
            ],
        },
        "categories_by_label": {**by_name("category"), "minProperties": 1},
        "category": {"anyOf": [ref("category_settings"), amount, {"type": "null"}]},
        "category_settings": mapping(
            effects_keys() | {"proportion": share("Share of the rows.")},
        ),
    }


def _of_type(column_type: ColumnType, target_metrics: Json | None = None) -> Json:
    """A column of these types; a target where there are metrics for it."""
    description, keys, required = type_part(column_type.described)()
    names = [name for spellings in column_type.spellings for name in spellings]
    kind = {"enum": names, "description": description}
    needed = required if target_metrics is None else ()
    return mapping(
        {"type": kind, **_common_keys(), **keys, **(target_metrics or {})}, "type", *needed
    )


def _common_keys() -> Json:
    return effects_keys() | {
        "missing": share("Share of nulls, exact."),
        "unique": key("No value stands twice.", type="boolean"),
        "hidden": _HIDDEN,
        "description": text("What the column is, for people."),
    }


def _number_keys() -> Json:
    return beside() | {
        "min": key("No value is below.", type="number"),
        "max": key("No value is above.", type="number"),
        "decimals": _DECIMALS,
        "fixed_decimals": _FIXED_DECIMALS,
        "bounds": part("bounds", "What happens at min and max."),
        "distribution": part("distribution", "How the numbers are distributed."),
        "buckets": part("buckets", "A mixture of Gaussians."),
    }


def _moment_keys() -> Json:
    moment = text("An ISO 8601 date, datetime or time.")
    ends = ("start", "end", "start_date", "end_date", "start_time", "end_time")
    return beside() | {
        **dict.fromkeys(ends, moment),
        "after": text("A column whose moments come before."),
        "before": text("A column whose moments come after."),
        "within": part("within", "How long after, or before, that column."),
        "format": text("strftime pattern of the output."),
        "distribution": part("distribution", "Over the range: 0 start, 1 end."),
    }


def _within() -> Json:
    law = part("distribution", "A distribution of the duration.")
    return mapping(
        {
            **dict.fromkeys(("hours", "days", "months"), law),
            "min": key("No duration is shorter.", type="number", minimum=0),
            "max": key("No duration is longer.", type="number", minimum=0),
        }
    )


def _provider_keys() -> Json:
    return {
        "locale": text("A locale of Faker, such as de_DE."),
        "args": part("arguments", "Arguments of the Faker provider."),
        "max_length": _MAX_LENGTH,
    }


def _provider_column() -> Json:
    kind = {
        "type": "string",
        "not": {"enum": list(TYPE_SPELLINGS)},
        "description": "The name of a Faker provider.",
        "examples": ["name", "city", "email", "phone", "company", "job", "text"],
    }
    return mapping({"type": kind, **_common_keys(), **_provider_keys()}, "type")


def _id_keys() -> Json:
    name = {"type": "string", "examples": list(ID_FORMATS)}
    form = part("id_format", "A format, or the name of a Faker provider.", name)
    return {"format": form, "pattern": _PATTERN, **_sequence_keys(), **_provider_keys()}


def _id_parts() -> Json:
    sequence = {"description": "Numbers in a row.", **mapping(_sequence_keys())}
    return {"id_format": mapping({"pattern": _PATTERN, "sequence": sequence})}


def _sequence_keys() -> Json:
    return {
        "start": key("First number.", type="integer"),
        "prefix": key("Text before the number.", type="string"),
        "width": key("Digits, filled up with zeros.", type="integer", minimum=0, maximum=18),
    }
