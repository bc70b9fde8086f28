"""The command line: the engine without a server, and the server.

Commands import what they need when they run: `--help` stays fast and `generate` never loads the
web framework or the database.
"""

from __future__ import annotations

import atexit
import gc

import typer

from app.cli import (
    accounts,
    engine,
    evaluation,
    importing,
    keys,
    manifest,
    masking,
    models,
    options,
    service,
    sources,
)

app = typer.Typer(
    name="tablesmith",
    help="Synthetic tables whose declared facts hold.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.callback()(options.root)
app.command()(engine.generate)
app.command()(engine.validate)
app.command("compile")(engine.compile_)
app.command()(engine.preview)
app.command()(engine.schema)
app.command("import")(importing.import_)
app.command()(importing.ddl)
app.command()(sources.profile)
app.command()(sources.scan)
app.command()(models.train)
app.command()(models.synthesize)
app.command()(evaluation.evaluate)
app.command()(masking.pseudonymize)
app.command()(masking.subset)
app.command()(accounts.account)
app.command()(service.mcp)
app.command("verify-manifest")(manifest.verify_manifest)
app.command()(service.serve)
app.command()(service.worker)
app.command()(service.settings)
app.add_typer(keys.keys, name="keys")
app.command()(keys.rotate_secrets)


def main() -> None:
    """Entry point of the console script `tablesmith`."""
    # What a short command loads is in use until its end: to look for garbage in it, and at the end
    # once more, takes a fifth of the whole time. Commands that run for long enable it again.
    gc.disable()
    atexit.register(gc.freeze)
    app()
