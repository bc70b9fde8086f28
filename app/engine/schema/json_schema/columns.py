"""The JSON Schema of columns and targets in every spelling."""

from __future__ import annotations

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
from app.engine.schema.providers import ID_FORMATS
from app.engine.schema.type_names import TYPE_SPELLINGS

_DECIMALS = key("Digits after the point.", type="integer", minimum=0, maximum=15)
_PATTERN = key("# is a digit, ? a letter.", type="string")


def column_parts() -> Json:
    """The `$defs` of columns. Those of a type of the language differ by `type`; any other
    type is a Faker provider."""
    typed = {
        "number_column": _of_type(("int", "float"), "A number.", _number_keys()),
        "category_column": _of_type(("category",), "A label.", {"cats": ref("cats")}, "cats"),
        "bool_column": _of_type(("bool",), "true or false.", {"proportion": share("Of true.")}),
        "moment_column": _of_type(("date", "datetime", "time"), "A moment.", _moment_keys()),
        "id_column": _of_type(("id",), "Unique over the whole table.", _id_keys()),
        "formula_column": _of_type(
            ("formula",),
            "Computed from other columns.",
            {"expr": text("An expression such as `price * qty`."), "decimals": _DECIMALS},
        ),
    }
    return {
        "column": {"anyOf": [ref("typed_column"), ref("provider_column")]},
        "typed_column": {"oneOf": [ref(name) for name in typed]},
        **typed,
        "provider_column": _provider_column(),
        "bounds": {"enum": ["clip", "truncate"]},
        "arguments": {"type": "object"},
        **_label_parts(),
        **_id_parts(),
    }


def target_parts() -> Json:
    """The `$defs` of targets."""
    dials = {
        "positive": text("The label that effects are read relative to."),
        "auc": key("How predictable the target is.", type="number", minimum=0.5, maximum=1),
        "accuracy": share("How predictable the target is."),
        "r2": share("How predictable a numeric target is."),
    }
    proportion = {"proportion": share("Of true.")}
    typed = {
        "category_target": _of_type(("category",), "Labels.", {"cats": ref("cats"), **dials}),
        "bool_target": _of_type(("bool",), "true or false.", {**proportion, **dials}),
        "number_target": _of_type(("int", "float"), "A number.", {**_number_keys(), **dials}),
    }
    entries = {"type": "array", "items": ref("entry"), "minItems": 1, "maxItems": 1}
    named = {"name": {"description": "Its name."}, "type": {"description": "Its type."}}
    return {
        "target": {"anyOf": [ref("target_by_name"), ref("named_target"), entries]},
        "target_by_name": {**by_name("target_column"), "minProperties": 1, "maxProperties": 1},
        "named_target": {"type": "object", "properties": named, "required": ["name", "type"]},
        "target_column": {"oneOf": [ref(name) for name in typed]},
        **typed,
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


def _types(*canonical: str) -> list[str]:
    return [spelling for spelling, name in TYPE_SPELLINGS.items() if name in canonical]


def _of_type(kinds: tuple[str, ...], description: str, keys: Json, *required: str) -> Json:
    """A column of these types."""
    kind = {"enum": _types(*kinds), "description": description}
    return mapping({"type": kind, **_common_keys(), **keys}, "type", *required)


def _common_keys() -> Json:
    return effects_keys() | {
        "missing": share("Share of nulls, exact."),
        "unique": key("No value stands twice.", type="boolean"),
    }


def _number_keys() -> Json:
    return beside() | {
        "min": key("No value is below.", type="number"),
        "max": key("No value is above.", type="number"),
        "decimals": _DECIMALS,
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
        "format": text("strftime pattern of the output."),
        "distribution": part("distribution", "Over the range: 0 start, 1 end."),
    }


def _provider_keys() -> Json:
    return {
        "locale": text("A locale of Faker, such as de_DE."),
        "args": part("arguments", "Arguments of the Faker provider."),
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
