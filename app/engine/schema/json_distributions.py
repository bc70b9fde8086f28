"""The JSON Schema of distributions in every spelling."""

from __future__ import annotations

from app.engine.schema.distributions import FAMILIES
from app.engine.schema.json_parts import Json, effects_keys, key, mapping, part, ref, share
from app.engine.schema.read_distributions import FAMILY_SPELLINGS, PARAMETER_SPELLINGS, SHORT

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


def distribution_parts() -> Json:
    """The `$defs` of distributions and of mixtures."""
    return {
        "distribution": {
            "description": "A distribution by name, or as `name: {parameters}`.",
            "anyOf": [
                {"type": "string", "examples": [*FAMILIES, "buckets"]},
                ref("distribution_by_name"),
                ref("distribution_by_family"),
            ],
        },
        "distribution_by_name": _by_name(),
        "distribution_by_family": _by_family(),
        **{_parameters_name(family): mapping(_parameters(family)) for family in FAMILIES},
        "buckets": {
            "description": "A mixture of Gaussians: one mapping or a list of them.",
            "anyOf": [ref("bucket"), {"type": "array", "items": ref("bucket"), "minItems": 1}],
        },
        "bucket": mapping(_bucket_keys()),
    }


def beside() -> Json:
    """Parameters that may stand beside `distribution: name`."""
    keys: Json = {}
    for family in FAMILIES:
        keys |= _parameters(family)
    return {name: keys[name] for name in keys if name not in {"min", "max"}}


def _by_name() -> Json:
    named = {spelling: _body(family) for spelling, family in FAMILY_SPELLINGS.items()}
    found = mapping(named | {"buckets": part("buckets", "A mixture.")})
    return {**found, "minProperties": 1, "maxProperties": 1}


def _by_family() -> Json:
    family = key("Its name; its parameters stand beside.", type="string")
    ends = {"min": _parameter("min"), "max": _parameter("max")}
    return mapping({"family": family, **ends} | beside(), "family")


def _body(family: str) -> Json:
    """The parameters of one family; of some the only one may stand without its name."""
    parameter = SHORT.get(family)
    others = () if parameter is None else (_value(parameter),)
    description = f"Parameters of the {family} distribution."
    return part(_parameters_name(family), description, *others)


def _parameters_name(family: str) -> str:
    return f"{family}_parameters"


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
    return key(words, **_value(name))


def _value(parameter: str) -> Json:
    if parameter in _LIST_PARAMETERS:
        return {"type": "array", "items": {"type": "number"}}
    return {"type": "number"}


def _bucket_keys() -> Json:
    mean = key("Mean of the bucket.", type="number")
    std = key("Standard deviation of the bucket.", type="number", minimum=0)
    return effects_keys() | {
        **dict.fromkeys(("mean", "mu", "loc"), mean),
        **dict.fromkeys(("std", "sigma", "scale"), std),
        "proportion": share("Share of the rows; those left out share the rest."),
    }
