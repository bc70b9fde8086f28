"""Tables that refer to themselves: employees with superiors, comments that answer one another."""

from __future__ import annotations

from functools import cache

import numpy as np
import pyarrow as pa

from app.engine.plan.several.planning import tables_plan
from app.engine.plan.several.superiors import Hierarchy
from app.engine.profiling.sources import profiled_table
from app.engine.seeds import Stream
from app.engine.synthesizers.several.files import tables_bytes, tables_of
from app.engine.synthesizers.several.learned_tables import LearnedTables
from app.engine.training.prepared_table import prepare_source
from app.engine.training.several.fitting import train_tables
from app.engine.training.several.levels import levels_of
from app.engine.training.training_plan import AskedTraining
from tests.engine.several_tables import drawn

EMPLOYEES = 400
QUICK = AskedTraining(settings={"max_rounds": 10}, seed=1)


@cache
def staff() -> pa.Table:
    """Who is below earns less, and is mostly of the same department."""
    rng = np.random.default_rng(1)
    above, levels, departments = [-1], [0], ["hq"]
    for number in range(1, EMPLOYEES):
        boss = int(rng.integers(0, max(1, int(number**0.7))))
        is_same = departments[boss] != "hq" and rng.random() < 0.9
        departments.append(departments[boss] if is_same else str(rng.choice(["it", "ops"])))
        levels.append(levels[boss] + 1)
        above.append(boss)
    ids = np.array([f"E{7 * number + 1003:05d}" for number in range(EMPLOYEES)])
    pay = np.round(9_000 / (1 + np.array(levels)) + rng.normal(0, 200, EMPLOYEES))
    bosses = pa.array(ids[above], mask=np.array(above) < 0)
    return pa.table({"id": ids, "department": departments, "pay": pay, "reports_to": bosses})


@cache
def threads() -> dict[str, pa.Table]:
    """Posts, and comments of which each answers an earlier one of the same post, or none."""
    rng = np.random.default_rng(2)
    posts = np.repeat(np.arange(100), rng.integers(1, 6, 100))
    first = np.searchsorted(posts, posts)
    rows = np.arange(len(posts))
    answered = first + (rng.random(len(posts)) * (rows - first)).astype(int)
    return {
        "posts": pa.table({"id": np.arange(100) + 500, "topic": rng.choice(["a", "b"], 100)}),
        "comments": pa.table(
            {
                "id": rows + 9_000,
                "post_id": posts + 500,
                "parent_id": pa.array(answered + 9_000, mask=rows == first),
                "likes": rng.poisson(3.0, len(posts)),
            }
        ),
    }


@cache
def learned_staff() -> LearnedTables:
    return train_tables({"staff": staff()}, None, QUICK)


def above_of(table: pa.Table, key: str) -> np.ndarray:
    places = {value: place for place, value in enumerate(table["id"].to_pylist())}
    return np.array([-1 if each is None else places[each] for each in table[key].to_pylist()])


def test_nobody_is_above_themselves_and_no_key_of_the_source_comes_out() -> None:
    found = drawn(tables_plan(learned_staff(), "staff", seed=2))["staff"]
    real_levels = levels_of(above_of(staff(), "reports_to"))
    above = above_of(found, "reports_to")
    levels = levels_of(above)
    assert levels is not None and real_levels is not None
    assert 1 <= (above == -1).sum() <= 6 and levels.max() <= real_levels.max()
    shares = [np.bincount(each, minlength=12) / EMPLOYEES for each in (levels, real_levels)]
    assert np.abs(shares[0] - shares[1]).sum() / 2 < 0.08
    departments, pay = found["department"].to_numpy(), found["pay"].to_numpy()
    below = np.flatnonzero(above >= 0)
    assert (departments[below] == departments[above[below]]).mean() > 0.7
    assert (pay[below] < pay[above[below]]).mean() > 0.85
    keys = set(staff()["id"].to_pylist())
    assert not keys & set(found["reports_to"].to_pylist())
    assert not any(key.encode() in tables_bytes(learned_staff()) for key in sorted(keys)[:50])


def test_a_file_keeps_the_key_and_few_rows_have_a_root() -> None:
    again = tables_of(tables_bytes(learned_staff()))
    plans = [tables_plan(each, "staff", rows=7, seed=3) for each in (learned_staff(), again)]
    few, same = (drawn(plan)["staff"] for plan in plans)
    assert few == same and levels_of(above_of(few, "reports_to")) is not None


def test_answers_stay_within_their_post() -> None:
    learned = train_tables(threads(), None, QUICK)
    assert learned.by_name["comments"].relations.itself[0].is_within
    found = drawn(tables_plan(learned, "threads", seed=1))["comments"]
    above, posts = above_of(found, "parent_id"), found["post_id"].to_numpy()
    answers = np.flatnonzero(above >= 0)
    assert len(answers) > 50 and (posts[answers] == posts[above[answers]]).all()
    assert levels_of(above) is not None
    roots = np.bincount(posts[above < 0] - posts.min(), minlength=1)[np.unique(posts) - posts.min()]
    assert roots.min() >= 1


def test_levels_know_circles() -> None:
    assert levels_of(np.array([-1, 0, 1, 3, 3])).tolist() == [0, 1, 2, 0, 1]
    assert levels_of(np.array([1, 0, 0])) is None


def test_rows_of_circles_refer_to_others_of_their_group() -> None:
    groups = np.arange(40) % 2
    hierarchy = Hierarchy(None, 1 - groups, groups, np.ones(40, np.int64), np.zeros(40, np.int64))
    found = hierarchy.superiors(Stream(1))
    assert (groups[found] == 1 - groups).all() and np.bincount(found).max() <= 2


def test_a_model_of_one_table_leaves_the_key_out() -> None:
    with profiled_table(staff(), "table") as source:
        prepared = prepare_source(source, None, QUICK)
    assert "reports_to" not in prepared.order and "pay" in prepared.order
    assert any("a key to the table itself is left out" in each for each in prepared.warnings)
