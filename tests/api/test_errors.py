"""Every error is a problem document, and nothing of the inside is told."""

from __future__ import annotations

import inspect
import json
import re
from typing import Any

import pytest

from app.accounts import errors as accounts
from app.api import errors, http_errors, problem_documents
from app.api.errors import CATALOGUE, PROBLEMS, problem_type, respond
from app.connections import errors as connections
from app.definitions import errors as definitions
from app.engine import errors as engine
from app.engine.errors import Fault
from app.jobs import errors as jobs
from app.privacy import errors as privacy
from app.store import errors as store
from app.workers import errors as workers
from tests.api.conftest import Send
from tests.api.fakes import FakeService

pytestmark = pytest.mark.anyio
MEDIA_TYPE = "application/problem+json"
INSIDE = {
    engine.TablesmithError,
    engine.GenerationError,
    engine.Cancelled,
    store.ServiceError,
    workers.WorkersError,
    http_errors.RequestError,
}


def test_every_error_that_is_meant_for_callers_has_a_problem() -> None:
    rooms = (accounts, connections, definitions, jobs, privacy, workers)
    for module in (engine, store, *rooms, http_errors):
        for _, cls in inspect.getmembers(module, inspect.isclass):
            if issubclass(cls, Exception) and cls not in INSIDE:
                assert PROBLEMS.keys() & set(cls.__mro__), cls


def test_slugs_are_unique_and_say_one_thing() -> None:
    kinds = {*PROBLEMS.values(), *CATALOGUE.values()}
    assert len({kind.slug for kind in kinds}) == len(kinds)
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", kind.slug) for kind in kinds)
    assert all(400 <= kind.status <= 599 for kind in kinds)


def test_an_error_nobody_listed_has_the_problem_of_its_nearest_class() -> None:
    class Special(engine.RowLimitError):
        pass

    assert problem_type(Special("x")) is PROBLEMS[engine.RowLimitError]
    assert problem_type(ValueError("x")) is None


def test_text_that_utf_8_cannot_hold_is_replaced() -> None:
    error = engine.DefinitionError([Fault("\ud800", "is not a name \udfff")])
    assert json.loads(bytes(respond(error).body))["errors"][0]["path"] == "?"


def test_an_answer_repeats_a_request_within_bounds() -> None:
    error = engine.DefinitionError([Fault("k" * 10_000, "is not known", "h" * 10_000)] * 10_000)
    problem = json.loads(bytes(respond(error).body))
    assert len(problem["errors"]) == problem_documents.MAX_FAULTS
    assert {len(problem["errors"][0][key]) for key in ("path", "hint")} == {
        problem_documents.MAX_TEXT
    }
    assert problem["detail"].startswith("10000 faults, 500 of them listed; the first: kkk")
    assert len(problem["detail"]) == problem_documents.MAX_TEXT


@pytest.mark.parametrize(
    ("method", "path", "status", "slug"),
    [
        ("GET", "/nope", 404, "not-found"),
        ("GET", "/v1", 404, "not-found"),
        ("GET", "/v1/jobs/", 404, "not-found"),
        ("GET", "/v1/jobs/none", 404, "job-not-found"),
        ("GET", "/v1/jobs/..%2f..%2fetc", 404, "not-found"),
        ("GET", "/v1/jobs/%00", 404, "job-not-found"),
        ("GET", "/v1/jobs/" + "a" * 5000, 404, "job-not-found"),
        ("GET", "/v1/schemas/none", 404, "schema-not-found"),
        ("GET", "/v1/schemas/%ff%00", 404, "schema-not-found"),
        ("DELETE", "/v1/schemas/none", 404, "schema-not-found"),
        ("DELETE", "/v1/jobs", 405, "method-not-allowed"),
        ("BREW", "/v1/jobs", 405, "method-not-allowed"),
        ("GET", "/v1/jobs?limit=0", 422, "invalid-request"),
        ("GET", "/v1/jobs?limit=many", 422, "invalid-request"),
        ("GET", "/v1/jobs?status=lost", 422, "invalid-request"),
        ("GET", "/v1/jobs?kind=lost", 422, "invalid-request"),
        ("GET", "/v1/jobs?cursor=lost", 422, "invalid-cursor"),
        ("GET", "/v1/schemas/x?version=0", 422, "invalid-request"),
        ("GET", "/problems/lost", 404, "not-found"),
        ("GET", "/docs-assets/lost.js", 404, "not-found"),
    ],
)
async def test_errors_of_addresses_and_parameters(
    send: Send, method: str, path: str, status: int, slug: str
) -> None:
    answer = await send(method, path)
    problem = answer.json()
    assert (answer.status_code, answer.headers["content-type"]) == (status, MEDIA_TYPE)
    assert (problem["status"], problem["type"]) == (status, f"/problems/{slug}")
    assert problem["title"]
    assert problem["detail"]


