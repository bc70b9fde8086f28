"""Learning a table with differential privacy from Python."""

from __future__ import annotations

import json
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import tablesmith as ts
from app.engine.privacy.statement import PrivacyStatement
from app.engine.seeds import NoiseKey
from app.engine.synthesizers.model_file.files import model_bytes
from app.engine.synthesizers.private.learning import learn_privately
from tablesmith._model import arrow_table

DOMAIN: dict[str, Any] = {
    "bounds": {"fee": [0, 50], "since": ["2024-01-01", "2024-12-31"]},
    "categories": {"plan": {"labels": ["basic", "pro"], "missing": False}},
}
ASKED = {"epsilon": 5, "algorithm": "mst", "unit": "who", "max_contributions": 2, **DOMAIN}


def frame(rows: int = 900) -> pd.DataFrame:
    rng = np.random.default_rng(5)
    plan = rng.choice(["basic", "pro"], rows)
    return pd.DataFrame(
        {
            "who": [f"p{number // 2}" for number in range(rows)],
            "plan": plan,
            "fee": np.where(plan == "pro", 30, 10) + rng.integers(0, 5, rows),
            "since": [date(2024, 1 + number % 12, 1) for number in range(rows)],
        }
    )


@pytest.fixture(scope="module")
def model() -> ts.Model:
    key = NoiseKey(bytes(range(32)))
    return ts.Model(learn_privately(arrow_table(frame()), ASKED, target="plan", key=key))


def test_rows_are_of_the_domain_and_relations_come_through(model: ts.Model) -> None:
    found = model.sample(1000, seed=7, progress=False).to_pandas()
    assert list(found.columns) == ["plan", "fee", "since"]
    assert set(found["plan"]) == {"basic", "pro"}
    known = found["fee"].dropna()
    assert known.between(0, 50).all()
    assert (found.loc[found["plan"] == "pro", "fee"].dropna() >= 25).mean() > 0.8
    assert model.rows == pytest.approx(900, abs=150)
    assert len(model.sample(seed=1, progress=False).to_arrow()) == model.rows


def test_a_model_says_how_private_it_is(model: ts.Model) -> None:
    said = model.privacy
    assert said is not None
    assert (said["epsilon"], said["delta"], said["band"]) == (5.0, 1e-6, "medium")
    assert said["epsilon_spent"] == pytest.approx(5.0, abs=1e-3) and said["epsilon_spent"] <= 5
    assert (said["unit"], said["max_contributions"], said["adjacency"]) == ("who", 2, "add_remove")
    assert said["domain"]["plan"] == {
        "from": "declared", "cells": 2, "missing": False, "kind": "labels",
    }  # fmt: skip
    assert [each["name"] for each in said["events"]].count("column") == 3


def test_reports_of_its_rows_say_so(model: ts.Model) -> None:
    report = model.sample(200, seed=7, progress=False).report()
    known = report.to_dict()["provenance"]
    assert known["epsilon"] == 5.0
    covered = dict(known["settings"])["What ε covers"]
    assert covered.startswith("all rows of one who, with δ 1e-06 (medium)")
    assert "privacy, ε</th><td>5</td>" in report.to_html()


def test_aim_is_what_is_taken_where_nobody_says_which() -> None:
    asked = {"epsilon": 0.5, "unit": "who", **DOMAIN}
    found = ts.fit(frame(), settings={"iterations": 2, "last_iterations": 2}, privacy=asked)
    assert found.privacy is not None
    assert (found.privacy["algorithm"], found.privacy["band"]) == ("aim", "strong")
    assert (found.synthesizer, found.seed, found.settings["iterations"]) == ("aim", 0, 2)


def test_two_fits_differ_and_a_key_repeats_one() -> None:
    table, key = arrow_table(frame()), NoiseKey.fresh()
    first, again, other = (
        learn_privately(table, ASKED, target="plan", key=each) for each in (key, key, None)
    )
    assert model_bytes(first) == model_bytes(again)
    assert first.privacy is not None and other.privacy is not None
    assert first.privacy.transcript != other.privacy.transcript
    assert first.privacy.events == again.privacy.events  # type: ignore[union-attr]


