"""The command for assistants: mcp."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import Annotated

import typer

from app.cli.arguments import whole_number
from app.cli.faults import exit_status


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
        if error.name not in {"mcp", "mcp_types"}:
            raise
        typer.echo(
            "error: `tablesmith mcp` needs an extra: pip install 'tablesmith[mcp]'", err=True
        )
        raise typer.Exit(1) from None
    from app.assistants.folder import WorkFolder

    with exit_status():
        gc.enable()
        assistant_server(WorkFolder.of(folder), MOST_ROWS if max_rows is None else max_rows).run()
