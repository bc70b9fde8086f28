"""Models and evaluations side by side."""

from __future__ import annotations

from typing import Any

from app.ui.model.comparing.side_by_side import Cell, judged_job, judged_model, lines_of

NOW = "2026-01-01T00:00:00Z"


def figure(name: str, value: float | None, ceiling: float, floor: float) -> dict[str, Any]:
    ends = {"low": value and value - 0.01, "high": value and value + 0.01}
    return {"name": name, "value": value, "ceiling": ceiling, "floor": floor, **ends}


def model(evaluation: dict[str, Any] | None) -> dict[str, Any]:
    return {
        "id": "m",
        "name": "trees",
        "created_at": NOW,
        "description": {
            "synthesizer": "sequential", "columns": ["a", "b"], "rows": 300, "seed": 7, "k": 5,
            "privacy": None, "provenance": {"seconds": 1.5}, "evaluation": evaluation,
        },
    }  # fmt: skip


def test_each_figure_stands_beside_what_is_possible() -> None:
    figures = [figure("two_sample_auc", 0.6, 0.5, 0.9), figure("copied_share", 0.0, 0.0, 0.0)]
    judged = {
        "id": "j", "name": "judged", "created_at": NOW, "schema": {"target": "churn"},
        "result": {"details": {"figures": [figure("two_sample_auc", 0.5, 0.5, 0.9)]}},
    }  # fmt: skip
    found = [
        judged_model(model({"figures": figures})),
        judged_job(judged),
        judged_model(model(None)),
    ]
    assert [each.place for each in found] == ["/synthesizers/m", "/jobs/j", "/synthesizers/m"]
    assert "seed 7, k 5" in found[0].said and "to predict: churn" in found[1].said
    (likeness, first), (privacy, second) = lines_of(found)
    assert likeness == "Is it like the real data?" and privacy == "Does it give anyone away?"
    assert first[0].cells == (
        Cell("0.6", "0.5 / 0.9", "usable with care"), Cell("0.5", "0.5 / 0.9", "as real"), Cell()
    )  # fmt: skip
    assert second[0].cells == (Cell("0", "0 / 0", ""), Cell(), Cell())


def test_a_training_is_judged_as_its_model_is() -> None:
    description = model({"figures": [figure("two_sample_auc", 0.6, 0.5, 0.9)]})["description"]
    details = {"synthesizer": "m", "description": description}
    job = {"id": "t", "name": "t", "created_at": NOW, "schema": {}, "result": {"details": details}}
    assert (
        judged_job(job).figures == judged_model({**model(None), "description": description}).figures
    )
