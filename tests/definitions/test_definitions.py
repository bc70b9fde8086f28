from __future__ import annotations

import asyncio
from typing import Any

import pytest

from app.definitions.definitions import StoredDefinition
from app.definitions.errors import DefinitionNotFound
from app.engine.errors import DefinitionError
from app.service.service import Service
from app.store.errors import InvalidCursor
from tests.services import DOCUMENT

pytestmark = pytest.mark.anyio

REORDERED: dict[str, Any] = {
    **DOCUMENT,
    "features": dict(reversed(DOCUMENT["features"].items())),
}


async def test_a_changed_definition_is_a_new_version_and_the_old_one_stays(idle: Service) -> None:
    first = await idle.definitions.put("people", DOCUMENT)
    same = await idle.definitions.put("people", DOCUMENT)
    second = await idle.definitions.put("people", {**DOCUMENT, "n_samples": 5})
    assert [first.version, same.version, second.version] == [1, 1, 2]
    assert (await idle.definitions.get("people")).document["n_samples"] == 5
    assert (await idle.definitions.get("people", 1)).document == DOCUMENT


async def test_another_order_of_columns_is_another_version(idle: Service) -> None:
    await idle.definitions.put("people", DOCUMENT)
    assert (await idle.definitions.put("people", REORDERED)).version == 2


async def test_versions_stored_at_the_same_time_count_up(idle: Service) -> None:
    documents = [{**DOCUMENT, "n_samples": rows} for rows in range(1, 6)]
    stored = await asyncio.gather(*(idle.definitions.put("people", doc) for doc in documents))
    assert sorted(schema.version for schema in stored) == [1, 2, 3, 4, 5]


async def test_of_two_first_versions_at_the_same_time_one_is_stored(idle: Service) -> None:
    def check(present: StoredDefinition | None) -> None:
        if present is not None:
            raise KeyError(present.version)

    documents = [{**DOCUMENT, "n_samples": rows} for rows in range(1, 6)]
    putting = [idle.definitions.put("people", document, check) for document in documents]
    stored = await asyncio.gather(*putting, return_exceptions=True)
    assert sum(isinstance(each, StoredDefinition) for each in stored) == 1
    assert sum(isinstance(each, KeyError) for each in stored) == 4
    assert (await idle.definitions.get("people")).version == 1


async def test_a_faulty_definition_is_not_stored(idle: Service) -> None:
    with pytest.raises(DefinitionError):
        await idle.definitions.put(
            "people", {"features": {"a": {"type": "int", "min": 2, "max": 1}}}
        )
    with pytest.raises(DefinitionNotFound):
        await idle.definitions.get("people")


async def test_names_are_listed_in_pages_with_their_latest_version(idle: Service) -> None:
    for name in ("c", "a", "b"):
        await idle.definitions.put(name, DOCUMENT)
    await idle.definitions.put("a", {**DOCUMENT, "n_samples": 5})
    first = await idle.definitions.list(limit=2)
    assert [(schema.name, schema.version) for schema in first.items] == [("a", 2), ("b", 1)]
    second = await idle.definitions.list(limit=2, cursor=first.next_cursor)
    assert [schema.name for schema in second.items] == ["c"]
    assert second.next_cursor is None
    with pytest.raises(InvalidCursor):
        await idle.definitions.list(cursor="x")
    assert not any(stored.document for stored in (*first.items, *second.items))


async def test_deleting_removes_every_version(idle: Service) -> None:
    await idle.definitions.put("people", DOCUMENT)
    await idle.definitions.delete("people")
    with pytest.raises(DefinitionNotFound):
        await idle.definitions.get("people", 1)
    with pytest.raises(DefinitionNotFound):
        await idle.definitions.delete("people")
