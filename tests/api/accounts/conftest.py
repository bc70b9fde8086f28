"""The whole application, keys on, with two tenants and a sink that wants credentials."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import httpx
import pytest
from fastapi import FastAPI
from pydantic import BaseModel, Field, SecretStr
from sqlalchemy import text

from app.accounts.keys import Scope
from app.main import create_app
from app.service.service import Service
from app.settings import Settings
from app.sinks.base import DeliveryAttempt, Receipt, SinkError, SinkFile, Target
from app.sinks.targets import Credentials, TargetModel, read_target

DOCUMENT: dict[str, Any] = {
    "name": "people",
    "n_samples": 30,
    "features": {"age": {"type": "int", "min": 1, "max": 90}},
}


class SafeTarget(TargetModel):
    host: str = "safe.example"
    folder: str = Field("", description="Where in the safe.")


class SafeCredentials(Credentials):
    user: str
    password: SecretStr
    token: SecretStr | None = None


@dataclass
class SafeSink:
    """Wants credentials and remembers with which ones it was opened."""

    target: ClassVar[type[TargetModel]] = SafeTarget
    credentials: ClassVar[type[BaseModel] | None] = SafeCredentials
    formats: ClassVar[tuple[str, ...] | None] = None
    foreign: ClassVar[bool] = False

    opened: list[tuple[Target, BaseModel | None]] = field(default_factory=list)
    failure: SinkError | None = None

    def check(self, target: Target) -> None:
        read_target(SafeTarget, target)

    def deliver(
        self,
        files: Sequence[SinkFile],
        target: Target,
        credentials: BaseModel | None,
        attempt: DeliveryAttempt,
    ) -> Receipt:
        self.opened.append((target, credentials))
        if self.failure is not None:
            raise self.failure
        return {"files": len(files)}


@dataclass
class House:
    """The application with a client for whoever has a key."""

    app: FastAPI
    service: Service
    sink: SafeSink
    settings: Settings

    async def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """What a query finds in the service's database."""
        async with self.service._database.read() as session:
            return [tuple(row) for row in await session.execute(text(statement))]

    async def key(self, tenant: str, scope: str = "admin", **rest: Any) -> str:
        made = await self.service.of(tenant).keys.create("test", Scope(scope), **rest)
        return made.token

    def client(self, token: str | None = None) -> httpx.AsyncClient:
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        transport = httpx.ASGITransport(self.app)
        base = "http://127.0.0.1"
        return httpx.AsyncClient(transport=transport, base_url=base, headers=headers, timeout=60)

    async def enter(self, tenant: str, scope: str = "admin", **rest: Any) -> httpx.AsyncClient:
        return self.client(await self.key(tenant, scope, **rest))


OpenHouse = Callable[..., Awaitable[House]]


@pytest.fixture
async def open_house(tmp_path: Path, each_database: str | None) -> AsyncIterator[OpenHouse]:
    """Opens applications over one data folder and database; closes them at the end."""
    async with AsyncExitStack() as stack:

        async def open_one(*, real_sinks: bool = False, **changes: Any) -> House:
            values = {
                "data_dir": tmp_path / "data",
                "database_url": each_database,
                "api_keys": True,
                "workers": 1,
                "delivery_backoff": 0.0,
                "delivery_attempts": 1,
                "poll_seconds": 0.1,
                "log_level": "error",
                "pages": False,
                "_env_file": None,
            }
            settings, sink = Settings(**{**values, **changes}), SafeSink()
            service = Service(settings, sinks=None if real_sinks else {"safe": sink})
            await service.start()
            stack.push_async_callback(service.stop)
            return House(create_app(settings, service=service), service, sink, settings)

        yield open_one


@pytest.fixture
async def house(open_house: OpenHouse) -> House:
    """Keys on, no runner: jobs stay queued."""
    return await open_house(runner=False)
