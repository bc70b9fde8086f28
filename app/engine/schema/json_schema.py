"""The JSON Schema (draft 2020-12) of definitions as they are written, every spelling included.

It describes each key, so that editors can complete and explain; what only `load_definition` can
know (proportions, references, names of providers) it leaves to it.
"""

from __future__ import annotations

from typing import Any

from app.engine.schema.distributions import FAMILIES
from app.engine.schema.read_columns import TYPE_SPELLINGS
from app.engine.schema.read_distributions import FAMILY_SPELLINGS, PARAMETER_SPELLINGS
from app.engine.schema.read_providers import ID_FORMATS

Json = dict[str, Any]
_WORDS = {
    "mean": "Mean; of a lognormal's logarithm.",
    "std": "Standard deviation; of a lognormal's logarithm.",
    "min": "Lower end; the column's own `min` if left out.",
    "max": "Upper end; the column's own `max` if left out.",
    "loc": "Where the distribution begins or is centred, as in scipy.",
    "scale": "Its width, as in scipy.",
    "p": "Probability of success.",
    "n": "Number of trials.",
    "df": "Degrees of freedom.",
    "value": "The one value.",
    "values": "The values that may be drawn.",
    "weights": "A weight for each value; equal if left out.",
    "quantiles": "Values at equally spaced probabilities from 0 to 1.",
}
_LIST_PARAMETERS = {"values", "weights", "quantiles"}


