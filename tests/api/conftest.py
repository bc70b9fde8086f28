"""The application over an in-memory service, and a client of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from fastapi import FastAPI

from app.main import create_app
from app.service.service import Service
from app.settings import Settings
from tests.api.fakes import FakeService

LIMIT = 20_000
Send = Callable[..., Awaitable[httpx.Response]]


@pytest.fixture
def service(tmp_path: Path) -> FakeService:
    return FakeService(tmp_path)


@pytest.fixture
def app(service: FakeService, tmp_path: Path) -> FastAPI:
    settings = Settings(data_dir=tmp_path, max_body_bytes=LIMIT, log_level="error", pages=False)
    return create_app(settings, service=cast(Service, service))


@pytest.fixture
def send(app: FastAPI) -> Send:
    """One request; the application answers in this process."""

    async def send(method: str, path: str, **options: Any) -> httpx.Response:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.request(method, path, **options)

    return send
