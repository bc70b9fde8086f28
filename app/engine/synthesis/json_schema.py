"""The JSON Schema (draft 2020-12) of synthesis definitions, for editors."""

from __future__ import annotations

from typing import get_args

from app.engine.formats.cells.cell_format import Kind
from app.engine.schema.json_schema.document import definition_json_schema
from app.engine.schema.json_schema.parts import Json, by_name, key, mapping, part, ref
from app.engine.synthesis.models import NOTIONS, ORPHANS, SYNTHESIZERS, TREATMENTS

_TREATMENT = "learn; new keys; fake values; text; keep the rows' own; drop"


def synthesis_json_schema() -> Json:
    """The schema as plain data, a new object at each call."""
    columns = definition_json_schema()["$defs"]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Tablesmith synthesis definition",
        "description": "Which tables and columns of a source are learned, how, and how private.",
        **mapping(_document_keys(), "tables"),
        "$defs": {
            "synthesis_table": {"anyOf": [ref("synthesis_table_keys"), {"type": "null"}]},
            "synthesis_table_keys": _table(),
            "treatment_name": {"enum": list(TREATMENTS)},
            "plain_treatment": {"enum": [each for each in TREATMENTS if each != "fake"]},
            "treatment_keys": mapping(_treatment_keys()),
            "fake_treatment": _fake_treatment(),
            "treatment": {
                "anyOf": [ref("plain_treatment"), ref("treatment_keys"), ref("fake_treatment")]
            },
            "treatments": {"type": "object", "additionalProperties": ref("treatment")},
            "detected_kind": {"enum": list(get_args(Kind))},
            "model_size": {"enum": ["small", "medium", "large"]},
            "synthesis_key": _foreign_key(),
            "reference": {
                "anyOf": [
                    {"type": "string"},
                    {"type": "array", "items": {"type": "string"}, "minItems": 1},
                ]
            },
            "synthesizer_name": {"enum": list(SYNTHESIZERS)},
            "synthesizer": _synthesizer(),
            "privacy": _privacy(),
            "fairness": _fairness(),
            "rules": {"type": "array", "items": {"type": "string"}},
            **columns,
        },
    }


def _document_keys() -> Json:
    return {
        "source": key("The source's id, or its path.", type="string"),
        "tables": {"description": "What happens to each table.", **by_name("synthesis_table")},
        "foreign_keys": key(
            "Which columns refer to which.", type="array", items=ref("synthesis_key")
        ),
        "rules": part("rules", "Expressions that hold in every row of the table they name."),
        "synthesizer": part("synthesizer", "What learns.", ref("synthesizer_name")),
        "privacy": part("privacy", "What is protected."),
        "target": key("What models will be trained on.", type="string"),
        "fairness": part("fairness", "Between which groups a column is made fair, and how."),
        "holdout": key("Share of the rows that is set aside before anything is learned.",
                       type="number", minimum=0, maximum=0.5),
        "seed": key("Root of all randomness.", type="integer", minimum=0),
    }  # fmt: skip


def _table() -> Json:
    keys = {
        "primary_key": part("reference", "A column, or several."),
        "rows": key("Rows of a root table; as many as the source has if left out.",
                    type="integer", minimum=1),
        "original": key("A lookup table: it comes out unchanged.", type="boolean"),
        "order_by": key("The column that orders the rows of one parent, which then follow one "
                        "another as a sequence.", type="string"),
        "columns": part("treatments", "What happens to columns that are not simply learned."),
        "rules": part("rules", "Expressions that hold in every row."),
    }  # fmt: skip
    return mapping(keys)


def _treatment_keys() -> Json:
    return {
        "treatment": part("treatment_name", _TREATMENT),
        "kind": part("detected_kind", "A correction of what was detected."),
    }


def _fake_treatment() -> Json:
    return {
        "description": "Values of a provider, or of a column of the schema language.",
        "type": "object",
        "properties": {
            **_treatment_keys(),
            "treatment": {"const": "fake"},
            "provider": key("A provider's name.", type="string"),
            "type": key("A type of the schema language.", type="string"),
        },
        "required": ["treatment"],
        "anyOf": [{"required": ["provider"]}, {"required": ["type"]}],
    }


def _foreign_key() -> Json:
    keys = {
        "from": ref("reference"),
        "to": ref("reference"),
        "orphans": {
            "description": "Rows that refer to none: refused, their key missing, or as many drawn.",
            "enum": list(ORPHANS),
        },
    }
    return mapping(keys, "from", "to")


def _synthesizer() -> Json:
    return mapping({
        "name": {"description": "Which one.", "enum": list(SYNTHESIZERS)},
        "model_size": part("model_size", "How much it may learn."),
        "validation_fraction": key("Share of rows that say when to stop.",
                                   type="number", exclusiveMinimum=0, exclusiveMaximum=0.5),
        "early_stop_delta": key("Least gain of a round.", type="number", minimum=0, maximum=1),
        "max_rounds": key("Most rounds of a column.", type="integer", minimum=1, maximum=10_000),
    })  # fmt: skip


def _privacy() -> Json:
    return mapping({
        "value_protection": key("Nothing of fewer than k individuals comes out.", type="boolean"),
        "k": key("So many individuals.", type="integer", minimum=2, maximum=10_000),
        "epsilon": key("Budget of differential privacy.", type="number", exclusiveMinimum=0),
        "delta": key("Its second parameter.", type="number", exclusiveMinimum=0,
                     exclusiveMaximum=0.1),
    })  # fmt: skip


def _fairness() -> Json:
    keys = {
        "protected": key("The column whose values are the groups.", type="string"),
        "target": key("The column that is made fair.", type="string"),
        "notion": {
            "description": "The target is drawn without looking at the groups, or has the same "
            "shares in each.",
            "enum": list(NOTIONS),
        },
    }
    return mapping(keys, "protected", "target", "notion")
