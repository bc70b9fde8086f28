"""Credentials that come with a request: taken out of it, checked, sealed for its job.

They live until the job ends. A request that is kept, told or run again never has them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from app.engine.errors import Fault
from app.jobs.connections import Connections, Vault
from app.jobs.errors import InvalidCredentials
from app.jobs.models import JobRequest
from app.sinks.base import Sink

CREDENTIALS, CONNECTION = "credentials", "connection"


@dataclass(frozen=True, slots=True)
class Entrusted:
    """A request without its credentials; `sealed` has them by the place of their sink."""

    request: JobRequest
    sealed: Mapping[int, str]
    faults: tuple[Fault, ...]


async def entrust(request: JobRequest, job_id: str, vault: Vault, own: Connections) -> Entrusted:
    """Take the credentials out of a request and seal them for a job.

    `faults` tell of credentials and connections that cannot be used, or that are missing.
    """
    faults: list[Fault] = []
    sealed: dict[int, str] = {}
    for place, target in enumerate(request.sinks):
        path = f"sinks[{place}]"
        if (sink := vault.sinks.get(str(target.get("kind")))) is None:
            continue
        if found := list(_contradictions(target, sink, path)):
            faults += found
        elif CREDENTIALS in target:
            try:
                given = target[CREDENTIALS]
                sealed[place] = vault.seal(target["kind"], given, job_id, str(place))
            except InvalidCredentials as error:
                faults += [replace(fault, path=f"{path}.{fault.path}") for fault in error.faults]
        elif isinstance(name := target.get(CONNECTION), str):
            faults += _connection_faults(path, name, target["kind"], await own.kind_of(name))
    return Entrusted(_without(request), sealed, tuple(faults))


def _contradictions(target: Mapping[str, Any], sink: Sink, path: str) -> Iterator[Fault]:
    """Credentials given where there can be none, twice or not at all."""
    given = [name for name in (CREDENTIALS, CONNECTION) if target.get(name) is not None]
    if sink.credentials is None:
        for name in given:
            yield Fault(f"{path}.{name}", f"a {target['kind']} sink takes no credentials")
        return
    needed = [name for name, field in sink.credentials.model_fields.items() if field.is_required()]
    if len(given) == 2:
        yield Fault(f"{path}.{CONNECTION}", "excludes credentials", "give one of them")
    elif needed and not given:
        hint = f"name a connection, or give credentials: {', '.join(needed)}"
        yield Fault(f"{path}.{CONNECTION}", "is missing", hint)
    elif not isinstance(target.get(CREDENTIALS, {}), Mapping):
        yield Fault(f"{path}.{CREDENTIALS}", "must be an object")


def _connection_faults(path: str, name: str, kind: str, found: str | None) -> list[Fault]:
    if found == kind:
        return []
    place = f"{path}.{CONNECTION}"
    if found is None:
        hint = "POST /v1/connections stores one"
        return [Fault(place, f"there is no connection {name!r}", hint)]
    return [Fault(place, f"{name!r} holds credentials of kind {found}", f"name one of kind {kind}")]


def _without(request: JobRequest) -> JobRequest:
    """The request without credentials, which tells where there were some."""
    places = tuple(place for place, target in enumerate(request.sinks) if CREDENTIALS in target)
    sinks = tuple(
        {name: value for name, value in target.items() if name != CREDENTIALS}
        for target in request.sinks
    )
    return replace(request, sinks=sinks, entrusted=places)
