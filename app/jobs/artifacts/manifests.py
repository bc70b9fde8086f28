"""The signed manifest of a job's files, and that of the files packed together in one archive."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from app.engine.execution.results import Generated
from app.engine.manifest import MANIFEST, PUBLIC_KEY, SIGNATURE, signing_key, write_manifest
from app.jobs.kinds import ArtifactType
from app.jobs.models import MANIFEST as NAME
from app.jobs.models import Artifact, Job, JobResult
from app.settings import Settings
from app.store.tables.job_tables import JobRow

ManifestPart = Literal["manifest", "signature", "public_key"]
# File name and media type of each part.
PARTS: Mapping[ManifestPart, tuple[str, str]] = {
    "manifest": (MANIFEST, "application/json"),
    "signature": (SIGNATURE, "application/octet-stream"),
    "public_key": (PUBLIC_KEY, "application/x-pem-file"),
}
# Its parts as artifacts; each has a format, which is the suffix of its file.
MANIFESTS = ArtifactType(NAME, {Path(name).suffix[1:]: media for name, media in PARTS.values()})


def key_folder(settings: Settings) -> Path:
    """Where the installation's signing key lies."""
    return settings.data_dir / "keys"


def sign_result(
    folder: Path,
    keys: Path,
    row: JobRow,
    document: Mapping[str, Any],
    generated: Generated,
    result: JobResult,
) -> list[Path]:
    """Write the manifest of everything that was asked for at submission into the files' folder;
    its parts.

    Raises:
        ManifestError: where the key cannot be used.
    """
    tables = [
        {
            "name": table.name,
            "rows": table.rows,
            "files": [
                _file(file.path, file.format, file.bytes, file.sha256) for file in table.files
            ],
        }
        for table in generated.tables
    ]
    write_manifest(
        folder,
        signing_key(keys),
        name=row.name,
        seed=row.seed,
        definition=document,
        tables=tables,
        facts=[dict(fact) for fact in result.facts],
        verification=None if result.verification is None else dict(result.verification),
    )
    return [folder / name for name, _ in PARTS.values()]


def sign_archive(
    stored: Mapping[str, Path], own: Path, keys: Path, job: Job, tables: Sequence[Artifact]
) -> list[Path]:
    """The manifest for an archive of one format, with its signature and the public key.

    An archive of everything that was made at submission carries the job's own manifest. Any other
    one gets a manifest of its very files, so that it can be checked where it is unpacked; facts
    are signed only for files made at submission, which are those that were measured. Nothing is
    added where the job has no manifest.

    Args:
        stored: the parts of the job's own manifest by name.
        own: folder for a manifest of the archive.
        tables: the archived files, all of one format.

    Raises:
        ManifestError: where the key cannot be used.
    """
    if not stored:
        return []
    form = tables[0].key.format
    if job.formats == (form,):
        return list(stored.values())
    own.mkdir(parents=True)
    measured = form in job.formats
    signed = json.loads(stored[MANIFEST].read_bytes())
    write_manifest(
        own,
        signing_key(keys),
        name=signed["name"],
        seed=signed["seed"],
        definition=signed["definition"],
        tables=_archived(job, tables),
        facts=signed["facts"] if measured else (),
        verification=signed["verification"] if measured else None,
        created_at=datetime.fromisoformat(signed["created_at"]),
    )
    return [own / name for name, _ in PARTS.values()]


def _archived(job: Job, tables: Sequence[Artifact]) -> list[dict[str, Any]]:
    counts = {table.name: table.rows for table in job.result.tables} if job.result else {}
    return [
        {
            "name": made.key.table,
            "rows": counts[made.key.table],
            "files": [_file(Path(made.path), made.key.format, made.bytes, made.sha256)],
        }
        for made in tables
    ]


def _file(path: Path, form: str, size: int, digest: str) -> dict[str, Any]:
    return {"path": path.name, "format": form, "bytes": size, "sha256": digest}
