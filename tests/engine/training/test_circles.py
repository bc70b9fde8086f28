"""Tables that refer to one another in a circle, which is cut at a key that may be missing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from app.engine.errors import DefinitionError
from app.engine.plan.several.planning import tables_plan
from app.engine.synthesizers.several.files import tables_bytes, tables_of
from app.engine.training.several.fitting import train_tables
from app.engine.training.training_plan import AskedTraining
from tests.engine.several_tables import NEW, drawn

DEPARTMENTS = 80
QUICK = AskedTraining(settings={"max_rounds": 10}, seed=1)
DEFINITION: dict[str, Any] = {
    "tables": {
        "departments": {"primary_key": "id", "columns": {"id": NEW}},
        "people": {"primary_key": "id", "columns": {"id": NEW}},
    },
    "foreign_keys": [
        {"from": "departments.head", "to": "people.id"},
        {"from": "people.department", "to": "departments.id"},
    ],
}


def company(*, all_headed: bool = False, elsewhere: bool = False) -> dict[str, pa.Table]:
    """Departments whose head is a senior of their own, or of the next one; some have none."""
    rng = np.random.default_rng(1)
    department = np.repeat(np.arange(DEPARTMENTS), rng.integers(2, 9, DEPARTMENTS))
    first = np.searchsorted(department, np.arange(DEPARTMENTS))
    senior = np.isin(np.arange(len(department)), first)
    head = np.roll(first, 1) if elsewhere else first
    headless = np.zeros(DEPARTMENTS, bool) if all_headed else rng.random(DEPARTMENTS) < 0.2
    return {
        "departments": pa.table(
            {
                "id": np.arange(DEPARTMENTS) + 700,
                "floor": rng.integers(1, 6, DEPARTMENTS),
                "head": pa.array(head + 4_000, mask=headless),
            }
        ),
        "people": pa.table(
            {
                "id": np.arange(len(department)) + 4_000,
                "department": department + 700,
                "rank": np.where(senior, "senior", "junior"),
            }
        ),
    }


@pytest.mark.parametrize("elsewhere", [False, True])
def test_the_circle_is_cut_at_the_key_that_may_be_missing(elsewhere: bool) -> None:
    tables = company(elsewhere=elsewhere)
    learned = train_tables(tables, DEFINITION, QUICK)
    (key,) = learned.by_name["departments"].relations.references
    assert key.is_later and key.is_own is not elsewhere and learned.root == "departments"
    found = drawn(tables_plan(tables_of(tables_bytes(learned)), "company", seed=2))
    people = found["people"].to_pandas().set_index("id")
    departments = found["departments"].to_pandas()
    headed = departments.dropna()
    missing = 1 - len(headed) / len(departments)
    real = tables["departments"]["head"].null_count / DEPARTMENTS
    assert missing == pytest.approx(real, abs=0.1)
    heads = people.loc[headed["head"].astype(int)]
    assert (heads["rank"] == "senior").mean() > 0.75
    if not elsewhere:
        assert (heads["department"].to_numpy() == headed["id"].to_numpy()).all()
    assert not set(departments["head"]) & set(tables["departments"]["head"].to_pylist()) - {None}


def test_a_circle_without_such_a_key_is_refused() -> None:
    with pytest.raises(DefinitionError, match="in a circle, by keys none of which misses"):
        train_tables(company(all_headed=True), DEFINITION, QUICK)
