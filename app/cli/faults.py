"""How an error leaves the command line: 2 for a definition at fault, 1 for anything else."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

import typer

from app.engine.errors import DefinitionError, Fault, TablesmithError


def problem(error: DefinitionError) -> dict[str, Any]:
    """The problem document (RFC 9457) of a definition at fault, as over HTTP."""
    return {
        "type": "about:blank",
        "title": "Definition at fault",
        "status": 422,
        "detail": str(error),
        "errors": [asdict(fault) for fault in error.faults],
    }


@contextmanager
def exit_status(*, as_json: bool = False) -> Iterator[None]:
    """Turn errors of the engine into messages on standard error and an exit status.

    Args:
        as_json: also print the problem document of a definition at fault on standard output.
    """
    try:
        yield
    except DefinitionError as error:
        _tell(error.faults, "error")
        if as_json:
            print_json(problem(error))
        raise typer.Exit(2) from error
    except BrokenPipeError:
        # The reader of our output (`| head`) has seen enough.
        sys.stdout = None
        raise typer.Exit(0) from None
    except (TablesmithError, OSError) as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(1) from error
    except KeyboardInterrupt:
        typer.echo("interrupted", err=True)
        raise typer.Exit(1) from None


def warn(faults: Iterable[Fault]) -> None:
    """Print warnings on standard error."""
    _tell(faults, "warning")


def print_json(document: object) -> None:
    """Print a document as JSON on standard output."""
    typer.echo(json.dumps(document, indent=2, ensure_ascii=False))


def _tell(faults: Iterable[Fault], kind: str) -> None:
    for fault in faults:
        typer.echo(f"{kind}: {fault}", err=True)
