"""Moments after or before another column's: everything declared beside them holds too."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from app.engine.errors import DefinitionError
from app.engine.plan.compiler import compile_plan
from app.engine.schema.dump import dump_definition
from app.engine.schema.load import load_definition
from tests.engine.evaluation.measuring import unmet

ADMITTED = "a: {type: date, start_date: 2024-01-01, end_date: 2024-12-31, missing: 0.1}"


def _table(columns: str, rows: int = 5000, seed: int = 1, top: str = "") -> pa.Table:
    text = f"n_samples: {rows}\n{top}\nfeatures:\n" + "\n".join(
        f"  {line}" for line in columns.strip().splitlines()
    )
    (table,) = compile_plan(load_definition(text).definition, seed=seed).tables
    return pa.Table.from_batches([table.block(number) for number in range(table.blocks)])


def _numbers(column: pa.ChunkedArray) -> np.ndarray:
    return column.cast(pa.int32()).cast(pa.float64()).to_numpy()


def _faults(columns: str) -> list[str]:
    with pytest.raises(DefinitionError) as caught:
        _table(columns)
    return [f"{fault.path}: {fault.message}" for fault in caught.value.faults]


def test_a_distribution_runs_over_the_range_that_each_row_leaves() -> None:
    table = _table(
        f"{ADMITTED}\n"
        "d: {type: date, after: a, end_date: 2025-12-31,"
        " distribution: {exponential: {scale: 0.05}}}"
    )
    a, d = _numbers(table["a"]), _numbers(table["d"])
    assert table["d"].null_count == 0
    known = ~np.isnan(a)
    room = 20_453 - a[known]  # 2025-12-31
    assert (d[known] > a[known]).all()
    assert np.mean((d - a)[known] / room) == pytest.approx(0.05, abs=0.003)


@pytest.mark.parametrize("missing", [0.0, 0.3, 1.0])
def test_nulls_are_those_that_were_declared(missing: float) -> None:
    table = _table(
        f"{ADMITTED}\nm: {{type: date, after: a, end_date: 2025-12-31, missing: {missing}}}"
    )
    assert table["a"].null_count == 500
    assert table["m"].null_count == round(5000 * missing)
    both = pc.and_(table["a"].is_null(), table["m"].is_null())
    assert pc.sum(both).as_py() == pytest.approx(500 * missing, abs=60)


@pytest.mark.parametrize("sampling", ["exact", "random"])
@pytest.mark.parametrize(
    "column",
    [
        "d: {type: date, after: a, end_date: 2025-12-31, missing: 0.4}",
        "d: {type: date, before: a, start_date: 2023-06-01}",
        "d: {type: datetime, after: a, end_date: 2025-12-31, distribution: {beta: {a: 5, b: 1}}}",
        "d: {type: date, after: a, end_date: 2025-01-05, distribution: {beta: {a: 1, b: 2}}}",
        "d: {type: date, after: a, start_date: 2025-02-01, end_date: 2025-02-03}",
        "d: {type: date, after: a, end_date: 2025-12-31,"
        " distribution: {empirical: {values: [0, 0.5, 1], weights: [1, 2, 1]}}}",
        "d: {type: date, after: a, within: {days: {gamma: {a: 2, scale: 3}}}, missing: 0.2}",
        "d: {type: date, after: a, within: {days: {uniform: {min: 1, max: 5}}}}",
        "d: {type: date, before: a, within: {days: {poisson: {mean: 9}}, max: 20}}",
        "d: {type: date, after: a, within: {months: {uniform: {min: 1, max: 6}}}}",
        "d: {type: datetime, after: a, within: {hours: {gamma: {a: 2, scale: 3}}}}",
        "d: {type: datetime, before: a, within: {days: {lognormal: {mean: 0, std: 1}}}}",
        "d: {type: datetime, after: a, within: {months: {geometric: {p: 0.3}}, max: 24}}",
    ],
)
def test_every_fact_of_the_column_is_measured_and_holds(
    column: str, sampling: str, tmp_path: Path
) -> None:
    text = f"n_samples: 12000\nseed: 3\nsampling: {sampling}\nfeatures:\n  {ADMITTED}\n  {column}"
    facts = unmet(compile_plan(load_definition(text).definition), tmp_path)
    assert facts == []


def test_months_are_those_of_the_calendar() -> None:
    table = _table(
        "a: {type: date, start_date: 2024-01-31, end_date: 2024-01-31}\n"
        "b: {type: date, after: a, within: {months: {constant: 1}}}\n"
        "c: {type: date, before: b, within: {months: {constant: 12}}}",
        rows=1,
    )
    (row,) = table.to_pylist()
    assert [row["b"].isoformat(), row["c"].isoformat()] == ["2024-02-29", "2023-02-28"]


def test_a_chain_of_moments_and_one_between_two_keep_their_order() -> None:
    table = _table(
        f"{ADMITTED}\n"
        "z: {type: date, after: a, within: {days: {uniform: {min: 2, max: 30}}}, missing: 0.2}\n"
        "m: {type: date, after: a, before: z}\n"
    )
    a, m, z = (_numbers(table[name]) for name in "amz")
    assert table["m"].null_count == 0
    for low, high in ((a, m), (m, z), (a, z)):
        known = ~(np.isnan(low) | np.isnan(high))
        assert (low[known] < high[known]).all()


def test_times_follow_times() -> None:
    table = _table(
        "opens: {type: time, start_time: '06:00', end_time: '10:00'}\n"
        "closes: {type: time, after: opens, end_time: '20:00'}"
    )
    assert pc.all(pc.greater(table["closes"], table["opens"])).as_py()


@pytest.mark.parametrize(
    ("column", "fault"),
    [
        ("{type: date, after: a, end_date: 2024-12-31}", "no room is left in some rows"),
        ("{type: date, before: a, start_date: 2024-01-01}", "no room is left in some rows"),
        ("{type: date, after: a, end_date: 2042-12-31, unique: true}", "cannot be promised"),
        ("{type: date, after: a, within: {days: {gamma: {a: 2}}}, end_date: 2025-01-31}", "beyond"),
        ("{type: date, after: a, within: {days: {pareto: {b: 0.9}}}}", "beyond the years"),
        ("{type: date, after: a, within: {days: 3}}", "within.days"),
        ("{type: date, after: a, within: {weeks: {gamma: {a: 2}}}}", "within"),
        ("{type: date, after: a, within: {hours: {gamma: {a: 2}}}}", "dates have no hours"),
        ("{type: date, within: {days: {gamma: {a: 2}}}}", "exactly one of"),
        (
            "{type: date, after: a, distribution: {beta: {a: 1, b: 1}},"
            " within: {days: {gamma: {a: 2}}}}",
            "stands beside",
        ),
        ("{type: time, after: a}", "not both times of day"),
    ],
)
def test_what_cannot_hold_is_refused(column: str, fault: str) -> None:
    assert any(fault in each for each in _faults(f"{ADMITTED}\nd: {column}"))


def test_the_declared_start_binds_where_the_other_column_is_earlier() -> None:
    table = _table(
        f"{ADMITTED}\nd: {{type: date, after: a, start_date: 2024-12-01, end_date: 2025-06-30}}"
    )
    assert pc.min(table["d"]).as_py().isoformat() >= "2024-12-01"


def test_a_document_with_within_comes_back_as_it_was() -> None:
    text = (
        f"features:\n  {ADMITTED}\n"
        "  d: {type: date, after: a, within: {days: {gamma: {a: 2, scale: 3}}, max: 40}}"
    )
    definition = load_definition(text).definition
    assert load_definition(dump_definition(definition)).definition == definition


def test_unique_moments_have_the_declared_nulls() -> None:
    table = _table(
        "u: {type: date, start_date: 2000-01-01, end_date: 2013-12-31, unique: true, missing: 0.2}"
    )
    assert table["u"].null_count == 1000
    assert pc.count_distinct(table["u"]).as_py() == 4000


def test_single_values_are_measured_on_ranges_of_many_steps(tmp_path: Path) -> None:
    law = "{empirical: {values: [0, 0.5, 1], weights: [1, 2, 1]}}"
    column = (
        f"{{type: datetime, start_date: 2025-06-01, end_date: 2027-12-31, distribution: {law}}}"
    )
    definition = load_definition(f"n_samples: 1200\nfeatures:\n  d: {column}").definition
    assert unmet(compile_plan(definition, seed=1), tmp_path) == []


@pytest.mark.parametrize("kind", ["date", "datetime"])
def test_single_values_of_a_distribution_stay_single(kind: str, tmp_path: Path) -> None:
    law = "{empirical: {values: [0, 0.5, 1], weights: [1, 2, 1]}}"
    column = (
        f"d: {{type: {kind}, start_date: 2024-01-01, end_date: 2024-01-11, distribution: {law}}}"
    )
    counts = _table(column, rows=10_000)["d"].value_counts().to_pylist()
    assert sorted(each["counts"] for each in counts) == [2500, 2500, 5000]
    found = {str(each["values"])[:10] for each in counts}
    assert found == {"2024-01-01", "2024-01-06", "2024-01-11"}
    definition = load_definition(f"n_samples: 10000\nseed: 1\nfeatures:\n  {column}").definition
    assert unmet(compile_plan(definition), tmp_path) == []


def test_a_list_of_weekdays_gives_no_weekend() -> None:
    days = [day for day in range(366) if (day + 0) % 7 < 5]  # 2024-01-01 is a Monday
    values = [day / 365 for day in days]
    column = (
        "d: {type: date, start_date: 2024-01-01, end_date: 2024-12-31, "
        f"distribution: {{empirical: {{values: {values}}}}}}}"
    )
    weekdays = pc.day_of_week(_table(column)["d"]).to_numpy()
    assert weekdays.max() == 4
