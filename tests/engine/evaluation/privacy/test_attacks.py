"""Attacks on tables so small that a reader can follow them."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from scipy.stats import gaussian_kde

from app.engine.evaluation.intervals import Interval, auc_interval, normal_quantile, share_interval
from app.engine.evaluation.privacy.attack_risk import Attack, rates, residual_risk, total
from app.engine.evaluation.privacy.attribute_inference import (
    nearest_without,
    right_guesses,
    spans_of,
)
from app.engine.evaluation.privacy.attribution import Attribution, attribution
from app.engine.evaluation.privacy.closeness import copied_share, nearest_ratios, smaller_share
from app.engine.evaluation.privacy.density import density, principal_axes
from app.engine.evaluation.privacy.exposed_groups import Group, groups_of, most_exposed
from app.engine.evaluation.privacy.linkability import linked
from app.engine.evaluation.privacy.membership import (
    nearest_and_within,
    privacy_quality,
    true_positive_rate,
)
from app.engine.evaluation.privacy.nearest import (
    Points,
    nearest_distances,
    nearest_rows,
    nearest_two,
)
from app.engine.evaluation.privacy.rare_combinations import codes_of, combined
from app.engine.evaluation.privacy.singling_out import (
    Condition,
    attack_by,
    multivariate_predicates,
    univariate_predicates,
)
from app.engine.evaluation.privacy.strongest import read_auc, read_true_positives, strongest
from app.engine.evaluation.row_space import row_hashes, row_space


def points(*rows: list[float]) -> Points:
    return np.array(rows, dtype=np.float32)


def test_distances_are_euclidean_and_zero_for_equal_rows() -> None:
    asked, others = points([0, 0], [3, 4]), points([0, 0], [3, 3])
    assert nearest_distances(asked, others).tolist() == [0.0, 1.0]
    assert nearest_two(asked, others)[1].tolist() == [1.0, 5.0]
    assert nearest_rows(asked, others).tolist() == [0, 1]


def test_ties_count_half() -> None:
    near = np.array([0.0, 1.0, 2.0, 2.0], dtype=np.float32)
    assert smaller_share(near, near) == 0.5
    assert smaller_share(near, np.float32(1.0) + near) == 1.0
    assert smaller_share(near, np.array([0.0, 0.5, 3.0, 2.0], dtype=np.float32)) == 0.5


def test_a_row_in_a_crowd_does_not_stand_out() -> None:
    assert nearest_ratios(points([0, 0], [0, 2], [1, 4], [3, 3])).tolist() == [1, 0, 0.25, 1]


def test_copies_are_found_whatever_their_order() -> None:
    train = row_hashes(np.array([[1.0, 2.0], [2.0, 1.0], [np.nan, 0.0]]))
    rows = row_hashes(np.array([[np.nan, -0.0], [1.0, 1.0]]))
    assert copied_share(rows, train) == 0.5


def test_density_is_that_of_scipy() -> None:
    rng = np.random.default_rng(0)
    rows, asked = rng.normal(size=(300, 3)) * [1, 5, 0.1], rng.normal(size=(50, 3))
    expected = gaussian_kde(rows.T, "silverman").logpdf(asked.T)
    assert density(rows).logarithms(asked) == pytest.approx(expected, abs=1e-9)


def test_a_density_leaves_out_axes_along_which_nothing_differs() -> None:
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(100, 2))
    flat = np.column_stack([rows, np.ones(100)])
    assert density(flat).logarithms(flat) == pytest.approx(density(rows).logarithms(rows))
    wide = rng.normal(size=(100, 30)) * np.arange(30, 0, -1)
    assert principal_axes(wide).shape == (30, 10)


def test_the_radius_is_the_median_of_the_nearest_distances() -> None:
    asked, synthetic = points([0], [1], [10]), points([0.5], [0.75], [3])
    nearest, within = nearest_and_within(asked, synthetic)
    assert nearest.tolist() == [0.5, 0.25, 7.0]
    assert within.tolist() == pytest.approx([0, 1 / 3, 0])  # nearer than 0.5


def test_true_positives_lie_on_the_curve() -> None:
    members = np.array([True, True, False, True, False])
    scores = np.array([5.0, 4.0, 3.0, 2.0, 1.0])
    assert true_positive_rate(members, scores, 0.0) == pytest.approx(2 / 3)
    assert true_positive_rate(members, scores, 0.5) == pytest.approx(1.0)
    assert privacy_quality(0.5) == 1.0
    assert privacy_quality(1.0) == privacy_quality(0.0) == 0.0


def test_the_strongest_attack_is_measured_on_rows_that_did_not_choose_it() -> None:
    rng = np.random.default_rng(0)
    members = np.arange(4_000) < 2_000
    good = rng.normal(size=4_000) + members
    luck = {f"luck {place}": rng.normal(size=4_000) for place in range(20)}
    found = strongest({**luck, "good": good}, members, read_auc)
    assert found.attacks == ("good", "good")
    halves = [read_auc(members[place::2], good[place::2]) for place in (0, 1)]
    assert found.value == pytest.approx((halves[0].value + halves[1].value) / 2)
    whole = auc_interval(found.value, 2_000, 2_000)
    assert found.interval.low == pytest.approx(whole.low, abs=1e-3)
    assert found.interval.high == pytest.approx(whole.high, abs=1e-3)


def test_luck_among_many_attacks_is_no_leak() -> None:
    """The largest of twenty is above a half; what is reported is so no more often than not."""
    members = np.arange(1_000) < 500
    found, largest = [], []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        luck = {str(place): rng.normal(size=1_000) for place in range(20)}
        found.append(strongest(luck, members, read_auc))
        largest.append(max(read_auc(members, each).value for each in luck.values()))
    assert np.mean(largest) > 0.53
    assert np.mean([each.value for each in found]) == pytest.approx(0.5, abs=0.005)
    held = [each.interval.low <= 0.5 <= each.interval.high for each in found]
    assert np.mean(held) >= 0.9


def test_the_interval_of_few_false_alarms_holds_both_rates() -> None:
    members = np.arange(2_000) < 1_000
    scores = np.where(np.arange(2_000) % 50 == 0, 1.0, 0.0)  # 2 % of either kind
    found = read_true_positives(members, scores)
    assert found.value == pytest.approx(0.01)
    alarms = share_interval(0.01, 1_000)
    expected = (share_interval(alarms.low, 1_000).low, share_interval(alarms.high, 1_000).high)
    assert (found.interval.low, found.interval.high) == pytest.approx(expected)


def test_intervals_that_hold_at_once_are_wider() -> None:
    assert normal_quantile(5) == pytest.approx(2.5758, abs=1e-4)  # 99 %
    assert auc_interval(0.6, 100, 100, 5).low < auc_interval(0.6, 100, 100).low


def test_a_group_is_named_by_column_and_rank_alone() -> None:
    rng = np.random.default_rng(0)
    members = np.arange(2_000) < 1_000
    table = pa.table(
        {"town": rng.choice(["Berlin", "Rome"], 2_000, p=[0.7, 0.3]), "age": rng.random(2_000)}
    )
    space = row_space(table)
    asked = space.numbers(table)
    scores = rng.random(2_000) + members * (asked[:, 0] == 1)
    found = most_exposed(groups_of(space, asked, rng.random(2_000)), members, scores)
    assert "rows with label 2 of 'town' by frequency: AUC 1.00" in found
    assert "Rome" not in found
    none = most_exposed(groups_of(space, asked, rng.random(2_000)), members, rng.random(2_000))
    assert none == "No group of 100 or more learned rows stands out."


def test_a_group_of_few_is_never_named() -> None:
    members = np.arange(1_000) < 500
    few = np.arange(1_000) % 500 < 99
    assert "No group" in most_exposed(
        iter([Group("few", few)]), members, members.astype(np.float64)
    )
    some = np.arange(1_000) % 500 < 100
    assert "Most exposed: some: AUC 1.00" in most_exposed(
        iter([Group("some", some)]), members, members.astype(np.float64)
    )


def test_risk_is_what_learned_rows_have_beyond_others() -> None:
    assert residual_risk(Attack(50, 100, 50, 100)).value == 0.0
    assert residual_risk(Attack(10, 100, 50, 100)).value < 0
    sure = residual_risk(Attack(1_000, 1_000, 0, 1_000))
    assert sure.value == pytest.approx(0.9981, abs=5e-5)
    assert sure.interval is not None and sure.interval.high <= 1.0
    assert total([Attack(1, 2, 3, 4), Attack(5, 6, 7, 8)]) == Attack(6, 8, 10, 12)
    assert rates(Attack(1, 2, 1, 4)) == "50 of 100 attacks on learned rows were right, 25 on others"


def test_descriptions_of_one_column_are_values_that_one_row_has() -> None:
    synthetic = np.array([[1.0, 0.0], [2.0, 0.0], [2.0, 1.0], [4.0, np.nan]])
    found = univariate_predicates(synthetic, [1], np.random.default_rng(0))
    told = {(each.column, each.sign, each.value) for (each,) in found if each.value == each.value}
    assert told == {(0, "=", 1.0), (0, "=", 4.0), (0, "<", 1.0), (0, ">", 4.0), (1, "=", 1.0)}
    assert len(found) == 6  # and the one row without the second


def test_what_fits_two_rows_singles_nobody_out() -> None:
    predicates = [(Condition(0, ">", 4.0),), (Condition(0, "=", 1.0), Condition(1, "=", np.nan))]
    train = np.array([[5.0, 0.0], [1.0, np.nan], [1.0, 0.0]])
    control = np.array([[5.0, 0.0], [6.0, 0.0], [1.0, 0.0]])
    assert attack_by(predicates, train, control) == Attack(2, 2, 0, 2)


def test_descriptions_of_several_columns_fit_one_synthetic_row() -> None:
    rng = np.random.default_rng(0)
    synthetic = np.column_stack(
        [rng.normal(size=200), rng.normal(size=200), rng.integers(0, 3, 200)]
    )
    found = multivariate_predicates(synthetic, [2], rng)
    assert found
    for predicate in found[:50]:
        assert 2 <= len(predicate) <= 3
        fits = np.all([each.holds(synthetic[:, each.column]) for each in predicate], axis=0)
        assert fits.sum() == 1
    assert multivariate_predicates(synthetic[:, :1], [], rng) == []


def test_halves_are_linked_where_one_row_is_nearest_to_both() -> None:
    first, second = points([0], [1], [5]), points([0], [9], [5])
    # The first person's halves lead to rows 0 and 0, the second's to 1 and 2; the third's second
    # half to 0, its first as near to 0 as to 1.
    asked = (points([0], [1], [0.5]), points([0], [5], [0]))
    assert linked(first, second, asked).tolist() == [True, False, True]


def test_a_secret_is_guessed_from_the_row_that_is_nearest_in_all_else() -> None:
    table = pa.table({"a": [0.0, 1.0, 2.0, 3.0], "b": ["x", "y", "y", None], "c": [1.0, 2, 3, 4]})
    space = row_space(table)
    people = space.coordinates(space.numbers(table))
    assert spans_of(space) == [slice(0, 2), slice(2, 4), slice(4, 6)]
    made = people.copy()
    made[:, 2:4] = np.roll(people[:, 2:4], 1, axis=0)
    assert nearest_without(slice(2, 4), people, made).tolist() == [0, 1, 2, 3]
    assert nearest_rows(people, made).tolist() != [0, 1, 2, 3]


def test_a_label_is_right_where_it_is_equal_or_missing_as_well() -> None:
    axis = row_space(pa.table({"a": ["x", "y"]})).axes[0]
    guesses, truth = np.array([0, 1, np.nan, np.nan]), np.array([0, 0, np.nan, 1])
    assert right_guesses(axis, guesses, truth).tolist() == [True, False, True, False]


def test_a_number_is_right_by_rank_whatever_its_unit_or_sign() -> None:
    truth = np.sort(np.random.default_rng(0).normal(-1e6, 1e3, 1_000))
    axis = row_space(pa.table({"a": truth})).axes[0]
    assert right_guesses(axis, truth[49:], truth[:-49]).all()
    assert not right_guesses(axis, truth[51:], truth[:-51]).any()
    assert right_guesses(axis, truth * np.nan, truth * np.nan).all()
    assert not right_guesses(axis, truth, truth * np.nan).any()


def test_attribution_by_hand() -> None:
    """Keys 1 to 4. Real: 1 has secrets a a, 2 has a b, 3 has a, 4 has b. Synthetic: 1 has a, 2 has
    a, 3 has b, 5 has b."""
    real = np.array([[1, 0], [1, 0], [2, 0], [2, 1], [3, 0], [4, 1]])
    synthetic = np.array([[1, 0], [2, 0], [3, 1], [5, 1]])
    found = attribution(real, synthetic)
    # Certain: the rows of 1, 2 and 3; of them right: both of 1 and one of 2.
    assert found == Attribution(rows=6, unique=2, replicated=1, disclosive=4, certain=5, correct=3)


def test_attribution_equals_the_formulas_of_the_vignette() -> None:
    """Sums over tables of counts, one cell at a time."""
    rng = np.random.default_rng(0)
    real, synthetic = (
        np.column_stack([rng.integers(0, 60, 200), rng.integers(0, 3, 200)]) for _ in "ab"
    )
    d, s = (np.zeros((3, 60)), np.zeros((3, 60)))
    for table, rows in ((d, real), (s, synthetic)):
        for key, secret in rows:
            table[secret, key] += 1
    told = [(t, q) for t in range(3) for q in range(60) if s[t, q] and s[t, q] == s[:, q].sum()]
    found = attribution(real, synthetic)
    assert found.correct == sum(d[t, q] for t, q in told)
    assert found.certain == sum(d[:, q].sum() for _, q in told)
    own = sum(d[t, q] for t in range(3) for q in range(60) if d[t, q] == d[:, q].sum())
    assert found.disclosive == own
    alone = [q for q in range(60) if d[:, q].sum() == 1]
    assert found.unique == len(alone)
    assert found.replicated == sum(s[:, q].sum() == 1 for q in alone)


def test_codes_are_labels_and_bins() -> None:
    table = pa.table({"a": ["x", "y", None, "x"], "b": [0.0, 100.0, None, 1.0]})
    space = row_space(table)
    codes = codes_of(space, space.numbers(table))
    assert codes[:, 0].tolist() == [0, 1, -1, 0]
    assert codes[2, 1] == -1 and codes[0, 1] < codes[3, 1] < codes[1, 1]
    first, second = combined(codes[:2], codes[2:])
    assert len({*first.tolist(), *second.tolist()}) == 4
    same, again = combined(codes[:1], codes[:1])
    assert same.tolist() == again.tolist()


def test_an_interval_of_one_attack_has_two_ends() -> None:
    assert isinstance(residual_risk(Attack(0, 1, 0, 1)).interval, Interval)
