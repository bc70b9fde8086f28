"""Credentials of sinks, sealed for one place and opened for nothing but a delivery."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, SecretStr, ValidationError

from app.connections.errors import InvalidCredentials
from app.engine.errors import Fault
from app.engine.schema.source import write_path
from app.sinks.base import Sink, Target, TerminalSinkError
from app.store.database import Database
from app.store.encryption.secrets import SecretBox, SecretsError
from app.store.repositories.connections import ConnectionRepository, JobCredentialsRepository

Given = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CredentialStore:
    """Seals credentials for one place and opens them only there.

    Args:
        sinks: by kind; each says what its credentials look like.
    """

    database: Database
    box: SecretBox
    sinks: Mapping[str, Sink]

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of sinks that want credentials."""
        return tuple(kind for kind, sink in self.sinks.items() if sink.credentials is not None)

    def seal(self, kind: str, given: Given, *place: str) -> str:
        """Check credentials and seal them for a place. Raises InvalidCredentials."""
        model = self._read(kind, given)
        content = {"place": [kind, *place], "credentials": _revealed(model)}
        return self.box.seal(json.dumps(content))

    def open(self, sealed: str, kind: str, *place: str) -> BaseModel:
        """What was sealed for this very place.

        Raises:
            TerminalSinkError: no key opens it, or it was made for another place or version.
        """
        try:
            content = json.loads(self.box.open(sealed))
        except SecretsError:
            raise TerminalSinkError("the stored credentials cannot be opened") from None
        if content["place"] != [kind, *place]:
            raise TerminalSinkError("the stored credentials belong to something else")
        try:
            return self._read(kind, content["credentials"])
        except InvalidCredentials as error:
            raise TerminalSinkError(f"the stored credentials do not fit: {error}") from None

    async def credentials_of(
        self, job_id: str, place: int, tenant: str, target: Target
    ) -> BaseModel | None:
        """What a delivery may use: of the connection that its target names, else those that came
        with the request; None where there are neither.

        Raises:
            TerminalSinkError: the connection is gone, or it is for something else now.
        """
        kind, name = str(target["kind"]), target.get("connection")
        async with self.database.read() as session:
            if name is None:
                inline = await JobCredentialsRepository(session).find(job_id, place)
                return (
                    None if inline is None else self.open(inline.sealed, kind, job_id, str(place))
                )
            row = await ConnectionRepository(session, tenant).find(str(name))
        if row is None or row.kind != kind:
            raise TerminalSinkError(f"there is no connection {name!r} of kind {kind!r} any more")
        if strays(self.sinks[kind], row.target, target):
            raise TerminalSinkError(f"the connection {name!r} is for something else now")
        return self.open(row.sealed, kind, tenant, row.name)

    def _read(self, kind: str, given: Given) -> BaseModel:
        sink = self.sinks.get(kind)
        if sink is None:
            raise InvalidCredentials([Fault("kind", f"there is no sink of kind {kind!r}")])
        if sink.credentials is None:
            raise InvalidCredentials([Fault("credentials", f"a {kind} sink takes none")])
        try:
            return sink.credentials.model_validate(given)
        except ValidationError as error:
            raise InvalidCredentials(_faults(error)) from None


def strays(sink: Sink, fixed: Mapping[str, Any], target: Target) -> list[str]:
    """Fields of a target that do not have the values which its connection says, or that are added
    to it and could lead elsewhere."""
    if not fixed:
        return []
    below: frozenset[str] = getattr(sink.target, "below", frozenset())
    added = target.keys() - fixed.keys() - below - {"kind", "connection"}
    return [name for name, value in fixed.items() if target.get(name) != value] + sorted(added)


def _revealed(model: BaseModel) -> dict[str, Any]:
    """The fields that were set, as plain JSON data with the secrets in it."""
    plain = model.model_dump(mode="json", exclude_unset=True)
    for name in model.model_fields_set:
        value = getattr(model, name)
        if isinstance(value, SecretStr):
            plain[name] = value.get_secret_value()
    return plain


def _faults(error: ValidationError) -> list[Fault]:
    """What is wrong with credentials, without their values."""
    return [
        Fault(
            write_path(("credentials", *fault["loc"])), fault["msg"].removeprefix("Value error, ")
        )
        for fault in error.errors(include_url=False, include_input=False, include_context=False)
    ]
