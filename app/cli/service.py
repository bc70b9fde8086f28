"""The commands that serve: serve, worker and their settings; mcp."""

from __future__ import annotations

import gc
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.arguments import whole_number
from app.cli.configuration import keep_private, read_settings
from app.cli.faults import exit_status, print_json, service_errors

if TYPE_CHECKING:
    from app.settings import Settings

SWITCH_SECONDS = 0.0005
ARENAS = 2
# A block of memory from this size on goes back to the system when it is free.
LARGE_BYTES = 2**17


class Switch(StrEnum):
    """Whether something runs."""

    ON = "on"
    OFF = "off"


MOST_SOCKET_BYTES = 2**20  # of one message of a page


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on [127.0.0.1].")] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Port to listen on [8000].")
    ] = None,
    data_dir: Annotated[
        Path | None, typer.Option(help="Folder of the database and files [./var].")
    ] = None,
    runner: Annotated[
        Switch | None, typer.Option(help="Whether this process carries out jobs [on].")
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Worker processes of each job [one for each core].")
    ] = None,
) -> None:
    """Start the service; options stand above TABLESMITH_… variables, which stand above .env."""
    import uvicorn

    from app.api.hosts import HostCheck
    from app.api.http.protocol import ProblemProtocol
    from app.main import create_app

    gc.enable()
    keep_private()
    with exit_status(), service_errors():
        settings = read_settings(
            host=host,
            port=port,
            data_dir=data_dir,
            runner=None if runner is None else runner is Switch.ON,
            workers=workers,
        )
        _refuse_exposure(settings)
        app = create_app(settings)
        app.openapi()  # kept: the first to ask for it would hold everybody up
        _answer_promptly()
        uvicorn.run(
            app if settings.api_keys else HostCheck(app, settings.names),
            host=settings.host,
            port=settings.port,
            http=ProblemProtocol,
            log_config=None,
            access_log=False,
            server_header=False,
            ws_max_size=MOST_SOCKET_BYTES,
            timeout_graceful_shutdown=10,
        )


def worker(
    data_dir: Annotated[
        Path | None, typer.Option(help="Folder of files, and of an SQLite database [./var].")
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Worker processes of each job [one for each core].")
    ] = None,
) -> None:
    """Carry out jobs without answering requests, beside `serve --runner off` on any host.

    SIGTERM and Ctrl-C hand running jobs back to the queue.
    """
    import asyncio

    from app.service.run_worker import run_worker
    from app.telemetry.logs import configure_logs

    gc.enable()
    keep_private()
    with exit_status(), service_errors():
        settings = read_settings(data_dir=data_dir, workers=workers, runner=True)
        configure_logs(settings.log_level, settings.log_format)
        asyncio.run(run_worker(settings))


def settings(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
) -> None:
    """Print every setting: its variable, the value in force and what it means."""
    with exit_status():
        rows = _described(read_settings())
        if as_json:
            print_json(rows)
            return
        for row in rows:
            typer.echo(f"{row['variable']}={row['value']}\n    {row['meaning']}")


def _refuse_exposure(settings: Settings) -> None:
    """A service without keys answers to this machine alone."""
    from app.api.hosts import is_loopback

    if settings.api_keys or is_loopback(settings.host.lower()):
        return
    typer.echo(
        f"error: on {settings.host} everybody who reaches this machine could use the service.\n"
        "Switch API keys on and make one:\n"
        "  export TABLESMITH_API_KEYS=on\n"
        "  tablesmith keys create NAME --scope admin\n"
        "or listen on this machine alone: --host 127.0.0.1",
        err=True,
    )
    raise typer.Exit(1)


def mcp(
    folder: Annotated[
        Path,
        typer.Option(metavar="DIR", help="The one folder that is read and written."),
    ] = Path(),
    max_rows: Annotated[
        int | None,
        typer.Option(
            parser=whole_number,
            metavar="N",
            help="Most rows that one call makes, of all tables; 10,000,000 when left out.",
        ),
    ] = None,
) -> None:
    """Serve the tools to an assistant: the Model Context Protocol on standard input and output."""
    try:
        from app.assistants.server import MOST_ROWS, assistant_server
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "mcp":
            raise
        typer.echo(
            "error: `tablesmith mcp` needs an extra: pip install 'tablesmith[mcp]'", err=True
        )
        raise typer.Exit(1) from None
    from app.assistants.folder import WorkFolder

    with exit_status():
        gc.enable()
        assistant_server(WorkFolder.of(folder), MOST_ROWS if max_rows is None else max_rows).run()


def _answer_promptly() -> None:
    """Tune the interpreter for many short requests beside threads that wait for workers."""
    import sys

    from app.engine.execution.c_library import M_ARENA_MAX, M_MMAP_THRESHOLD, mallopt

    # A thread that has an answer from the database gets its turn soon.
    sys.setswitchinterval(SWITCH_SECONDS)
    # What was imported stays: no collection has to walk through it.
    gc.collect()
    gc.freeze()
    # A collection holds the loop for as long as it takes: those of new objects are small and many,
    # full ones rare. Pages that are gone do not need them (`untie_deleted_elements`).
    gc.set_threshold(2_000, 10, 25)
    # Threads allocate from few arenas: each of their own would keep what one large request took.
    mallopt(M_ARENA_MAX, ARENAS)
    mallopt(M_MMAP_THRESHOLD, LARGE_BYTES)


def _described(settings: Settings) -> list[dict[str, str]]:
    prefix = settings.model_config["env_prefix"]
    return [
        {
            "variable": f"{prefix}{name}".upper(),
            "value": _shown(name, getattr(settings, name)),
            "meaning": field.description or "",
        }
        for name, field in type(settings).model_fields.items()
    ]


def _shown(name: str, value: object) -> str:
    """A value for reading; addresses of databases may hold passwords and are cut to their kind."""
    if value is None:
        return ""
    if name.endswith("_url"):
        return str(value).partition("://")[0] + "://***"
    return str(value)
