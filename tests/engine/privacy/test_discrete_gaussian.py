"""Noise beside the exact distribution, and where it comes from."""

from __future__ import annotations

import math
from decimal import Decimal, localcontext
from fractions import Fraction

import numpy as np
import pytest
from scipy import stats

from app.engine.privacy.discrete_gaussian import cut, noise, noise_table
from app.engine.seeds import NoiseKey

KEY = NoiseKey(bytes(range(32)))


def probabilities(variance: float, most: int) -> np.ndarray:
    weights = np.exp(-(np.arange(-most, most + 1) ** 2) / (2 * variance))
    return weights / weights.sum()


@pytest.mark.parametrize("variance", [100_000, 700_000, 2_000_000, 60_000_000, 5_476_000_000])
def test_draws_follow_the_exact_probabilities(variance: int) -> None:
    draws, most = noise(KEY, variance, 200_000, "chi square"), cut(variance)
    expected = probabilities(variance / 1e6, most) * len(draws)
    counts = np.bincount(draws + most, minlength=2 * most + 1)
    # Neighbours are taken together until five are expected in each.
    reach = np.floor(np.cumsum(expected) / 5.000001).astype(int)
    together = np.minimum(reach, int(len(draws) / 5.000001) - 1)
    _, place = np.unique(together, return_inverse=True)
    expected = np.bincount(place, expected)
    kept = expected > 4.0
    found = np.append(np.bincount(place, counts)[kept], np.bincount(place, counts)[~kept].sum())
    wanted = np.append(expected[kept], expected[~kept].sum())
    found, wanted = found[wanted > 0], wanted[wanted > 0]
    result = stats.chisquare(found, wanted * found.sum() / wanted.sum())
    assert result.pvalue > 1e-3
    wrong = probabilities(variance / 2e6, most) * len(draws)
    wide = np.append(np.bincount(place, wrong)[kept], np.bincount(place, wrong)[~kept].sum())
    wide = np.maximum(wide[: len(found)], 1e-9)
    assert stats.chisquare(found, wide * found.sum() / wide.sum()).pvalue < 1e-9


@pytest.mark.parametrize("variance", [100_000, 1_234_567, 60_840_000])
def test_the_table_is_the_exact_distribution_to_its_128_bits(variance: int) -> None:
    table, sigma2 = noise_table(variance), Decimal(variance) / 10**6
    with localcontext() as context:
        context.prec = 80
        numbers = range(-table.most, table.most + 1)
        weights = [(-(Decimal(k) ** 2) / (2 * sigma2)).exp() for k in numbers]
        total, reach, errors = sum(weights), Decimal(0), []
        for weight, upper, lower in zip(weights, table.upper, table.lower, strict=False):
            reach += weight
            errors.append(reach / total * 2**128 - ((int(upper) << 64) + int(lower)))
    assert min(errors) > Decimal("-1e-20") and max(errors) < 1 + Decimal("1e-20")


@pytest.mark.parametrize("variance", [100_000, 1_000_000, 5_476_000_000, 10**12])
def test_what_is_cut_off_and_rounded_is_less_than_is_charged(variance: int) -> None:
    table, sigma2 = noise_table(variance), variance / 1e6
    log_tail = math.log(2) - (table.most + 1) ** 2 / (2 * sigma2)
    assert log_tail < -128 * math.log(2)
    assert table.error >= Fraction(2 * table.most + 1, 2 * 2**128) + Fraction(1, 2**128)


def test_a_word_on_an_entry_is_settled_by_the_second_one() -> None:
    table = noise_table(1_000_000)
    place = table.most  # P(X ≤ 0)
    words = np.repeat(table.upper[place], 3)
    low, entry = np.uint64(0), table.lower[place]
    drawn = table.draw(words, np.array([low, entry - np.uint64(1), entry], np.uint64))
    assert drawn.tolist() == [0, 0, 1]


def test_the_key_and_the_names_alone_decide() -> None:
    once = noise(KEY, 10**8, 1000, "marginal", 3)
    assert (noise(KEY, 10**8, 1000, "marginal", 3) == once).all()
    others = [
        noise(KEY, 10**8, 1000, "marginal", 4),
        noise(KEY, 10**8, 1000, "marginal", "3"),
        noise(NoiseKey(bytes(32)), 10**8, 1000, "marginal", 3),
        noise(NoiseKey.fresh(), 10**8, 1000, "marginal", 3),
    ]
    for other in others:
        assert (other == once).mean() < 0.2
        assert abs(np.corrcoef(other, once)[0, 1]) < 0.15


def test_keys_do_not_show_and_have_their_length() -> None:
    assert NoiseKey.fresh() != NoiseKey.fresh()
    assert KEY.secret.hex() not in repr(KEY) and repr(KEY.secret) not in repr(KEY)
    with pytest.raises(ValueError, match="32 bytes"):
        NoiseKey(b"short")


@pytest.mark.parametrize("variance", [0, -1, 10**15 + 1])
def test_variances_out_of_range_are_refused(variance: int) -> None:
    with pytest.raises(ValueError, match="the most is"):
        noise_table(variance)
