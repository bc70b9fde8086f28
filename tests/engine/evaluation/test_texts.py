"""Texts are judged by words, characters and what comes back of them."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from app.engine.evaluation.contest import contest
from app.engine.evaluation.fidelity import text_likeness
from app.engine.evaluation.judgement import Figure, figures_of
from app.engine.evaluation.measure import Measure
from app.engine.evaluation.privacy import text_exposure
from app.engine.evaluation.privacy.text_exposure import copied_share, exposed_share
from app.engine.evaluation.row_space import row_space
from app.engine.evaluation.utility import text_models

NAMES = [f"w{number}" for number in range(300)]
MEASURES: tuple[Measure, ...] = (
    *text_likeness.MEASURES, *text_models.MEASURES, *text_exposure.MEASURES,
)  # fmt: skip


def mails(rows: int, seed: int) -> pa.Table:
    """Two kinds of mails; in each the next word mostly follows from the last one."""
    rng = np.random.default_rng(seed)
    kinds = rng.integers(0, 2, rows)
    texts = []
    for kind in kinds:
        word, words = int(rng.integers(300)), []
        for _ in range(int(rng.integers(5, 15))):
            words.append(NAMES[word])
            leap = rng.random() < 0.4
            word = int(rng.integers(300)) if leap else (word * (3 + 2 * kind) + 1) % 300
        texts.append(" ".join(words))
    return pa.table({"kind": np.where(kinds, "spam", "ham"), "text": texts})


@pytest.fixture(scope="module")
def figures() -> dict[str, Figure]:
    tables = (mails(400, seed) for seed in (1, 2, 3))
    met = contest(*tables, "kind", texts=["text"])
    return {each.name: each for each in figures_of(met, measures=MEASURES)}


def test_fresh_texts_are_as_good_as_real_ones(figures: dict[str, Figure]) -> None:
    for name in ("text_words_auc", "text_characters_auc"):
        assert figures[name].value == pytest.approx(0.5, abs=0.07)
    score = figures["text_trained_score"]
    assert score.value is not None and score.value > 0.75
    assert score.value == pytest.approx(score.ceiling, abs=0.05)


def test_words_dealt_by_chance_are_told_from_real_texts(figures: dict[str, Figure]) -> None:
    words, score = figures["text_words_auc"], figures["text_trained_score"]
    assert words.floor is not None and words.floor > 0.65
    assert score.floor is not None and score.floor < 0.65


def test_copies_are_seen(figures: dict[str, Figure]) -> None:
    assert figures["text_copies"].copy == 1.0 and figures["text_copies"].value == 0.0
    exposure = figures["text_exposure"]
    assert exposure.copy is not None and exposure.copy > 0.8
    assert exposure.value is not None and exposure.value < 0.3
    assert exposure.floor is not None and exposure.floor < 0.05


def test_shares_by_hand() -> None:
    learned = [("the cat sat on the mat.",), ("no",)]
    asked = [("The cat sat on THE mat",), ("a cat sat on the mat!",), ("no",), ("",)]
    assert exposed_share(learned, asked) == 0.25
    assert copied_share(learned, asked) == 0.25


def test_equal_texts_are_equal_numbers_and_all_others_are_not() -> None:
    table = pa.table({"text": ["ab", "ba", None, "ab", "abc"]})
    numbers = row_space(table, texts=["text"]).numbers(table)[:, 0]
    assert numbers[0] == numbers[3] != numbers[1]
    assert np.isnan(numbers[2]) and np.floor(numbers[[0, 1, 4]]).tolist() == [2, 2, 3]


def test_tables_without_texts_have_no_such_figures() -> None:
    table = pa.table({"kind": ["a", "b"] * 20, "size": np.arange(40.0)})
    assert figures_of(contest(table, table, table, "kind"), measures=MEASURES) == ()
