"""What comes out of private rows, replayed over neighbours, and planted bugs that must show."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from app.engine.errors import BudgetError, SourceError
from app.engine.privacy.budget import Budget
from app.engine.privacy.curator import ESTIMATE_STEPS, Candidate, Curator, _clamped
from app.engine.privacy.declared_domain import declared_domain
from app.engine.privacy.domain import Domain, Labels, Numbers
from app.engine.privacy.events import SelectionEvent, selection_epsilon_for, variance_for
from app.engine.privacy.mechanisms import KeyedNoise, Noise
from app.engine.seeds import NoiseKey
from tests.engine.privacy.people import MOST_ROWS, NEIGHBOURS, TABLE, domain
from tests.engine.privacy.replay import Run, violations

PAIRS = (("plan", "age"), ("plan", "city"), ("age", "city"))
PEOPLE = {name: each for name, each in NEIGHBOURS.items() if name != "everybody else"}


def curator_of(table: pa.Table, noise: Noise, known: Domain | None = None) -> Curator:
    return Curator(
        table,
        known or domain(),
        Budget(3.0, 1e-6),
        noise,
        unit="person",
        max_contributions=MOST_ROWS,
    )


def asked(curator: Curator) -> tuple[Curator, Any]:
    """Each column, the pair that is missed most, and that pair."""
    part = curator.budget.rho // 8
    variance = variance_for(part, curator.sensitivity)
    for name in curator.domain.names:
        curator.measure("columns", [name], variance)
    chosen = curator.select("a pair", candidates(curator.domain), selection_epsilon_for(part))
    found = curator.measure("the pair", PAIRS[chosen], variance)
    return curator, [each.counts.tolist() for each in curator.transcript.measurements] + [
        int(found.counts.sum())
    ]


def candidates(known: Domain, weight: int = 3) -> list[Candidate]:
    nothing = [np.zeros(known.cells(pair), np.int64) for pair in PAIRS]
    return [
        Candidate(pair, estimate, 100 * place, 1 + weight * (place == 1))
        for place, (pair, estimate) in enumerate(zip(PAIRS, nothing, strict=True))
    ]


def private(table: pa.Table, noise: Noise, seed: int) -> tuple[Curator, Any]:
    return asked(curator_of(table, noise))


@pytest.mark.parametrize("neighbour", PEOPLE)
def test_neighbours_are_asked_the_same_and_are_no_further_apart(neighbour: str) -> None:
    assert violations(private, TABLE, PEOPLE[neighbour]) == set()


def test_tables_that_are_no_neighbours_are_found_out() -> None:
    assert violations(private, TABLE, NEIGHBOURS["everybody else"]) == {"sensitivity"}


class Unclamped(Curator):
    def __init__(self, table: pa.Table, known: Domain, noise: Noise) -> None:
        super().__init__(table, known, Budget(3.0, 1e-6), noise)
        self.sensitivity = MOST_ROWS


def no_clamp(table: pa.Table, noise: Noise, seed: int) -> tuple[Curator, Any]:
    return asked(Unclamped(table, domain(), noise))


def half_the_sensitivity(table: pa.Table, noise: Noise, seed: int) -> tuple[Curator, Any]:
    curator = curator_of(table, noise)
    curator.sensitivity = 1
    return asked(curator)


def labels_of_the_rows(table: pa.Table, noise: Noise, seed: int) -> tuple[Curator, Any]:
    labels = sorted(pc.unique(table["plan"]).drop_null().to_pylist())
    return asked(curator_of(table, noise, domain(plan=labels)))


def bounds_of_the_rows(table: pa.Table, noise: Noise, seed: int) -> tuple[Curator, Any]:
    ends = pc.min_max(table["age"].filter(pc.is_finite(table["age"]))).as_py()
    bounds = {"age": {"low": ends["min"], "high": ends["max"], "bins": 6}}
    labels = {name: ["Rome", "Oslo", "Bern", "pro", "rare"] for name in ("plan", "city")}
    known = declared_domain(["plan", "age", "city"], bounds, labels)
    curator, made = asked(curator_of(table, noise, known))
    return curator, (made, known)


def exact_rows_decide_the_noise(table: pa.Table, noise: Noise, seed: int) -> tuple[Curator, Any]:
    curator = curator_of(table, noise)
    curator.measure("columns", ["plan"], 50_000_000 * table.num_rows)
    return curator, None


def exact_rows_come_out(table: pa.Table, noise: Noise, seed: int) -> tuple[Curator, Any]:
    curator, made = asked(curator_of(table, noise))
    return curator, (made, table.num_rows)


def exact_rows_are_a_gate(table: pa.Table, noise: Noise, seed: int) -> tuple[Curator, Any]:
    curator = curator_of(table, noise)
    curator.measure("columns", ["plan"], 10**9)
    if table.num_rows >= len(TABLE):
        curator.measure("columns", ["city"], 10**9)
    return curator, None


def asked_twice_for_one_price(table: pa.Table, noise: Noise, seed: int) -> tuple[Curator, Any]:
    curator, made = asked(curator_of(table, noise))
    event = curator.transcript.measurements[0].event
    return curator, (made, noise.counts(curator._exact(("plan",)), event, 99).tolist())


def noise_of_the_seed(table: pa.Table, noise: Noise, seed: int) -> tuple[Curator, Any]:
    noise._noise = KeyedNoise(NoiseKey(seed.to_bytes(32)))  # type: ignore[attr-defined]
    return asked(curator_of(table, noise))


class Lightly(Curator):
    """Says of a choice that its scores move as if no candidate had a weight."""

    def select(self, name: str, candidates: Sequence[Candidate], epsilon: int) -> int:
        event = SelectionEvent(name, len(candidates), ESTIMATE_STEPS, epsilon)
        self.budget.spend(event, 0)  # type: ignore[arg-type]
        return self._noise.choice([self._score(each) for each in candidates], event, 0)


def weights_are_free(table: pa.Table, noise: Noise, seed: int) -> tuple[Curator, Any]:
    curator = Lightly(table, domain(), Budget(3.0, 1e-6), noise)
    curator.select("a pair", candidates(domain(), 9), 10**10)
    return curator, None


class Careless(Numbers):
    """Clips, and forgets what is not a number."""

    __slots__ = ()

    def codes(self, column: pa.Array) -> Any:
        numbers = np.nan_to_num(column.to_numpy(zero_copy_only=False), nan=-1.0)
        return np.floor((np.minimum(numbers, 79.0) - 18.0) / 62.0 * 6).astype(np.int32)


def clip_forgets(table: pa.Table, noise: Noise, seed: int) -> tuple[Curator, Any]:
    plan, age, city = domain().columns
    assert isinstance(age, Numbers)
    careless = Careless(age.name, age.scale, age.starts, age.end, age.decimals, age.missing)
    return asked(curator_of(table, noise, Domain((plan, careless, city))))


def choice_of_the_largest(table: pa.Table, noise: Noise, seed: int) -> tuple[Curator, Any]:
    curator = curator_of(table, noise)
    labels = curator._exact(("plan",))
    curator.measure("the most frequent", ["plan"], 10**9)
    return curator, (int(labels[2]) > 0)


BUGS: dict[str, tuple[Run, str, str]] = {
    "an individual's rows are not clamped": (no_clamp, "a person twenty times", "sensitivity"),
    "half the sensitivity": (half_the_sensitivity, "the only row of a label", "sensitivity"),
    "labels read from rows": (labels_of_the_rows, "the only row of a label", "path"),
    "bounds read from rows": (bounds_of_the_rows, "beyond the bound", "result"),
    "exact rows decide the noise": (exact_rows_decide_the_noise, "one more row", "path"),
    "exact rows come out": (exact_rows_come_out, "one more row", "result"),
    "exact rows are a gate": (exact_rows_are_a_gate, "the last person", "path"),
    "asked twice for one price": (asked_twice_for_one_price, "one more row", "cost"),
    "noise of the seed": (noise_of_the_seed, "one more row", "seed"),
    "weights are free": (weights_are_free, "one more row", "sensitivity"),
    "clipping forgets what is no number": (clip_forgets, "not a number", "raises"),
    "a label's presence comes out": (choice_of_the_largest, "the only row of a label", "result"),
}


@pytest.mark.parametrize("bug", BUGS)
def test_planted_bugs_are_caught(bug: str) -> None:
    run, neighbour, kind = BUGS[bug]
    assert kind in violations(run, TABLE, NEIGHBOURS[neighbour])


def test_nothing_is_read_that_is_not_paid_for() -> None:
    curator = curator_of(TABLE, KeyedNoise(NoiseKey.fresh()))
    with pytest.raises(BudgetError, match="are left"):
        curator.measure("much", ["plan"], 10**5)
    with pytest.raises(BudgetError, match="are left"):
        curator.select("much", candidates(domain()), 10**13)
    assert curator.transcript.entries == () and curator.budget.spent == 0


def test_marginals_are_bounded_by_the_declared_domain_alone() -> None:
    curator = Curator(
        TABLE, domain(), Budget(1.0, 1e-6), KeyedNoise(NoiseKey.fresh()), max_cells=27
    )
    with pytest.raises(ValueError, match="28 cells, more than 27"):
        curator.measure("columns", ["plan", "age"], 10**9)
    curator.measure("columns", ["plan", "city"], 10**9)


def test_a_retry_with_the_same_key_says_the_same_and_another_execution_does_not() -> None:
    key = NoiseKey.fresh()
    hashes = [asked(curator_of(TABLE, KeyedNoise(each)))[0].transcript.hash for each in (key, key)]
    assert hashes[0] == hashes[1]
    assert asked(curator_of(TABLE, KeyedNoise(NoiseKey.fresh())))[0].transcript.hash != hashes[0]


def test_noisy_marginals_have_their_noise_around_the_exact_one() -> None:
    table = pa.table({"a": ["x", "y"] * 500, "b": pa.array([1.0, 2.0, 3.0, None] * 250)})
    known = declared_domain(
        ["a", "b"], {"b": {"low": 1, "high": 3, "bins": 3}}, {"a": Labels("a", ("x", "y")).labels}
    )
    found = []
    for turn in range(200):
        noise = KeyedNoise(NoiseKey(turn.to_bytes(32)))
        curator = Curator(table, known, Budget(3.0, 1e-6), noise)
        found.append(curator.measure("both", ["a", "b"], 16_000_000).counts)
    exact = np.array([250, 0, 250, 0, 0, 250, 0, 250, 0, 0, 0, 0])
    errors = np.array(found) - exact
    assert np.abs(errors.mean(axis=0)).max() < 4 * 4 / np.sqrt(200)
    assert errors.std() == pytest.approx(4.0, rel=0.05)


def test_choices_follow_the_exponential_mechanism() -> None:
    scores, event = [0, 1024, 3072], SelectionEvent("n", 3, 1024, 2 * 10**12)
    noise = KeyedNoise(NoiseKey(bytes(32)))
    drawn = [noise.choice(scores, event, call) for call in range(6000)]
    wanted = np.exp([0, 1, 3]) / np.exp([0, 1, 3]).sum()
    assert np.bincount(drawn) / 6000 == pytest.approx(wanted, abs=0.02)
    assert noise.choice([0, -(10**15)], event, 1) == 0


def test_clamping_keeps_the_first_rows_of_each_person() -> None:
    table = pa.table({"who": ["a", "b", "a", None, "a", None, None]})
    kept = np.array([False, True, True, True, True, True, True])
    found = _clamped(table, "who", kept, 1)
    assert found.tolist() == [False, True, True, False, False, False, False]
    with pytest.raises(SourceError, match="make it text"):
        _clamped(pa.table({"who": [1.0, None]}), "who", kept[:2], 1)
    with pytest.raises(SourceError, match="no column 'whom'"):
        _clamped(table, "whom", kept, 1)
