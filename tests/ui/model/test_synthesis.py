"""A synthesis definition under work: in every spelling, and nothing else of it is touched."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

import pytest

from app.engine.synthesis.reading import load_synthesis
from app.ui.client import Fault, Problem
from app.ui.model.assessments import refused_definition
from app.ui.model.synthesis import MOST_DRAFTS, TREATMENTS, SynthesisDraft, drafts_with

SUGGESTED: dict[str, Any] = {
    "source": "src_1",
    "tables": {"people": {"primary_key": "id", "columns": {"id": {"treatment": "new"}}}},
    "synthesizer": {"name": "sequential", "model_size": "medium"},
    "privacy": {"value_protection": True, "k": 5},
}


def draft(document: dict[str, Any] | None = None) -> SynthesisDraft:
    return SynthesisDraft(SUGGESTED if document is None else document, '"0-1"')


def test_what_is_not_said_of_a_column_is_that_it_is_learned() -> None:
    table = draft().treated("people")
    assert (table.treatment("id"), table.treatment("age")) == ("new", "learn")
    assert table.kind("age") == table.maker("age") == ""
    assert table.place("age") == ("tables", "people", "columns", "age")


@pytest.mark.parametrize("treatment", TREATMENTS)
def test_every_treatment_is_one_of_the_language(treatment: str) -> None:
    under_work = draft()
    under_work.treated("people").treat("age", treatment, {"provider": "word"})
    loaded = load_synthesis(under_work.document)
    assert loaded.definition.tables["people"].treatment("age").treatment == treatment
    assert loaded.definition.tables["people"].treatment("id").treatment == "new"


def test_a_fake_that_comes_back_is_what_it_was() -> None:
    table = draft().treated("people")
    table.treat("name", "fake", {"type": "date", "start_date": "1950-01-01", "missing": 0.1})
    table.treat("name", "drop", {})
    table.treat("name", "fake", {"provider": "word"})
    assert table.maker("name") == "date"
    table.make_by("name", "email")
    assert table.maker("name") == "email"
    assert draft_of(table)["tables"]["people"]["columns"]["name"] == {
        "treatment": "fake", "missing": 0.1, "provider": "email",
    }  # fmt: skip


def draft_of(table: Any) -> dict[str, Any]:
    return dict(table._draft.document)


def test_a_kind_is_a_correction_and_goes_when_it_corrects_nothing() -> None:
    table = draft().treated("people")
    table.correct("zip", "category", "integer")
    assert (table.kind("zip"), table.treatment("zip")) == ("category", "learn")
    table.treat("zip", "drop", {})
    assert table.kind("zip") == "category"
    table.correct("zip", "integer", "integer")
    assert table.kind("zip") == "" and table.treatment("zip") == "drop"


@pytest.mark.parametrize(
    "tables",
    [
        {"people": {"columns": [{"id": "new"}, {"age": {"kind": "category"}}]}},
        {"people": {"columns": {"id": "new", "age": {"kind": "category"}}}},
        [{"people": {"columns": {"id": "new", "age": {"kind": "category"}}}}],
        {"people": None},
        None,
    ],
)
def test_every_spelling_is_read_and_changed(tables: Any) -> None:
    under_work = draft({"tables": tables, "synthesizer": "copula"})
    table = under_work.treated("people")
    before = {name: table.treatment(name) for name in ("id", "age")}
    table.treat("name", "drop", {})
    assert {name: table.treatment(name) for name in before} == before
    loaded = load_synthesis(under_work.document)
    assert loaded.definition.tables["people"].treatment("name").treatment == "drop"
    assert under_work.part("synthesizer", "name") == "copula"


def test_values_of_the_synthesizer_and_of_protection() -> None:
    under_work = draft()
    under_work.set_part("privacy", "k", "9")
    under_work.set_part("synthesizer", "max_rounds", "40")
    under_work.set_part("synthesizer", "model_size", "")
    under_work.target = "age"
    under_work.treated("people").set_rows("1000")
    under_work.treated("people").set_key([])
    found = load_synthesis(under_work.document).definition
    assert (found.privacy.k, found.synthesizer.max_rounds, found.target) == (9, 40, "age")
    assert found.tables["people"].rows == 1000 and found.tables["people"].primary_key == ()
    under_work.target = ""
    assert "target" not in under_work.document


def test_a_draft_knows_whether_it_was_changed() -> None:
    under_work = draft()
    assert not under_work.is_changed
    under_work.treated("people").treat("age", "drop", {})
    assert under_work.is_changed
    under_work.keep_as_stored('"1-2"')
    assert not under_work.is_changed and under_work.tag == '"1-2"'
    under_work.unread = "tables: {"
    assert under_work.is_changed


def test_what_a_browser_has_changed_outlives_a_visit_and_the_rest_is_what_is_stored() -> None:
    drafts: OrderedDict[str, SynthesisDraft] = OrderedDict()
    first = drafts_with(drafts, "src_1", SUGGESTED, "a")
    newer = {**SUGGESTED, "target": "age"}
    assert drafts_with(drafts, "src_1", newer, "b") is first and first.target == "age"
    first.target = "name"
    assert drafts_with(drafts, "src_1", SUGGESTED, "c").target == "name"
    for number in range(MOST_DRAFTS):
        drafts_with(drafts, f"src_other_{number}", SUGGESTED, "a")
    assert len(drafts) == MOST_DRAFTS and "src_1" not in drafts


def test_faults_of_a_request_are_those_of_the_definition_in_it() -> None:
    told = Problem(422, "Refused", "", (Fault("definition.tables.people", "no"), Fault("x", "no")))
    assert [each.path for each in refused_definition(told).faults] == ["tables.people", "x"]


def test_values_are_protected_until_somebody_says_otherwise() -> None:
    under_work = draft()
    assert under_work.protects_values
    under_work.protects_values = False
    assert under_work.part("privacy", "k") == ""
    loaded = load_synthesis(under_work.document)
    assert loaded.definition.privacy.fewest == 1
    under_work.protects_values = True
    assert load_synthesis(under_work.document).definition.privacy.fewest == 5
