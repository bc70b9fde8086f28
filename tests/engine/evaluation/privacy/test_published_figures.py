"""Attacks come to what others have published; see tests/data/privacy."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.engine.evaluation.privacy.attack_risk import Attack, residual_risk
from app.engine.evaluation.privacy.attribution import attribution
from app.engine.evaluation.privacy.density import density
from app.engine.evaluation.privacy.membership import (
    Scores,
    attack_scores,
    membership_auc,
    true_positive_rate,
)
from app.engine.evaluation.privacy.nearest import Points

FOLDER = Path(__file__).parents[3] / "data/privacy"
HOUSING: dict[str, Any] = json.loads((FOLDER / "housing.json").read_text(encoding="utf-8"))
ADULT: dict[str, Any] = json.loads((FOLDER / "adult.json").read_text(encoding="utf-8"))
MEMBERS = np.arange(400) < 200


def rows_of(name: str) -> Points:
    return np.loadtxt(FOLDER / f"housing/{name}.csv", delimiter=",", skiprows=1, dtype=np.float64)


@pytest.fixture(scope="module")
def tables() -> tuple[Points, Points, Points]:
    asked = np.concatenate([rows_of("mem"), rows_of("non_mem")])
    return asked, rows_of("synth"), rows_of("ref")


def figures(scores: Scores) -> list[float]:
    rates = [true_positive_rate(MEMBERS, scores, rate) for rate in HOUSING["rates"]]
    return [membership_auc(MEMBERS, scores), *rates]


@pytest.mark.parametrize(
    ("attack", "published"),
    [
        ("nearest distance", "DCR"),
        ("distance difference", "DCR-Diff"),
        ("Monte Carlo", "MC"),
    ],
)
def test_attacks_by_distance_on_housing(
    tables: tuple[Points, Points, Points], attack: str, published: str
) -> None:
    found = figures(attack_scores(*tables)[attack])
    assert found == pytest.approx(HOUSING["figures"][published], abs=5e-4)


@pytest.mark.parametrize(
    ("attack", "published"), [("density", "KDE"), ("density ratio", "density ratio")]
)
def test_attacks_by_density_on_housing(
    tables: tuple[Points, Points, Points], attack: str, published: str
) -> None:
    """Densities do not depend on units; of one spread single precision is enough."""
    centre, spread = tables[1].mean(axis=0), tables[1].std(axis=0)
    scaled = [((each - centre) / spread).astype(np.float32) for each in tables]
    found = figures(attack_scores(scaled[0], scaled[1], scaled[2])[attack])
    assert found == pytest.approx(HOUSING["figures"][published], abs=5e-4)


def test_the_ratio_of_the_published_table_has_a_divisor_in_units_of_the_columns(
    tables: tuple[Points, Points, Points],
) -> None:
    asked, synthetic, reference = tables
    centre, spread = synthetic.mean(axis=0), synthetic.std(axis=0)

    def logarithms(rows: Points) -> Scores:
        found = density((rows - centre) / spread).logarithms((asked - centre) / spread)
        return np.asarray(found - np.log(spread).sum())

    ratio = logarithms(synthetic) - np.logaddexp(logarithms(reference), np.log(1e-20))
    assert figures(ratio) == pytest.approx(HOUSING["figures"]["DOMIAS"], abs=5e-4)


@pytest.mark.parametrize("secret", ADULT["secrets"])
def test_what_keys_tell_of_adult(secret: str) -> None:
    """What is disclosive among the real rows is what they tell of themselves for certain."""
    classes = []
    for counts, times in ADULT["secrets"][secret]["combinations"].items():
        labels = np.repeat(np.arange(len(counts.split())), list(map(int, counts.split())))
        classes += [labels] * times
    keys = np.repeat(np.arange(len(classes)), list(map(len, classes)))
    rows = np.column_stack([keys, np.concatenate(classes)])
    found = attribution(rows, rows)
    assert found.rows == ADULT["rows"]
    published = ADULT["secrets"][secret]["disclosive"]
    assert 100 * found.disclosive / found.rows == pytest.approx(published, abs=0.005)
    assert 100 * found.unique / found.rows == pytest.approx(ADULT["unique"], abs=0.005)
    assert found.replicated == found.unique
    assert found.certain == found.correct == found.disclosive


def test_residual_risk_of_a_published_case() -> None:
    """120 of 500 beside 100 of 500: 0.0498 ± 0.0627."""
    found = residual_risk(Attack(120, 500, 100, 500))
    assert found.value == pytest.approx(0.0498, abs=5e-5)
    assert found.interval is not None
    assert found.interval.high - found.value == pytest.approx(0.0627, abs=5e-5)
