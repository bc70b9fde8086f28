"""The JSON Schema of distributions in every spelling."""

from __future__ import annotations

from app.engine.schema.distributions import FAMILIES
from app.engine.schema.json_parts import Json, key, mapping, ref
from app.engine.schema.read_distributions import FAMILY_SPELLINGS, PARAMETER_SPELLINGS

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
        return key(words, type="array", items={"type": "number"})
    return key(words, type="number")


def beside() -> Json:
    """Parameters that may stand beside `distribution: name`."""
    keys: Json = {}
    for family in FAMILIES:
        keys |= _parameters(family)
    return {name: keys[name] for name in keys if name not in {"min", "max"}}


def distribution_schema() -> Json:
    named = {spelling: _body(family) for spelling, family in FAMILY_SPELLINGS.items()}
    family = key("Its name; its parameters stand beside.", type="string")
    return {
        "description": "A distribution by name, or as `name: {parameters}`.",
        "anyOf": [
            {"type": "string", "examples": [*FAMILIES, "buckets"]},
            {
                **mapping(named | {"buckets": key("A mixture.", **ref("buckets"))}),
                "minProperties": 1,
                "maxProperties": 1,
            },
            mapping(
                {"family": family, "min": _parameter("min"), "max": _parameter("max")} | beside(),
                "family",
            ),
        ],
    }


def _body(family: str) -> Json:
    own = mapping(_parameters(family))
    own["type"] = ["object", "number", "array", "null"]
    return own | {"description": f"Parameters of the {family} distribution."}
