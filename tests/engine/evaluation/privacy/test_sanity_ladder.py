"""Copies are caught, few copies among many rows as well, and nothing where nobody was copied."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pytest
from threadpoolctl import threadpool_limits

from app.engine.evaluation.intervals import share_interval
from app.engine.evaluation.judgement import figures_of
from app.engine.evaluation.measures import MEASURES
from app.engine.evaluation.privacy.membership import attack_scores
from app.engine.evaluation.privacy.membership_risk import asked_rows
from app.engine.evaluation.privacy.strongest import read_auc
from tests.engine.evaluation.privacy.tables import (
    MEMBERSHIP,
    RISKS,
    attacked,
    caught,
    copied,
    independent,
    population,
    privacy_of,
    with_copies,
)

ROWS = 2_000
MEMBERSHIP_RISK = next(each for each in MEASURES if "membership_auc" in each.meanings)
CLOSENESS = next(each for each in MEASURES if "copied_share" in each.meanings)


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """As in a worker process: threads of several tests would wait for each other."""
    with threadpool_limits(1, user_api="blas"):
        yield


@pytest.fixture(scope="module")
def real() -> tuple[pa.Table, pa.Table, pa.Table]:
    """Rows that were learned, others, and rows of the same population that nobody has seen."""
    train, others, fresh = (population(ROWS, seed) for seed in (1, 2, 3))
    return train, others, fresh


def test_a_copy_is_caught_by_every_attack(real: tuple[pa.Table, pa.Table, pa.Table]) -> None:
    train, others, _ = real
    found = attacked(train, others, copied(train, 0))
    figures = privacy_of(found)
    assert caught(figures) == {*RISKS, *MEMBERSHIP}
    assert figures["membership_auc"].value > 0.75
    assert figures["privacy_quality"].value < 0.5
    assert figures["copied_share"].value == 1.0
    for name in ("closer_share", "nndr_share"):
        assert figures[name].value > 0.9
    assert "Most exposed: " in figures["membership_auc"].note
    details = figures["membership_auc"].details
    assert len(details["attacks"]) == 5
    assert all(each["low"] > 0.5 for each in details["attacks"])
    assert details["curve"]["true"] == sorted(details["curve"]["true"])
    assert len(details["curve"]["false"]) == 21


def test_a_copy_is_caught_by_each_membership_attack(
    real: tuple[pa.Table, pa.Table, pa.Table],
) -> None:
    train, others, _ = real
    found = attacked(train, others, copied(train, 0))
    asked, members, reference = asked_rows(found)
    points = map(found.space.coordinates, (asked, found.synthetic, reference))
    for name, scores in attack_scores(*points).items():
        assert read_auc(members, scores).interval.low > 0.5, name


def test_few_copies_among_many_rows_are_caught(real: tuple[pa.Table, pa.Table, pa.Table]) -> None:
    train, others, fresh = real
    found = attacked(train, others, with_copies(train, fresh, 0.02, 0))
    copies = next(
        each for each in figures_of(found, measures=[CLOSENESS]) if each.name == "copied_share"
    )
    assert copies.value == pytest.approx(0.02)
    assert copies.interval is not None and copies.ceiling is not None
    assert copies.interval.low > share_interval(copies.ceiling, ROWS).high
    assert caught(privacy_of(found)) >= {"membership_tpr", "linkability"}


def test_rows_of_others_give_nobody_away(real: tuple[pa.Table, pa.Table, pa.Table]) -> None:
    train, others, fresh = real
    assert caught(privacy_of(attacked(train, others, fresh))) <= {"singling_out_several"}


def test_independent_columns_give_nobody_away(real: tuple[pa.Table, pa.Table, pa.Table]) -> None:
    train, others, fresh = real
    assert caught(privacy_of(attacked(train, others, independent(fresh, 0)))) == set()


def test_shuffled_columns_of_learned_rows_still_have_their_values(
    real: tuple[pa.Table, pa.Table, pa.Table],
) -> None:
    """A value that one person alone has singles that person out, whatever stands beside it."""
    train, others, _ = real
    found = caught(privacy_of(attacked(train, others, independent(train, 0))))
    assert found == {"singling_out_one"}


def test_membership_is_a_coin_where_nothing_was_memorised() -> None:
    """0.50 ± 0.02 on average, and in each of 20 draws as near as its own sample allows."""
    found = []
    for seed in range(20):
        train, others, fresh = (population(1_000, 100 + 3 * seed + place) for place in range(3))
        judged = attacked(train, others, fresh, seed)
        found.append(MEMBERSHIP_RISK.take(judged, judged.synthetic)["membership_auc"])
    assert np.mean([each.value for each in found]) == pytest.approx(0.5, abs=0.02)
    held = [each.interval for each in found if each.interval is not None]
    assert sum(each.low <= 0.5 <= each.high for each in held) >= 17
