"""Whether people are found in partly synthetic copies, beside plain loops over every pair."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from app.engine.errors import DefinitionError, SourceError
from app.engine.evaluation.privacy.match_risk import MatchRisk, match_risk
from tests.engine.evaluation.oracles import ORACLES

KEYS = ["kept", "label", "age"]


def table(rows: list[list[int]]) -> pa.Table:
    kept, label, age = zip(*rows, strict=True)
    return pa.table({"kept": kept, "label": [f"l{each}" for each in label], "age": age})


REAL = table(ORACLES["match_risk"]["real"])
COPIES = [table(each) for each in ORACLES["match_risk"]["copies"]]


@pytest.mark.parametrize(
    ("name", "copies", "within"),
    [("exact", 3, None), ("near", 3, {"age": 1}), ("one", 1, {"age": 2})],
)
def test_risks_are_those_of_plain_loops(name: str, copies: int, within: Any) -> None:
    wanted = ORACLES["match_risk"][name]
    found = match_risk(REAL, COPIES[:copies], KEYS, within)
    assert found.people == 30 and found.unique_matches == wanted["unique"]
    assert found.expected_match_risk == pytest.approx(wanted["expected"])
    assert found.true_match_rate == pytest.approx(wanted["true_rate"])
    assert found.false_match_rate == pytest.approx(wanted["false_rate"])


def test_whoever_is_alone_in_real_rows_is_found_in_them() -> None:
    real = pa.table({"a": [1, 2, 2, None], "b": ["x", "y", "y", "z"]})
    assert match_risk(real, [real], ["a", "b"]) == MatchRisk(4, 3.0, 0.5, 0.0, 2)
    coded = real.set_column(1, "b", real["b"].dictionary_encode())
    floats = coded.set_column(0, "a", coded["a"].cast(pa.float64()))
    assert match_risk(real, [floats], ["a", "b"]) == match_risk(real, [real], ["a", "b"])


def test_nobody_is_found_where_nothing_matches() -> None:
    real, made = pa.table({"a": [1, 2]}), pa.table({"a": [3, 4]})
    assert match_risk(real, [made], ["a"]) == MatchRisk(2, 0.0, 0.0, None, 0)


@pytest.mark.parametrize(
    ("asked", "path"),
    [
        ({"keys": []}, "keys"),
        ({"keys": ["nobody"]}, "keys"),
        ({"copies": []}, "copies"),
        ({"within": {"kept": -1}}, "within.kept"),
        ({"keys": ["kept"], "within": {"age": 1}}, "within.age"),
        ({"within": {"label": 1}}, "within.label"),
    ],
)
def test_what_cannot_be_looked_for_is_refused(asked: dict[str, Any], path: str) -> None:
    with pytest.raises(DefinitionError) as refused:
        match_risk(**{"real": REAL, "copies": COPIES, "keys": KEYS, **asked})
    assert path in {fault.path for fault in refused.value.faults}


def test_copies_have_the_rows_of_the_real_table() -> None:
    with pytest.raises(SourceError, match="29 rows and the real table 30"):
        match_risk(REAL, [COPIES[0].slice(1)], KEYS)
