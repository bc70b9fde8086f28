"""What a column determines in the source it determines in every row drawn."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from app.engine.synthesizers.learning import learn
from app.engine.synthesizers.table import encode

CITIES = ["Bari", "Lecce", "Como", "Pavia"]
REGIONS = ["South", "South", "North", "North"]


def table(seed: int, rows: int = 400) -> pa.Table:
    """A city determines its region and number, a number its city; sizes depend on nothing."""
    rng = np.random.default_rng(seed)
    place = rng.integers(0, 4, rows)
    return pa.table(
        {
            "region": pa.array(np.array(REGIONS)[place], mask=place == 3),
            "size": rng.normal(size=rows),
            "number": np.array([3, 1, 7, 5])[place],
            "city": np.array(CITIES)[place],
        }
    )


def rows_of(found: pa.Table | pa.RecordBatch, *names: str) -> set[tuple[object, ...]]:
    return set(zip(*(found.column(name).to_pylist() for name in names), strict=True))


@pytest.mark.parametrize("seed", range(4))
def test_pairs_hold_in_every_row(seed: int) -> None:
    source = table(seed)
    encoded = encode(source)
    assert {("city", "region"), ("city", "number"), ("number", "city")} <= set(encoded.dependencies)
    found = learn(encoded, seed=seed).block(5000, 1, 0)
    for pair in (("city", "region"), ("city", "number"), ("number", "region")):
        assert rows_of(found, *pair) <= rows_of(source, *pair)


def test_pairs_that_are_named_hold_without_being_looked_for() -> None:
    source = table(1)
    pairs = (("city", "region"), ("city", "number"))
    found = learn(encode(source, dependencies=pairs), seed=1).block(3000, 1, 0)
    assert rows_of(found, "city", "region", "number") <= rows_of(source, "city", "region", "number")


def test_a_number_that_determines_has_no_value_of_fewer_than_k_rows() -> None:
    code = [10] * 200 + [20] * 197 + [15] * 3
    name = ["ten"] * 200 + ["twenty"] * 197 + ["one family"] * 3
    source = pa.table({"code": code, "name": name})
    found = learn(encode(source, dependencies=(("code", "name"),)), seed=1).block(3000, 1, 0)
    assert rows_of(found, "code", "name") == {(10, "ten"), (20, "twenty")}


@pytest.mark.parametrize("place", [0, 399])
def test_a_rare_number_does_not_lend_its_partner_to_its_neighbour(place: int) -> None:
    """Tiers say rates; one row has a tier and a rate of its own, wherever it stands."""
    tiers = np.repeat([100, 200, 300, 400], 100)
    rates = np.repeat([1.5, 7.25, 7.25, 11.0], 100)
    tiers[place], rates[place] = 250, 8.8882
    source = pa.table({"tier": tiers, "rate": rates})
    found = learn(encode(source, dependencies=(("tier", "rate"),)), seed=1).block(3000, 1, 0)
    wanted = {(100, 1.5), (200, 7.25), (300, 7.25), (400, 11.0)}
    assert rows_of(found, "tier", "rate") == wanted
