"""The words of a report follow from a figure, its interval and what it stands beside."""

from __future__ import annotations

from typing import Any

import pytest

from app.engine.evaluation.measure import LIKENESS, PRIVACY, USE
from app.engine.reports.officer import attack_cells
from app.engine.reports.threats import threats
from app.engine.reports.verdicts import (
    AS_REAL,
    CARE,
    CLOSE,
    EXCESS,
    INDEPENDENT,
    NOT_TESTED,
    answers,
    excess,
    verdict,
    with_verdicts,
)

NEVER = ("anonymous", "safe", "gdpr", "compliant", "passed")


def figure(value: float | None, half: float = 0.01, **other: Any) -> dict[str, Any]:
    made = {
        "name": "any", "title": "Any", "question": LIKENESS, "value": value,
        "low": None if value is None else value - half,
        "high": None if value is None else value + half,
        "ceiling": 0.5, "floor": 1.0, "copy": 0.5, "best": 0.5, "says": "what", "note": "",
        "does_not_show": "the rest",
    }  # fmt: skip
    return {**made, **other}


def attack(value: float, half: float = 0.01, **other: Any) -> dict[str, Any]:
    return figure(value, half, question=PRIVACY, floor=0.5, copy=0.9, **other)


@pytest.mark.parametrize(
    ("value", "word"),
    [(0.505, AS_REAL), (0.45, AS_REAL), (0.58, CLOSE), (0.62, CARE), (0.995, INDEPENDENT)],
)
def test_a_figure_lies_between_real_rows_and_independent_columns(value: float, word: str) -> None:
    assert verdict(figure(value)) == word
    turned = figure(1.5 - value, ceiling=1.0, floor=0.5)
    assert verdict(turned) == word


def test_without_anything_beside_it_there_is_no_word() -> None:
    assert verdict(figure(0.6, floor=None)) is None
    assert verdict(figure(None)) is None
    assert verdict(figure(0.6, floor=0.5)) is None


def test_what_is_given_away_is_a_share_of_what_a_copy_gives_away() -> None:
    low, high = excess(attack(0.58, 0.02)) or (0, 0)
    assert low == pytest.approx(0.15) and high == pytest.approx(0.25)
    # Ten figures: 2.807 in place of 1.960 standard errors.
    widened = excess(attack(0.58, 0.02), 10) or (0, 0)
    assert widened[1] == pytest.approx(0.2 + 0.05 * 2.8070 / 1.9600, abs=1e-4)
    # Less is more where a copy comes to less, as distances do.
    turned = excess(attack(0.3, 0.02) | {"copy": 0.1, "best": None}) or (0, 0)
    assert turned[0] == pytest.approx(0.5 - 0.05 * 2**0.5)
    assert excess(attack(0.6) | {"copy": None}) is None


def test_three_questions_are_answered() -> None:
    figures = with_verdicts(
        [
            figure(0.51, name="first", title="First"),
            figure(0.7, name="second", title="Second"),
            attack(0.5, 0.02, name="membership_any", title="Attack"),
        ]
    )
    like, use, privacy = answers(figures)
    assert (like["verdict"], like["figure"]) == (AS_REAL, "first")
    assert "Second, is “usable with care”" in like["sentence"]
    assert use["question"] == USE and use["verdict"] == NOT_TESTED and use["figure"] is None
    assert privacy["verdict"] == "no excess found (upper bound 5 %)"
    assert figures[2]["verdict"] == "no excess found"
    told = " ".join(str(each) for each in (like, use, privacy)).lower()
    assert not any(word in told for word in NEVER)


def test_an_excess_is_named_by_its_figure() -> None:
    figures = [attack(0.5, name="a", title="Weak"), attack(0.7, name="b", title="Strong")]
    privacy = answers(with_verdicts(figures))[2]
    assert (privacy["verdict"], privacy["figure"]) == (EXCESS, "b")
    assert privacy["not_tested"][0].startswith("Strong does not show")


def test_a_check_that_proves_nothing_is_named_and_does_not_decide() -> None:
    check = attack(0.7, name="closer", title="Closer", decides=False)
    figures = with_verdicts([attack(0.5, name="a", title="Attack"), check])
    assert [each["verdict"] for each in figures] == ["no excess found", None]
    privacy = answers(figures)[2]
    assert privacy["verdict"].startswith("no excess found") and privacy["figure"] == "a"
    assert "no proof of anything: Closer." in privacy["sentence"]
    even = answers([figures[0], attack(0.5, title="Closer", decides=False)])[2]
    assert "Closer" not in even["sentence"]
    alone = answers(with_verdicts([check]))[2]
    assert (alone["verdict"], alone["figure"]) == (NOT_TESTED, None)


def test_figures_stand_by_threat_and_what_has_none_was_not_tested() -> None:
    figures = [
        attack(0.7, name="singling_out_one", title="Singling"),
        attack(0.5, name="copied_share"),
    ]
    found = {each["threat"]: each["figures"] for each in threats(figures)}
    assert found["Singling out"] == ["singling_out_one"] and found["Linkability"] == []
    assert found["Copies and closeness"] == ["copied_share"]
    cells = list(attack_cells({"figures": figures, "threats": threats(figures)}))
    assert [row[2] for row in cells if row[0] == "Linkability"] == [NOT_TESTED]
    assert [row[-1] for row in cells if row[0] == "Singling out"] == ["47 % to 53 %"]
