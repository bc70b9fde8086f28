"""Rules of stored definitions: who gives the name, when a version is the first one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.api.dependencies import SCHEMA_NAME
from app.api.http.conditional_requests import check_change
from app.api.http.content import Source
from app.api.http_errors import DefinitionExists, InvalidRequest
from app.definitions.definitions import StoredDefinition
from app.engine.errors import Fault
from app.service.tenants import Tenant


def etag(stored: StoredDefinition) -> str:
    """Strong validator of a version; the time tells versions apart where a name is used again."""
    return f'"{stored.version}-{int(stored.created_at.timestamp() * 1_000_000):x}"'


async def read_document(tenant: Tenant, source: Source) -> Mapping[str, Any]:
    """A definition as plain data, without faults. Raises DefinitionError."""
    await tenant.request_workers.validate(source)
    return await tenant.request_workers.read(source)


async def create(tenant: Tenant, source: Source) -> StoredDefinition:
    """Store a definition under the name in it.

    Raises:
        InvalidRequest: it has no name.
        DefinitionExists: the name is taken.
    """
    document = await read_document(tenant, source)
    name = _own_name(document)

    def check(present: StoredDefinition | None) -> None:
        if present is not None:
            raise DefinitionExists(name)

    return await tenant.definitions.put(name, document, check)


def _own_name(document: Mapping[str, Any]) -> str:
    name = document.get("name")
    if name is None:
        hint = "write `name: …` into the definition, or PUT it to /v1/schemas/{name}"
        raise InvalidRequest(Fault("name", "is missing", hint))
    if not SCHEMA_NAME.fullmatch(str(name)):
        hint = "use up to 200 characters, no slash and no control character"
        raise InvalidRequest(Fault("name", "cannot be part of an address", hint))
    return str(name)


async def replace(
    tenant: Tenant, name: str, source: Source, headers: Mapping[str, str]
) -> tuple[StoredDefinition, bool]:
    """Store a new version; tells whether it is the first one.

    Raises:
        InvalidRequest: the definition carries another name.
        PreconditionFailed: the request's headers are about another version.
    """
    document = await read_document(tenant, source)
    given = document.get("name", name)
    if given != name:
        raise InvalidRequest(Fault("name", f"is {given!r}, the address says {name!r}"))
    created = False

    def check(present: StoredDefinition | None) -> None:
        nonlocal created
        created = present is None
        check_change(headers, None if present is None else etag(present))

    return await tenant.definitions.put(name, document, check), created


async def remove(tenant: Tenant, name: str, headers: Mapping[str, str]) -> None:
    """Remove every version. Raises DefinitionNotFound, PreconditionFailed."""
    await tenant.definitions.delete(name, lambda present: check_change(headers, etag(present)))
