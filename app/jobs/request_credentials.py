"""Credentials that come with a request: taken out of it, checked, sealed for its job.

They live until the job ends. A request that is stored, shown or run again never has them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pydantic import BaseModel, ValidationError

from app.connections.connections import Connection, Connections
from app.connections.credential_store import CredentialStore, strays
from app.connections.errors import ConnectionNotFound, InvalidCredentials
from app.engine.errors import Fault
from app.jobs.models import JobRequest
from app.sinks.base import Sink

CREDENTIALS, CONNECTION = "credentials", "connection"


@dataclass(frozen=True, slots=True)
class SealedRequest:
    """A request without its credentials, which are sealed, by the place of their sink."""

    request: JobRequest
    credentials: Mapping[int, str]
    faults: tuple[Fault, ...]


async def seal_credentials(
    request: JobRequest, job_id: str, credential_store: CredentialStore, own: Connections
) -> SealedRequest:
    """Take the credentials out of a request and seal them for a job.

    `faults` name credentials and connections that cannot be used, or that are missing.
    """
    faults: list[Fault] = []
    sealed: dict[int, str] = {}
    targets = list(request.sinks)
    for place, target in enumerate(request.sinks):
        path = f"sinks[{place}]"
        if (sink := credential_store.sinks.get(str(target.get("kind")))) is None:
            continue
        if found := list(_contradictions(target, sink, path)):
            faults += found
        elif CREDENTIALS in target:
            try:
                given = target[CREDENTIALS]
                sealed[place] = credential_store.seal(target["kind"], given, job_id, str(place))
            except InvalidCredentials as error:
                faults += [replace(fault, path=f"{path}.{fault.path}") for fault in error.faults]
        elif isinstance(target.get(CONNECTION), str):
            connection = await _connection(own, target[CONNECTION])
            faults += _connection_faults(path, target, connection, sink)
            targets[place] = {**target, **(connection.target if connection else {})}
    return SealedRequest(_without(request, targets), sealed, tuple(faults))


def _contradictions(target: Mapping[str, Any], sink: Sink, path: str) -> Iterator[Fault]:
    """Credentials given where there can be none, twice or not at all."""
    given = [name for name in (CREDENTIALS, CONNECTION) if target.get(name) is not None]
    if sink.credentials is None:
        for name in given:
            yield Fault(f"{path}.{name}", f"a {target['kind']} sink takes no credentials")
        return
    if len(given) == 2:
        yield Fault(f"{path}.{CONNECTION}", "excludes credentials", "give one of them")
    elif not given and not _can_do_without(sink.credentials):
        hint = f"name a connection, or give credentials: {', '.join(sink.credentials.model_fields)}"
        yield Fault(f"{path}.{CONNECTION}", "is missing", hint)
    elif not isinstance(target.get(CREDENTIALS, {}), Mapping):
        yield Fault(f"{path}.{CREDENTIALS}", "must be an object")


def _can_do_without(model: type[BaseModel]) -> bool:
    """Whether credentials with nothing in them are good enough."""
    try:
        model.model_validate({})
    except ValidationError:
        return False
    return True


async def _connection(own: Connections, name: str) -> Connection | None:
    try:
        return await own.get(name)
    except ConnectionNotFound:
        return None


def _connection_faults(
    path: str, target: Mapping[str, Any], connection: Connection | None, sink: Sink
) -> list[Fault]:
    """What keeps a target from using the connection that it names."""
    place, name, kind = f"{path}.{CONNECTION}", target[CONNECTION], target["kind"]
    if connection is None:
        hint = "POST /v1/connections stores one"
        return [Fault(place, f"there is no connection {name!r}", hint)]
    if connection.kind != kind:
        message = f"{name!r} holds credentials of kind {connection.kind}"
        return [Fault(place, message, f"name one of kind {kind}")]
    fixed = {field: target.get(field, value) for field, value in connection.target.items()}
    return [
        Fault(f"{path}.{field}", f"is for the connection {name!r} to say", "leave it out")
        for field in strays(sink, connection.target, {**target, **fixed})
    ]


def _without(request: JobRequest, targets: Sequence[Mapping[str, Any]]) -> JobRequest:
    """The request with these targets, without credentials; it says where there were some."""
    places = tuple(place for place, target in enumerate(targets) if CREDENTIALS in target)
    sinks = tuple(
        {name: value for name, value in target.items() if name != CREDENTIALS} for target in targets
    )
    return replace(request, sinks=sinks, inline_credentials=places)
