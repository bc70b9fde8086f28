"""Random additions to a learned table, and what must hold in its rows.

Whatever a definition declares of learned columns and beside them holds exactly, or the definition
is refused. What holds is looked at twice: by the facts that the engine measures, and here, from
the document alone.
"""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from hypothesis import strategies as st

from app.engine.errors import DefinitionError
from tests.engine.evaluation.measuring import unmet
from tests.engine.learned_tables import VISITS, plan_from_visits, visits_model
from tests.engine.planning import drawn

Document = dict[str, Any]

ROWS = 5_000  # from here on correlations are promised within 0.02
TOLERANCE = 0.02

_OVERRIDES: dict[str, list[Document]] = {
    "region": [
        {"cats": {"west": 0.3}},
        {"cats": {"north": 0.1, "south": 0.6}},
        {"cats": {"west": 0.3}, "missing": 0},
        {"missing": 0.4},
        {"cats": {"north": 0.25, "south": 0.25, "east": 0.25, "west": 0.25}},
    ],
    "visits": [{"max": 4}, {"min": 2}, {"cats": {"1": 0.5}}, {"cats": {"6": 0.01}}],
    "spent": [{"min": 50}, {"max": 200}, {"min": 560}, {"missing": 0.1}],
    "score": [{"missing": 0}, {"missing": 0.5}, {"max": 9}],
    "first": [{"start_date": "2023-03-01"}, {"end_date": "2023-09-30"}],
    "again": [{"cats": {"Yes": 0.2}}, {"cats": {"Yes": 0.75}}],
}
_ADDED: dict[str, Document] = {
    "bonus": {"type": "float", "min": 0, "max": 8, "decimals": 2},
    "rank": {"type": "int", "mean": 20, "std": 6},
    "plan": {"type": "category", "cats": {"a": 0.2, "b": 0.8}},
    "returned": {"type": "date", "after": "first", "end_date": "2025-06-30"},
    "each": {"type": "formula", "expr": "spent / visits"},
    "total": {"type": "formula", "expr": "spent + bonus"},
    "code": {"type": "id", "format": "sequence"},
    "email": {"type": "email"},
}
_CONSTRAINTS = [
    "spent >= 20 * visits",
    "each <= 60",
    "bonus <= spent",
    "rank >= 3 * visits",
    "region is null or region != 'west' or spent < 200",
    "last > first",
    "total >= 30",
    "score is null or score > visits",
]
_PAIRS = [["bonus", "spent"], ["rank", "visits"], ["rank", "score"], ["bonus", "rank"]]
_EFFECTS: list[Document] = [
    {"spent": {"correlation": "positive", "strength": 0.3}},
    {"visits": {"correlation": "negative", "strength": "high"}},
    {"region": {"cats": {"north": {"correlation": "positive", "strength": 0.2}}}},
    {"score": {"correlation": "positive", "strength": "low"}, "rank": {"correlation": "negative"}},
]
_TARGETS: list[Document] = [
    {"y": {"type": "bool", "proportion": 0.3}},
    {"y": {"type": "category", "cats": {"lo": 0.5, "mid": 0.3, "hi": 0.2}, "positive": "hi"}},
    {"again": {"cats": {"Yes": 0.3}, "positive": "Yes"}},
    {"again": {"cats": {"Yes": 0.5}, "positive": "Yes", "auc": 0.7}},
    {"again": {"positive": "Yes", "auc": 0.9}},
    {"region": {"cats": {"west": 0.2}, "positive": "west"}},
]


