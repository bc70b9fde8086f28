"""Random definitions of columns with any keys beside one another, and what must hold in their rows.

The rule: every key of a column holds in the data together with every other key and with those of
every other column, or the definition is refused. What holds is looked at twice: by the facts that
the engine measures, and here, from the document alone.
"""

from __future__ import annotations

import datetime as dt
import tempfile
from collections import Counter
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from hypothesis import strategies as st

from app.engine.errors import DefinitionError
from app.engine.plan.compiler import compile_plan
from app.engine.schema.load import load_definition
from tests.engine.evaluation.measuring import unmet
from tests.engine.planning import drawn

Document = dict[str, Any]
Row = dict[str, Any]

ROWS = 1_200  # from 1,000 on distributions are promised
SLACK = 1e-9

_SHARES = st.sampled_from([0.05, 0.1, 0.3, 0.37, 0.5])
_LAWS: dict[str, list[Document]] = {
    "int": [
        {"min": 0, "max": 50},
        {"min": -3, "max": 5000},
        {"mean": 20, "std": 6},
        {"mean": 20, "std": 6, "min": 10, "max": 40},
        {"mean": 5, "std": 6, "min": 0, "bounds": "truncate"},
        {"distribution": {"poisson": {"mean": 4}}},
        {"distribution": {"empirical": {"values": [1, 2, 7], "weights": [1, 2, 1]}}},
        {"buckets": [{"mean": 10, "std": 2, "proportion": 0.4}, {"mean": 90, "std": 9}]},
    ],
    "float": [
        {"min": 0, "max": 1},
        {"min": -5, "max": 5, "decimals": 1},
        {"mean": 0, "std": 1},
        {"mean": 100, "std": 30, "min": 90, "decimals": 2},
        {"distribution": {"gamma": {"a": 2, "scale": 3}}},
        {"distribution": {"lognormal": {"mean": 1, "std": 0.5}}, "max": 12},
        {"distribution": {"empirical": {"values": [0.5, 2, 8]}}},
        {"buckets": [{"mean": 0, "std": 1, "proportion": 0.5}, {"mean": 9, "std": 1}]},
    ],
}
_PLACES: list[Document] = [
    {},
    {},
    {"distribution": {"beta": {"a": 2, "b": 5}}},
    {"distribution": {"exponential": {"scale": 0.1}}},
    {"distribution": {"empirical": {"values": [0, 0.5, 1], "weights": [1, 2, 1]}}},
]
_DURATIONS: list[Document] = [
    {"days": {"gamma": {"a": 2, "scale": 3}}},
    {"days": {"uniform": {"min": 1, "max": 9}}},
    {"days": {"poisson": {"mean": 8}}, "max": 20},
    {"days": {"lognormal": {"mean": 1, "std": 0.6}}, "min": 2, "max": 40},
    {"months": {"uniform": {"min": 1, "max": 5}}},
    {"hours": {"gamma": {"a": 2, "scale": 5}}},
]
_ORDERED = {"int", "float", "bool", "date", "datetime", "time"}
_LABELS: list[Any] = [
    ["a", "b", "c"],
    {"x": 0.2, "y": 0.8},
    [1, 2, 3],
    {"1": 0.25, "2": 0.75},
    [0.5, 1.5],
    ["2024-01-01", "2024-02-01"],
    {"true": 0.1, "false": 0.9},
]
_PROVIDERS = ["name", "email", "ipv4", "ssn", "country", "company", "date_this_year", "random_int"]
_IDS: list[Document] = [
    {"format": "uuid"},
    {"format": "sequence"},
    {"format": "sequence", "prefix": "C", "width": 6},
    {"format": "ean13"},
    {"pattern": "##-???"},
    {"format": "mac_address"},
]


_PARTS: list[Document] = [
    *({"type": "person", "part": part} for part in ("sex", "first_name", "name", "email")),
    *({"type": "place", "part": part, "locale": "it_IT"} for part in ("city", "postcode")),
]


@st.composite
def _common(draw: st.DrawFn) -> Document:
    found: Document = {}
    if draw(st.integers(0, 2)) == 0:
        found["missing"] = draw(_SHARES)
    if draw(st.integers(0, 7)) == 0:
        found["unique"] = True
    if draw(st.integers(0, 9)) == 0:
        found["hidden"] = True
    return found


