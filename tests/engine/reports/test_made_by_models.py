"""Reports of tables that models draw say so, and answer with the worst of several models."""

from __future__ import annotations

from typing import Any

import pytest

from app.engine.plan.plan import Plan
from app.engine.plan.several.planning import tables_plan
from app.engine.reports.made.card import data_card
from app.engine.reports.made.document import made_report
from app.engine.reports.made.learned import (
    LearnedTables,
    learned_answers,
    learned_epsilon,
    learned_notes,
    learned_settings,
    shown_figures,
)
from app.engine.reports.made.models import model_answers, model_figures
from app.engine.reports.made.sources import TableModel
from app.engine.reports.made.tables import MadeTables
from app.engine.reports.verdicts import EXCESS
from app.engine.synthesizers.description import ModelDescription, PrivacyGuarantee
from app.engine.synthesizers.provenance import ModelEvaluation, ModelFigure
from tests.engine.several_tables import learned_shop

LEARNED = ("customers", "products", "orders", "items")


@pytest.fixture(scope="module")
def plan() -> Plan:
    return tables_plan(learned_shop(), "shop", rows=40, seed=2)


@pytest.fixture(scope="module")
def document(plan: Plan) -> dict[str, Any]:
    tables = [{"name": each.name, "rows": each.rows, "files": []} for each in plan.tables]
    return made_report(plan, MadeTables(tables))


def test_learned_tables_are_not_said_to_hold_nobody(document: dict[str, Any]) -> None:
    questions = {each["question"]: each for each in document["questions"]}
    assert list(questions) == ["held", "likeness", "use", "privacy"]
    privacy = questions["privacy"]
    assert privacy["verdict"] == "not tested"
    assert f"Tables {', '.join(LEARNED)}: The model was not judged" in privacy["sentence"]
    assert "carriers are those of the source, unchanged" in privacy["sentence"]
    assert document["threats"] and "read no table" not in str(document)


def test_how_learned_tables_were_made_is_said_of_each(document: dict[str, Any]) -> None:
    known = document["provenance"]
    assert known["method"].startswith("Rows drawn by models of several tables: customers (")
    assert "learned from 400 real rows" in known["method"] and known["epsilon"] is None
    settings = dict(known["settings"])
    for name in LEARNED:
        assert "fewer than" in settings[f"{name}: Value protection"]
        assert f"{name}: Seed of the training" in settings
    assert not any(name.startswith("carriers") for name in settings)
    assert any("carriers are those of the source" in each for each in document["notes"])


def test_columns_of_learned_tables_have_their_kind(document: dict[str, Any]) -> None:
    kinds = {
        (table["name"], each["name"]): each["kind"]
        for table in document["schema"]
        for each in table["columns"]
    }
    assert kinds["carriers", "label"] == "given" and kinds["customers", "income"] == "learned"
    assert kinds["orders", "customer"] == "key" and kinds["customers", "id"] == "new"
    card = data_card(document)
    assert "Rows drawn by models" in card and "| `label` | given |" in card


def test_the_worst_model_answers() -> None:
    learned = several(None, 1.0, 0.0)
    likeness, _, privacy = learned_answers(learned)
    assert privacy["verdict"] == EXCESS and privacy["sentence"].startswith("Table t1: ")
    assert privacy["figure"] == "copied_share" and likeness["verdict"] == "not tested"
    assert shown_figures(learned) == learned.figures[1]
    assert any("of the model of t1" in each for each in learned_notes(learned))
    unjudged = learned_answers(several(0.0, None))[2]
    assert unjudged["verdict"] == "not tested" and unjudged["sentence"].startswith("Table t1: ")
    assert learned_answers(several(0.0, 0.0))[2]["verdict"] == "not attacked"


def test_cells_that_any_table_gave_are_named() -> None:
    learned = several(0.0, 0.0, given={1: ("fee",)})
    privacy = learned_answers(learned)[2]
    assert privacy["verdict"] == "cells of real rows were given"
    assert privacy["sentence"].startswith("Table t1: ") and "fee" in privacy["sentence"]


def test_budgets_of_several_models_add_up() -> None:
    assert learned_epsilon(several(0.0, 0.0, epsilons=(1.0, 2.0))) == 3.0
    assert learned_epsilon(several(0.0, 0.0, epsilons=(1.0, None))) is None
    settings = dict(learned_settings(several(0.0, 0.0, epsilons=(1.0, None))))
    assert settings["t0: Differential privacy, ε"] == "1"
    assert settings["t1: Differential privacy, ε"] == "none"


def several(
    *copied: float | None,
    given: dict[int, tuple[str, ...]] | None = None,
    epsilons: tuple[float | None, ...] = (),
) -> LearnedTables:
    """Models whose rows are copies of learned ones to a share; None of one that was not judged."""
    budgets = epsilons or (None,) * len(copied)
    models = tuple(
        TableModel(f"t{n}", described(share, budget), (given or {}).get(n, ()))
        for n, (share, budget) in enumerate(zip(copied, budgets, strict=True))
    )
    figures = tuple(model_figures(each.model.evaluation) for each in models)
    answers = [model_answers(own, each.given) for own, each in zip(figures, models, strict=True)]
    return LearnedTables(models, figures, tuple(answers))


def described(copied: float | None, epsilon: float | None) -> ModelDescription:
    evaluation = None
    if copied is not None:
        figure = ModelFigure(
            name="copied_share", value=copied, low=copied, high=copied, ceiling=0.0, floor=None,
            copied=1.0,
        )  # fmt: skip
        evaluation = ModelEvaluation(
            learned=100, held_out=100, synthetic=100, second_model=False, figures=[figure]
        )
    privacy = None
    if epsilon is not None:
        privacy = PrivacyGuarantee(
            epsilon=epsilon, delta=1e-6, band="strong", unit=None, transcript="0" * 64
        )
    return ModelDescription(
        synthesizer="sequential", settings={}, k=5, seed=1, rows=100, columns=["a"], made=[],
        target=None, warnings=[], evaluation=evaluation, privacy=privacy,
    )  # fmt: skip
