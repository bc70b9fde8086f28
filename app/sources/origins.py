"""Where sources are read from that were not uploaded: connections that the service keeps."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from app.sinks.postgresql_reading import DatabaseSource
from app.sinks.reading.connections import SqlSource

MOST_TABLES = 200


@dataclass(frozen=True, slots=True)
class Origin:
    """A connection, and what is read from it: tables, or what one query gives."""

    connection: str
    tables: tuple[str, ...] = ()
    query: str | None = None

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Origin:
        """As `stored` has it."""
        return cls(stored["connection"], tuple(stored.get("tables", ())), stored.get("query"))

    def stored(self) -> dict[str, Any]:
        """As plain data."""
        what = {"tables": [*self.tables]} if self.query is None else {"query": self.query}
        return {"connection": self.connection, **what}

    def content(self) -> str:
        """What the privacy account of everything that it is read for is recognised by."""
        return f"connection {json.dumps(self.stored(), sort_keys=True)}"


class Origins(Protocol):
    """The connections of all tenants, as far as sources are read from them."""

    async def check(self, tenant: str, origin: Origin) -> None:
        """Raises DefinitionError where the tenant has no such connection, or it is none that
        sources are read from."""

    async def open(self, tenant: str, origin: Origin) -> DatabaseSource | SqlSource:
        """What is read, and as whom. Raises SourceError, in words, where that is not there any
        more."""