@st.composite
def _moments(draw: st.DrawFn, earlier: list[tuple[str, str]]) -> Document:
    """A column of moments, often one that follows one of the `earlier` ones (name and type)."""
    kind = draw(st.sampled_from(["date", "date", "datetime", "time"]))
    column: Document = {"type": kind, **draw(st.sampled_from(_PLACES))}
    ends = ("start_time", "end_time") if kind == "time" else ("start_date", "end_date")
    texts = [("05:00", "19:30"), ("22:00", "06:00")] if kind == "time" else [
        ("2024-01-01", "2024-12-31"), ("2024-01-01", "2024-01-11"), ("2025-06-01", "2027-12-31"),
    ]  # fmt: skip
    known = [name for name, other in earlier if (other == "time") == (kind == "time")]
    for end, text in zip(ends, draw(st.sampled_from(texts)), strict=True):
        if not known or draw(st.booleans()):
            column[end] = text
    if known and draw(st.integers(0, 3)):
        column[draw(st.sampled_from(["after", "after", "before"]))] = draw(st.sampled_from(known))
        if draw(st.integers(0, 3)) == 0:
            column.setdefault("before", draw(st.sampled_from(known)))
        if draw(st.booleans()):
            column["within"] = draw(st.sampled_from(_DURATIONS))
            column.pop("distribution", None)
            for end in ends:
                if draw(st.booleans()):
                    column.pop(end, None)
    return column


@st.composite
def _column(draw: st.DrawFn, earlier: list[tuple[str, str]]) -> Document:
    kind = draw(
        st.sampled_from(
            [
                *("int", "float", "category", "category", "bool", "moment", "moment"),
                *("id", "provider", "joint"),
            ]
        )
    )
    common = draw(_common())
    if kind in _LAWS:
        return {"type": kind, **draw(st.sampled_from(_LAWS[kind])), **common}
    if kind == "category":
        return {"type": kind, "cats": draw(st.sampled_from(_LABELS)), **common}
    if kind == "bool":
        return {"type": kind, "proportion": draw(_SHARES), **common}
    if kind == "moment":
        return {**draw(_moments(earlier)), **common}
    others = {
        "id": [{"type": "id", **each} for each in _IDS],
        "provider": [{"type": each} for each in _PROVIDERS],
        "joint": _PARTS,
    }
    return {**draw(st.sampled_from(others[kind])), **common}


@st.composite
def definitions(draw: st.DrawFn) -> Document:
    """A table of two to five columns, and what is said of them together."""
    features: Document = {}
    for number in range(draw(st.integers(2, 5))):
        moments = [
            (name, each["type"])
            for name, each in features.items()
            if each["type"] in {"date", "datetime", "time"}
        ]
        features[f"c{number}"] = draw(_column(moments))
    document: Document = {
        "n_samples": ROWS,
        "seed": draw(st.integers(0, 2**32)),
        "today": "2024-11-20",
        "features": features,
    }
    ordered = [name for name, each in features.items() if each["type"] in _ORDERED] or list(
        features
    )
    names = sorted(ordered) if len(ordered) > 1 else sorted(features)
    pair = st.lists(st.sampled_from(names), min_size=2, max_size=2, unique=True)
    if draw(st.integers(0, 2)) == 0:
        method = draw(st.sampled_from(["pearson", "spearman"]))
        r = draw(st.sampled_from([-0.5, 0.3, 0.6]))
        document["correlations"] = [{"between": draw(pair), "r": r, "method": method}]
    labelled = [name for name, each in features.items() if each["type"] in {"category", "bool"}]
    if len(labelled) > 1 and draw(st.booleans()):
        between = draw(st.lists(st.sampled_from(labelled), min_size=2, max_size=2, unique=True))
        how = draw(_associations(*(features[name] for name in between)))
        document["associations"] = [{"between": between, **how}]
    alike = [pair for pair in combinations(features, 2) if _comparable(*map(features.get, pair))]
    if alike and draw(st.integers(0, 3)) == 0:
        document["constraints"] = [" <= ".join(draw(st.sampled_from(alike)))]
    if draw(st.integers(0, 4)) == 0:
        document["target"] = {"y": {"type": "bool", "proportion": draw(_SHARES)}}
        for column in features.values():
            if column["type"] in _LAWS and "buckets" not in column and draw(st.booleans()):
                column |= {"correlation": "positive", "strength": draw(st.sampled_from([0.1, 0.3]))}
    return document


