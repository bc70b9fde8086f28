from __future__ import annotations

import re

import pytest

from tests.api.conftest import Send

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("path", ["/docs", "/redoc"])
async def test_the_documentation_loads_from_this_host_only(send: Send, path: str) -> None:
    page = await send("GET", path)
    assert page.status_code == 200
    assert "default-src 'self'" in page.headers["content-security-policy"]
    loaded = re.findall(r'(?:src|href)="([^"]*)"', page.text)
    assert loaded
    for address in loaded:
        assert address.startswith("/")
        asset = await send("GET", address)
        assert (asset.status_code, len(asset.content) > 1000) == (200, True), address
    assert "//" not in re.sub(r"<!--.*?-->", "", page.text, flags=re.DOTALL)


async def test_swagger_ui_asks_no_validator(send: Send) -> None:
    assert '"validatorUrl": null' in (await send("GET", "/docs")).text


async def test_the_first_page_leads_on(send: Send) -> None:
    page = await send("GET", "/")
    links = re.findall(r'href="([^"]*)"', page.text)
    assert {"/docs", "/healthz", "/openapi.json"} <= set(links)
    for link in links:
        assert (await send("GET", link)).status_code == 200, link
    assert "curl -sS http://test/v1/jobs" in page.text
