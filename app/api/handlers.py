"""Hooks of the framework: every error that it raises or passes on is answered by `errors`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import iter_route_contexts
from starlette.exceptions import HTTPException
from starlette.responses import Response

from app.api.errors import PROBLEMS, respond, status_problem
from app.api.http_errors import InvalidRequest
from app.engine.errors import Fault


def install_error_handlers(app: FastAPI) -> None:
    """Answer every error that a route, a dependency or the router raises with a problem."""

    async def on_error(request: Request, error: Exception) -> Response:
        return respond(error)

    async def on_parameters(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        return respond(InvalidRequest(*parameter_faults(error.errors())))

    async def on_http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        return _http_problem(app, request, error)

    for cls in PROBLEMS:
        app.add_exception_handler(cls, on_error)
    app.add_exception_handler(RequestValidationError, on_parameters)
    app.add_exception_handler(HTTPException, on_http)


def parameter_faults(errors: Iterable[Any]) -> list[Fault]:
    """FastAPI's list of validation errors as faults: ``query.rows``, ``header.prefer``."""
    return [
        Fault(".".join(map(str, error["loc"])), error["msg"].removeprefix("Value error, "))
        for error in errors
    ]


def _http_problem(app: FastAPI, request: Request, error: HTTPException) -> Response:
    headers = dict(error.headers or {})
    if "Allow" in headers:
        headers["Allow"] = ", ".join(allowed_methods(app, request.url.path))
    detail = f"{request.method} {request.url.path}: {error.detail.lower()}"
    return status_problem(error.status_code, detail, headers)


def allowed_methods(app: FastAPI, path: str) -> list[str]:
    """Every method that some route has at this path; one route alone would name its own only."""
    methods: set[str] = set()
    for route in iter_route_contexts(app.router.routes):
        pattern = getattr(route, "path_regex", None)
        if route.methods and pattern is not None and pattern.match(path):
            methods |= route.methods
    return sorted(methods)
