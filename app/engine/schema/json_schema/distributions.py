"""The JSON Schema of distributions in every spelling."""

from __future__ import annotations

from collections.abc import Mapping

from app.engine.distributions import FAMILIES, FAMILY_SPELLINGS, Distribution
from app.engine.distributions.uniform import Uniform
from app.engine.schema.json_schema.parts import Json, effects_keys, key, mapping, part, ref, share


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
        **{_parameters_name(name): mapping(_parameters(model)) for name, model in FAMILIES.items()},
        "buckets": {
            "description": "A mixture of Gaussians: one mapping or a list of them.",
            "anyOf": [ref("bucket"), {"type": "array", "items": ref("bucket"), "minItems": 1}],
        },
        "bucket": mapping(_bucket_keys()),
    }


def beside() -> Json:
    """Parameters that may stand beside `distribution: name`."""
    keys: Json = {}
    said: dict[str, dict[str, list[str]]] = {}
    for family, model in FAMILIES.items():
        for name, each in _parameters(model).items():
            keys[name] = each
            said.setdefault(name, {}).setdefault(each["description"], []).append(family)
    return {
        name: {**each, "description": _by_families(said[name])}
        for name, each in keys.items()
        if name not in {"min", "max"}
    }


def _by_families(said: Mapping[str, list[str]]) -> str:
    """What a parameter means, for each family that has one of the name."""
    return " ".join(f"{', '.join(families)}: {words}" for words, families in said.items())


def _by_name() -> Json:
    named = {spelling: _body(family) for spelling, family in FAMILY_SPELLINGS.items()}
    found = mapping(named | {"buckets": part("buckets", "A mixture.")})
    return {**found, "minProperties": 1, "maxProperties": 1}


def _by_family() -> Json:
    family = key("Its name; its parameters stand beside.", type="string")
    ends = {name: _parameter(Uniform, name) for name in ("min", "max")}
    return mapping({"family": family, **ends} | beside(), "family")


def _body(family: str) -> Json:
    """The parameters of one family; of some the only one may stand without its name."""
    model = FAMILIES[family]
    others = () if model.lone is None else (_value(model, model.lone),)
    description = f"Parameters of the {family} distribution."
    return part(_parameters_name(family), description, *others)


def _parameters_name(family: str) -> str:
    return f"{family}_parameters"


def _parameters(model: type[Distribution]) -> Json:
    """The parameters of one family in every spelling."""
    keys: Json = {}
    for name in model.model_fields:
        for spelling in (name, *model.spellings.get(name, ())):
            keys[spelling] = _parameter(model, name)
    for name, words in model.scipy_parameters.items():
        keys[name] = key(words, type="number")
    return keys


def _parameter(model: type[Distribution], name: str) -> Json:
    said = model.model_fields[name].description
    words = said or f"The shape parameter `{name}`, as in scipy."
    return key(words, **_value(model, name))


def _value(model: type[Distribution], parameter: str) -> Json:
    if model.is_list(parameter):
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
