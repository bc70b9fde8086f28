"""Tables of one population, and what a synthesizer could make of them."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from app.engine.evaluation.contest import Contest, contest
from app.engine.evaluation.measure import PRIVACY, Estimate
from app.engine.evaluation.measures import MEASURES

MEMBERSHIP = ("membership_auc", "membership_tpr")
RISKS = (
    "attribute_inference",
    "linkability",
    "rare_combinations",
    "singling_out_one",
    "singling_out_several",
)
# What each attack comes to where nothing was learned of anybody.
CHANCE = {**dict.fromkeys(RISKS, 0.0), "membership_auc": 0.5, "membership_tpr": 0.01}


def population(rows: int, seed: int) -> pa.Table:
    """Numbers and labels that go together, with a hole now and then."""
    rng = np.random.default_rng(seed)
    age = rng.integers(18, 80, rows)
    pay = np.round(age * 100.0 + rng.normal(0, 300, rows))
    decades = np.array([f"decade {each}" for each in range(10)])
    jobs = rng.choice(["clerk", "cook", "driver", "nurse"], rows, p=[0.4, 0.3, 0.2, 0.1])
    return pa.table(
        {
            "age": age,
            "pay": pa.array(pay, mask=rng.random(rows) < 0.05),
            "rich": np.where(pay + rng.normal(0, 500, rows) > 5000, "yes", "no"),
            "group": np.where(rng.random(rows) < 0.6, decades[age // 10], jobs),
            "height": np.round(rng.normal(170, 10, rows)),
            "weight": np.round(rng.normal(70, 10, rows), 1),
        }
    )


def copied(train: pa.Table, seed: int) -> pa.Table:
    """A bootstrap of the rows that were learned."""
    rows = train.num_rows
    return train.take(np.random.default_rng(seed).integers(rows, size=rows))


def with_copies(train: pa.Table, fresh: pa.Table, share: float, seed: int) -> pa.Table:
    """A share of the learned rows hidden among rows that have nothing to do with them."""
    rows = train.num_rows
    few = np.random.default_rng(seed).choice(rows, int(share * rows), replace=False)
    return pa.concat_tables([fresh.slice(len(few)), train.take(few)])


def independent(table: pa.Table, seed: int) -> pa.Table:
    """Each column in an order of its own."""
    rng = np.random.default_rng(seed)
    orders = {name: rng.permutation(table.num_rows) for name in table.column_names}
    return pa.table({name: table[name].take(order) for name, order in orders.items()})


def attacked(train: pa.Table, others: pa.Table, synthetic: pa.Table, seed: int = 0) -> Contest:
    return contest(train, others, synthetic, None, seed)


def privacy_of(found: Contest) -> dict[str, Estimate]:
    """Every figure of privacy of the synthetic rows alone, by its name."""
    taken = [each.take(found, found.synthetic) for each in MEASURES if each.question == PRIVACY]
    return {name: estimate for each in taken for name, estimate in each.items()}


def caught(figures: dict[str, Estimate]) -> set[str]:
    """The attacks that learned something: whose interval lies above chance."""
    found = set()
    for name, chance in CHANCE.items():
        interval = figures[name].interval
        assert interval is not None
        if interval.low > chance:
            found.add(name)
    return found