@st.composite
def _associations(draw: st.DrawFn, first: Document, second: Document) -> Document:
    """Cramér's V, or shares that make the second column's own proportions."""
    if draw(st.booleans()):
        return {"cramers_v": draw(st.sampled_from([0.0, 0.15, 0.4, 0.8]))}
    (a, p), (b, q) = map(_proportions, (first, second))
    # Half of the way from independent labels to those that are paired in their order.
    ends = [np.concatenate([[0.0], np.cumsum(each)]) for each in (p, q)]
    high = np.minimum(ends[0][1:, None], ends[1][None, 1:])
    joined = np.maximum(high - np.maximum(ends[0][:-1, None], ends[1][None, :-1]), 0.0)
    shares = (np.outer(p, q) + joined) / 2 / np.array(p)[:, None]
    rows = [dict(zip(b, map(float, row / row.sum()), strict=True)) for row in shares]
    return {"shares": dict(zip(a, rows, strict=True))}


def _proportions(column: Document) -> tuple[list[str], list[float]]:
    if column["type"] == "bool":
        return ["true", "false"], [column["proportion"], 1 - column["proportion"]]
    cats = column["cats"]
    even = {_written(label): 1 / len(cats) for label in cats} if isinstance(cats, list) else cats
    return list(even), list(even.values())


def _written(label: Any) -> str:
    return str(label).lower() if isinstance(label, bool) else str(label)


def _comparable(first: Document, second: Document) -> bool:
    """Whether two columns have an order between them."""
    kinds = [{"int", "float"}, {"date", "datetime"}, {"time"}]
    return any({first["type"], second["type"]} <= kind for kind in kinds)


def broken(document: Document) -> list[str] | None:
    """What does not hold in the rows of a definition; None where it is refused."""
    try:
        plan = compile_plan(load_definition(document).definition)
    except DefinitionError:
        return None
    planned = plan.tables[0]
    made = planned.source.everything(0, planned.layout)  # type: ignore[attr-defined]
    hidden = {name for name, each in document["features"].items() if each.get("hidden")}
    table = pa.table({name: made[name] for name in planned.readable})
    with tempfile.TemporaryDirectory() as folder:
        found = unmet(plan, Path(folder))
    if hidden & set(drawn(plan).schema.names):
        found.append(f"one of {sorted(hidden)} is written")
    columns = {**document["features"], **document.get("target", {})}
    for name, column in columns.items():
        found += [f"{name}: {what}" for what in _column_broken(name, column, table)]
    return found + list(_together_broken(document, table))


def _column_broken(name: str, column: Document, table: pa.Table) -> Iterator[str]:
    values = table[name].to_pylist()
    present = [value for value in values if value is not None]
    missing = ROWS * column.get("missing", 0.0)
    if abs(len(values) - len(present) - missing) >= 1 - SLACK:
        yield f"{len(values) - len(present)} nulls, {missing:g} declared"
    if (column.get("unique") or column["type"] == "id") and len(set(present)) < len(present):
        yield "a value stands twice"
    for key, beyond in (("min", min), ("max", max)):
        if present and column["type"] in _LAWS and key in column:
            end = beyond(*present, column[key])
            if end != column[key]:
                yield f"{end} is beyond {key} {column[key]}"
    if column["type"] == "bool":
        yield from _shares_broken(
            {True: column["proportion"], False: 1 - column["proportion"]}, present
        )
    if column["type"] == "category":
        cats = column["cats"]
        even = {label: 1 / len(cats) for label in cats} if isinstance(cats, list) else cats
        yield from _shares_broken(
            {str(label): share for label, share in even.items()},
            [str(value).lower() if isinstance(value, bool) else str(value) for value in present],
        )
    if column["type"] in {"date", "datetime", "time"}:
        yield from _moments_broken(name, column, table)


def _shares_broken(shares: dict[Any, float], present: list[Any]) -> Iterator[str]:
    counts = Counter(present)
    for label, share in shares.items():
        if abs(counts.pop(label, 0) - share * len(present)) >= 1 - SLACK:
            yield f"the share of {label} is not {share}"
    if counts:
        yield f"undeclared labels {sorted(map(str, counts))}"


