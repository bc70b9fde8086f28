"""What every private synthesizer keeps to, and that relations come through the noise."""

from __future__ import annotations

import pickle
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from app.engine.privacy.budget import Budget
from app.engine.privacy.curator import Curator
from app.engine.privacy.declared_domain import declared_domain
from app.engine.privacy.domain import Domain
from app.engine.privacy.mechanisms import KeyedNoise, Noise
from app.engine.privacy.statement import PrivacyRequest
from app.engine.seeds import NoiseKey, Stream
from app.engine.synthesizers.private import estimation
from app.engine.synthesizers.private.private_model import ONE, PrivateModel
from app.engine.synthesizers.private.registry import PRIVATE_SYNTHESIZERS
from tests.engine.privacy.people import MOST_ROWS, NEIGHBOURS, TABLE, domain
from tests.engine.privacy.replay import Run, violations

NAMES = list(PRIVATE_SYNTHESIZERS)
BOUNDS = {
    "fee": {"low": 0, "high": 80, "bins": 8},
    "paid": {"low": 0.0, "high": 400.0, "bins": 8, "decimals": 1, "missing": False},
    "since": {"low": "2020-01-01", "high": "2022-12-31", "bins": 6},
}
LABELS = {"plan": ["basic", "plus", "pro", "never"], "active": [True, False]}


def customers(rows: int = 4000) -> pa.Table:
    """Two columns that say each other, one that follows them, and two without relation."""
    rng = np.random.default_rng(11)
    plan = rng.choice(["basic", "plus", "pro"], rows, p=[0.5, 0.3, 0.2])
    fee = np.select([plan == "basic", plan == "plus"], [5, 25], 65)
    day = np.datetime64("2020-01-01") + rng.integers(0, 1000, rows)
    return pa.table(
        {
            "plan": plan,
            "fee": pa.array(fee, pa.int32()),
            "paid": fee * 5.0 + rng.uniform(0, 50, rows),
            "since": pa.array(day, pa.date32()),
            "active": pa.array(rng.random(rows) < 0.8, mask=rng.random(rows) < 0.2),
        }
    )


CUSTOMERS = customers()
KNOWN = declared_domain(CUSTOMERS.column_names, BOUNDS, LABELS)
KEY = NoiseKey(bytes(range(32)))


@cache
def fitted(
    name: str, epsilon: float = 10.0, key: NoiseKey = KEY, **settings: Any
) -> tuple[Curator, PrivateModel]:
    curator = Curator(CUSTOMERS, KNOWN, Budget(epsilon, 1e-6), KeyedNoise(key))
    synthesizer = PRIVATE_SYNTHESIZERS[name]
    return curator, synthesizer.fit(curator, synthesizer.settings(**settings), "plan")


def drawn(model: PrivateModel, rows: int = 4000, seed: int = 3) -> pa.Table:
    return pa.Table.from_batches([model.block(rows, Stream(seed))])


def plain(model: PrivateModel) -> list[Any]:
    return [(each.values.name, each.parents, each.reach.tolist()) for each in model.columns]


def run_of(name: str) -> Run:
    def run(table: pa.Table, noise: Noise, seed: int) -> tuple[Curator, Any]:
        curator = Curator(
            table, domain(), Budget(2.0, 1e-6), noise, unit="person", max_contributions=MOST_ROWS
        )
        synthesizer = PRIVATE_SYNTHESIZERS[name]
        given = {"iterations": 2, "last_iterations": 2} if name == "aim" else {}
        model = synthesizer.fit(curator, synthesizer.settings(**given), "plan")
        return curator, plain(model)

    return run


@pytest.mark.parametrize("neighbour", [name for name in NEIGHBOURS if name != "everybody else"])
@pytest.mark.parametrize("name", NAMES)
def test_neighbours_are_asked_the_same_and_the_model_is_of_the_answers(
    name: str, neighbour: str
) -> None:
    assert violations(run_of(name), TABLE, NEIGHBOURS[neighbour]) == set()


