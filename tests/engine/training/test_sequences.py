"""Rows of one parent that follow one another: order, changes, what a row has of those before."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from app.engine.errors import DefinitionError
from app.engine.plan.several import layouts
from app.engine.plan.several.planning import tables_plan
from app.engine.synthesizers.several.files import tables_bytes, tables_of
from app.engine.synthesizers.several.learned_tables import LearnedTables
from app.engine.training.several.fitting import train_tables
from app.engine.training.several.sequences import rows_before
from app.engine.training.training_plan import AskedTraining
from tests.engine.several_tables import NEW, drawn

PATIENTS = 200
DEFINITION: dict[str, Any] = {
    "tables": {
        "patients": {"primary_key": "id", "columns": {"id": NEW}},
        "visits": {"primary_key": ["patient", "day"], "order_by": "day"},
    },
    "foreign_keys": [{"from": "visits.patient", "to": "patients.id"}],
}
QUICK = AskedTraining(settings={"max_rounds": 15}, seed=1)


@cache
def clinic() -> dict[str, pa.Table]:
    """Weights that wander from where they began, states that last, days between visits; rows in no
    order."""
    rng = np.random.default_rng(1)
    groups = rng.choice(["a", "b"], PATIENTS)
    rows = []
    for patient in range(PATIENTS):
        day, weight, state = int(rng.integers(0, 200)), rng.normal(80, 15), "well"
        for _ in range(int(rng.integers(1, 12))):
            rows.append((patient + 500, day, round(weight, 1), state))
            day += int(rng.choice([7, 14, 28]))
            weight += rng.normal(0.4 if groups[patient] == "a" else -0.4, 0.6)
            if rng.random() < 0.15:
                state = "ill" if state == "well" else "well"
    names = ("patient", "day", "weight", "state")
    visits = pd.DataFrame([rows[at] for at in rng.permutation(len(rows))], columns=names)
    return {
        "patients": pa.table({"id": np.arange(PATIENTS) + 500, "group": groups}),
        "visits": pa.Table.from_pandas(visits, preserve_index=False),
    }


@cache
def learned() -> LearnedTables:
    return train_tables(clinic(), DEFINITION, QUICK)


@cache
def visits() -> pd.DataFrame:
    return drawn(tables_plan(learned(), "clinic", seed=2))["visits"].to_pandas()


def lagged(frame: pd.DataFrame) -> pd.DataFrame:
    """Each visit beside the one before it."""
    there = frame.sort_values(["patient", "day"])
    before = there.groupby("patient")[["day", "weight", "state"]].shift(1).add_prefix("before_")
    return pd.concat([there, before], axis=1).dropna()


def test_order_is_kept_and_days_stay_within_the_source() -> None:
    real, found = clinic()["visits"].to_pandas(), visits()
    assert not found.duplicated(["patient", "day"]).any()
    steps = found.groupby("patient")["day"].diff().dropna()
    assert (steps > 0).all() and steps.isin([7, 14, 28]).mean() > 0.97
    assert found["day"].between(real["day"].min(), real["day"].max()).all()
    assert found["weight"].between(real["weight"].min(), real["weight"].max()).all()
    lengths = [each.groupby("patient").size().mean() for each in (real, found)]
    assert lengths[1] == pytest.approx(lengths[0], rel=0.15)


def test_rows_follow_from_those_before_them() -> None:
    real, found = lagged(clinic()["visits"].to_pandas()), lagged(visits())
    moves = [each["weight"] - each["before_weight"] for each in (real, found)]
    assert moves[1].std() == pytest.approx(moves[0].std(), rel=0.2)
    assert found["weight"].corr(found["before_weight"]) > 0.98
    stays = [(each["state"] == each["before_state"]).mean() for each in (real, found)]
    assert stays[1] == pytest.approx(stays[0], abs=0.05)


def test_a_file_draws_the_same_in_any_order_of_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layouts, "BLOCK_ROWS", 100)
    plans = [
        tables_plan(each, "clinic", rows=60, seed=3)
        for each in (learned(), tables_of(tables_bytes(learned())))
    ]
    forwards, backwards = (plan.table("visits") for plan in plans)
    numbers = range(forwards.blocks)
    assert len(numbers) > 1
    assert [forwards.block(n) for n in numbers] == [backwards.block(n) for n in reversed(numbers)][
        ::-1
    ]


def test_numbers_that_grow_are_ratios_and_files_that_do_not_fit_are_refused() -> None:
    rng = np.random.default_rng(2)
    town = np.repeat(np.arange(60), 8)
    growth = np.exp(np.cumsum(rng.normal(0.1, 0.05, (60, 8)), axis=1) + rng.normal(8, 1.5, (60, 1)))
    rows = {"town": town, "year": np.tile(np.arange(8) * 5 + 1980, 60), "people": growth.ravel()}
    tables = {"towns": pa.table({"id": np.arange(60)}), "census": pa.table(rows)}
    document = {
        "tables": {
            "towns": {"primary_key": "id", "columns": {"id": NEW}},
            "census": {"order_by": "year"},
        },
        "foreign_keys": [{"from": "census.town", "to": "towns.id"}],
    }
    model = train_tables(tables, document, QUICK)
    relations = model.by_name["census"].relations
    assert relations.sequence is not None
    year, people = relations.sequence.numbers
    assert len(year.grid) == 8 and people.is_ratio and not year.is_ratio
    found = drawn(tables_plan(model, "census", seed=1))["census"].to_pandas()
    assert set(found["year"]) <= set(rows["year"].tolist())
    steps = np.log(found["people"]).groupby(found["town"]).diff().dropna()
    assert steps.mean() == pytest.approx(0.1, abs=0.03) and steps.std() < 0.1
    swapped = dict.fromkeys(relations.sequence.means, "people")
    swapped |= dict.fromkeys(relations.sequence.before, "year")
    broken = relations.sequence.model_copy(update={"before": swapped})
    hostile = relations.model_copy(update={"sequence": broken})
    table = replace(model.by_name["census"], relations=hostile)
    with pytest.raises(ValueError, match="a row knows of no column"):
        replace(model, tables=(model.tables[0], table)).check()


def test_a_number_of_few_individuals_does_not_come_out() -> None:
    tables = dict(clinic())
    frame = tables["visits"].to_pandas()
    alone = frame["patient"] == frame["patient"].mode()[0]
    assert alone.sum() > 5
    frame.loc[alone, "weight"] += 300.0
    frame.loc[alone, "state"] = "theirs alone"
    tables["visits"] = pa.Table.from_pandas(frame, preserve_index=False)
    model = train_tables(tables, DEFINITION, AskedTraining(settings={"max_rounds": 1}, seed=1))
    found = drawn(tables_plan(model, "clinic", seed=1))["visits"].to_pandas()
    assert found["weight"].max() < frame[~alone]["weight"].max()
    assert "theirs alone" not in set(found["state"])
    assert b"theirs alone" not in tables_bytes(model)


def test_rows_before_one_another() -> None:
    found = rows_before(np.array([7, -1, 7, -1, 7]), np.array([3.0, 1.0, 1.0, 2.0, 3.0]))
    assert found.before.tolist() == [2, -1, -1, -1, 0]
    assert found.positions.tolist() == [2, 1, 1, 1, 3]


def refused(**changed: Any) -> str:
    document = deepcopy(DEFINITION)
    document["tables"]["visits"] = {**changed}
    with pytest.raises(DefinitionError) as caught:
        train_tables(clinic(), document, QUICK)
    return str(caught.value)


def test_what_orders_no_rows_is_refused() -> None:
    assert "no column" in refused(order_by="nothing")
    assert "is a foreign key" in refused(order_by="patient")
    assert "has no numbers, days or moments" in refused(order_by="state")
    assert "is not learned" in refused(order_by="day", columns={"day": "drop"})
    document = {**DEFINITION, "foreign_keys": []}
    with pytest.raises(DefinitionError, match="no foreign key leads to one"):
        train_tables(clinic(), document, QUICK)
