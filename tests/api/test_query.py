"""No route leaves a parameter of its address out in silence."""

from __future__ import annotations

import pytest
from fastapi import FastAPI

from tests.api.conftest import Send

pytestmark = pytest.mark.anyio


async def test_every_route_refuses_what_it_does_not_know(app: FastAPI, send: Send) -> None:
    for path, operations in app.openapi()["paths"].items():
        for method in operations:
            place = path.replace("{", "").replace("}", "")
            answer = await send(method.upper(), f"{place}?no_such=1", json={})
            assert answer.status_code == 422, (method, path)
            if method != "head":
                (error,) = answer.json()["errors"]
                assert (error["path"], error["message"]) == (
                    "query.no_such",
                    "is not a known parameter",
                )
                assert error["hint"]


async def test_what_belongs_into_the_body_is_said(send: Send) -> None:
    answer = await send("POST", "/v1/jobs?n_samples=5&format=csv", json={"features": {}})
    assert answer.status_code == 422
    assert [(error["path"], error["hint"]) for error in answer.json()["errors"]] == [
        ("query.n_samples", "write `n_samples` in the body of the request, as JSON"),
        ("query.format", "write `formats` in the body of the request, as JSON"),
    ]


async def test_the_nearest_parameter_is_named_beside_every_other_fault(send: Send) -> None:
    answer = await send("GET", "/v1/jobs?limits=3&limit=many")
    first, second = answer.json()["errors"]
    assert (first["path"], first["hint"]) == ("query.limits", "did you mean `limit`?")
    assert second["path"] == "query.limit"


async def test_a_parameter_stands_once(send: Send) -> None:
    answer = await send("GET", "/v1/jobs?limit=3&limit=4")
    (error,) = answer.json()["errors"]
    assert (error["path"], error["message"]) == ("query.limit", "is given more than once")


async def test_thousands_of_parameters_are_not_all_told(send: Send) -> None:
    query = "&".join(f"p{number}=1" for number in range(3000))
    answer = await send("GET", f"/v1/jobs?{query}")
    assert answer.status_code == 422
    assert len(answer.json()["errors"]) == 20