@st.composite
def definitions(draw: st.DrawFn) -> Document:
    """A learned table to which something is declared."""
    features: Document = {}
    for name in draw(st.lists(st.sampled_from(sorted(_OVERRIDES)), max_size=3, unique=True)):
        features[name] = draw(st.sampled_from(_OVERRIDES[name]))
    added = draw(st.lists(st.sampled_from(sorted(_ADDED)), max_size=4, unique=True))
    added += ["bonus"] if "total" in added and "bonus" not in added else []
    features |= {name: dict(_ADDED[name]) for name in added}
    known = {*added, *visits_model().order}
    document: Document = {"from": VISITS, "n_samples": ROWS, "seed": draw(st.integers(0, 2**32))}
    pairs = [pair for pair in _PAIRS if known.issuperset(pair)]
    if pairs and draw(st.booleans()):
        r = draw(st.sampled_from([-0.4, 0.3, 0.6]))
        document["correlations"] = [{"between": draw(st.sampled_from(pairs)), "r": r}]
    readable = [each for each in _CONSTRAINTS if known.issuperset(_words(each))]
    if draw(st.integers(0, 2)) == 0:
        document["constraints"] = [draw(st.sampled_from(readable))]
    if draw(st.integers(0, 2)) == 0:
        _add_target(draw, document, features, known)
    return {**document, "features": features}


def _words(constraint: str) -> set[str]:
    named = {*_ADDED, *visits_model().order}
    return {word for word in constraint.split() if word in named}


def _add_target(draw: st.DrawFn, document: Document, features: Document, known: set[str]) -> None:
    document["target"] = draw(st.sampled_from(_TARGETS))
    (name,) = document["target"]
    features.pop(name, None)
    if draw(st.booleans()):
        return
    for column, effect in draw(st.sampled_from(_EFFECTS)).items():
        if column in known and column != name:
            own = features.setdefault(column, {})
            if "cats" not in own:
                own |= effect


def broken(document: Document) -> list[str] | None:
    """What does not hold in the rows of a definition; None where it is refused."""
    try:
        plan = plan_from_visits(document)
    except DefinitionError:
        return None
    table = drawn(plan)
    with tempfile.TemporaryDirectory() as folder:
        found = unmet(plan, Path(folder))
    if table.num_rows != ROWS:
        found.append(f"{table.num_rows} rows")
    for name, column in {**document["features"], **document.get("target", {})}.items():
        found += [f"{name}: {what}" for what in _column_broken(name, column, table)]
    return found + list(_together_broken(document, table))


def _column_broken(name: str, column: Document, table: pa.Table) -> Iterator[str]:
    values = table[name].to_pylist()
    present = [value for value in values if value is not None]
    if "missing" in column and len(present) != round(ROWS * (1 - column["missing"])):
        yield f"{len(present)} values, {column['missing']} missing"
    for label, share in _shares(column).items():
        count = sum(str(value) == label for value in present)
        if abs(count - share * len(present)) >= 1:
            yield f"{count} of {label}, {share} declared"
    if name in _OVERRIDES:
        yield from _bounds_broken(column, present)


def _shares(column: Document) -> dict[str, float]:
    cats = column.get("cats", {})
    return {label: share for label, share in cats.items() if isinstance(share, float)}


def _bounds_broken(column: Document, present: list[Any]) -> Iterator[str]:
    low = column.get("min", column.get("start_date"))
    high = column.get("max", column.get("end_date"))
    if isinstance(low, str):
        low = dt.date.fromisoformat(low)
    if isinstance(high, str):
        high = dt.date.fromisoformat(high)
    if (low is not None and min(present) < low) or (high is not None and max(present) > high):
        yield f"from {min(present)} to {max(present)}"


def _together_broken(document: Document, table: pa.Table) -> Iterator[str]:
    frame = table.to_pandas()
    for each in document.get("correlations", ()):
        seen = frame[each["between"]].corr().iloc[0, 1]
        if abs(seen - each["r"]) > TOLERANCE:
            yield f"{each}: {seen:.3f}"
    checks = {
        "spent >= 20 * visits": lambda: frame.spent >= 20 * frame.visits - 1e-9,
        "each <= 60": lambda: frame.spent / frame.visits <= 60 + 1e-9,
        "bonus <= spent": lambda: frame.bonus <= frame.spent,
        "rank >= 3 * visits": lambda: frame["rank"] >= 3 * frame.visits,
        "total >= 30": lambda: frame.spent + frame.bonus >= 30 - 1e-9,
    }
    for constraint in document.get("constraints", ()):
        if constraint in checks:
            columns = [frame[name] for name in _words(constraint) if name in frame]
            unknown = np.logical_or.reduce([column.isna() for column in columns])
            if not (checks[constraint]() | unknown).all():
                yield f"a row breaks {constraint}"
