from __future__ import annotations

import pytest

from app.api.models.response_models import PreviewBody
from tests.api.conftest import Send
from tests.api.fakes import FakeService

pytestmark = pytest.mark.anyio
DOCUMENT = {"name": "churn", "features": {"a": {"type": "int"}}}


async def test_read_gives_both_spellings(send: Send) -> None:
    answer = await send("POST", "/v1/schemas/read", json=DOCUMENT)
    assert answer.status_code == 200
    assert answer.json() == {"document": {"name": "churn"}, "yaml": "name: churn\n"}


TABLE = b"create table t (a int)"


@pytest.mark.parametrize(
    ("media_type", "suffix"),
    [
        ("application/sql", ".sql"),
        ("text/plain; charset=utf-8", ".txt"),
        ("text/csv", ".csv"),
        ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ".xlsx"),
    ],
)
async def test_import_takes_files_by_their_media_type(
    send: Send, media_type: str, suffix: str
) -> None:
    headers = {"Content-Type": media_type}
    answer = await send("POST", "/v1/schemas/import?name=x", content=TABLE, headers=headers)
    assert answer.status_code == 200
    assert answer.json()["document"] == {"name": "x", "n_samples": len(TABLE)}
    assert answer.json()["left_out"] == [{"line": 3, "table": "", "text": suffix}]


async def test_import_takes_a_text_in_json(send: Send) -> None:
    answer = await send("POST", "/v1/schemas/import", json={"text": TABLE.decode()})
    assert answer.json()["left_out"] == [{"line": 3, "table": "", "text": ".txt"}]


@pytest.mark.parametrize("body", [{}, {"text": 3}, {"text": None}, {"text": "a", "name": "b"}])
async def test_import_names_what_is_wrong_with_its_json(
    send: Send, body: dict[str, object]
) -> None:
    answer = await send("POST", "/v1/schemas/import", json=body)
    assert answer.status_code == 422
    assert {each["path"] for each in answer.json()["errors"]} <= {"text", "name"}


async def test_import_refuses_other_media_types_and_nothing_at_all(send: Send) -> None:
    headers = {"Content-Type": "image/png"}
    answer = await send("POST", "/v1/schemas/import", content=TABLE, headers=headers)
    assert answer.status_code == 415
    headers = {"Content-Type": "application/sql"}
    answer = await send("POST", "/v1/schemas/import", content=b"", headers=headers)
    assert answer.status_code == 422
    assert [fault["message"] for fault in answer.json()["errors"]] == ["the file is empty"]


async def test_ddl_knows_databases_by_name(send: Send) -> None:
    answer = await send("POST", "/v1/schemas/ddl?dialect=sqlite", json=DOCUMENT)
    assert answer.json() == {"dialect": "sqlite", "create": "CREATE", "load": None, "notes": []}
    answer = await send("POST", "/v1/schemas/ddl?dialect=db2", json=DOCUMENT)
    assert answer.status_code == 422


async def test_validate_tells_columns_and_warnings(send: Send) -> None:
    answer = await send("POST", "/v1/schemas/validate", json=DOCUMENT)
    assert answer.status_code == 200
    assert answer.json() == {
        "valid": True,
        "name": "churn",
        "warnings": [{"path": "seed", "line": 1, "message": "is drawn", "hint": None}],
        "columns": [{"table": "churn", "name": "a", "type": "int"}],
    }


async def test_compile_gives_the_plan_for_reading(send: Send) -> None:
    answer = await send("POST", "/v1/schemas/compile", json=DOCUMENT)
    plan = answer.json()
    assert answer.status_code == 200
    assert set(plan) == {"rules", "else", "facts", "effects", "expected", "reachable", "text"}
    assert plan["rules"][0]["if"] == "a < 1"


async def test_preview_gives_the_rows_asked_for(send: Send) -> None:
    for query, rows in (("", 20), ("?rows=1", 1), ("?rows=1000", 1000)):
        answer = await send("POST", "/v1/schemas/preview" + query, json=DOCUMENT)
        records = answer.json()["tables"]["churn"]
        assert (len(records), records[-1]) == (rows, {"a": rows - 1, "b": "ä"})


async def test_a_preview_tells_what_columns_look_like_where_it_is_asked(send: Send) -> None:
    plain = await send("POST", "/v1/schemas/preview?rows=10", json=DOCUMENT)
    asked = await send("POST", "/v1/schemas/preview?rows=10&summary=true", json=DOCUMENT)
    assert "summary" not in plain.json()
    summary = asked.json().pop("summary")
    assert {**plain.json(), "summary": summary} == asked.json()
    number, label = summary["churn"]["a"], summary["churn"]["b"]
    assert (number["kind"], number["mean"], number["shares"]) == ("number", 4.5, [0.1] * 10)
    assert (label["kind"], label["labels"], label["distinct"]) == ("label", ["ä"], 1)
    assert PreviewBody.model_validate(asked.json()).summary == summary


async def test_what_columns_look_like_is_asked_for_with_a_truth_value(send: Send) -> None:
    answer = await send("POST", "/v1/schemas/preview?summary=often", json=DOCUMENT)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["path"] == "query.summary"


@pytest.mark.parametrize("rows", ["0", "1001", "-1", "x", "", "1.5", "99999999999999999999999"])
async def test_preview_is_bounded(send: Send, rows: str) -> None:
    answer = await send("POST", f"/v1/schemas/preview?rows={rows}", json=DOCUMENT)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["path"] == "query.rows"