async def test_a_parameter_at_fault_is_named(send: Send) -> None:
    problem = (await send("GET", "/v1/jobs?limit=0&status=lost")).json()
    assert {fault["path"] for fault in problem["errors"]} == {"query.limit", "query.status"}


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/v1/jobs", "GET, POST"),
        ("/v1/jobs/x", "DELETE, GET, PATCH"),
        ("/v1/jobs/x/result", "GET, HEAD"),
        ("/v1/schemas/x", "DELETE, GET, PUT"),
    ],
)
async def test_405_names_every_method_of_the_address(send: Send, path: str, allowed: str) -> None:
    answer = await send("OPTIONS", path)
    assert answer.status_code == 405
    assert answer.headers["allow"] == allowed


async def test_faults_of_a_definition_are_all_told_with_their_place(send: Send) -> None:
    answer = await send("POST", "/v1/schemas/validate", json={"a": "BAD"})
    assert answer.status_code == 422
    assert answer.json()["type"] == "/problems/invalid-definition"
    assert answer.json()["errors"] == [
        {
            "path": "schema.features.Tenure.std",
            "line": 4,
            "message": "must not be below 0",
            "hint": "write 0 or more",
        },
        {
            "path": "n_samples",
            "line": None,
            "message": "must be a whole number",
            "hint": None,
        },
    ]


async def test_a_bug_tells_nothing_and_the_log_has_it(
    send: Send, capsys: pytest.CaptureFixture[str]
) -> None:
    headers = {"X-Request-Id": "seen-by-me"}
    answer = await send("POST", "/v1/schemas/validate", json={"a": "CRASH"}, headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (500, MEDIA_TYPE)
    assert "secret" not in answer.text
    assert answer.headers["x-request-id"] == "seen-by-me"


async def test_what_takes_too_long_asks_to_try_again(send: Send) -> None:
    answer = await send("POST", "/v1/schemas/compile", json={"a": "SLOW"})
    assert answer.status_code == 503
    assert answer.json()["type"] == "/problems/overloaded"
    assert int(answer.headers["retry-after"]) > 0


async def test_each_kind_of_problem_has_a_page(send: Send) -> None:
    listed = await send("GET", "/problems")
    for slug, kind in CATALOGUE.items():
        assert f'href="problems/{slug}"' in listed.text
        page = await send("GET", kind.uri)
        assert page.status_code == 200
        assert str(kind.status) in page.text


async def test_a_service_that_is_not_ready_says_what_failed(
    send: Send, service: FakeService
) -> None:
    service.checks = {"database": False, "pool": True, "disk": False}
    problem: dict[str, Any] = (await send("GET", "/readyz")).json()
    assert (problem["status"], problem["type"]) == (503, "/problems/not-ready")
    assert {fault["path"] for fault in problem["errors"]} == {"database", "disk"}
    assert errors.CATALOGUE["not-ready"].status == 503
