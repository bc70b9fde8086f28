from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from app.engine.distributions import Distribution
from app.engine.distributions.exponential import Exponential
from app.engine.distributions.lognormal import Lognormal
from app.engine.distributions.pareto import Pareto
from app.engine.distributions.poisson import Poisson
from app.engine.distributions.student_t import StudentT
from app.engine.errors import ConflictError
from app.engine.plan.compiler import compile_plan
from app.engine.plan.plan import Plan
from app.engine.schema.models import (
    BoolColumn,
    CategoryColumn,
    Column,
    Correlation,
    MomentColumn,
    NumberColumn,
)
from tests.engine.planning import SEVERAL_BLOCKS, categories, definition_of, drawn

AREA = NumberColumn(
    type="float", min=20, max=500, decimals=1, distribution=Lognormal(mean=4.6, std=0.4)
)
ROOMS = NumberColumn(type="int", min=1, max=12, distribution=Poisson(mean=3.5))
AGE = NumberColumn(type="int", min=0, max=150, distribution=Exponential(scale=30))
GARDEN = BoolColumn(type="bool", proportion=0.35, missing=0.05)
BUILT = MomentColumn(type="date", start="1950-01-01", end="2020-12-31")
COLUMNS: dict[str, Column] = {
    "area": AREA,
    "rooms": ROOMS,
    "age": AGE,
    "garden": GARDEN,
    "built": BUILT,
}


def correlated_plan(rows: int, *wanted: tuple[str, str, float], method: str = "pearson") -> Plan:
    definition = definition_of(rows, **COLUMNS)
    pairs = tuple(Correlation(between=(a, b), r=r, method=method) for a, b, r in wanted)
    table = definition.tables["t"].model_copy(update={"correlations": pairs})
    return compile_plan(definition.model_copy(update={"tables": {"t": table}}))