def definition_json_schema() -> Json:
    """The schema as plain data, made anew at each call."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Tablesmith definition",
        "description": "Declares synthetic tables and the facts that hold in them.",
        **_object(_document_keys()),
        "$defs": {
            "table": _object(_table_keys()),
            "column": _column(),
            "target": _target(),
            "effect": _object(_effect_keys()),
            "cats": _cats(),
            "category": _category(),
            "buckets": {
                "description": "A mixture of Gaussians: one mapping or a list of them.",
                "anyOf": [
                    _ref("bucket"),
                    {"type": "array", "items": _ref("bucket"), "minItems": 1},
                ],
            },
            "bucket": _object(_bucket_keys()),
            "distribution": _distribution(),
            "foreign_key": _foreign_key(),
            "children": _children(),
            "rule": _rule(),
            "correlation": _correlation(),
            "constraint": _constraint(),
        },
    }


def _ref(name: str) -> Json:
    return {"$ref": f"#/$defs/{name}"}


def _object(keys: Json, *required: str) -> Json:
    """A mapping of these keys; null stands for a key left out."""
    found: Json = {"type": "object", "properties": keys, "additionalProperties": False}
    return found | ({"required": list(required)} if required else {})


def _key(description: str, **schema: Any) -> Json:
    """A key that may also be null, which means left out."""
    kind = schema.get("type")
    if isinstance(kind, str):
        schema["type"] = [kind, "null"]
    if "enum" in schema:
        schema["enum"] = [*schema["enum"], None]
    if "$ref" in schema:
        schema = {"anyOf": [{"$ref": schema["$ref"]}, {"type": "null"}]}
    return {"description": description, **schema}


def _text(description: str, **schema: Any) -> Json:
    """A text; scalars that YAML reads as something else are taken as written."""
    return {
        "description": description,
        "type": ["string", "number", "boolean", "null"],
        **schema,
    }


def _share(description: str) -> Json:
    return _key(description, type="number", minimum=0, maximum=1)


def _document_keys() -> Json:
    inner = {key: value for key, value in _all_keys().items() if key != "schema"}
    schema = _object(inner) | {
        "description": "Columns and target; may be left out, its keys at top."
    }
    schema["type"] = ["object", "null"]
    return {**_all_keys(), "schema": schema}


def _all_keys() -> Json:
    return {
        "name": _text("What the definition, and its only table, is called."),
        "seed": _key(
            "Root of all randomness; drawn and reported if left out.", type="integer", minimum=0
        ),
        "sampling": _key(
            "exact: declared facts hold at any size; random: independent draws.",
            enum=["exact", "random"],
        ),
        "output_file": _text("A path whose suffix sets the default format."),
        "tables": _named(_ref("table"), "Several tables by name."),
        **_table_keys(),
    }


def _named(items: Json, description: str) -> Json:
    """Named things as a mapping, or as a list of mappings."""
    return {
        "description": description,
        "anyOf": [
            {"type": "object", "additionalProperties": items},
            {"type": "array", "items": {"type": "object", "minProperties": 1}},
            {"type": "null"},
        ],
    }


def _list(name: str, description: str) -> Json:
    return _key(description, type="array", items=_ref(name))


def _table_keys() -> Json:
    return {
        "n_samples": _key("Number of rows.", type="integer", minimum=0),
        "primary_key": _key(
            "The column, or columns, that identify a row.",
            type=["string", "array", "null"],
            items={"type": "string"},
        ),
        "foreign_keys": _named(_ref("foreign_key"), "Columns that refer to rows of other tables."),
        "rows": _key("A lookup table given literally.", type="array", items={"type": "object"}),
        "features": _named(_ref("column"), "The columns by name, in the order of the output."),
        "target": _key("The column to be predicted: one name and its column.", **_ref("target")),
        "correlations": _list("correlation", "Correlations between columns."),
        "rules": _list("rule", "Rules for the target: the first that matches wins."),
        "constraints": {
            "description": "Expressions that hold in every row.",
            "anyOf": [
                _ref("constraint"),
                {"type": "array", "items": _ref("constraint")},
                {"type": "null"},
            ],
        },
    }


def _effect_keys() -> Json:
    return {
        "correlation": _key(
            "How it goes with the target's positive label.",
            enum=["positive", "negative", "neutral"],
        ),
        "strength": {
            "description": "How strongly: a word, or the Pearson correlation as an exact promise.",
            "anyOf": [
                {"enum": ["low", "medium", "high", None]},
                {"type": "number", "minimum": 0, "maximum": 1},
            ],
        },
    }


def _effects_keys() -> Json:
    return _effect_keys() | {
        "effects": _key(
            "Targets of several labels: the effect on each.",
            type="object",
            additionalProperties=_ref("effect"),
        )
    }


def _common_keys() -> Json:
    return _effects_keys() | {
        "missing": _share("Share of nulls, exact."),
        "unique": _key("No value stands twice.", type="boolean"),
    }


def _bucket_keys() -> Json:
    mean = _key("Mean of the bucket.", type="number")
    std = _key("Standard deviation of the bucket.", type="number", minimum=0)
    return _effects_keys() | {
        **dict.fromkeys(("mean", "mu", "loc"), mean),
        **dict.fromkeys(("std", "sigma", "scale"), std),
        "proportion": _share("Share of the rows; those left out share the rest."),
    }


def _category() -> Json:
    keys = _effects_keys() | {"proportion": _share("Share of the rows.")}
    return {
        "anyOf": [_object(keys), {"type": "number", "minimum": 0, "maximum": 1}, {"type": "null"}]
    }


def _cats() -> Json:
    item = {"anyOf": [{"type": ["string", "number", "boolean"]}, {"type": "object"}]}
    return {
        "description": "The labels: a mapping, a list of names, or a list of mappings.",
        "anyOf": [
            {"type": "object", "additionalProperties": _ref("category"), "minProperties": 1},
            {"type": "array", "items": item, "minItems": 1},
        ],
    }


def _parameters(family: str) -> Json:
    """The parameters of one family in every spelling."""
    spellings = PARAMETER_SPELLINGS.get(family, {})
    keys: Json = {}
    for name in FAMILIES[family].model_fields:
        for spelling in (name, *spellings.get(name, ())):
            keys[spelling] = _parameter(name)
    if family in {"uniform", "lognormal"}:
        keys["scale"] = _parameter("scale")
    if family == "uniform":
        keys["loc"] = _parameter("loc")
    return keys


def _parameter(name: str) -> Json:
    words = _WORDS.get(name, f"The shape parameter `{name}`, as in scipy.")
    if name in _LIST_PARAMETERS:
        return _key(words, type="array", items={"type": "number"})
    return _key(words, type="number")


def _beside() -> Json:
    """Parameters that may stand beside `distribution: name`."""
    keys: Json = {}
    for family in FAMILIES:
        keys |= _parameters(family)
    return {name: keys[name] for name in keys if name not in {"min", "max"}}


def _distribution() -> Json:
    named = {spelling: _body(family) for spelling, family in FAMILY_SPELLINGS.items()}
    family = _key("Its name; its parameters stand beside.", type="string")
    return {
        "description": "A distribution by name, or as `name: {parameters}`.",
        "anyOf": [
            {"type": "string", "examples": [*FAMILIES, "buckets"]},
            {
                **_object(named | {"buckets": _key("A mixture.", **_ref("buckets"))}),
                "minProperties": 1,
                "maxProperties": 1,
            },
            _object(
                {"family": family, "min": _parameter("min"), "max": _parameter("max")} | _beside(),
                "family",
            ),
        ],
    }


def _body(family: str) -> Json:
    own = _object(_parameters(family))
    own["type"] = ["object", "number", "array", "null"]
    return own | {"description": f"Parameters of the {family} distribution."}


def _types(*canonical: str) -> list[str]:
    return [spelling for spelling, name in TYPE_SPELLINGS.items() if name in canonical]


def _of_type(kinds: tuple[str, ...], description: str, keys: Json) -> Json:
    """A column of these types."""
    kind = {"enum": _types(*kinds), "description": description}
    return _object({"type": kind, **_common_keys(), **keys}, "type")


def _number_keys() -> Json:
    return _beside() | {
        "min": _key("No value is below.", type="number"),
        "max": _key("No value is above.", type="number"),
        "decimals": _key("Digits after the point.", type="integer", minimum=0, maximum=15),
        "bounds": _key("What happens at min and max.", enum=["clip", "truncate"]),
        "distribution": _key("How the numbers are distributed.", **_ref("distribution")),
        "buckets": _key("A mixture of Gaussians.", **_ref("buckets")),
    }


def _column() -> Json:
    locale = _text("A locale of Faker, such as de_DE.")
    args = _key("Arguments of the Faker provider.", type="object")
    moment = _text("An ISO 8601 date, datetime or time.")
    kinds = [
        _of_type(("int", "float"), "A number.", _number_keys()),
        _of_type(("category",), "A label.", {"cats": _ref("cats")})
        | {"required": ["type", "cats"]},
        _of_type(("bool",), "true or false.", {"proportion": _share("Share of true.")}),
        _of_type(
            ("date", "datetime", "time"),
            "A moment.",
            _beside()
            | dict.fromkeys(
                ("start", "end", "start_date", "end_date", "start_time", "end_time"), moment
            )
            | {
                "after": _text("A column whose moments come before."),
                "before": _text("A column whose moments come after."),
                "format": _text("strftime pattern of the output."),
                "distribution": _key("Over the range: 0 start, 1 end.", **_ref("distribution")),
            },
        ),
        _of_type(
            ("id",), "Unique over the whole table.", _id_keys() | {"locale": locale, "args": args}
        ),
        _of_type(
            ("formula",),
            "Computed from other columns.",
            {
                "expr": _text("An expression such as `price * qty`."),
                "decimals": _key("Digits after the point.", type="integer", minimum=0, maximum=15),
            },
        ),
        _object(
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
        "start": _key("First number.", type="integer"),
        "prefix": _key("Text before the number.", type="string"),
        "width": _key("Digits, filled up with zeros.", type="integer", minimum=0, maximum=18),
    }
    pattern = _key("# is a digit, ? a letter.", type="string")
    nested = _object({"pattern": pattern, "sequence": _sequence(sequence)})
    name = {"type": "string", "examples": list(ID_FORMATS)}
    form = {
        "description": "A format, or the name of a Faker provider.",
        "anyOf": [name, nested, {"type": "null"}],
    }
    return {"format": form, "pattern": pattern, **sequence}


def _sequence(keys: Json) -> Json:
    return {"description": "Numbers in a row.", **_object(keys)}


def _target() -> Json:
    dials = {
        "positive": _text("The label that effects are read relative to."),
        "auc": _key("How predictable the target is.", type="number", minimum=0.5, maximum=1),
        "accuracy": _share("How predictable the target is."),
        "r2": _share("How predictable a numeric target is."),
    }
    body = {
        "anyOf": [
            _of_type(("category",), "Labels.", {"cats": _ref("cats"), **dials}),
            _of_type(("bool",), "true or false.", {"proportion": _share("Of true."), **dials}),
            _of_type(("int", "float"), "A number.", {**_number_keys(), **dials}),
        ],
        "type": "object",
    }
    named = {"type": "object", "minProperties": 1, "maxProperties": 1, "additionalProperties": body}
    inline = {"type": "object", "required": ["name", "type"]}
    return {"anyOf": [named, inline, {"type": "array", "minItems": 1, "maxItems": 1}]}


def _foreign_key() -> Json:
    keys = {
        "references": _key("`table.column` of the parent.", type="string"),
        "children": _key("How many children a parent has.", **_ref("children")),
        "missing": _share("Share of rows without a parent."),
        "unique": _key("Every parent is used at most once.", type="boolean"),
    }
    return {"anyOf": [_object(keys, "references"), {"type": "string"}]}


def _children() -> Json:
    keys = {
        "distribution": _key("Of the number of children.", **_ref("distribution")),
        "min": _key("Least number.", type="integer", minimum=0),
        "max": _key("Largest number.", type="integer", minimum=0),
        "share": _share("Share of parents that have children."),
        "skew": _key("Exponent of zipf.", type="number", exclusiveMinimum=1),
    }
    return {"anyOf": [_object(_beside() | keys), {"type": "number", "minimum": 0}]}


def _rule() -> Json:
    then = {
        "description": "Probabilities by label; `mean` for a numeric target.",
        "type": "object",
        "minProperties": 1,
        "additionalProperties": {"type": "number"},
    }
    condition = {"description": "An expression over the columns.", "type": "string"}
    return _object({"if": condition, "then": then}, "if", "then")


def _correlation() -> Json:
    keys = {
        "between": {
            "description": "Two columns.",
            "type": "array",
            "items": {"type": "string"},
            "minItems": 2,
            "maxItems": 2,
        },
        "r": {"description": "The correlation.", "type": "number", "minimum": -1, "maximum": 1},
        "method": _key("Which correlation.", enum=["pearson", "spearman"]),
        "table": _key("The table of both columns.", type="string"),
    }
    return _object(keys, "between", "r")


def _constraint() -> Json:
    keys = {
        "expr": {"description": "An expression over the columns.", "type": "string"},
        "table": _key("The table that it is for.", type="string"),
    }
    return {"anyOf": [{"type": "string"}, _object(keys, "expr")]}
