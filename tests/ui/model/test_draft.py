"""The definition under work: what is not touched stays, and what is set stands where it belongs."""

from __future__ import annotations

import copy
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.engine.schema.load import load_definition
from app.engine.schema.yaml.core import read_yaml
from app.engine.schema.yaml.write import write_yaml
from app.ui.model.columns import TYPES, Column
from app.ui.model.draft import Draft
from app.ui.model.examples import TITLES, example
from app.ui.model.tables import NameTaken

EXAMPLES = sorted((Path(__file__).parents[3] / "examples").glob("*.yaml"))
READABLE = [each for each in EXAMPLES if each.stem != "printed_sample"]
DOCUMENTS = {each.stem: read_yaml(each.read_bytes()).data for each in READABLE}
FIELDS = ("cats", "correlation", "strength", "mean", "std", "min", "max", "proportion", "missing")
names = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1)


@pytest.fixture(params=sorted(DOCUMENTS))
def document(request: pytest.FixtureRequest) -> dict[str, Any]:
    found: dict[str, Any] = copy.deepcopy(DOCUMENTS[request.param])
    return found


def columns(draft: Draft) -> list[Column]:
    return [column for table in draft.tables() for column in table.columns()]


def test_looking_at_a_document_changes_nothing(document: dict[str, Any]) -> None:
    draft = Draft(document)
    seen = [column.get(key) for column in columns(draft) for key in FIELDS]
    assert any(seen)
    assert draft.document == document


def test_setting_every_field_to_what_it_is_means_the_same(document: dict[str, Any]) -> None:
    draft = Draft(document)
    for column in columns(draft):
        for key in FIELDS:
            if column.get(key):
                column.set(key, column.get(key))
    changed = load_definition(draft.document, name="x").definition
    assert changed == load_definition(document, name="x").definition


def test_grid_and_yaml_say_the_same_after_a_round_trip(document: dict[str, Any]) -> None:
    draft = Draft(document)
    again = Draft(read_yaml(write_yaml(draft.document)).data)
    assert [(c.name, c.type, c.path) for c in columns(again)] == [
        (c.name, c.type, c.path) for c in columns(draft)
    ]
    for one, other in zip(columns(draft), columns(again), strict=True):
        assert [one.get(key) for key in FIELDS] == [other.get(key) for key in FIELDS]


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(DOCUMENTS)), st.data())
def test_edits_survive_yaml_and_touch_nothing_else(example: str, data: st.DataObject) -> None:
    draft = Draft(DOCUMENTS[example])
    table = data.draw(st.sampled_from([t for t in draft.tables() if t.columns()]))
    column = data.draw(st.sampled_from(table.columns()))
    before = {c.path: copy.deepcopy(c.spec) for c in columns(draft)}
    edit = data.draw(st.sampled_from(["name", "type", "missing", "move", "remove", "add"]))
    if edit == "name":
        new = data.draw(names.filter(lambda name: name.strip() and table.column(name) is None))
        table.rename(column.name, new)
        assert table.column(new) is not None and table.column(column.name) is None
    elif edit == "type":
        column.set_type(data.draw(st.sampled_from(sorted(TYPES))))
    elif edit == "missing":
        column.set("missing", "0.25")
    elif edit == "move" and not column.is_target:
        table.move(column.name, data.draw(st.integers(-9, 9)))
    elif edit == "remove":
        table.remove(column.name)
    else:
        table.add()
    untouched = {path: spec for path, spec in before.items() if path != column.path}
    after = {c.path: c.spec for c in columns(draft)}
    assert {path: after[path] for path in untouched} == untouched
    assert read_yaml(write_yaml(draft.document)).data == draft.document


def test_the_examples_of_the_pages_are_those_of_the_folder() -> None:
    folder = EXAMPLES[0].parent
    for name in TITLES:
        assert example(name) == (folder / f"{name}.yaml").read_text(encoding="utf-8")


