"""The JSON Schema (draft 2020-12) of definitions as they are written, every spelling included.

It describes each key, so that editors can complete and explain; what only `load_definition` can
know (proportions, references, names of providers) it leaves to it.
"""

from __future__ import annotations

from app.engine.schema.json_columns import (
    bucket_keys,
    category_schema,
    cats_schema,
    column_schema,
    target_schema,
)
from app.engine.schema.json_distributions import beside, distribution_schema
from app.engine.schema.json_parts import Json, effect_keys, key, mapping, ref, share, text
from app.engine.schema.source import MAX_ROWS


def definition_json_schema() -> Json:
    """The schema as plain data, made anew at each call."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Tablesmith definition",
        "description": "Declares synthetic tables and the facts that hold in them.",
        **mapping(_document_keys()),
        "$defs": {
            "table": mapping(_table_keys()),
            "column": column_schema(),
            "target": target_schema(),
            "effect": mapping(effect_keys()),
            "cats": cats_schema(),
            "category": category_schema(),
            "buckets": {
                "description": "A mixture of Gaussians: one mapping or a list of them.",
                "anyOf": [
                    ref("bucket"),
                    {"type": "array", "items": ref("bucket"), "minItems": 1},
                ],
            },
            "bucket": mapping(bucket_keys()),
            "distribution": distribution_schema(),
            "foreign_key": _foreign_key(),
            "children": _children(),
            "rule": _rule(),
            "correlation": _correlation(),
            "constraint": _constraint(),
        },
    }


def _document_keys() -> Json:
    inner = {name: value for name, value in _all_keys().items() if name != "schema"}
    schema = mapping(inner) | {
        "description": "Columns and target; may be left out, its keys at top."
    }
    schema["type"] = ["object", "null"]
    return {**_all_keys(), "schema": schema}


def _all_keys() -> Json:
    return {
        "name": text("What the definition, and its only table, is called."),
        "seed": key(
            "Root of all randomness; drawn and reported if left out.", type="integer", minimum=0
        ),
        "sampling": key(
            "exact: declared facts hold at any size; random: independent draws.",
            enum=["exact", "random"],
        ),
        "output_file": text("A path whose suffix sets the default format."),
        "tables": _named(ref("table"), "Several tables by name."),
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
    return key(description, type="array", items=ref(name))


def _table_keys() -> Json:
    return {
        "n_samples": key("Number of rows.", type="integer", minimum=0, maximum=MAX_ROWS),
        "primary_key": key(
            "The column, or columns, that identify a row.",
            type=["string", "array", "null"],
            items={"type": "string"},
        ),
        "foreign_keys": _named(ref("foreign_key"), "Columns that refer to rows of other tables."),
        "rows": key("A lookup table given literally.", type="array", items={"type": "object"}),
        "features": _named(ref("column"), "The columns by name, in the order of the output."),
        "target": key("The column to be predicted: one name and its column.", **ref("target")),
        "correlations": _list("correlation", "Correlations between columns."),
        "rules": _list("rule", "Rules for the target: the first that matches wins."),
        "constraints": {
            "description": "Expressions that hold in every row.",
            "anyOf": [
                ref("constraint"),
                {"type": "array", "items": ref("constraint")},
                {"type": "null"},
            ],
        },
    }


def _foreign_key() -> Json:
    keys = {
        "references": key("`table.column` of the parent.", type="string"),
        "children": key("How many children a parent has.", **ref("children")),
        "missing": share("Share of rows without a parent."),
        "unique": key("Every parent is used at most once.", type="boolean"),
    }
    return {"anyOf": [mapping(keys, "references"), {"type": "string"}]}


def _children() -> Json:
    keys = {
        "distribution": key("Of the number of children.", **ref("distribution")),
        "min": key("Least number.", type="integer", minimum=0),
        "max": key("Largest number.", type="integer", minimum=0),
        "share": share("Share of parents that have children."),
        "skew": key("Exponent of zipf.", type="number", exclusiveMinimum=1),
    }
    return {"anyOf": [mapping(beside() | keys), {"type": "number", "minimum": 0}]}


def _rule() -> Json:
    then = {
        "description": "Probabilities by label; `mean` for a numeric target.",
        "type": "object",
        "minProperties": 1,
        "additionalProperties": {"type": "number"},
    }
    condition = {"description": "An expression over the columns.", "type": "string"}
    return mapping({"if": condition, "then": then}, "if", "then")


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
        "method": key("Which correlation.", enum=["pearson", "spearman"]),
        "table": key("The table of both columns.", type="string"),
    }
    return mapping(keys, "between", "r")


def _constraint() -> Json:
    keys = {
        "expr": {"description": "An expression over the columns.", "type": "string"},
        "table": key("The table that it is for.", type="string"),
    }
    return {"anyOf": [{"type": "string"}, mapping(keys, "expr")]}