def _moments_broken(name: str, column: Document, table: pa.Table) -> Iterator[str]:
    own = [_moment(value) for value in table[name].to_pylist()]
    for keys, sign in ((("start_date", "start_time"), 1), (("end_date", "end_time"), -1)):
        text = next((column[key] for key in keys if key in column), None)
        if text is None or column.get("start_time", "") > column.get("end_time", "~"):
            continue
        end = _moment_of_text(text, is_end=sign < 0)
        if any(value is not None and sign * (value - end) < dt.timedelta() for value in own):
            yield f"a moment beyond {text}"
    if column.get("start_time", "") > column.get("end_time", "~"):
        clock = [value.strftime("%H:%M:%S") for value in own if value is not None]
        if any(column["end_time"] + ":00" < each < column["start_time"] for each in clock):
            yield "a time between the end and the start"
    for key, sign in (("after", 1), ("before", -1)):
        if key in column:
            others = [_moment(value) for value in table[column[key]].to_pylist()]
            gaps = [sign * (a - b) for a, b in zip(own, others, strict=True) if a and b]
            if any(gap <= dt.timedelta() for gap in gaps):
                yield f"a moment that is not {key} {column[key]}"
            if "days" in column.get("within", {}):
                yield from _durations_broken(column["within"], gaps)


def _durations_broken(within: Document, gaps: list[dt.timedelta]) -> Iterator[str]:
    days = [gap / dt.timedelta(days=1) for gap in gaps]
    least, most = within.get("min", 0), within.get("max", 10**6)
    if days and not (least - 1 < min(days) and max(days) < most + 1):
        yield f"durations from {min(days)} to {max(days)} days"


def _moment(value: Any) -> dt.datetime | None:
    if isinstance(value, dt.datetime) or value is None:
        return value
    if isinstance(value, dt.time):
        return dt.datetime.combine(dt.date(2000, 1, 1), value)
    return dt.datetime.combine(value, dt.time())


def _moment_of_text(text: str, *, is_end: bool) -> dt.datetime:
    if ":" in text:
        return dt.datetime.combine(dt.date(2000, 1, 1), dt.time.fromisoformat(text))
    return dt.datetime.fromisoformat(text) + is_end * dt.timedelta(hours=23, minutes=59, seconds=59)


def _association_broken(association: Document, table: pa.Table) -> Iterator[str]:
    """Shares, counted anew; where neither label is null."""
    pairs = Counter(
        (_written(a), _written(b))
        for a, b in zip(*(table[name].to_pylist() for name in association["between"]), strict=True)
        if a is not None and b is not None
    )
    for label, shares in association.get("shares", {}).items():
        rows = sum(count for (a, _), count in pairs.items() if a == label)
        for other, share in shares.items():
            if abs(pairs[label, other] - share * rows) >= 2 + SLACK:
                yield f"{pairs[label, other]} of {rows} rows of {label} are {other}: {share}"


def _together_broken(document: Document, table: pa.Table) -> Iterator[str]:
    for association in document.get("associations", ()):
        yield from _association_broken(association, table)
    for constraint in document.get("constraints", ()):
        low, high = (table[name].to_pylist() for name in constraint.split(" <= "))
        pairs = [(a, b) for a, b in zip(low, high, strict=True) if a is not None and b is not None]
        if any(_ordered(a) > _ordered(b) for a, b in pairs):
            yield f"a row breaks {constraint}"
    for correlation in document.get("correlations", ()):
        x, y = (_numbers(table[name]) for name in correlation["between"])
        known = ~(np.isnan(x) | np.isnan(y))
        x, y = x[known], y[known]
        if correlation["method"] == "spearman":
            x, y = _ranks(x), _ranks(y)
        seen = float(np.corrcoef(x, y)[0, 1])
        if abs(seen - correlation["r"]) > 4 / np.sqrt(len(x)):
            yield f"{correlation}: {seen:.3f}"


def _ordered(value: Any) -> Any:
    return _moment(value) if isinstance(value, dt.date) else value


def _numbers(column: pa.ChunkedArray) -> np.ndarray:
    values = [
        np.nan
        if value is None
        else (_moment(value) - dt.datetime(1970, 1, 1)).total_seconds()
        if isinstance(value, dt.date | dt.time)
        else float(value)
        for value in column.to_pylist()
    ]
    return np.array(values)


def _ranks(values: np.ndarray) -> np.ndarray:
    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts - 1) / 2)[places]