def test_a_saved_model_draws_the_same_and_keeps_its_statement(
    model: ts.Model, tmp_path: Path
) -> None:
    model.save(tmp_path / "m.tsm")
    again = ts.load(tmp_path / "m.tsm")
    assert again.privacy == model.privacy
    assert again.evaluation is None and again.provenance["fingerprint"] is None
    drawn = [each.sample(200, seed=3, progress=False).to_arrow() for each in (model, again)]
    assert drawn[0].equals(drawn[1])
    conditions = [{"where": "plan == 'pro'", "rows": 50}]
    found = again.sample(conditions=conditions, seed=1, progress=False).to_pandas()
    assert set(found["plan"]) == {"pro"} and len(found) == 50


@pytest.mark.parametrize(
    "change", [{"rho": 1}, {"epsilon": 1.0}, {"band": "strong"}, {"events": []}, {"delta": 1e-9}]
)
def test_a_file_whose_statement_is_not_that_of_its_events_is_refused(
    model: ts.Model, tmp_path: Path, change: dict[str, Any]
) -> None:
    assert model.privacy is not None
    with pytest.raises(ValueError, match=r"events|band|document"):
        PrivacyStatement.model_validate({**model.privacy, **change})
    model.save(tmp_path / "m.tsm")
    forged = tmp_path / "forged.tsm"
    with zipfile.ZipFile(tmp_path / "m.tsm") as old, zipfile.ZipFile(forged, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name.endswith(".json"):
                document = json.loads(data)
                document["heading"]["privacy"].update(change)
                data = json.dumps(document).encode()
            new.writestr(name, data)
    with pytest.raises(ts.ModelError, match="damaged"):
        ts.load(forged)


FAULTS: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "nothing declared": ({"bounds": {}}, {}, "privacy.bounds.fee"),
    "learned domain": ({"domain": "learn"}, {}, "privacy.domain"),
    "too much": ({"epsilon": 21}, {}, "privacy.epsilon"),
    "nothing": ({"epsilon": 0}, {}, "privacy.epsilon"),
    "no chance": ({"delta": 0.5}, {}, "privacy.delta"),
    "unknown": ({"algorithm": "gan"}, {}, "privacy.algorithm"),
    "key": ({"noise": 0}, {}, "privacy.noise"),
    "no unit": ({"unit": "whose"}, {}, "privacy.unit"),
    "contributions": ({"unit": None}, {}, "privacy.max_contributions"),
    "cells": ({"max_cells": 20}, {}, "privacy.fee"),
    "target": ({}, {"target": "who"}, "target"),
    "settings": ({}, {"settings": {"depth": 3}}, "settings.depth"),
    "seed": ({}, {"seed": 1}, "seed"),
    "synthesizer": ({}, {"synthesizer": "copula"}, "synthesizer"),
    "holdout": ({}, {"holdout": 0.2}, "holdout"),
    "definition": ({}, {"definition": {}}, "definition"),
    "fingerprint": ({}, {"fingerprint_key": b"k"}, "fingerprint_key"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_is_not_private_or_not_declared_is_refused(fault: str) -> None:
    privacy, others, path = FAULTS[fault]
    with pytest.raises(ts.DefinitionError) as caught:
        ts.fit(frame(10), privacy={**ASKED, **privacy}, **others)
    assert path in {each.path for each in caught.value.faults}


def test_a_file_is_refused_whose_types_are_found_in_its_rows(tmp_path: Path) -> None:
    with pytest.raises(ts.DefinitionError, match="found in its rows"):
        ts.fit(tmp_path / "people.csv", privacy=ASKED)


def test_a_budget_too_small_for_its_questions_is_refused() -> None:
    wide = pd.DataFrame({f"c{number}": ["a", "b"] for number in range(60)})
    declared = {name: ["a", "b"] for name in wide.columns}
    asked = {"epsilon": 0.01, "max_contributions": 500, "unit": "c0", "algorithm": "independent"}
    del declared["c0"]
    with pytest.raises(ts.BudgetError, match="too small"):
        ts.fit(wide, privacy={**asked, "categories": declared})


def test_whole_numbers_that_pandas_made_floats_are_the_same_labels() -> None:
    asked = {"epsilon": 20, "algorithm": "independent", "categories": {"n": [1, 2]}}
    found = [
        ts.fit(pd.DataFrame({"n": cells * 500}), privacy=asked).sample(999, seed=1, progress=False)
        for cells in ([1, 2, 2, 2], [1, 2, 2, None], [1.0, 2.0, 2.5, np.inf])
    ]
    shares = [each.to_pandas()["n"].value_counts(normalize=True, dropna=False) for each in found]
    assert [float(each["2"]) for each in shares] == pytest.approx([0.75, 0.5, 0.25], abs=0.05)
