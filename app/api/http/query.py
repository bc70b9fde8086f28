"""The query of an address: every parameter in it has to be one that the call knows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from fastapi import Request
from fastapi.dependencies.models import Dependant
from fastapi.dependencies.utils import request_params_to_args
from fastapi.routing import APIRoute

from app.api.handlers import parameter_faults
from app.api.http_errors import InvalidRequest
from app.engine.errors import Fault
from app.engine.schema.problems import listed, nearest

# Wrong parameters of one address that are named; the others are as wrong.
MAX_TOLD = 20
MAX_NAME = 100
# What is asked for in the body of a call, by the call's name.
BODY_KEYS: Mapping[str, tuple[str, ...]] = {
    "submit_job": (
        *("name", "n_samples", "seed", "formats", "sinks", "webhook", "verify", "options"),
        *("kind", "schema_name", "time_limit"),
    ),
    "rerun_job": ("seed", "n_samples"),
}


async def check_query(request: Request) -> None:
    """Raises InvalidRequest where the address has parameters that the call does not know, or one
    of them twice; with every other fault of the query."""
    if not request.query_params:
        return
    route = request.scope["route"]
    if not isinstance(route, APIRoute):
        return
    fields = list(_query_fields(route.dependant))
    faults = list(_faults(request, route, [field.alias for field in fields]))
    if not faults:
        return
    _, errors = request_params_to_args(fields, request.query_params)
    raise InvalidRequest(*faults, *parameter_faults(errors))


def _query_fields(dependant: Dependant) -> Iterator[Any]:
    yield from dependant.query_params
    for part in dependant.dependencies:
        yield from _query_fields(part)


def _faults(request: Request, route: APIRoute, known: list[str]) -> Iterator[Fault]:
    given = [name for name, _ in request.query_params.multi_items()]
    for name in list(dict.fromkeys(given))[:MAX_TOLD]:
        place = f"query.{name[:MAX_NAME]}"
        if name not in known:
            yield Fault(place, "is not a known parameter", _hint(name, route.name, known))
        elif given.count(name) > 1:
            yield Fault(place, "is given more than once", "leave all but one of them out")


def _hint(name: str, call: str, known: list[str]) -> str:
    body = BODY_KEYS.get(call, ())
    key = name if name in body else nearest(name, body)
    if key is not None:
        return f"write `{key}` in the body of the request, as JSON"
    if close := nearest(name, known):
        return f"did you mean `{close}`?"
    return f"known are {listed(known)}" if known else "this call has none; leave it out"
