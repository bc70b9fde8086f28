"""The application: the service behind its routes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec

import structlog
from fastapi import Depends, FastAPI

from app.api.access_log import AccessLog
from app.api.auditing import Auditing
from app.api.description.documentation import problems as problem_answers
from app.api.description.openapi import install_openapi
from app.api.handlers import install_error_handlers
from app.api.hosts import OwnSite
from app.api.http.body_limit import BodyBounds, BodyLimit
from app.api.http.query import check_query
from app.api.metrics import RequestMetrics
from app.api.routers import (
    accounts,
    audit,
    connections,
    docs,
    estimates,
    health,
    jobs,
    keys,
    problems,
    results,
    schemas,
    sinks,
    sources,
    synthesizers,
    webhooks,
)
from app.api.security import AuthMiddleware
from app.api.shares import Shares
from app.service.service import Service
from app.settings import Settings
from app.store.database import DatabaseUnavailable
from app.telemetry.logs import configure_logs

# Where the pages take in a file for `sources.PLACE`.
PAGES_UPLOAD = "/uploads/sources"

log = structlog.get_logger(__name__)


def create_app(settings: Settings | None = None, *, service: Service | None = None) -> FastAPI:
    """The application, ready to be served; its lifespan starts and stops the service.

    Args:
        settings: those of the environment when None.
        service: a service to put behind the routes; one made from the settings when None.

    Raises:
        ImportError: the settings ask for pages whose extra is not installed.
    """
    settings = settings or Settings()
    configure_logs(settings.log_level, settings.log_format)
    app = FastAPI(
        title="Tablesmith",
        version=_version(),
        lifespan=_lifespan,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=lambda route: route.name,
    )
    app.state.service = service or Service(settings)
    app.state.metrics = RequestMetrics()
    app.state.shares = Shares(settings.streams_per_key)
    for module in (
        *(jobs, results, schemas, sources, estimates, synthesizers, connections, sinks, webhooks),
        *(accounts, keys, audit, health, problems),
    ):
        app.include_router(
            module.router, dependencies=[Depends(check_query)], responses=problem_answers(422)
        )
    docs.install_docs(app)
    install_openapi(app, keys=settings.api_keys)
    install_error_handlers(app)
    if _serves_pages(settings):
        from app.ui.mounting import install_pages  # a second that tests and tools need not spend

        install_pages(app)
    # The last one added is the outermost.
    app.add_middleware(
        BodyLimit,
        limit=settings.max_body_bytes,
        seconds=settings.body_seconds,
        uploads=dict.fromkeys((sources.PLACE, PAGES_UPLOAD), _upload_bounds(settings)),
    )
    app.add_middleware(AuthMiddleware, keys=settings.api_keys, rate_limit=settings.rate_limit)
    app.add_middleware(Auditing)
    app.add_middleware(OwnSite)
    app.add_middleware(AccessLog, metrics=app.state.metrics)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    service: Service = app.state.service
    try:
        await service.start()
    except DatabaseUnavailable as error:
        log.error("not started: the database cannot be used", error=error.cause)
        raise
    try:
        yield
    finally:
        await service.stop()


def _upload_bounds(settings: Settings) -> BodyBounds:
    return BodyBounds(settings.max_source_bytes, settings.source_upload_seconds)


def _serves_pages(settings: Settings) -> bool:
    """Whether there are pages; without their extra there are none unless the settings ask for them.

    Raises:
        ImportError: they do; the text says how to get it.
    """
    if not settings.pages or find_spec("nicegui") is not None:
        return settings.pages
    missing = "the web pages need an extra: pip install 'tablesmith[pages]'"
    if "pages" in settings.model_fields_set:
        raise ImportError(missing)
    log.warning("started without web pages", reason=missing)
    return False


def _version() -> str:
    try:
        return version("tablesmith")
    except PackageNotFoundError:
        return "0"
