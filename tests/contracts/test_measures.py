"""What every measure of synthetic rows promises; those that are added are found by themselves."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.engine.evaluation.measure import PRIVACY, QUESTIONS, THREATS
from app.engine.evaluation.measures import ANSWERS, MEANINGS, MEASURES

PAGE = Path(__file__).parents[2] / "docs/evaluation.md"


def test_figures_stand_in_the_order_of_the_questions_and_have_one_name_each() -> None:
    names = [name for each in MEASURES for name in each.meanings]
    assert len(set(names)) == len(names)
    places = [list(QUESTIONS).index(ANSWERS[name]) for name in names]
    assert places == sorted(places)


def test_what_is_given_away_belongs_to_a_threat_and_none_is_without_a_figure() -> None:
    named = {each.threat for each in MEASURES if each.question == PRIVACY}
    assert named == set(THREATS)
    assert {each.threat for each in MEASURES if each.question != PRIVACY} == {""}


@pytest.mark.parametrize("name", MEANINGS)
def test_every_figure_is_documented_and_says_what_it_hides(name: str) -> None:
    assert f"`{name}`" in PAGE.read_text(encoding="utf-8")
    meaning = MEANINGS[name]
    assert meaning.title and not meaning.title.endswith(".")
    for words in (meaning.says, meaning.hides):
        assert words and not words.endswith(".")
