"""The controller between views and API, over an API that answers in fixed words."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from app.ui.client import Answer, Document, Fault, Problem
from app.ui.editor_controller import EditorController
from app.ui.model.draft import BLANK, Draft

pytestmark = pytest.mark.anyio


class FixedClient:
    """Refuses a document named `bad`, and YAML that begins with `{`; notes what it is asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def both_spellings(self, source: Document | str) -> Answer:
        self.asked.append("read")
        if isinstance(source, str) and source.startswith("{"):
            raise Problem(422, "Definition at fault", "", (Fault("document", "no YAML", None, 3),))
        document = {"name": source} if isinstance(source, str) else source
        return {"document": document, "yaml": f"name: {document.get('name')}\n"}

    async def validate(self, document: Document) -> Answer:
        self.asked.append("validate")
        if document.get("name") == "bad":
            raise Problem(422, "Definition at fault", "", (Fault("name", "is bad"),))
        return {"valid": True}

    async def compile(self, document: Document) -> Answer:
        await self.validate(document)
        return {"rules": []}

    async def preview(self, document: Document, rows: int) -> Answer:
        warning = {"path": "seed", "message": "is drawn", "hint": None, "line": None}
        return {"seed": document["seed"], "warnings": [warning], "tables": {"x": []}, "summary": {}}


def controller() -> tuple[EditorController, FixedClient, list[str]]:
    client, told = FixedClient(), list[str]()
    made = EditorController(client, Draft())
    made.on_checked.append(lambda: told.append("checked"))
    made.on_text.append(lambda: told.append("text"))
    made.on_replaced.append(lambda: told.append("replaced"))
    return made, client, told


async def test_a_change_is_spelled_checked_and_shown() -> None:
    made, _, told = controller()
    made.watch_text(on=True)
    made.draft.set("name", "good")
    made.changed()
    findings = await made.settled()
    assert made.yaml == "name: good\n"
    assert findings.is_usable and [each.path for each in findings.warnings] == ["seed"]
    assert findings.preview is not None
    assert told == ["text", "checked"]


async def test_the_text_is_spelled_only_for_those_who_look_at_it() -> None:
    made, client, told = controller()
    made.draft.set("name", "unseen")
    made.changed()
    await made.settled()
    assert "read" not in client.asked and told == ["checked"]
    made.watch_text(on=True)
    await made.settled()
    assert made.yaml == "name: unseen\n"
    assert client.asked.count("validate") == 1


async def test_previews_without_a_seed_of_their_own_all_have_the_same_one() -> None:
    made, _, _ = controller()
    seeds = []
    for seed in ("", "", "5"):
        made.draft.set("seed", seed)
        made.changed()
        seeds.append(((await made.settled()).preview or {})["seed"])
    assert seeds == [made.seed, made.seed, 5]
    assert "seed" not in Draft().document


async def test_faults_are_kept_for_their_fields() -> None:
    made, _, _ = controller()
    made.draft.set("name", "bad")
    made.changed()
    findings = await made.settled()
    assert not findings.is_usable
    assert [(each.path, each.text) for each in findings.faults] == [("name", "Is bad")]
    assert findings.plan is None


async def test_only_the_last_of_many_changes_is_checked() -> None:
    made, client, _ = controller()
    for letter in "typing":
        made.draft.set("name", letter)
        made.changed()
        await asyncio.sleep(0)
    await made.settled()
    assert client.asked.count("validate") == 1
    assert made.draft.get("name") == "g"


async def test_yaml_that_cannot_be_read_leaves_the_draft() -> None:
    made, _, told = controller()
    before: dict[str, Any] = dict(made.draft.document)
    made.typed("{ broken")
    await made.settled()
    assert [each.line for each in made.yaml_faults] == [3]
    assert made.draft.document == before
    assert "replaced" not in told


async def test_yaml_that_cannot_be_read_is_there_again_on_the_next_page() -> None:
    made, client, _ = controller()
    made.typed("{ broken")
    made.close()
    again = EditorController(client, made.draft)
    again.begin()
    findings = await again.settled()
    assert again.yaml == "{ broken" and again.yaml_faults
    assert findings.preview is not None
    again.typed("mine")
    await again.settled()
    assert (made.draft.unread, made.draft.document) == ("", {"name": "mine"})


async def test_a_change_of_a_field_takes_the_place_of_unread_yaml() -> None:
    made, _, _ = controller()
    made.watch_text(on=True)
    made.typed("{ broken")
    await made.settled()
    made.draft.set("name", "good")
    made.changed()
    await made.settled()
    assert (made.yaml, made.yaml_faults, made.draft.unread) == ("name: good\n", (), "")


async def test_unread_yaml_outlives_a_connection_that_breaks_while_it_is_read() -> None:
    made, _, _ = controller()
    made.watch_text(on=True)
    made.typed("{ broken")
    made.close()
    await made.settled()
    made.watch()
    await made.settled()
    assert made.yaml == made.draft.unread == "{ broken"
    assert made.yaml_faults


async def test_yaml_takes_the_place_of_the_draft_and_stays_as_it_was_typed() -> None:
    made, _, told = controller()
    made.typed("mine")
    await made.settled()
    assert made.draft.document == {"name": "mine"}
    assert made.yaml == "mine" and not made.yaml_faults
    assert told == ["replaced", "checked"]


async def test_setup_checks_without_making_anything() -> None:
    made, _, _ = controller()
    made.makes = False
    made.changed()
    findings = await made.settled()
    assert findings.is_usable and findings.preview is None


async def test_what_was_there_before_is_put_aside_and_comes_back() -> None:
    made, _, told = controller()
    made.replaced({"name": "first"})
    assert made.draft.aside is None
    made.replaced({"name": "second"})
    made.bring_back()
    await made.settled()
    assert (made.draft.document, made.draft.aside) == ({"name": "first"}, {"name": "second"})
    made.replaced(BLANK)
    assert made.draft.aside == {"name": "first"}
    made.bring_back()
    assert (made.draft.document, made.draft.aside) == ({"name": "first"}, None)
    assert told.count("replaced") == 5
    made.close()


async def test_what_one_tab_changes_another_one_shows() -> None:
    made, client, _ = controller()
    other, told = EditorController(client, made.draft), list[str]()
    other.on_replaced.append(lambda: told.append("replaced"))
    other.watch()
    made.watch()
    made.draft.set("name", "bad")
    made.changed()
    assert [each.path for each in (await other.settled()).faults] == ["name"]
    assert told == ["replaced"]
    other.close()
    made.replaced({"name": "good"})
    assert told == ["replaced"]
    other.watch()
    assert (await other.settled()).is_usable
    assert told == ["replaced", "replaced"]
    await made.settled()