def test_a_name_that_is_taken_or_empty_is_refused() -> None:
    table = Draft(DOCUMENTS["patients"]).table()
    with pytest.raises(NameTaken, match="another column has this name"):
        table.rename("Sex", "Height")
    with pytest.raises(NameTaken, match="must have a name"):
        table.rename("Sex", " ")
    assert table.column("Sex") is not None


def test_a_new_name_goes_into_the_correlations() -> None:
    draft = Draft(DOCUMENTS["patients"])
    draft.table().rename("Weight", "Mass")
    pairs = [each["between"] for each in draft.document["correlations"]]
    assert ["Height", "Mass"] in pairs and not any("Weight" in pair for pair in pairs)
    assert list(draft.document["features"])[4] == "Mass"


def test_moving_keeps_within_the_ends() -> None:
    table = Draft(DOCUMENTS["patients"]).table()
    assert table.move("Patient", -1) == 0
    assert table.move("Patient", 2) == 2
    assert [column.name for column in table.columns()][:3] == ["Name", "Sex", "Patient"]


def test_every_table_has_its_columns_and_places() -> None:
    draft = Draft(DOCUMENTS["shop"])
    assert [table.name for table in draft.tables()] == ["countries", "customers", "orders"]
    price = draft.table("orders").column("price")
    assert price is not None and price.path == ("tables", "orders", "features", "price")
    assert draft.table("countries").is_literal
    assert draft.purpose.name == "returned"


def test_the_dial_is_a_part_of_the_target() -> None:
    draft = Draft(DOCUMENTS["machine_failure"])
    assert draft.table().target_metric() == ("auc", 0.9)
    draft.table().set_dial(None)
    assert "auc" not in draft.document["target"]["Failure"]
    assert draft.table().target_metric() == ("auc", None)
    assert Draft(DOCUMENTS["house_prices"]).table().target_metric()[0] == "r2"


def test_text_that_is_no_number_stays_for_the_api_to_refuse() -> None:
    draft = Draft()
    draft.set("n_samples", "many")
    assert draft.document["n_samples"] == "many"
    draft.set("n_samples", "5000")
    assert draft.document["n_samples"] == 5000
    draft.set("seed", "")
    assert "seed" not in draft.document


def test_a_column_that_was_removed_is_put_back_where_it_stood(document: dict[str, Any]) -> None:
    draft = Draft(document)
    for table in draft.tables():
        for place, column in enumerate(table.columns()):
            table.remove(column.name)
            table.put_back(column, place)
    assert draft.document == document
    assert [column.name for column in columns(draft)] == [c.name for c in columns(Draft(document))]


def test_a_type_that_comes_back_says_what_it_said(document: dict[str, Any]) -> None:
    draft = Draft(document)
    for column in columns(draft):
        known, kind = copy.deepcopy(column.spec), column.type
        column.set_type("text" if kind != "text" else "id")
        column.set_type(kind, known)
    assert [c.type for c in columns(draft)] == [c.type for c in columns(Draft(document))]
    assert load_definition(draft.document, name="x").definition


LANGUAGE = Path(__file__).parents[3] / "docs" / "language.md"
WRITTEN = re.findall(r"```yaml\n(.*?)```", LANGUAGE.read_text("utf-8"), re.DOTALL)


@pytest.mark.parametrize("text", WRITTEN)
def test_what_the_language_can_say_is_not_lost_in_the_grid(text: str) -> None:
    draft = Draft(read_yaml(text).data)
    for column in columns(draft):
        for key in (*FIELDS, "unique", "locale", "expr", "start_date", "end_time"):
            if column.get(key):
                column.set(key, column.get(key))
    found, wanted = (load_definition(each, name="t") for each in (draft.document, text))
    assert found.definition == wanted.definition


def test_a_column_that_is_renamed_is_so_in_associations() -> None:
    features = {"a": {"type": "bool"}, "b": {"type": "bool"}}
    pairs = [{"between": ["a", "b"], "cramers_v": 0.3}]
    draft = Draft({"features": features, "associations": pairs})
    draft.table().rename("b", "c")
    assert draft.document["associations"] == [{"between": ["a", "c"], "cramers_v": 0.3}]
    load_definition(draft.document)