async def test_a_definition_is_stored_under_its_name(send: Send) -> None:
    created = await send("POST", "/v1/schemas", json=DOCUMENT)
    assert (created.status_code, created.headers["location"]) == (201, "/v1/schemas/churn")
    answer = await send("GET", created.headers["location"])
    assert answer.json() == created.json()
    assert answer.json()["schema"] == DOCUMENT
    assert answer.json()["version"] == 1


async def test_a_name_that_is_taken_is_a_conflict(send: Send) -> None:
    await send("POST", "/v1/schemas", json=DOCUMENT)
    answer = await send("POST", "/v1/schemas", json={**DOCUMENT, "seed": 1})
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/schema-exists")


@pytest.mark.parametrize("name", [None, "a/b", ".", "..", "", "x" * 201])
async def test_a_name_that_cannot_be_an_address_is_refused(send: Send, name: str | None) -> None:
    answer = await send("POST", "/v1/schemas", json={**DOCUMENT, "name": name})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["path"] == "name"


async def test_put_stores_versions_and_repeats_nothing(send: Send) -> None:
    path = "/v1/schemas/mein%20Schema%20%C3%A4"
    plain = {"features": {}}
    assert (await send("PUT", path, json=plain)).status_code == 201
    same = await send("PUT", path, json=plain)
    assert (same.status_code, same.json()["version"]) == (200, 1)
    changed = await send("PUT", path, json={**plain, "seed": 1})
    assert (changed.status_code, changed.json()["version"]) == (200, 2)
    assert changed.json()["links"]["self"] == path
    assert (await send("GET", path)).json()["schema"] == {**plain, "seed": 1}
    first = await send("GET", changed.json()["links"]["self"] + "?version=1")
    assert first.json()["schema"] == plain


async def test_put_refuses_a_definition_of_another_name(send: Send) -> None:
    answer = await send("PUT", "/v1/schemas/other", json=DOCUMENT)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["path"] == "name"


async def test_a_definition_at_fault_is_not_stored(send: Send) -> None:
    answer = await send("PUT", "/v1/schemas/x", json={"features": "BAD"})
    assert answer.status_code == 422
    assert (await send("GET", "/v1/schemas/x")).status_code == 404


async def test_a_caller_that_has_the_version_gets_304(send: Send) -> None:
    created = await send("POST", "/v1/schemas", json=DOCUMENT)
    known = {"If-None-Match": created.headers["etag"]}
    answer = await send("GET", "/v1/schemas/churn", headers=known)
    assert (answer.status_code, answer.content) == (304, b"")
    await send("PUT", "/v1/schemas/churn", json={**DOCUMENT, "seed": 1})
    assert (await send("GET", "/v1/schemas/churn", headers=known)).status_code == 200


async def test_only_the_version_that_was_seen_is_changed(send: Send) -> None:
    path, changed = "/v1/schemas/churn", {**DOCUMENT, "seed": 1}
    new = {"If-None-Match": "*"}
    seen = {"If-Match": (await send("PUT", path, json=DOCUMENT, headers=new)).headers["etag"]}
    assert (await send("PUT", path, json=changed, headers=new)).status_code == 412
    assert (await send("PUT", path, json=changed, headers=seen)).status_code == 200
    late = await send("PUT", path, json=DOCUMENT, headers=seen)
    assert (late.status_code, late.json()["type"]) == (412, "/problems/precondition-failed")
    assert (await send("DELETE", path, headers=seen)).status_code == 412
    present = await send("GET", path)
    assert present.json()["schema"] == changed
    now = {"If-Match": present.headers["etag"]}
    assert (await send("DELETE", path, headers=now)).status_code == 204
    assert (await send("PUT", path, json=DOCUMENT, headers={"If-Match": "*"})).status_code == 412


async def test_delete_removes_all_versions(send: Send) -> None:
    await send("POST", "/v1/schemas", json=DOCUMENT)
    answer = await send("DELETE", "/v1/schemas/churn")
    assert (answer.status_code, answer.content) == (204, b"")
    assert (await send("GET", "/v1/schemas/churn")).status_code == 404
    assert (await send("DELETE", "/v1/schemas/churn")).status_code == 404


async def test_the_list_goes_page_by_page(send: Send, service: FakeService) -> None:
    for name in "abc":
        await service.definitions.put(name, {"features": {}})
    first = await send("GET", "/v1/schemas?limit=2")
    assert [item["name"] for item in first.json()["items"]] == ["a", "b"]
    assert {item["schema"] for item in first.json()["items"]} == {None}
    following = first.headers["link"].partition(">")[0].removeprefix("<")
    last = await send("GET", following)
    assert [item["name"] for item in last.json()["items"]] == ["c"]
    assert last.json()["next_cursor"] is None
    assert "link" not in last.headers


@pytest.mark.parametrize("call", ["read", "validate", "compile", "preview"])
async def test_a_full_queue_says_when_to_come_again(send: Send, call: str) -> None:
    answer = await send("POST", f"/v1/schemas/{call}", json={"features": "FULL"})
    assert (answer.status_code, answer.json()["type"]) == (503, "/problems/queue-full")
    assert int(answer.headers["retry-after"]) > 0


@pytest.mark.parametrize("call", ["read", "validate", "compile", "preview"])
async def test_too_large_an_answer_is_refused_with_what_to_ask_for(send: Send, call: str) -> None:
    answer = await send("POST", f"/v1/schemas/{call}", json={"features": "WIDE"})
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/answer-too-large")
    assert "ask for fewer" in answer.json()["detail"]
