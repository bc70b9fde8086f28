"""Where the files go besides this service: one place, with a stored connection or without."""

from __future__ import annotations

from typing import Any

from app.sinks.registry import kind_label
from app.ui.client import Answer, Problem
from app.ui.parts.field import Field
from app.ui.parts.forms import SchemaForm
from app.ui.parts.listing import read_list
from app.ui.parts.tags import box
from app.ui.request_context import api

HERE = "only here, to download"


class Destination:
    """Drawn with what the service has: its kinds of sinks, and the stored connections."""

    def __init__(self) -> None:
        self._api = api()
        self._sinks: dict[str, Answer] = {}
        self._connections: list[Answer] = []
        self._form: SchemaForm | None = None
        self._connection: Field | None = None
        self._box = box("stack stack--tight")

    async def load(self) -> None:
        """Ask what there is; without the right to know, files stay here."""
        try:
            sinks = (await self._api.ask("GET", "/v1/sinks"))["items"]
            self._connections = await read_list(self._api, "/v1/connections")
        except Problem:
            sinks = []
        self._sinks = {each["kind"]: each for each in sinks}
        with self._box:
            if self._sinks:
                kinds = {"": HERE} | {kind: kind_label(kind) for kind in self._sinks}
                self._kind = Field("Deliver to", "", self._draw, kind="choice", options=kinds)
                self._fields = box("stack stack--tight")

    def value(self) -> list[dict[str, Any]]:
        """The `sinks` of a job request."""
        if self._form is None:
            return []
        target = {"kind": self._kind.value, **self._form.value()}
        if self._connection is not None and self._connection.value:
            target["connection"] = self._connection.value
        return [target]

    def _draw(self, kind: str) -> None:
        """The fields of a kind of sink, and the stored connections that fit."""
        self._fields.clear()
        self._form = self._connection = None
        if kind not in self._sinks:
            return
        with self._fields:
            if self._sinks[kind]["credentials"]:
                self._connection = self._choice_of_connection(kind)
            self._place = box("stack stack--tight")
        self._draw_place("")

    def _choice_of_connection(self, kind: str) -> Field:
        fitting = [each["name"] for each in self._connections if each["kind"] == kind]
        hint = "" if fitting else "None is stored for this; the page Connections takes them."
        options = {"": "none", **dict(zip(fitting, fitting, strict=True))}
        return Field("Connection", "", self._draw_place, kind="choice", options=options, hint=hint)

    def _draw_place(self, connection: str) -> None:
        """What the job has to say: all that the connection does not fix."""
        found = next((each for each in self._connections if each["name"] == connection), None)
        fixed = tuple(found["target"]) if found else ()
        self._place.clear()
        with self._place:
            target = self._sinks[self._kind.value]["target"]
            self._form = SchemaForm(target, ("kind", "connection", *fixed))
