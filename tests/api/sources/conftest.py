"""The whole application, keys on, and what tests upload to it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.api.accounts.conftest import House, house, open_house

__all__ = ["house", "open_house"]

SECRET = "Hildegard-Zweistein"
CUSTOMERS = "id,name,email,city,age\n" + "".join(
    f"{number},{SECRET} {number},p{number}@example.org,{'Rome' if number % 3 else 'Bern'},"
    f"{20 + number % 50}\n"
    for number in range(1, 121)
)


@pytest.fixture
def each_database() -> str | None:
    """The service's own file; modules that run on every database say so."""
    return None


def stored(house: House) -> list[Path]:
    """Everything below the folder of sources."""
    return sorted((house.settings.data_dir / "sources").rglob("*"))


def files(house: House) -> list[Path]:
    return [each for each in stored(house) if each.is_file()]


async def upload(
    client: httpx.AsyncClient,
    content: str | bytes = CUSTOMERS,
    name: str = "customers.csv",
    media_type: str = "text/csv",
) -> httpx.Response:
    headers = {"Content-Type": media_type}
    return await client.post("/v1/sources", params={"name": name}, content=content, headers=headers)


async def read(client: httpx.AsyncClient, source_id: str) -> dict[str, Any]:
    """A source once nobody reads it any more."""
    async with asyncio.timeout(60):
        while True:
            found: dict[str, Any] = (await client.get(f"/v1/sources/{source_id}")).json()
            if found["status"] != "reading":
                return found
            await asyncio.sleep(0.05)
