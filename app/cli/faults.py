"""How an error leaves the command line: 2 for a definition at fault, 1 for anything else; 3 for
facts that are unmet where the command is strict."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

import typer

from app.engine.errors import DefinitionError, Fault, TablesmithError

# The exit status where `--strict` finds declared facts that the files do not hold.
UNMET = 3


def problem(error: TablesmithError) -> object:
    """The problem document (RFC 9457) of an error, the same that the HTTP interface answers."""
    from app.api.errors import respond

    return json.loads(bytes(respond(error).body))


@contextmanager
def exit_status(*, as_json: bool = False) -> Iterator[None]:
    """Turn errors of the engine into messages on standard error and an exit status.

    Args:
        as_json: also print the error's problem document on standard output.
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
    except TablesmithError as error:
        typer.echo(f"error: {error}", err=True)
        if as_json:
            print_json(problem(error))
        raise typer.Exit(1) from error
    except OSError as error:
        typer.echo(f"error: {printable(_plain_words(error))}", err=True)
        raise typer.Exit(1) from error
    except KeyboardInterrupt:
        typer.echo("interrupted", err=True)
        raise typer.Exit(1) from None


def _plain_words(error: OSError) -> str:
    """What the system refused, without its numbers: `FILE: no such file or directory`."""
    if error.filename is None or not error.strerror:
        return str(error)
    return f"{error.filename}: {error.strerror[:1].lower()}{error.strerror[1:]}"


@contextmanager
def service_errors() -> Iterator[None]:
    """Turn what keeps the service from working into a message and exit status 1."""
    from app.store.database import DatabaseUnavailable
    from app.telemetry.redaction import redacted

    try:
        yield
    except DatabaseUnavailable as error:
        typer.echo(f"error: the database cannot be used: {redacted(error.cause)}", err=True)
        raise typer.Exit(1) from None
    except ImportError as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(1) from None


def printable(text: str) -> str:
    """Foreign text on one line that every terminal takes."""
    return "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in text)


def warn(faults: Iterable[Fault]) -> None:
    """Print warnings on standard error."""
    _tell(faults, "warning")


def tell_unmet(facts: Sequence[str], *, strict: bool) -> None:
    """Warn of declared facts that files do not hold.

    Raises:
        typer.Exit: with status 3 where there are such and the command is `strict`.
    """
    warn(Fault("facts", f"unmet: {fact}; the files do not hold it as declared") for fact in facts)
    if facts and strict:
        raise typer.Exit(UNMET)


def print_json(document: object) -> None:
    """Print a document as JSON on standard output."""
    typer.echo(json.dumps(document, indent=2, ensure_ascii=False))


def fault_document(fault: Fault) -> dict[str, str | int | None]:
    """A fault as JSON, the same as over HTTP."""
    return {
        "path": fault.path,
        "line": fault.line,
        "message": fault.message,
        "hint": fault.hint,
    }


def _tell(faults: Iterable[Fault], kind: str) -> None:
    for fault in faults:
        typer.echo(f"{kind}: {fault}", err=True)
