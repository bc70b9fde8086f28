from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.kinds.registry import KINDS
from app.main import create_app
from app.service.service import Service
from app.settings import Settings
from tests.kinds.toy import Count

# A service that has the toy kind, and a client of it; settings by name.
Open = Callable[..., Awaitable[tuple[Service, httpx.AsyncClient]]]


@pytest.fixture
async def open_service(tmp_path: Path) -> AsyncIterator[Open]:
    async with AsyncExitStack() as stack:

        async def start(**changes: Any) -> tuple[Service, httpx.AsyncClient]:
            own = {"data_dir": tmp_path / "data", "local_sink_root": tmp_path / "out"}
            settings = Settings(**{**own, "workers": 1, "pages": False, **changes})
            service = Service(settings, kinds={**KINDS, "count": Count()})
            app = create_app(settings, service=service)
            await stack.enter_async_context(app.router.lifespan_context(app))
            transport = httpx.ASGITransport(app)
            client = httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1", timeout=90)
            return service, await stack.enter_async_context(client)

        yield start


@pytest.fixture
async def client(open_service: Open) -> httpx.AsyncClient:
    _, client = await open_service()
    return client
