"""The toolkit's own application, made once for the whole process, with every page in it."""

from __future__ import annotations

from functools import cache
from hashlib import blake2b
from importlib import import_module
from pathlib import Path

from fastapi import FastAPI
from fastapi.middleware.gzip import GZipMiddleware

from app.ui.marks import MarkedScripts

ASSETS = "/pages-assets"
PAGES = (
    "/new", "/help", "/design", "/jobs", "/compare", "/sources", "/synthesizers", "/synthesis",
    "/connections", "/keys", "/sign-in",
)  # fmt: skip
MODULES = (
    "setup.page", "design.page", "job.page", "history.page", "compare", "compare_models", "sources",
    "source.page", "synthesizers", "synthesizer", "synthesis.page", "connections", "keys",
    "sign_in", "help",
)  # fmt: skip
FOLDER = Path(__file__).parent / "assets"
# Tells the files of one version from those of the next, so that browsers may keep them.
VERSION = blake2b(
    b"".join(file.read_bytes() for file in sorted(FOLDER.glob("*.*"))), digest_size=8
).hexdigest()
A_YEAR = 365 * 24 * 3600


@cache
def shell() -> FastAPI:
    """The application that the pages live in; importing the toolkit takes about a second."""
    from nicegui import app as toolkit
    from nicegui import ui

    from app.ui.toolkit.deletion import untie_deleted_elements
    from app.ui.toolkit.signatures import remember_signatures
    from app.ui.toolkit.sockets import bind_sockets

    for name in MODULES:
        import_module(f"app.ui.pages.{name}")
    missing = import_module("app.ui.pages.missing")
    toolkit.add_exception_handler(404, missing.answer_missing)
    toolkit.add_exception_handler(Exception, missing.answer_broken)
    toolkit.add_static_files(ASSETS, FOLDER, max_cache_age=A_YEAR)
    # A bar over the page that has no name for those who cannot see it.
    toolkit.config.quasar_config["loadingBar"] = {"skipHijack": True}
    toolkit.config.socket_io_js_transports = ["websocket"]
    bind_sockets()
    remember_signatures()
    untie_deleted_elements()
    # Inside of what compresses the pages.
    toolkit.add_middleware(MarkedScripts)
    outer = FastAPI(openapi_url=None)
    ui.run_with(
        outer,
        title="Tablesmith",
        favicon=FOLDER / "favicon.svg",
        dark=None,
        language="en-US",
        tailwind=False,
        show_welcome_message=False,
        # Nothing here is bound to attributes that somebody would have to look at again and again.
        binding_refresh_interval=None,
        reconnect_timeout=30,
        message_history_length=100,
        gzip_middleware_factory=lambda app: GZipMiddleware(app, compresslevel=5),
    )
    return outer
