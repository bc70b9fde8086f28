"""The audit in short: the code as it is keeps to what it claims, and the attack is no empty one."""

from __future__ import annotations

import pytest

from app.engine.privacy.mechanisms import KeyedNoise
from tests.audit.attack import TooSmall, attack


@pytest.mark.parametrize("algorithm", ["mst", "aim"])
def test_attacks_find_no_more_than_is_claimed_and_too_little_noise(algorithm: str) -> None:
    """`make audit` runs it often enough to find noise that is too small by √2 at ε 1 as well."""
    right = attack(algorithm, 10.0, 60, KeyedNoise)
    assert right.found <= right.claimed == pytest.approx(1.7546, abs=1e-3)
    assert 0.5 * right.claimed < right.estimated < 1.5 * right.claimed
    small = attack(algorithm, 10.0, 60, lambda key: TooSmall(key, 6))
    assert small.found > small.claimed
