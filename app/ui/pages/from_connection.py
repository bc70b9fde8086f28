"""A source that is read from a database: tables that a stored connection leads to."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from app.ui.client import ApiClient, Problem
from app.ui.parts.faults import problem_notes
from app.ui.parts.field import Field
from app.ui.parts.listing import read_list
from app.ui.parts.tags import box, button, card

# Kinds of connections that sources are read from.
READABLE = frozenset({"postgresql", "sql"})


async def readable_connections(client: ApiClient) -> list[str]:
    """Names of the connections that a source may be read from; none without the right to know."""
    try:
        stored = await read_list(client, "/v1/connections")
    except Problem:
        return []
    return [each["name"] for each in stored if each["kind"] in READABLE]


class FromConnection:
    """A name, a connection and its tables; nothing where no connection is stored."""

    def __init__(
        self,
        client: ApiClient,
        connections: Sequence[str],
        on_stored: Callable[[str], Awaitable[None]],
    ) -> None:
        self._api, self._on_stored = client, on_stored
        if not connections:
            return
        with card("Read from a database"):
            with box("fields fields--half"):
                options = {name: name for name in connections}
                self._connection = Field(
                    "Connection", connections[0], kind="choice", options=options
                )
                self._name = Field("Name", "", placeholder="customers")
                hint = "Names between commas, with their schema where that is not public."
                self._tables = Field("Tables", "", placeholder="customers, sales.orders", hint=hint)
            self._said = box("notes", role="status")
            with box("row row--end"):
                button("Read it", self._read, symbol="download")

    async def _read(self) -> None:
        tables = [each.strip() for each in self._tables.value.split(",") if each.strip()]
        body = {
            "name": self._name.value.strip() or ", ".join(tables),
            "connection": self._connection.value,
            "tables": tables,
        }
        self._said.clear()
        try:
            made = await self._api.ask("POST", "/v1/sources", json=body)
        except Problem as problem:
            with self._said:
                problem_notes(problem)
            return
        self._tables.show("")
        await self._on_stored(made["id"])
