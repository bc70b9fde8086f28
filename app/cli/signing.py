"""The signed manifest of what `generate` makes."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from app.cli.faults import warn
from app.engine.errors import Fault

if TYPE_CHECKING:
    from app.engine.evaluation.documents import MeasuredFact
    from app.engine.execution.destination import Destination
    from app.engine.execution.results import Generated, GeneratedFile
    from app.engine.formats import FormatOptions
    from app.engine.plan.plan import Plan
    from app.engine.schema.load import Loaded

Facts = Sequence["MeasuredFact"]


def need_folder(target: Destination) -> None:
    """Raises typer.BadParameter where the manifest would have no folder of its own."""
    if target.is_file:
        raise typer.BadParameter(
            f"--manifest signs a folder, and {target.path} names a file; give -o a folder"
        )


def measure(plan: Plan, generated: Generated, options: FormatOptions) -> Facts:
    """What the finished files hold of the declared facts.

    Args:
        options: those that the files were written with.
    """
    from app.engine.evaluation.documents import plain_json
    from app.engine.evaluation.facts import measure_facts
    from app.engine.evaluation.reading import best_files

    files = [file for table in generated.tables for file in table.files]
    measured = measure_facts(plan, best_files(files, options))
    facts: Facts = plain_json([asdict(fact) for fact in measured])
    return facts


def sign(
    loaded: Loaded,
    plan: Plan,
    generated: Generated,
    folder: Path,
    keys: Path,
    facts: Facts,
    documents: Sequence[Path] = (),
) -> None:
    """Sign finished files with what they hold.

    Args:
        folder: of the files; the manifest is written there, too.
        keys: folder of the signing key, which is made on first use.
        documents: other files of the folder that are signed, too.

    Raises:
        ManifestError: where the key cannot be used.
    """
    from app.engine.manifest import signing_key, write_manifest
    from app.engine.plan.plan import kept_document

    write_manifest(
        folder,
        signing_key(keys.expanduser()),
        name=plan.name,
        seed=plan.seed,
        definition=kept_document(loaded.document, plan.today, plan.models),
        tables=[
            {"name": table.name, "rows": table.rows, "files": [_file(each) for each in table.files]}
            for table in generated.tables
        ],
        facts=facts,
        documents=[_document(each) for each in documents],
    )


def _document(path: Path) -> dict[str, Any]:
    from app.engine.files import hash_file

    size, digest = hash_file(path)
    return {"path": path.name, "bytes": size, "sha256": digest}


def _file(file: GeneratedFile) -> dict[str, Any]:
    return {
        "path": file.path.name,
        "format": file.format,
        "bytes": file.bytes,
        "sha256": file.sha256,
    }


def deliver(
    folder: Path, generated: Generated, target: Destination, documents: Sequence[Path] = ()
) -> Path:
    """Move the manifest, its signature and the public key beside the files.

    What else lies there is warned of, since a check of the folder will not accept it.

    Returns:
        Where `manifest.json` stands.
    """
    from app.engine.manifest import MANIFEST, OWN_FILES

    for name in sorted(OWN_FILES):
        (folder / name).replace(target.path / name)
    signed = {file.path.name for table in generated.tables for file in table.files}
    signed |= {each.name for each in documents}
    others = {path.name for path in target.path.iterdir()} - signed - OWN_FILES - {folder.name}
    if others:
        message = f"not in the manifest: {', '.join(sorted(others))}"
        warn([Fault(str(target.path), message, "give -o a folder of its own")])
    return target.path / MANIFEST


def described(facts: Facts, manifest: Path | None) -> dict[str, Any]:
    """What was measured and signed, as JSON; nothing of what was not asked for."""
    from app.engine.conformance import fact_counts

    signed = {} if manifest is None else {"manifest": str(manifest)}
    return {**signed, "fact_counts": fact_counts(facts), "facts": facts} if facts else signed


def print_facts(facts: Facts, manifest: Path | None) -> None:
    """Where the manifest stands, and every fact: what was declared and what the files hold."""
    if manifest is not None:
        typer.echo(f"signed {manifest}")
    if facts:
        _print_table(facts)


def _print_table(facts: Facts) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(width=None if sys.stdout.isatty() else 10_000)
    columns = ("table", "fact", "declared", "observed", "holds")
    drawn = Table(*columns)
    for fact in facts:
        cells: dict[str, Any] = {**fact}
        drawn.add_row(*(Text(_shown(cells[column])) for column in columns))
    console.print(drawn)


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.6g}"
    return "" if value is None else str(value)
