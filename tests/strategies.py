"""Hypothesis strategies for whole definitions, as documents.

Every document loads, and can be generated with few rows: unique columns have room, formulas read
numbers, moments lie in range. With `effects` a target depends on inputs.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from hypothesis import strategies as st

Document = dict[str, Any]

_PROVIDERS = [
    "name",
    "first_name",
    "last_name",
    "city",
    "country",
    "email",
    "phone",
    "company",
    "job",
]
_LOCALES = ["en_US", "de_DE", "fr_FR", "ja_JP"]

names = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Zl", "Zp")),
    min_size=1,
    max_size=12,
).filter(lambda name: name.strip() == name and "`" not in name)
labels = names
finite = st.integers(-50_000, 50_000).map(lambda n: n / 100)
positive = st.integers(1, 2_000).map(lambda n: n / 100)
shares = st.integers(0, 100).map(lambda n: n / 100)


def _distributions() -> st.SearchStrategy[Document]:
    probability = st.integers(5, 95).map(lambda n: n / 100)
    shape = st.integers(50, 500).map(lambda n: n / 100)
    families = {
        "normal": {"mean": finite, "std": positive},
        "lognormal": {
            "mean": st.integers(0, 5).map(float),
            "std": st.sampled_from([0.1, 0.5, 1.0]),
        },
        "exponential": {"scale": positive},
        "gamma": {"a": shape, "scale": positive},
        "beta": {"a": shape, "b": shape},
        "poisson": {"mean": positive},
        "binomial": {"n": st.integers(1, 60), "p": probability},
        "geometric": {"p": probability},
        "zipf": {"a": st.sampled_from([2.0, 2.5, 4.0])},
        "triangular": {"c": probability, "loc": finite, "scale": positive},
        "weibull": {"c": shape, "scale": positive},
        "pareto": {"b": st.sampled_from([1.5, 3.0]), "scale": positive},
        "student_t": {"df": st.integers(3, 30)},
        "constant": {"value": finite},
        "empirical": {"values": st.lists(finite, min_size=1, max_size=6)},
    }
    return st.one_of(
        *(
            st.fixed_dictionaries(parameters).map(lambda body, family=family: {family: body})
            for family, parameters in families.items()
        )
    )


distributions = _distributions()


@st.composite
def proportions(draw: st.DrawFn, size: int) -> list[float | None]:
    """Proportions of `size` things: exact hundredths, or some left out."""
    cuts = sorted(draw(st.lists(st.integers(0, 100), min_size=size - 1, max_size=size - 1)))
    parts = [high - low for low, high in zip([0, *cuts], [*cuts, 100], strict=True)]
    given_all = draw(st.booleans())
    return [part / 100 if given_all or draw(st.booleans()) else None for part in parts]


@st.composite
def effects(draw: st.DrawFn) -> Document:
    """`correlation` and `strength`, or nothing."""
    if not draw(st.booleans()):
        return {}
    direction = draw(st.sampled_from(["positive", "negative"]))
    return {"correlation": direction, "strength": draw(st.sampled_from(["low", "medium", "high"]))}


def _given(**keys: Any) -> Document:
    return {key: value for key, value in keys.items() if value is not None}


@st.composite
def buckets(draw: st.DrawFn, with_effects: bool) -> Any:
    size = draw(st.integers(1, 3))
    found = [
        {
            **_given(mean=draw(finite), std=draw(positive), proportion=share),
            **(draw(effects()) if with_effects else {}),
        }
        for share in draw(proportions(size))
    ]
    return found[0] if size == 1 and draw(st.booleans()) else found


@st.composite
def numbers(draw: st.DrawFn, with_effects: bool = False) -> Document:
    column: Document = {"type": draw(st.sampled_from(["int", "integer", "float", "number"]))}
    if column["type"] in ("float", "number") and draw(st.booleans()):
        column["decimals"] = draw(st.integers(0, 4))
    form = draw(st.sampled_from(["uniform", "distribution", "beside", "buckets"]))
    if form == "uniform":
        low = draw(st.integers(-1000, 1000))
        return column | {"min": low, "max": low + draw(st.integers(1, 1000))}
    if draw(st.booleans()):
        column |= {"min": draw(st.integers(-1000, 0)), "max": draw(st.integers(1, 1000))}
    if form == "distribution":
        return column | {"distribution": draw(distributions)}
    if form == "beside":
        return column | {"mean": draw(finite), "std": draw(positive)}
    return column | {"buckets": draw(buckets(with_effects))}


@st.composite
def cats(draw: st.DrawFn, with_effects: bool = False, fewest: int = 1) -> Any:
    found = draw(st.lists(labels, min_size=fewest, max_size=5, unique=True))
    bodies = {
        label: {**_given(proportion=share), **(draw(effects()) if with_effects else {})}
        for label, share in zip(found, draw(proportions(len(found))), strict=True)
    }
    form = draw(st.sampled_from(["mapping", "mappings", "siblings"]))
    if form == "mapping":
        return {label: body or None for label, body in bodies.items()}
    if form == "mappings":
        return [{label: body} for label, body in bodies.items()]
    return [{label: None, **body} for label, body in bodies.items() if label not in body]


@st.composite
def categories(draw: st.DrawFn, with_effects: bool = False) -> Document:
    kind = draw(st.sampled_from(["category", "categorical"]))
    return {"type": kind, "cats": draw(cats(with_effects))}


@st.composite
def booleans(draw: st.DrawFn) -> Document:
    return {"type": draw(st.sampled_from(["bool", "boolean"])), "proportion": draw(shares)}


@st.composite
def moments(draw: st.DrawFn) -> Document:
    kind = draw(st.sampled_from(["date", "datetime", "time"]))
    if kind == "time":
        first, last = sorted(draw(st.tuples(st.times(), st.times())))
        texts = [each.replace(microsecond=0).isoformat() for each in (first, last)]
    else:
        days = st.dates(dt.date(1950, 1, 1), dt.date(2050, 1, 1))
        texts = [each.isoformat() for each in sorted(draw(st.tuples(days, days)))]
    return {"type": kind, "start_date": texts[0], "end_date": texts[1]}


@st.composite
def ids(draw: st.DrawFn) -> Document:
    forms: list[Document] = [
        {"format": "uuid"},
        {"format": "sequence", "start": 5, "prefix": "C-", "width": 8},
        {"format": "bban"},
        {"format": "ean13"},
        {"pattern": "ID-######-??"},
        {"format": {"pattern": "########"}},
    ]
    return {"type": "id", **draw(st.sampled_from(forms))}


@st.composite
def provided(draw: st.DrawFn) -> Document:
    column: Document = {"type": draw(st.sampled_from(_PROVIDERS))}
    if draw(st.booleans()):
        column["locale"] = draw(st.sampled_from(_LOCALES))
    return column


@st.composite
def columns(draw: st.DrawFn, with_effects: bool = False) -> Document:
    """A column of any type but formula."""
    column = draw(
        st.one_of(
            numbers(with_effects),
            categories(with_effects),
            booleans(),
            moments(),
            ids(),
            provided(),
        )
    )
    if column["type"] != "id" and draw(st.integers(0, 3)) == 0:
        column["missing"] = draw(shares)
    return column


@st.composite
def unique_columns(draw: st.DrawFn) -> Document:
    """A column with room for some hundred different values."""
    wide: list[Document] = [
        {"type": "int", "min": 0, "max": 1_000_000},
        {"type": "date", "start_date": "1900-01-01", "end_date": "2020-12-31"},
    ]
    return {**draw(st.sampled_from(wide)), "unique": True}


@st.composite
def targets(draw: st.DrawFn) -> Document:
    kind = draw(st.sampled_from(["category", "bool", "float"]))
    if kind == "category":
        share = draw(st.integers(10, 90)) / 100
        found = draw(st.lists(labels, min_size=2, max_size=2, unique=True))
        body = {found[0]: {"proportion": share}, found[1]: None}
        return {"type": kind, "cats": body, "positive": draw(st.sampled_from(found))}
    if kind == "bool":
        return {"type": kind, "proportion": draw(st.integers(10, 90)) / 100}
    return {"type": kind, "mean": draw(finite), "std": draw(positive)}


@st.composite
def documents(
    draw: st.DrawFn,
    *,
    with_target: bool | None = None,
    with_effects: bool = False,
    max_columns: int = 6,
    max_rows: int = 200,
) -> Document:
    """A definition of one table.

    Args:
        with_target: whether there is a target; None leaves it open.
        with_effects: whether inputs have effects on it; a target is then always there.
        max_columns: most features.
        max_rows: most rows.
    """
    wants_target = with_effects or (draw(st.booleans()) if with_target is None else with_target)
    found = draw(st.lists(names, min_size=2, max_size=max_columns + 1, unique=True))
    features = {name: draw(columns(with_effects)) for name in found[1:]}
    if draw(st.booleans()):
        features["serial"] = draw(unique_columns())
    if draw(st.booleans()):
        features |= {"qty": {"type": "int", "min": 1, "max": 9}}
        features |= {"twice": {"type": "formula", "expr": "qty * 2"}}
    document: Document = {
        "name": "random",
        "n_samples": draw(st.integers(0, max_rows)),
        "seed": draw(st.integers(0, 2**48 - 1)),
    }
    body: Document = {"features": features}
    if wants_target and found[0] not in features:
        body["target"] = {found[0]: draw(targets())}
    return document | ({"schema": body} if draw(st.booleans()) else body)
