"""One column made fair between the groups of another: parity by counts, unawareness by
permutation."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from app.engine.errors import DefinitionError
from app.engine.generators.base import Layout
from app.engine.plan.learned import Request, learned_plan
from app.engine.synthesis.models import Fairness, Notion
from app.engine.synthesizers.learning import LearnedTable, learn
from app.engine.synthesizers.model_file.files import model_bytes, model_of
from app.engine.synthesizers.sequential.columns import Before, TreeColumn
from app.engine.synthesizers.sequential.fairness import PARITY, UNAWARENESS
from app.engine.synthesizers.sequential.model import SequentialModel
from app.engine.synthesizers.sequential.parity import ParityColumn
from app.engine.synthesizers.table import encode
from app.engine.synthesizers.values import DrawnValues, Floats

ROWS = 2_000
QUICK = {"max_rounds": 20}


@cache
def people() -> pa.Table:
    """Two groups of unlike size, ages that differ between them, a wage that goes by both."""
    rng = np.random.default_rng(3)
    is_male = rng.random(ROWS) < 0.65
    age = np.round(rng.normal(40 + 4 * is_male, 8, ROWS)).clip(18, 70).astype(int)
    chance = 1 / (1 + np.exp(-(age - 45) / 5 - 1.5 * is_male + 1.5))
    return pa.table(
        {
            "wage": np.where(rng.random(ROWS) < chance, "high", "low").tolist(),
            "sex": np.where(is_male, "m", "f").tolist(),
            "title": np.where(is_male, "Mr", "Ms").tolist(),
            "age": age.tolist(),
        }
    )


@cache
def learned(notion: Notion | None) -> LearnedTable:
    fairness = None if notion is None else Fairness(protected="sex", target="wage", notion=notion)
    return learn(encode(people()), settings=QUICK, seed=1, fairness=fairness)


def rates(rows: pa.RecordBatch | pa.Table) -> dict[str, tuple[int, float]]:
    """Rows of each group, and how many of them earn much."""
    sex, wage = (np.array(rows.column(name).to_pylist()) for name in ("sex", "wage"))
    groups = {each: wage[sex == each] == "high" for each in "fm"}
    return {each: (len(own), float(own.mean())) for each, own in groups.items()}


def drawn(notion: Notion | None, rows: int, seed: int = 5) -> pa.RecordBatch:
    return learned(notion).block(rows, seed, 0)


def test_every_group_has_the_same_shares_to_the_row() -> None:
    share = float((np.array(people().column("wage").to_pylist()) == "high").mean())
    before = rates(people())
    assert before["m"][1] - before["f"][1] > 0.25
    for seed in (5, 6):
        for count, rate in rates(drawn(PARITY, 3_000, seed)).values():
            assert abs(rate * count - share * count) < 1.0


def test_other_columns_stay_and_the_order_inside_groups_does() -> None:
    fair, plain = drawn(PARITY, 6_000), drawn(None, 6_000)
    for rows in (fair, plain):
        sex, age = (np.array(rows.column(name).to_pylist()) for name in ("sex", "age"))
        assert age[sex == "m"].mean() - age[sex == "f"].mean() == pytest.approx(4.0, abs=1.2)
        wage = np.array(rows.column("wage").to_pylist()) == "high"
        for group in "fm":
            own = sex == group
            assert age[own & wage].mean() - age[own & ~wage].mean() > 4.0


def test_few_rows_are_drawn_by_chance() -> None:
    """Each row by its own chance, so that a table of few rows is no other than part of many."""
    parts = [rates(drawn(PARITY, 40, seed)) for seed in range(150)]
    for group in "fm":
        counts, shares = zip(*(each[group] for each in parts), strict=True)
        together = float(np.average(shares, weights=counts))
        assert together == pytest.approx(rates(drawn(PARITY, 3_000))[group][1], abs=0.03)


def test_whole_blocks_and_shares_that_are_asked_for_stay_fair() -> None:
    plan = learned_plan(
        learned(PARITY), "t", rows=4_000, seed=2, request=Request(shares={"sex": {"f": 0.5}})
    )
    found = rates(plan.tables[0].source.block(0, Layout(4_000)))
    assert found["f"][0] == 2_000
    assert abs(found["f"][1] - found["m"][1]) < 0.03


def test_a_model_file_keeps_it() -> None:
    again = model_of(model_bytes(learned(PARITY)))
    assert again.fairness == Fairness(protected="sex", target="wage", notion=PARITY)
    assert again.block(500, 3, 0).equals(learned(PARITY).block(500, 3, 0))
    model = learned(PARITY).model
    assert isinstance(model, SequentialModel) and isinstance(model.columns[-1], ParityColumn)
    column = model.columns[-1]
    for wrong in (
        replace(column, shares=column.shares / 2),
        replace(column, weights=column.weights[:, :1]),
        replace(column, weights=column.weights * 0),
    ):
        with pytest.raises(ValueError, match="of a column"):
            wrong.check()
    with pytest.raises(ValueError, match="fair to none"):
        column.check_place({})


def target_of(notion: Notion | None) -> tuple[SequentialModel, TreeColumn]:
    model = learned(notion).model
    assert isinstance(model, SequentialModel)
    place = [each.values.name for each in model.columns].index("wage")
    column = model.columns[place]
    assert isinstance(column, TreeColumn)
    return model, column


def chances(notion: Notion | None, permuted: tuple[str, ...]) -> Floats:
    """How likely a high wage is in the rows, some of whose columns are those of other rows."""
    model, column = target_of(notion)
    rng, drawn_values, features = np.random.default_rng(8), {}, []
    encoded = {each.name: each for each in encode(people()).columns}
    for each in model.columns:
        values = each.values
        if values.name == "wage":
            break
        place = pc.index_in(encoded[values.name].values, value_set=values.values)
        codes = np.asarray(pc.fill_null(place, 0))[encoded[values.name].codes]
        codes = codes.astype(np.int32)
        if values.name in permuted:
            codes = rng.permutation(codes)
        drawn_values[values.name] = DrawnValues(codes, np.zeros(len(codes)))
        features.append(values.features_of(codes))
    before = Before(drawn_values, np.array(features, dtype=np.uint8))
    high = column.values.values.index("high").as_py()
    return column.chances(before, np.full(ROWS, high, dtype=np.int32))


def test_who_is_unaware_answers_the_same_whatever_the_group() -> None:
    assert np.array_equal(chances(UNAWARENESS, ()), chances(UNAWARENESS, ("sex", "title")))
    moved = chances(UNAWARENESS, ("age",)) - chances(UNAWARENESS, ())
    assert np.abs(moved).mean() > 0.05  # what it does look at
    (wage,) = (each for each in learned(UNAWARENESS).model.explained() if each.name == "wage")
    named = {each.column for each in wage.by}
    assert "age" in named and not {"sex", "title"} & named


def test_unawareness_takes_the_direct_path_and_leaves_the_proxies() -> None:
    gaps = []
    for rows in (people(), drawn(UNAWARENESS, 6_000)):
        found = rates(rows)
        gaps.append(found["m"][1] - found["f"][1])
    assert 0.02 < gaps[1] < 0.6 * gaps[0]


@pytest.mark.parametrize(
    ("protected", "target", "notion", "synthesizer", "path"),
    [
        ("nobody", "wage", PARITY, "sequential", "fairness.protected"),
        ("sex", "age", PARITY, "sequential", "fairness.target"),
        ("age", "wage", PARITY, "sequential", "fairness.protected"),
        ("sex", "title", UNAWARENESS, "sequential", "fairness.target"),
        ("sex", "wage", PARITY, "copula", "fairness"),
    ],
)
def test_what_cannot_be_made_fair_is_refused(
    protected: str, target: str, notion: Notion, synthesizer: str, path: str
) -> None:
    fairness = Fairness(protected=protected, target=target, notion=notion)
    table = encode(people())
    with pytest.raises(DefinitionError) as refused:
        learn(table, synthesizer, seed=1, fairness=fairness)
    assert path in {fault.path for fault in refused.value.faults}
