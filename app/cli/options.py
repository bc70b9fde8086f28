"""Options of the command itself, before any of its verbs."""

from __future__ import annotations

from typing import Annotated

import typer


def _print_version(wanted: bool) -> None:
    if not wanted:
        return
    from importlib.metadata import PackageNotFoundError, version

    try:
        typer.echo(f"tablesmith {version('tablesmith')}")
    except PackageNotFoundError:
        typer.echo("tablesmith, not installed as a package")
    raise typer.Exit


def root(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    """Synthetic tables whose declared facts hold."""