def seen(plan: Plan, name: str) -> np.ndarray:
    column = drawn(plan).column(name).to_pandas()
    if name == "built":
        return (column.astype("datetime64[s]").astype("int64") // 86_400).to_numpy(float)
    return column.astype("float64").to_numpy()


def reached(plan: Plan, first: str, second: str, method: str = "pearson") -> float:
    x, y = seen(plan, first), seen(plan, second)
    known = ~(np.isnan(x) | np.isnan(y))
    measure = stats.pearsonr if method == "pearson" else stats.spearmanr
    return float(measure(x[known], y[known]).statistic)


@pytest.mark.parametrize("rows", [1_000, 5_000, SEVERAL_BLOCKS])
def test_declared_correlations_hold(rows: int) -> None:
    wanted = [("area", "rooms", 0.7), ("area", "age", -0.3), ("age", "built", -0.8)]
    plan = correlated_plan(rows, *wanted)
    for first, second, r in wanted:
        close = 0.02 if rows < 5_000 else 0.005
        assert reached(plan, first, second) == pytest.approx(r, abs=close)


@pytest.mark.parametrize("pair", [("area", "garden", 0.4), ("garden", "built", -0.5)])
def test_bools_and_nulls_correlate_where_both_are_known(pair: tuple[str, str, float]) -> None:
    plan = correlated_plan(5_000, pair)
    assert reached(plan, pair[0], pair[1]) == pytest.approx(pair[2], abs=0.02)


def test_rank_correlations_hold() -> None:
    plan = correlated_plan(5_000, ("area", "age", 0.6), method="spearman")
    assert reached(plan, "area", "age", "spearman") == pytest.approx(0.6, abs=0.005)


def test_margins_are_untouched() -> None:
    free = correlated_plan(SEVERAL_BLOCKS)
    bound = correlated_plan(SEVERAL_BLOCKS, ("area", "rooms", 0.7), ("garden", "age", 0.3))
    for name in COLUMNS:
        assert np.array_equal(np.sort(seen(free, name)), np.sort(seen(bound, name)), equal_nan=True)


def test_columns_outside_the_group_keep_their_values() -> None:
    free, bound = correlated_plan(1_000), correlated_plan(1_000, ("area", "rooms", 0.7))
    assert drawn(free).column("built").equals(drawn(bound).column("built"))


def test_a_correlation_beyond_the_margins_is_refused_with_what_they_allow() -> None:
    with pytest.raises(ConflictError, match=r"area with garden: 0.9 declared.* to 0\.7"):
        correlated_plan(1_000, ("area", "garden", 0.9))


def test_the_stated_bound_can_be_had() -> None:
    with pytest.raises(ConflictError) as caught:
        correlated_plan(5_000, ("area", "garden", 0.95))
    most = float(caught.value.faults[0].message.split(" to ")[-1])
    plan = correlated_plan(5_000, ("area", "garden", most))
    assert reached(plan, "area", "garden") == pytest.approx(most, abs=0.02)


def test_a_contradiction_names_every_correlation_and_what_can_be_had() -> None:
    wanted = [("area", "rooms", 0.8), ("area", "age", 0.8), ("rooms", "age", -0.8)]
    with pytest.raises(ConflictError) as caught:
        correlated_plan(1_000, *wanted)
    assert [fault.path for fault in caught.value.faults] == [
        f"correlations[{i}].r" for i in range(3)
    ]
    share = float(caught.value.faults[0].hint.split("scaled to ")[1].split("%")[0]) / 100
    plan = correlated_plan(5_000, *((a, b, r * share * 0.99) for a, b, r in wanted))
    for first, second, r in wanted:
        assert reached(plan, first, second) == pytest.approx(r * share * 0.99, abs=0.02)


def test_what_is_not_declared_is_completed() -> None:
    chain = [("area", "rooms", 0.9), ("rooms", "age", 0.85)]
    plan = correlated_plan(5_000, *chain)
    for first, second, r in chain:
        assert reached(plan, first, second) == pytest.approx(r, abs=0.02)


def test_labels_have_no_order_to_correlate_by() -> None:
    definition = definition_of(
        10, area=AREA, kind=CategoryColumn(type="category", cats=categories(a=0.5, b=0.5))
    )
    pair = Correlation(between=("area", "kind"), r=0.2)
    table = definition.tables["t"].model_copy(update={"correlations": (pair,)})
    with pytest.raises(ConflictError, match="'kind' has no order"):
        compile_plan(definition.model_copy(update={"tables": {"t": table}}))


def tailed_plan(law: Distribution, method: str = "pearson", **keys: float) -> Plan:
    heavy = NumberColumn.model_validate({"type": "float", "distribution": law, **keys})
    definition = definition_of(100_000, heavy=heavy, area=AREA)
    wanted = (Correlation(between=("heavy", "area"), r=0.2, method=method),)
    table = definition.tables["t"].model_copy(update={"correlations": wanted})
    return compile_plan(definition.model_copy(update={"tables": {"t": table}}))


@pytest.mark.parametrize(
    "law",
    [StudentT(df=2), StudentT(df=1), Pareto(b=2)],
    ids=["t2", "cauchy", "pareto"],
)
def test_no_pearson_correlation_without_a_variance(law: Distribution) -> None:
    with pytest.raises(ConflictError, match="'heavy' has no finite variance") as caught:
        tailed_plan(law)
    assert "method: spearman" in str(caught.value.faults[0].hint)
    plan = tailed_plan(law, "spearman")
    assert reached(plan, "heavy", "area", "spearman") == pytest.approx(0.2, abs=0.02)
    bounded = tailed_plan(law, min=-20.0, max=20.0)
    assert reached(bounded, "heavy", "area") == pytest.approx(0.2, abs=0.02)


def test_a_variance_of_a_few_rows_is_no_base_for_a_pearson_correlation() -> None:
    with pytest.raises(ConflictError, match="a few extreme rows decide"):
        tailed_plan(Lognormal(std=2))
    plan = tailed_plan(Lognormal(std=1))
    assert reached(plan, "heavy", "area") == pytest.approx(0.2, abs=0.02)
