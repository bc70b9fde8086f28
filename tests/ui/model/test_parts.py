"""Labels, distributions, purposes and places, each in all spellings of the language."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.engine.distributions import FAMILIES
from app.engine.schema.load import load_definition
from app.engine.schema.source import write_path
from app.ui.model import shapes
from app.ui.model.cats import Cat, cats_line, read_cats, read_cats_line, write_cats
from app.ui.model.columns import Column
from app.ui.model.draft import Draft
from app.ui.model.faults import assign
from app.ui.model.paths import read_path
from app.ui.model.purpose import Aim
from app.ui.model.values import read_number

labels = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1).filter(
    lambda label: bool(label.strip())
)


@given(st.lists(labels, unique=True, max_size=5), st.data())
def test_a_line_of_labels_reads_back(found: list[str], data: st.DataObject) -> None:
    weights = [data.draw(st.none() | st.integers(0, 9)) for _ in found]
    cats = [
        Cat(label, {} if weight is None else {"proportion": weight})
        for label, weight in zip(found, weights, strict=True)
    ]
    assert read_cats_line(cats_line(cats), []) == cats
    assert read_cats(write_cats(cats)) == cats


@pytest.mark.parametrize(
    "written",
    [
        {"Gold": {"proportion": 0.3}, "Bronze": 0.5},
        [{"Gold": None, "proportion": 0.3}, {"Bronze": None, "proportion": 0.5}],
        [{"Gold": {"proportion": 0.3}}, {"Bronze": 0.5}],
    ],
)
def test_labels_are_read_in_every_spelling(written: Any) -> None:
    assert cats_line(read_cats(written)) == "Gold: 0.3, Bronze: 0.5"


def test_a_line_keeps_what_else_is_said_of_a_label() -> None:
    before = [Cat("Gold", {"proportion": 0.3, "correlation": "positive", "strength": "high"})]
    gold, silver = read_cats_line("Gold: 0.4, Silver", before)
    assert gold.spec == {"correlation": "positive", "strength": "high", "proportion": 0.4}
    assert silver.spec == {}


@pytest.mark.parametrize(
    "text",
    [
        "Gold: 30 %, Silver: 0,5, Bronze",
        "Gold:30%;Silver:0.5;Bronze",
        "Gold: 0,3\nSilver: 50%\nBronze",
    ],
)
def test_labels_are_parted_as_people_part_them(text: str) -> None:
    found = [(cat.label, cat.spec.get("proportion")) for cat in read_cats_line(text, [])]
    assert found == [("Gold", 0.3), ("Silver", 0.5), ("Bronze", None)]


def test_labels_that_are_typed_anew_keep_their_effects() -> None:
    effect = {"correlation": "positive", "strength": "high"}
    given = {"Gold": {"proportion": 0.5, **effect}, "Silver": 0.5}
    column = Column("Plan", {"type": "category", "cats": dict(given)}, ("features", "Plan"))
    for end in range(len("Golden: 30 %; Silver: 70 %") + 1):
        column.set("cats", "Golden: 30 %; Silver: 70 %"[:end])
    assert column.spec["cats"] == {"Golden": {"proportion": 0.3, **effect}, "Silver": 0.7}
    column.set("cats", "Gold: 0.5")
    column.set("cats", "Gold: 0.5, Silver: 0.5")
    assert column.spec["cats"] == {"Gold": {"proportion": 0.5, **effect}, "Silver": 0.5}


def test_a_prediction_of_another_column_can_be_undone() -> None:
    features = {
        "Plan": {"type": "category", "cats": {"A": {"proportion": 0.3, "correlation": "positive"}}},
        "Fee": {"type": "float", "mean": 3, "std": 1, "missing": 0.1, "correlation": "negative"},
    }
    target = {"Left": {"type": "bool", "proportion": 0.2, "positive": "true", "auc": 0.8}}
    draft = Draft(
        {"features": features, "target": target, "rules": [{"if": "Fee > 1", "then": {}}]}
    )
    before = draft.table().said_of_target()
    draft.table().predict("Fee")
    assert draft.document == {
        "features": {
            "Plan": {"type": "category", "cats": {"A": {"proportion": 0.3}}},
            "Left": {"type": "bool", "proportion": 0.2},
        },
        "target": {"Fee": {"type": "float", "mean": 3, "std": 1}},
    }
    draft.table().say_again(before)
    assert draft.document["target"] == target and draft.document["features"] == features


def test_the_pages_know_every_distribution_and_its_parameters() -> None:
    assert {name: set(found) for name, found in shapes.FAMILIES.items()} == {
        name: set(model.model_fields) for name, model in FAMILIES.items()
    }


@pytest.mark.parametrize(
    ("spec", "kind", "parameters"),
    [
        ({"mean": 3, "std": 1}, "normal", {"mean": 3, "std": 1}),
        ({"min": 0, "max": 9}, "uniform", {}),
        ({"distribution": "normal", "mean": 5}, "normal", {"mean": 5}),
        ({"distribution": {"gamma": {"a": 2}}}, "gamma", {"a": 2}),
        ({"distribution": {"family": "beta", "a": 2, "b": 3}}, "beta", {"a": 2, "b": 3}),
        ({"distribution": {"poisson": 3}}, "poisson", {"mean": 3}),
    ],
)
def test_distributions_are_read_and_changed_where_they_stand(
    spec: dict[str, Any], kind: str, parameters: dict[str, Any]
) -> None:
    found = shapes.shape(spec)
    assert (found.kind, found.parameters) == (kind, parameters)
    for name in parameters:
        shapes.set_parameter(spec, name, "7")
    assert shapes.shape(spec).parameters == dict.fromkeys(parameters, 7)


@pytest.mark.parametrize("kind", shapes.KINDS)
def test_another_distribution_keeps_effect_and_bounds(kind: str) -> None:
    spec = {
        "type": "float",
        "min": 0,
        "buckets": {"mean": 4, "std": 2, "correlation": "positive", "strength": "high"},
    }
    shapes.set_kind(spec, kind)
    assert shapes.shape(spec).kind == kind
    assert spec["min"] == 0
    assert spec["correlation"] == "positive"


def test_the_effect_of_an_only_bucket_is_the_column_s() -> None:
    bucket = {"mean": 16, "std": 8, "correlation": "positive", "strength": "high"}
    column = Column("Tenure", {"type": "int", "buckets": bucket}, ("features", "Tenure"))
    assert column.get("mean") == "16" and column.get("strength") == "high"
    assert column.place("std") == ("features", "Tenure", "buckets", "std")
    assert not column.has_parts
    column.set("correlation", "")
    assert bucket == {"mean": 16, "std": 8}


@given(st.lists(st.text(min_size=1) | st.integers(0, 99), min_size=1).map(tuple))
def test_places_are_read_as_the_api_writes_them(path: tuple[str | int, ...]) -> None:
    if path[0] != "document":
        assert read_path(write_path(path)) == path


def test_faults_go_to_the_nearest_field() -> None:
    class Told:
        def __init__(self, path: str) -> None:
            self.path = path

    inner, outer, lost = Told("features.a.cats.x.proportion"), Told("features.a"), Told("rules[0]")
    places = {"name": ("features", "a"), "cats": ("features", "a", "cats")}
    found, rest = assign([inner, outer, lost], places)
    assert found == {"cats": [inner], "name": [outer]}
    assert rest == [lost]


@pytest.mark.parametrize("text", ["1e400", "-9e999", "inf", "nan"])
def test_what_is_no_finite_number_stays_a_text(text: str) -> None:
    assert read_number(text) == text


@pytest.mark.parametrize("aim", ["labels", "number", "nothing"])
def test_every_purpose_is_a_whole_one(aim: Aim) -> None:
    draft = Draft()
    draft.purpose.set_aim("labels")
    draft.purpose.set_aim(aim)
    assert draft.purpose.aim == aim
    assert draft.purpose.has_two_labels == (aim == "labels")


def test_labels_of_the_target_and_their_shares() -> None:
    draft = Draft()
    draft.purpose.set_aim("labels")
    draft.purpose.set_labels(positive="Inactive", negative="Active", share="0.1")
    assert draft.document["target"] == {
        "Target": {
            "type": "category",
            "cats": {"Active": 0.9, "Inactive": 0.1},
            "positive": "Inactive",
        }
    }
    purpose = draft.purpose
    assert (purpose.positive, purpose.negative, purpose.share) == ("Inactive", "Active", "0.1")


def test_the_less_frequent_label_is_positive_where_none_is_named() -> None:
    target = {"Churned": {"type": "category", "cats": {"Active": 0.9, "Inactive": 0.1}}}
    assert Draft({"features": {}, "target": target}).purpose.positive == "Inactive"
    assert Draft({"target": {"Failed": {"type": "bool"}}}).purpose.positive == "true"


@pytest.mark.parametrize(
    "spec",
    [
        {"type": "bool"},
        {"type": "bool", "proportion": 0.8},
        {"type": "category", "cats": ["a", "b"]},
        {"type": "category", "cats": {"a": 0.3, "b": 0.3, "c": 0.4}},
        {"type": "category", "cats": [{"label": "a", "proportion": 0.6}, "b", "c"]},
        {"type": "category", "cats": {"a": 0.9, "b": None}},
    ],
)
def test_the_pages_name_the_positive_label_that_the_language_takes(spec: dict[str, Any]) -> None:
    document = {"features": {"x": {"type": "int", "min": 0, "max": 9}}, "target": {"y": spec}}
    (table,) = load_definition(document).definition.tables.values()
    assert table.target is not None
    assert Draft(document).purpose.positive == table.target.positive


def test_a_distribution_that_comes_back_says_what_it_said() -> None:
    spec = {"buckets": {"mean": 3, "std": 1, "correlation": "positive", "strength": "low"}}
    before = shapes.said(spec)
    shapes.set_kind(spec, "gamma")
    assert spec["correlation"] == "positive"
    shapes.restore(spec, before)
    assert spec == before
    several = {"buckets": [{"mean": 1, "std": 1}, {"mean": 5, "std": 1, "correlation": "negative"}]}
    before = shapes.said(several)
    shapes.set_kind(several, "uniform")
    shapes.restore(several, before)
    assert several == before
