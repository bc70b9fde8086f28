"""The JSON Schema of columns and targets in every spelling."""

from __future__ import annotations

from app.engine.schema.json_distributions import beside
from app.engine.schema.json_parts import Json, effects_keys, key, mapping, ref, share, text
from app.engine.schema.read_providers import ID_FORMATS
from app.engine.schema.type_names import TYPE_SPELLINGS


def _common_keys() -> Json:
    return effects_keys() | {
        "missing": share("Share of nulls, exact."),
        "unique": key("No value stands twice.", type="boolean"),
    }


def bucket_keys() -> Json:
    mean = key("Mean of the bucket.", type="number")
    std = key("Standard deviation of the bucket.", type="number", minimum=0)
    return effects_keys() | {
        **dict.fromkeys(("mean", "mu", "loc"), mean),
        **dict.fromkeys(("std", "sigma", "scale"), std),
        "proportion": share("Share of the rows; those left out share the rest."),
    }


def category_schema() -> Json:
    keys = effects_keys() | {"proportion": share("Share of the rows.")}
    return {
        "anyOf": [mapping(keys), {"type": "number", "minimum": 0, "maximum": 1}, {"type": "null"}]
    }


def cats_schema() -> Json:
    item = {"anyOf": [{"type": ["string", "number", "boolean"]}, {"type": "object"}]}
    return {
        "description": "The labels: a mapping, a list of names, or a list of mappings.",
        "anyOf": [
            {"type": "object", "additionalProperties": ref("category"), "minProperties": 1},
            {"type": "array", "items": item, "minItems": 1},
        ],
    }


def _types(*canonical: str) -> list[str]:
    return [spelling for spelling, name in TYPE_SPELLINGS.items() if name in canonical]


def _of_type(kinds: tuple[str, ...], description: str, keys: Json) -> Json:
    """A column of these types."""
    kind = {"enum": _types(*kinds), "description": description}
    return mapping({"type": kind, **_common_keys(), **keys}, "type")


def _number_keys() -> Json:
    return beside() | {
        "min": key("No value is below.", type="number"),
        "max": key("No value is above.", type="number"),
        "decimals": key("Digits after the point.", type="integer", minimum=0, maximum=15),
        "bounds": key("What happens at min and max.", enum=["clip", "truncate"]),
        "distribution": key("How the numbers are distributed.", **ref("distribution")),
        "buckets": key("A mixture of Gaussians.", **ref("buckets")),
    }


def column_schema() -> Json:
    locale = text("A locale of Faker, such as de_DE.")
    args = key("Arguments of the Faker provider.", type="object")
    moment = text("An ISO 8601 date, datetime or time.")
    kinds = [
        _of_type(("int", "float"), "A number.", _number_keys()),
        _of_type(("category",), "A label.", {"cats": ref("cats")}) | {"required": ["type", "cats"]},
        _of_type(("bool",), "true or false.", {"proportion": share("Share of true.")}),
        _of_type(
            ("date", "datetime", "time"),
            "A moment.",
            beside()
            | dict.fromkeys(
                ("start", "end", "start_date", "end_date", "start_time", "end_time"), moment
            )
            | {
                "after": text("A column whose moments come before."),
                "before": text("A column whose moments come after."),
                "format": text("strftime pattern of the output."),
                "distribution": key("Over the range: 0 start, 1 end.", **ref("distribution")),
            },
        ),
        _of_type(
            ("id",), "Unique over the whole table.", _id_keys() | {"locale": locale, "args": args}
        ),
        _of_type(
            ("formula",),
            "Computed from other columns.",
            {
                "expr": text("An expression such as `price * qty`."),
                "decimals": key("Digits after the point.", type="integer", minimum=0, maximum=15),
            },
        ),
        mapping(
            {
                "type": {
                    "type": "string",
                    "not": {"enum": list(TYPE_SPELLINGS)},
                    "description": "The name of a Faker provider.",
                    "examples": ["name", "city", "email", "phone", "company", "job", "text"],
                },
                **_common_keys(),
                "locale": locale,
                "args": args,
            },
            "type",
        ),
    ]
    return {"anyOf": kinds, "type": "object", "required": ["type"]}


def _id_keys() -> Json:
    sequence = {
        "start": key("First number.", type="integer"),
        "prefix": key("Text before the number.", type="string"),
        "width": key("Digits, filled up with zeros.", type="integer", minimum=0, maximum=18),
    }
    pattern = key("# is a digit, ? a letter.", type="string")
    nested = mapping({"pattern": pattern, "sequence": _sequence(sequence)})
    name = {"type": "string", "examples": list(ID_FORMATS)}
    form = {
        "description": "A format, or the name of a Faker provider.",
        "anyOf": [name, nested, {"type": "null"}],
    }
    return {"format": form, "pattern": pattern, **sequence}


def _sequence(keys: Json) -> Json:
    return {"description": "Numbers in a row.", **mapping(keys)}


def target_schema() -> Json:
    dials = {
        "positive": text("The label that effects are read relative to."),
        "auc": key("How predictable the target is.", type="number", minimum=0.5, maximum=1),
        "accuracy": share("How predictable the target is."),
        "r2": share("How predictable a numeric target is."),
    }
    body = {
        "anyOf": [
            _of_type(("category",), "Labels.", {"cats": ref("cats"), **dials}),
            _of_type(("bool",), "true or false.", {"proportion": share("Of true."), **dials}),
            _of_type(("int", "float"), "A number.", {**_number_keys(), **dials}),
        ],
        "type": "object",
    }
    named = {"type": "object", "minProperties": 1, "maxProperties": 1, "additionalProperties": body}
    inline = {"type": "object", "required": ["name", "type"]}
    return {"anyOf": [named, inline, {"type": "array", "minItems": 1, "maxItems": 1}]}
