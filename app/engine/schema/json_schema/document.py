"""The JSON Schema (draft 2020-12) of definitions as they are written, every spelling included.

It describes each key, so that editors can complete and explain; what only `load_definition` can
know (proportions, references, names of providers) it leaves to it.
"""

from __future__ import annotations

from app.engine.schema.json_schema.columns import column_parts, target_parts
from app.engine.schema.json_schema.distributions import beside, distribution_parts
from app.engine.schema.json_schema.parts import (
    Json,
    by_name,
    effect_parts,
    key,
    mapping,
    part,
    ref,
    share,
    text,
)
from app.engine.schema.source import MAX_ROWS


def definition_json_schema() -> Json:
    """The schema as plain data, a new object at each call."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Tablesmith definition",
        "description": "Declares synthetic tables and the facts that hold in them.",
        **mapping(_document_keys()),
        "$defs": {
            **_table_parts(),
            **column_parts(),
            **target_parts(),
            **effect_parts(),
            **distribution_parts(),
            **_foreign_key_parts(),
            "rule": _rule(),
            **_association_parts(),
            "correlation": _correlation(),
            "correlation_method": {"enum": ["pearson", "spearman"]},
            **_constraint_parts(),
        },
    }


def _document_keys() -> Json:
    words = "Columns and target; may be left out, its keys at top."
    return {**_all_keys(), "schema": part("schema", words)}


def _all_keys() -> Json:
    return {
        "name": text("What the definition, and its only table, is called."),
        "seed": key(
            "Root of all randomness; drawn and reported if left out.", type="integer", minimum=0
        ),
        "sampling": part(
            "sampling", "exact: declared facts hold at any size; random: independent draws."
        ),
        "today": text("The day that providers such as `date_this_year` take for today."),
        "output_file": text("A path whose suffix sets the default format."),
        "tables": part("tables_by_name", "Several tables by name.", _entries()),
        **_table_keys(),
    }


def _entries() -> Json:
    return {"type": "array", "items": ref("entry")}


def _list(name: str, description: str) -> Json:
    return key(description, type="array", items=ref(name))


def _table_keys() -> Json:
    constraints = {"type": "array", "items": ref("constraint")}
    return {
        "description": text("What the table is, for people."),
        "n_samples": key("Number of rows.", type="integer", minimum=0, maximum=MAX_ROWS),
        "primary_key": key(
            "The column, or columns, that identify a row.",
            type=["string", "array", "null"],
            items={"type": "string"},
        ),
        "foreign_keys": part(
            "foreign_keys_by_name", "Columns that refer to rows of other tables.", _entries()
        ),
        "rows": _list("row", "A lookup table given literally."),
        "from": part(
            "origin",
            "The model whose columns the table has: the path of its file, or the id of a "
            "synthesizer.",
            {"type": "string"},
        ),
        "features": part(
            "columns_by_name", "The columns by name, in the order of the output.", _entries()
        ),
        "target": part("target", "The column to be predicted: one name and its column."),
        "correlations": _list("correlation", "Correlations between columns."),
        "associations": _list("association", "How the labels of two columns go together."),
        "rules": _list("rule", "Rules for the target: the first that matches wins."),
        "constraints": part("constraint", "Expressions that hold in every row.", constraints),
    }


def _table_parts() -> Json:
    """The `$defs` of tables and of what holds them."""
    return {
        "schema": mapping(_all_keys()),
        "sampling": {"enum": ["exact", "random"]},
        "table": mapping(_table_keys()),
        "tables_by_name": by_name("table"),
        "columns_by_name": by_name("column"),
        "foreign_keys_by_name": by_name("foreign_key"),
        "entry": {
            "description": "A named thing in a list: its name is its only key, its first key, or "
            "under `name`.",
            "type": "object",
            "minProperties": 1,
        },
        "row": {"type": "object"},
        "origin": mapping(
            {
                "model": key(
                    "The path of a model file, or the id of a synthesizer.", type="string"
                ),
                "sha256": key("That of the file; another one is refused.", type="string"),
            },
            "model",
        ),
    }


def _foreign_key_parts() -> Json:
    keys = {
        "references": key("`table.column` of the parent.", type="string"),
        "columns": part("columns_of_key", "Further columns, and those of the parent."),
        "children": part("children", "How many children a parent has."),
        "weights": part(
            "parent_weights",
            "How popular each row of the parent is: a column of the parent, or a mapping.",
            ref("distribution"),
            {"type": "string"},
        ),
        "missing": share("Share of rows without a parent."),
        "unique": key("Every parent is used at most once.", type="boolean"),
        "hidden": key("Read through by other columns, and written to no file.", type="boolean"),
        "description": text("What the column is, for people."),
    }
    return {
        "foreign_key": {"anyOf": [ref("foreign_key_settings"), {"type": "string"}]},
        "foreign_key_settings": mapping(keys, "references"),
        "children": {"anyOf": [ref("children_settings"), {"type": "number", "minimum": 0}]},
        "children_settings": _children(),
        "parent_weights": _parent_weights(),
        "columns_of_key": {"type": "object", "additionalProperties": {"type": "string"}},
    }


def _children() -> Json:
    keys = {
        "distribution": part("distribution", "Of the number of children."),
        "min": key("Least number.", type="integer", minimum=0),
        "max": key("Largest number.", type="integer", minimum=0),
        "share": share("Share of parents that have children."),
        "skew": key("Exponent of zipf.", type="number", exclusiveMinimum=1),
    }
    return mapping(beside() | keys)


def _parent_weights() -> Json:
    keys = {
        "column": key("A column of numbers of the parent.", type="string"),
        "distribution": part("distribution", "From which a weight is drawn for each row."),
        "skew": key(
            "The k-th most popular row has the weight 1/k**skew.",
            type="number",
            exclusiveMinimum=0,
            maximum=100,
        ),
    }
    return mapping(beside() | keys)


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
        "method": part("correlation_method", "Which correlation."),
        "table": key("The table of both columns.", type="string"),
    }
    return mapping(keys, "between", "r")


def _association_parts() -> Json:
    keys = {
        "between": {
            "description": "Two columns of labels.",
            "type": "array",
            "items": {"type": "string"},
            "minItems": 2,
            "maxItems": 2,
        },
        "cramers_v": share("Cramér's V of the two, labels going together in their order."),
        "shares": part("label_shares", "Shares of the second's labels by label of the first."),
    }
    shares = {"type": "object", "additionalProperties": {"type": ["number", "null"]}}
    return {
        "association": mapping(keys, "between"),
        "label_shares": by_name("shares_of_labels"),
        "shares_of_labels": shares,
    }


def _constraint_parts() -> Json:
    keys = {
        "expr": {"description": "An expression over the columns.", "type": "string"},
        "table": key("The table that it is for.", type="string"),
    }
    return {
        "constraint": {"anyOf": [{"type": "string"}, ref("constraint_settings")]},
        "constraint_settings": mapping(keys, "expr"),
    }
