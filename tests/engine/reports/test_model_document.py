"""Reports of models say what was learned and what it was found to be worth, and no more."""

from __future__ import annotations

from typing import Any

import pytest

from app.engine.reports.html import report_html
from app.engine.reports.made.model_document import ModelTraining, model_report
from app.engine.reports.made.models import NOT_JUDGED
from app.engine.reports.pdf.pages import report_pages
from app.engine.synthesizers.description import ModelDescription
from app.engine.synthesizers.explanation import ExplainedColumn, Explaining
from app.engine.synthesizers.provenance import ModelEvaluation, ModelFigure

HOSTILE = "<script>alert(1)</script>"


def described(*figures: ModelFigure) -> ModelDescription:
    evaluation = ModelEvaluation(
        learned=100,
        held_out=50,
        synthetic=100,
        second_model=False,
        figures=list(figures),
        notes=[],
    )
    return ModelDescription(
        synthesizer="sequential",
        settings={"max_rounds": 4},
        k=5,
        seed=3,
        rows=100,
        columns=["size", HOSTILE, "id"],
        made=["id"],
        learned=[
            ExplainedColumn(name="size"),
            ExplainedColumn(name=HOSTILE, trees=3, by=[Explaining(column="size", weight=0.5)]),
        ],
        rules=["start <= end"],
        target=None,
        warnings=["few rows"],
        evaluation=evaluation if figures else None,
    )


def copies(value: float, low: float, high: float) -> ModelFigure:
    return ModelFigure(
        name="copied_share", value=value, low=low, high=high, ceiling=0.0, floor=0.0, copied=1.0
    )


def privacy(document: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = document["questions"][-1]
    return found


def test_a_model_that_was_not_attacked_is_not_said_to_keep_a_secret() -> None:
    document = model_report(described(copies(0.0, 0.0, 0.03)), ModelTraining("shops"))
    assert privacy(document)["verdict"] == "not attacked"
    assert privacy(document)["not_tested"][0].startswith("Attacks.")


def test_copies_are_an_excess() -> None:
    document = model_report(described(copies(0.4, 0.3, 0.5)), ModelTraining("shops"))
    assert privacy(document)["verdict"] == "excess found"


def test_a_model_that_was_not_judged_has_no_answer() -> None:
    document = model_report(described(), ModelTraining("shops"))
    assert {each["verdict"] for each in document["questions"]} == {"not tested"}
    assert all(each["sentence"] == NOT_JUDGED for each in document["questions"])
    assert document["figures"] == [] and NOT_JUDGED in document["notes"]


def test_what_was_learned_stands_in_every_form() -> None:
    document = model_report(described(copies(0.0, 0.0, 0.03)), ModelTraining("shops"))
    page = report_html(document)
    assert "<script" not in page and "size 50%" in page and "start &lt;= end" in page
    pages = str(report_pages(document))
    assert "size 50%" in pages and "start <= end" in pages
    assert dict(document["provenance"]["settings"])["Setting max_rounds"] == "4"
    assert "few rows" in document["notes"]


@pytest.mark.parametrize("name", ["an_older_figure"])
def test_figures_that_nothing_explains_are_left_out(name: str) -> None:
    unknown = ModelFigure(name=name, value=0.1, low=None, high=None, ceiling=None, floor=None)
    document = model_report(described(unknown), ModelTraining("shops"))
    assert document["figures"] == []