@pytest.mark.parametrize("name", NAMES)
def test_a_model_of_the_exact_number_of_rows_is_caught(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = run_of(name)

    def with_rows(table: pa.Table, noise: Noise, seed: int) -> tuple[Curator, Any]:
        monkeypatch.setattr(estimation, "estimated_rows", lambda found: float(table.num_rows))
        return run(table, noise, seed)

    assert {"result"} <= violations(with_rows, TABLE, NEIGHBOURS["a person twenty times"])


@pytest.mark.parametrize("name", NAMES)
def test_types_names_and_values_are_those_of_the_domain(name: str) -> None:
    curator, model = fitted(name)
    model.check()
    found = drawn(model)
    assert found.schema.names == CUSTOMERS.column_names
    assert [str(each) for each in found.schema.types] == [
        "string", "int64", "double", "date32[day]", "string",
    ]  # fmt: skip
    assert (KNOWN.codes(found) >= 0).all()
    assert set(found["plan"].to_pylist()) <= {*LABELS["plan"], None}
    assert found["paid"].null_count == 0
    ends = pc.min_max(found["fee"]).as_py()
    assert ends["min"] >= 0 and ends["max"] <= 80
    paid = np.array(found["paid"])
    assert (np.round(paid, 1) == paid).all() and len(np.unique(paid)) > 1000
    assert curator.budget.spent <= curator.budget.rho


@pytest.mark.parametrize("name", NAMES)
def test_nearly_all_of_the_budget_is_used(name: str) -> None:
    for epsilon in (0.5, 10.0):
        curator, _ = fitted(name, epsilon)
        assert curator.budget.spent > 0.999 * curator.budget.rho
        assert curator.budget.epsilon_spent() <= epsilon


@pytest.mark.parametrize("name", NAMES)
def test_margins_come_through_the_noise(name: str) -> None:
    found = KNOWN.codes(drawn(fitted(name)[1]))
    real = KNOWN.codes(CUSTOMERS)
    for place, size in enumerate(KNOWN.sizes):
        shares = [np.bincount(each[:, place], minlength=size) / 4000 for each in (found, real)]
        assert np.abs(shares[0] - shares[1]).max() < 0.02


@pytest.mark.parametrize("name", NAMES)
def test_relations_come_through_the_noise(name: str) -> None:
    found = drawn(fitted(name)[1])
    codes = KNOWN.codes(found)
    says = np.mean(codes[:, 0] == np.select([codes[:, 1] == 0, codes[:, 1] == 2], [0, 1], 2))
    follows = np.corrcoef(codes[:, 1], codes[:, 2])[0, 1]
    if name == "independent":
        assert says < 0.6 and abs(follows) < 0.1
    else:
        assert says > 0.95 and follows > 0.9


@pytest.mark.parametrize("name", NAMES)
def test_a_seed_draws_the_same_bytes_and_decides_nothing_of_the_noise(name: str) -> None:
    curator, model = fitted(name)
    again, same = fitted.__wrapped__(name)
    assert again.transcript.hash == curator.transcript.hash and plain(same) == plain(model)
    assert drawn(same).equals(drawn(model)) and not drawn(model, seed=4).equals(drawn(model))
    other, another = fitted(name, key=NoiseKey.fresh())
    assert other.transcript.hash != curator.transcript.hash and plain(another) != plain(model)
    assert drawn(pickle.loads(pickle.dumps(model))).equals(drawn(model))


@pytest.mark.parametrize("name", NAMES)
def test_cells_can_be_given(name: str) -> None:
    _, model = fitted(name)
    drawing = model.drawing(3)
    for column in drawing.columns:
        codes = np.array([2, 2, 2], np.int32) if column.name == "plan" else None
        chances = drawing.advance(np.array([0.1, 0.5, 0.9]), codes)
        if codes is not None:
            assert chances is not None and (chances > 0).all() and (chances <= 1).all()
    cells = drawing.cells(model.schema.names)
    assert cells["plan"].to_pylist() == ["pro"] * 3
    if name != "independent":
        assert all(60 <= each <= 80 for each in cells["fee"].to_pylist())


@pytest.mark.parametrize("name", NAMES)
def test_a_model_says_what_its_columns_depend_on(name: str) -> None:
    _, model = fitted(name)
    said = {each.name: {other.column for other in each.by} for each in model.explained()}
    assert sorted(said) == sorted(CUSTOMERS.column_names)
    assert any(said.values()) == (name != "independent")


@pytest.mark.parametrize("name", NAMES)
def test_one_column_and_no_rows_are_learned(name: str) -> None:
    known = Domain(KNOWN.columns[:1])
    curator = Curator(CUSTOMERS.slice(0, 0), known, Budget(1.0, 1e-6), KeyedNoise(KEY))
    synthesizer = PRIVATE_SYNTHESIZERS[name]
    model = synthesizer.fit(curator, synthesizer.settings(), None)
    assert drawn(model, 10).num_rows == 10


def test_the_model_of_aim_keeps_to_its_cells() -> None:
    _, model = fitted("aim", model_cells=1000)
    assert max(each.reach.size for each in model.columns) <= 1000
    for field in PRIVATE_SYNTHESIZERS["aim"].settings.model_fields.values():
        assert field.description
    assert PrivacyRequest.model_fields["algorithm"].default in NAMES


def test_models_at_fault_are_refused() -> None:
    _, model = fitted("mst")
    last = model.columns[-1]
    first = model.columns[:-1]
    for broken, message in (
        (replace(model, names=("plan",)), "not those of the table"),
        (replace(model, columns=(*first, replace(last, parents=("x",)))), "later one"),
        (replace(model, columns=model.columns[::-1]), "later one"),
        (replace(model, columns=(*first, replace(last, reach=last.reach[:1]))), "other"),
    ):
        with pytest.raises(ValueError, match=message):
            broken.check()
    for reach in (last.reach[:, :-1], last.reach[:, ::-1], np.minimum(last.reach, ONE - 1)):
        with pytest.raises(ValueError, match="probabilities"):
            replace(last, reach=reach).check()
