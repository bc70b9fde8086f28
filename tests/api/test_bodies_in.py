"""Bodies as they come in: kinds, sizes, charsets."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.api.conftest import LIMIT, Send
from tests.api.fakes import FakeService

pytestmark = pytest.mark.anyio
PATH = "/v1/schemas/validate"


@pytest.mark.parametrize(
    "media_type",
    [
        "application/yaml",
        "text/yaml",
        "application/x-yaml",
        "text/x-yaml",
        "Application/YAML; charset=UTF-8",
        'text/yaml; charset="utf-8"',
    ],
)
async def test_yaml_goes_to_the_engine_as_it_came(
    send: Send, service: FakeService, media_type: str
) -> None:
    text = "features: {ä: {type: name}}\n".encode()
    answer = await send("POST", PATH, content=text, headers={"Content-Type": media_type})
    assert answer.status_code == 200, answer.text
    assert service.request_workers.sources == [text]


@pytest.mark.parametrize(
    "media_type", ["application/json", "application/vnd.api+json", "APPLICATION/JSON;charset=utf-8"]
)
async def test_json_goes_to_the_engine_as_plain_data(
    send: Send, service: FakeService, media_type: str
) -> None:
    answer = await send("POST", PATH, content=b'{"a": [1]}', headers={"Content-Type": media_type})
    assert answer.status_code == 200, answer.text
    assert service.request_workers.sources == [{"a": [1]}]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": "application/json; charset=utf-16"},
        {"Content-Type": "application/yaml; charset=latin-1"},
        {"Content-Type": "application/json", "Content-Encoding": "gzip"},
        {"Content-Type": "json"},
        {"Content-Type": ";;;"},
    ],
)
async def test_other_kinds_are_refused(send: Send, headers: dict[str, str]) -> None:
    answer = await send("POST", PATH, content=b"{}", headers=headers)
    assert answer.status_code == 415
    assert answer.json()["type"] == "/problems/unsupported-media-type"
    assert "application/yaml" in answer.headers["accept"]


@pytest.mark.parametrize("content", [b"", b"\xff\xfe{\x00}\x00", b"a: \x00", b"\x80"])
@pytest.mark.parametrize("media_type", ["application/json", "application/yaml"])
async def test_what_is_no_text_is_refused(send: Send, content: bytes, media_type: str) -> None:
    answer = await send("POST", PATH, content=content, headers={"Content-Type": media_type})
    assert answer.status_code == 400
    assert answer.json()["type"] == "/problems/malformed-body"


@pytest.mark.parametrize("content", [b"[]", b"3", b'"x"', b"null"])
async def test_json_that_is_no_object_is_refused(send: Send, content: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    answer = await send("POST", PATH, content=content, headers=headers)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["path"] == "document"


async def test_a_body_of_the_limit_is_read(send: Send, service: FakeService) -> None:
    text = b"a: " + b"x" * (LIMIT - 3)
    answer = await send("POST", PATH, content=text, headers={"Content-Type": "text/yaml"})
    assert answer.status_code == 200
    assert service.request_workers.sources == [text]


async def test_a_longer_body_is_refused_by_its_announced_length(send: Send) -> None:
    answer = await send(
        "POST", PATH, content=b"x" * (LIMIT + 1), headers={"Content-Type": "text/yaml"}
    )
    assert answer.status_code == 413
    assert answer.json()["type"] == "/problems/body-too-large"
    assert f"{LIMIT:,}" in answer.json()["detail"]


async def test_a_longer_body_without_a_length_is_refused_while_it_is_read(
    send: Send, service: FakeService
) -> None:
    taken = 0

    async def chunks() -> AsyncIterator[bytes]:
        nonlocal taken
        for _ in range(1000):
            taken += 1
            yield b"x" * 1000

    answer = await send("POST", PATH, content=chunks(), headers={"Content-Type": "text/yaml"})
    assert answer.status_code == 413
    assert answer.json()["type"] == "/problems/body-too-large"
    assert taken < 200, "the rest of the body was read to its end"
    assert service.request_workers.sources == []
