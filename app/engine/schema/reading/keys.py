"""Primary keys, foreign keys and how many children a parent has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.engine.distributions import Distribution
from app.engine.distributions.binomial import Binomial
from app.engine.distributions.constant import Constant
from app.engine.distributions.zipf import Zipf
from app.engine.schema.models import Children, ForeignKey, ParentWeights
from app.engine.schema.problems import Problems, shown
from app.engine.schema.reading.columns import check_order
from app.engine.schema.reading.distributions import read_distribution
from app.engine.schema.reading.entries import Entry, named_entries
from app.engine.schema.reading.section import Section
from app.engine.schema.source import Path


def read_primary_key(section: Section) -> tuple[str, ...]:
    """One name, or a list of names."""
    value = section.take("primary_key")
    if value is None:
        return ()
    names = value if isinstance(value, list) else [value]
    place = section.place("primary_key")
    if not names or not all(isinstance(name, str) for name in names):
        section.problems.fault(place, "the name of a column or a list of names is wanted")
        return ()
    if len(set(names)) < len(names):
        section.problems.fault(place, "a column stands twice in the key")
    return tuple(names)


def read_foreign_keys(section: Section) -> dict[str, ForeignKey | None]:
    value = section.take("foreign_keys")
    if value is None:
        return {}
    place = section.place("foreign_keys")
    entries = named_entries(section.problems, place, value, "foreign keys")
    return {entry.name: _read_key(section.problems, entry) for entry in entries}


def _read_key(problems: Problems, entry: Entry) -> ForeignKey | None:
    """A text alone says what the key refers to."""
    body, places = entry.body, {}
    if isinstance(body, str):
        body, places = {"references": body}, {"references": entry.place}
    if not isinstance(body, Mapping):
        problems.fault(entry.place, f"`references: table.column` is wanted, not {shown(body)}")
        return None
    section = Section(problems, entry.place, body, places)
    fields = section.take_all("references", "missing", "unique", "hidden", "description")
    columns = section.take("columns")
    if columns is not None:
        fields["columns"] = _read_columns(problems, section.place("columns"), columns)
    children = section.take("children")
    if children is not None:
        fields["children"] = _read_children(problems, section.place("children"), children)
    weights = section.take("weights")
    if weights is not None:
        fields["weights"] = _read_weights(section, weights)
    section.close()
    return section.build(ForeignKey, fields)


def _read_columns(problems: Problems, path: Path, value: Any) -> dict[str, str]:
    """Names of further columns of a key, each with the parent's column that it refers to."""
    if not isinstance(value, Mapping):
        hint = "for instance `references: lines.order, columns: {line: line}`"
        problems.fault(path, f"a mapping of columns is wanted, not {shown(value)}", hint)
        return {}
    for name, column in value.items():
        if not isinstance(column, str):
            message = f"the name of a column is wanted, not {shown(column)}"
            problems.fault((*path, name), message)
    return {name: column for name, column in value.items() if isinstance(column, str)}


def _read_weights(section: Section, value: Any) -> ParentWeights | None:
    """A column of the parent, `{column: …}`, `{skew: 1.1}` or a distribution."""
    for key in ("children", "unique"):
        if section.take(key):
            message = f"`{key}` says already how many rows refer to each row of the parent"
            section.fault(message, "leave one of the two out", "weights")
    inner = _weights_section(section, value)
    fields = inner.take_all("column", "skew")
    distribution = read_distribution(inner)
    if distribution is not None:
        fields["distribution"] = distribution
    inner.close()
    if not fields and not inner.has("distribution") and isinstance(value, Mapping):
        inner.fault("does not say what the weights are", _WEIGHTS)
    if len(fields) > 1:
        said = " and ".join(f"`{key}`" for key in fields)
        inner.fault(f"is said in two ways, by {said}", "leave one of the two out")
    return inner.build(ParentWeights, fields)


def _weights_section(section: Section, value: Any) -> Section:
    """The weights with their keys, whatever is left out in writing them."""
    place = section.place("weights")
    if isinstance(value, str):
        return Section(section.problems, place, {"column": value}, {"column": place})
    if isinstance(value, Mapping) and not {"column", "skew", "distribution"} & set(value):
        return Section(section.problems, place, {"distribution": value}, {"distribution": place})
    return Section.of(section.problems, place, value, "a column of the parent or a mapping")


_WEIGHTS = "for instance `weights: popularity`, `{skew: 1.1}` or `{lognormal: {mean: 0, std: 1}}`"


def _read_children(problems: Problems, path: Path, value: Any) -> Children | None:
    """A number, `{mean: 3}` (Poisson), a distribution, `{share: 0.6}` or `{skew: 2}` (zipf)."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = {"distribution": {"constant": value}}
    section = Section.of(problems, path, value, "a number or a mapping")
    fields = section.take_all("min", "max", "share")
    check_order(section, fields.get("min"), fields.get("max"))
    skew = section.take("skew")
    distribution = _distribution(section, value, fields, skew)
    section.close()
    if distribution is None:
        return None
    _check_whole(section, distribution)
    return section.build(Children, {**fields, "distribution": distribution})


def _distribution(
    section: Section, value: Any, fields: dict[str, Any], skew: Any
) -> Distribution | None:
    if skew is not None:
        if section.has("distribution"):
            section.fault("a distribution is declared too", "declare one of the two", "skew")
        return _skewed(section, skew)
    if not section.has("distribution") and (section.has("mean") or section.has("mu")):
        inner = {key: value[key] for key in ("mean", "mu") if key in value}
        section.take("mean", "mu")
        value = Section(section.problems, section.path, {"distribution": "poisson", **inner})
        return read_distribution(value)
    distribution = read_distribution(section)
    if distribution is not None or section.has("distribution"):
        return distribution
    share = fields.get("share")
    if isinstance(share, int | float) and not isinstance(share, bool) and 0 <= share <= 1:
        # A share alone: so many of the parents have one child, the others none.
        fields.pop("share")
        return Binomial(n=1, p=share)
    if share is None:
        hint = "for instance `children: 1` or `{distribution: poisson, mean: 3}`"
        section.fault("does not say how many children a parent has", hint)
    else:
        section.fault(f"a share lies between 0 and 1, not {shown(share)}", None, "share")
    return None


def _skewed(section: Section, skew: Any) -> Distribution | None:
    if isinstance(skew, int | float) and not isinstance(skew, bool) and skew > 1:
        return Zipf(a=skew)
    section.fault(f"must be a number above 1, not {shown(skew)}", "the exponent of zipf", "skew")
    return None


def _check_whole(section: Section, distribution: Distribution) -> None:
    if isinstance(distribution, Constant):
        value = distribution.value
        if value < 0 or not float(value).is_integer():
            section.fault(f"a number of children is a whole number from 0, not {value:g}")
