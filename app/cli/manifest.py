"""The command that checks a signed result without a server."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.cli.faults import exit_status, print_json, printable, tell_unmet


def verify_manifest(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder with a manifest.json.")],
    public_key: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The signer's public key in PEM, got another way."),
    ] = None,
    strict: Annotated[
        bool,
        typer.Option("--strict", help="End with status 3 where the manifest names unmet facts."),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Check the signature of a result and every one of its files."""
    from app.engine.manifest import MOST_KEY_BYTES, read_bounded, signed_unmet_facts
    from app.engine.manifest import verify_manifest as problems_of

    with exit_status():
        known = read_bounded(public_key, MOST_KEY_BYTES) if public_key else None
        problems = [printable(problem) for problem in problems_of(folder, known)]
        unmet = [] if problems else [printable(name) for name in signed_unmet_facts(folder)]
    if as_json:
        print_json({"valid": not problems, "problems": problems, "unmet_facts": unmet})
    else:
        for problem in problems:
            typer.echo(f"error: {problem}", err=True)
        if not problems:
            typer.echo(f"{printable(str(folder))}: signature and files are as they were signed")
    if problems:
        raise typer.Exit(1)
    tell_unmet(unmet, strict=strict)
