"""An attack on a whole private training, by somebody who knows both tables and hears every answer.

Runs over a table and over one with a row more are told apart by the likelihood ratio of all answers
of the curator, the adaptive choices included: no test is better (Neyman & Pearson 1933). How often
that is wrong bounds the loss from below: for μ-Gaussian differential privacy (Dong, Roth & Su 2022)
no test has errors α and β with Φ⁻¹(1 − α) − Φ⁻¹(β) > μ. Noise that is all Gaussian, of ρ, has
μ = √(2ρ).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import pyarrow as pa
from scipy import stats

from app.engine.privacy.budget import Budget
from app.engine.privacy.curator import Candidate, Curator
from app.engine.privacy.declared_domain import declared_domain
from app.engine.privacy.discrete_gaussian import Counts
from app.engine.privacy.events import EPSILON_UNIT, FEWEST_VARIANCE, GaussianEvent
from app.engine.privacy.mechanisms import KeyedNoise, Noise
from app.engine.privacy.transcript import Measurement
from app.engine.seeds import NoiseKey
from app.engine.synthesizers.private import mst
from app.engine.synthesizers.private.registry import PRIVATE_SYNTHESIZERS

DELTA = 1e-6
CONFIDENCE = 0.95
NAMES = ("a", "b", "c")
DOMAIN = declared_domain(
    NAMES, {}, {name: {"labels": ["x", "y"], "missing": False} for name in NAMES}
)
WITHOUT = pa.table({"a": list("xxyy") * 8, "b": list("xyxy") * 8, "c": list("xyyx") * 8})
WITH = pa.concat_tables([WITHOUT, pa.table({name: ["y"] for name in NAMES})])
SETTINGS = {"aim": {"iterations": 1, "last_iterations": 1}, "mst": {}}
SIDES = [
    Curator(table, DOMAIN, Budget(1.0, DELTA), KeyedNoise(NoiseKey(bytes(32))))
    for table in (WITH, WITHOUT)
]
"""For their exact counts, which are the same in every run."""
MakeNoise = Callable[[NoiseKey], Noise]


class Attacked(Curator):
    """A curator of one table who notes what its answers say for the first table against the second.

    Attributes:
        evidence: log of the likelihood ratio of all answers so far.
    """

    def __init__(self, table: pa.Table, epsilon: float, noise: Noise) -> None:
        super().__init__(table, DOMAIN, Budget(epsilon, DELTA), noise)
        self.evidence = 0.0
        self._sides = SIDES

    def measure(self, name: str, columns: Sequence[str], variance: int) -> Measurement:
        found = super().measure(name, columns, variance)
        first, second = (
            float(((found.counts - each._exact(tuple(columns))) ** 2).sum()) for each in self._sides
        )
        self.evidence += (second - first) / (2 * variance * 1e-6)
        return found

    def select(self, name: str, candidates: Sequence[Candidate], epsilon: int) -> int:
        chosen = super().select(name, candidates, epsilon)
        event = self.transcript.entries[-1].event
        scale = epsilon * float(EPSILON_UNIT) / (2 * event.sensitivity)
        first, second = (
            _log_chance([scale * each._score(one) for one in candidates], chosen)
            for each in self._sides
        )
        self.evidence += first - second
        return chosen


class TooSmall:
    """Noise whose σ is too small by √2, under the events of the right one.

    Args:
        times: by which its variance is too small.
    """

    def __init__(self, key: NoiseKey, times: int = 2) -> None:
        self._noise = KeyedNoise(key)
        self._times = times

    def counts(self, exact: Counts, event: GaussianEvent, call: int) -> Counts:
        smaller = max(event.variance // self._times, FEWEST_VARIANCE)
        return self._noise.counts(exact, replace(event, variance=smaller), call)

    def choice(self, *given: object) -> int:
        return self._noise.choice(*given)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Finding:
    """What an attack came to.

    Args:
        claimed: μ of the budget.
        found: a lower bound of μ, which holds with 95 %.
        estimated: μ by the shares of errors as they are.
    """

    claimed: float
    found: float
    estimated: float


def attack(algorithm: str, epsilon: float, runs: int, noise: MakeNoise = KeyedNoise) -> Finding:
    """Train so many times over each table, and tell the runs apart.

    Args:
        noise: made of the key of a run; keys are numbered, so that an audit can be repeated.
    """
    evidence = [
        [
            _run(algorithm, table, epsilon, noise(NoiseKey(bytes([side]) + run.to_bytes(31))))
            for run in range(runs)
        ]
        for side, table in enumerate((WITHOUT, WITH))
    ]
    wrong = [sum(each > 0 for each in evidence[0]), sum(each <= 0 for each in evidence[1])]
    rho = Budget(epsilon, DELTA).rho
    return Finding(
        math.sqrt(2e-12 * rho),
        _mu(*(_highest_share(each, runs) for each in wrong)),
        _mu(*((each + 0.5) / (runs + 1) for each in wrong)),
    )


def _run(algorithm: str, table: pa.Table, epsilon: float, noise: Noise) -> float:
    curator = Attacked(table, epsilon, noise)
    synthesizer = PRIVATE_SYNTHESIZERS[algorithm]
    # How near a model comes to its answers is no matter of privacy: two steps are enough.
    before, mst.ITERATIONS = mst.ITERATIONS, 2
    try:
        synthesizer.fit(curator, synthesizer.settings(**SETTINGS[algorithm]), None)
    finally:
        mst.ITERATIONS = before
    return curator.evidence


def _log_chance(scaled: Sequence[float], chosen: int) -> float:
    best = max(scaled)
    return scaled[chosen] - best - math.log(sum(math.exp(each - best) for each in scaled))


def _highest_share(wrong: int, runs: int) -> float:
    """Upper bound of a share (Clopper & Pearson 1934), so that both hold with `CONFIDENCE`."""
    if wrong >= runs:
        return 1.0
    return float(stats.beta.ppf(1 - (1 - CONFIDENCE) / 2, wrong + 1, runs - wrong))


def _mu(false_alarms: float, misses: float) -> float:
    return float(max(0.0, stats.norm.ppf(1 - false_alarms) - stats.norm.ppf(misses)))
