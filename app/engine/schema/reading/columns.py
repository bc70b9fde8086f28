"""Columns in all their spellings, one reader for each type."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from app.engine.distributions import Distribution
from app.engine.distributions.uniform import Uniform
from app.engine.schema.column_types import BY_TYPE, TYPE_SPELLINGS, part
from app.engine.schema.models import (
    BoolColumn,
    Bucket,
    Category,
    CategoryColumn,
    Column,
    FormulaColumn,
    LabelKind,
    MomentColumn,
    NumberColumn,
)
from app.engine.schema.problems import Problems, shown
from app.engine.schema.reading.distributions import read_distribution
from app.engine.schema.reading.durations import check_following, read_within
from app.engine.schema.reading.effects import read_effect, read_effects
from app.engine.schema.reading.entries import Entry, named_entries
from app.engine.schema.reading.labels import label_kind
from app.engine.schema.reading.moments import check_moments, check_pattern
from app.engine.schema.reading.proportions import resolve_proportions
from app.engine.schema.reading.providers import read_provider
from app.engine.schema.reading.section import Section
from app.engine.schema.source import Path

Fields = dict[str, Any]
Reader = Callable[[Section, Fields, str], Column | None]


def read_column(section: Section) -> Column | None:
    """The column that a section declares; None, and faults, where it declares none."""
    kind = section.text("type")
    if kind is None:
        if not section.has("type"):
            section.fault("says no `type`", _type_hint(section), "type")
        return None
    canonical = TYPE_SPELLINGS.get(kind.casefold())
    common = read_common(section)
    if canonical is None:
        return read_provider(section, common, kind)
    reader: Reader = part(BY_TYPE[canonical].reader)
    return reader(section, common, canonical)


def read_common(section: Section) -> Fields:
    """The fields that every column has."""
    return {
        **section.take_all("missing", "unique", "hidden", "description"),
        **read_effect(section),
        "effects": read_effects(section),
    }


def _type_hint(section: Section) -> str:
    if section.has("cats"):
        return "write `type: category`"
    if section.has("buckets") or section.has("mean"):
        return "write `type: float` or `type: int`"
    if section.has("script"):
        return "write `type: script`"
    return "write `type: formula`" if section.has("expr") else "for instance `type: int`"


def read_number(section: Section, common: Fields, kind: str) -> NumberColumn | None:
    """`int` or `float`: a distribution, buckets, or bounds alone, which mean uniform."""
    fields = {**common, **section.take_all(*_NUMBER_KEYS), "type": kind}
    given = section.take("distribution")
    buckets, place = section.take("buckets"), section.place("buckets")
    if isinstance(given, Mapping) and set(given) == {"buckets"}:
        buckets, place = given["buckets"], (*section.place("distribution"), "buckets")
    elif given != "buckets":
        fields["distribution"] = read_distribution(section)
        if buckets is not None and (given is not None or fields["distribution"] is not None):
            section.problems.fault(
                place, "a distribution is declared too", "declare one of the two"
            )
    if buckets is not None:
        fields["buckets"] = _read_buckets(section.problems, place, buckets)
        fields["distribution"] = None
    elif fields.get("distribution") is None and not any(map(section.has, _DECLARES)):
        fields["distribution"] = _uniform(section)
    section.close()
    _check_number(section, fields)
    return section.build(NumberColumn, fields)


_NUMBER_KEYS = ("min", "max", "decimals", "fixed_decimals", "bounds")
_DECLARES = ("distribution", "mean", "std", "mu", "sigma")


def _uniform(section: Section) -> Distribution:
    if not (section.has("min") and section.has("max")):
        section.fault(
            "does not say how its numbers are distributed",
            "give `min` and `max`, `mean` and `std`, a `distribution` or `buckets`",
        )
    return Uniform()


def _check_number(section: Section, fields: Fields) -> None:
    distribution = fields.get("distribution")
    check_order(section, fields.get("min"), fields.get("max"))
    if fields["type"] == "int" and fields.get("decimals"):
        section.fault("whole numbers have no decimals", "write `type: float`", "decimals")
    check_fixed_decimals(section, fields)
    if isinstance(distribution, Uniform) and section.has("distribution"):
        for key in ("min", "max"):
            if not section.has(key) and getattr(distribution, key) is None:
                section.fault(f"a uniform distribution needs `{key}`", None, key)


def check_fixed_decimals(section: Section, fields: Fields) -> None:
    if fields.get("fixed_decimals") is True and fields.get("decimals") is None:
        hint = "write `decimals: 2` beside it"
        section.fault("does not say how many `decimals`", hint, "fixed_decimals")


def check_order(section: Section, low: Any, high: Any) -> None:
    """`min` is not above `max`."""
    numbers = all(isinstance(bound, int | float) for bound in (low, high))
    if numbers and low > high:
        section.fault(f"min {low:.12g} is above max {high:.12g}", "swap the two", "min")


def _read_buckets(problems: Problems, path: Path, value: Any) -> tuple[Bucket, ...]:
    """One mapping, or a list of them."""
    items = list(enumerate(value)) if isinstance(value, list) else [(None, value)]
    if not items:
        problems.fault(path, "no bucket is given", "at least one `{mean: …, std: …}`")
    sections = [
        Section.of(problems, path if i is None else (*path, i), item, "a mapping with mean and std")
        for i, item in items
    ]
    given = [(item.place("proportion"), item.take("proportion")) for item in sections]
    shares = resolve_proportions(problems, path, given)
    buckets = map(_read_bucket, sections, shares)
    return tuple(bucket for bucket in buckets if bucket is not None)


def _read_bucket(section: Section, share: float) -> Bucket | None:
    fields = {
        "mean": section.take("mean", "mu", "loc"),
        "std": section.take("std", "sigma", "scale"),
        "proportion": share,
        **read_effect(section),
        "effects": read_effects(section),
    }
    section.close()
    return section.build(Bucket, {key: value for key, value in fields.items() if value is not None})


def read_category(section: Section, common: Fields, kind: str) -> CategoryColumn | None:
    """`cats` as a mapping, or as a list of names or mappings."""
    common = {**common, **section.take_all("max_length")}
    value = section.take("cats")
    all_known = section.close()
    if value is None:
        # An unknown key beside is most likely `cats` under another name, and has its fault.
        if all_known:
            section.fault("no categories are given", "for instance `cats: [yes, no]`", "cats")
        return None
    entries = named_entries(section.problems, section.place("cats"), value, "categories")
    cats = _read_cats(section.problems, section.place("cats"), entries)
    fields = {**common, "type": kind, "cats": cats, "kind": _kind_of(entries)}
    return section.build(CategoryColumn, fields)


def _kind_of(entries: Sequence[Entry]) -> LabelKind:
    """What the labels are. Texts in a list are texts, dates aside, which have no other form."""
    kind = label_kind([entry.name for entry in entries])
    quoted_ones = any(entry.is_text for entry in entries)
    return "text" if quoted_ones and kind != "date" else kind


def _read_cats(problems: Problems, path: Path, entries: Sequence[Entry]) -> tuple[Category, ...]:
    if not entries:
        problems.fault(path, "no categories are given", "for instance `cats: [yes, no]`")
    sections = [_cat_section(problems, entry) for entry in entries]
    given = [(section.place("proportion"), section.take("proportion")) for section in sections]
    shares = resolve_proportions(problems, path, given)
    cats = map(_read_cat, sections, entries, shares)
    return tuple(cat for cat in cats if cat is not None)


def _cat_section(problems: Problems, entry: Entry) -> Section:
    """A number alone is the proportion: `cats: {Gold: 0.3}`."""
    if isinstance(entry.body, int | float) and not isinstance(entry.body, bool):
        places = {"proportion": entry.place}
        return Section(problems, entry.place, {"proportion": entry.body}, places)
    body = {} if entry.body is None else entry.body
    return Section.of(problems, entry.place, body, "a mapping or a proportion")


def _read_cat(section: Section, entry: Entry, share: float) -> Category | None:
    fields = {
        "label": entry.name,
        "proportion": share,
        **read_effect(section),
        "effects": read_effects(section),
    }
    section.close()
    return section.build(Category, fields)


def read_bool(section: Section, common: Fields, kind: str) -> BoolColumn | None:
    fields = {**common, "type": kind, **section.take_all("proportion")}
    section.close()
    return section.build(BoolColumn, fields)


def read_moment(section: Section, common: Fields, kind: str) -> MomentColumn | None:
    """`date`, `datetime` or `time` between two ends, or after and before other columns."""
    fields = {**common, "type": kind, **section.take_all("after", "before", "format")}
    ends = {"start": ("start_date", "start_time"), "end": ("end_date", "end_time")}
    for key, spellings in ends.items():
        value = section.take(key, *spellings)
        if isinstance(value, str):
            fields[key] = value
        elif value is not None:
            message = f"a {kind} as a text is wanted, not {shown(value)}"
            section.problems.fault(section.place(key), message, "for instance `2024-12-31`")
    check_moments(section, kind, fields)
    check_pattern(section, kind, fields.get("format"))
    fields["within"] = read_within(section)
    fields["distribution"] = read_distribution(section)
    section.close()
    check_following(section, kind, fields)
    return section.build(MomentColumn, fields)


def read_formula(section: Section, common: Fields, kind: str) -> FormulaColumn | None:
    keys = ("decimals", "fixed_decimals", "max_length")
    fields = {**common, "type": kind, **section.take_all(*keys)}
    expression = section.text("expr")
    if expression is not None:
        fields["expr"] = expression
    section.close()
    check_fixed_decimals(section, fields)
    return section.build(FormulaColumn, fields)
