"""A job from its submission to its files, through the generated client and nothing else.

`run_job.py URL TOKEN FOLDER` writes the files into the folder and prints what it saw as JSON. The
definition is built from the client's own classes, none of it as a plain dictionary.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import httpx
from tablesmith_client import AuthenticatedClient
from tablesmith_client.api.jobs import get_job, submit_job
from tablesmith_client.api.results import get_job_manifest, get_job_result
from tablesmith_client.models import (
    ClassificationResult,
    Definition,
    DefinitionBoolTarget,
    DefinitionBoolTargetType,
    DefinitionCategoriesByLabel,
    DefinitionCategoryColumn,
    DefinitionCategoryColumnType,
    DefinitionCategorySettings,
    DefinitionColumnsByName,
    DefinitionDirection,
    DefinitionDistributionByName,
    DefinitionNormalParameters,
    DefinitionNumberColumn,
    DefinitionNumberColumnType,
    DefinitionProviderColumn,
    DefinitionStrength,
    DefinitionTargetByName,
    FileFormat,
    JobBody,
    JobStatus,
    JobSubmission,
    LocalTarget,
)
from tablesmith_client.types import File

ENDED = {JobStatus.SUCCEEDED, JobStatus.FAILED, JobStatus.CANCELLED}
MOST_LOOKS = 30
ROWS = 400


def definition() -> Definition:
    age = DefinitionNumberColumn(
        DefinitionNumberColumnType.INT,
        min_=18,
        max_=99,
        distribution=DefinitionDistributionByName(
            normal=DefinitionNormalParameters(mean=40, std=12)
        ),
    )
    gold = DefinitionCategorySettings(
        proportion=0.25,
        correlation=DefinitionDirection.POSITIVE,
        strength=DefinitionStrength.HIGH,
    )
    labels = DefinitionCategoriesByLabel()
    labels["Gold"], labels["Silver"] = gold, 0.75
    columns = DefinitionColumnsByName()
    columns["name"] = DefinitionProviderColumn("name")
    columns["age"] = age
    columns["plan"] = DefinitionCategoryColumn(DefinitionCategoryColumnType.CATEGORY, labels)
    target = DefinitionTargetByName()
    target["churned"] = DefinitionBoolTarget(DefinitionBoolTargetType.BOOL, proportion=0.25)
    return Definition(name="customers", n_samples=ROWS, features=columns, target=target)


def run(client: AuthenticatedClient) -> JobBody:
    """A job that has ended; each look waits at the service and not here."""
    request = JobSubmission(
        schema=definition(),
        seed=7,
        verify=True,
        formats=["csv", "parquet"],
        sinks=[LocalTarget("local", folder="customers")],
    )
    job = submit_job.sync(client=client, body=request, prefer="wait=20")
    for _ in range(MOST_LOOKS):
        if not isinstance(job, JobBody):
            raise SystemExit(f"refused: {job}")
        if job.status in ENDED:
            return job
        job = get_job.sync(job.id, client=client)
    raise SystemExit("the job did not end")


def download(client: AuthenticatedClient, job: JobBody, form: FileFormat) -> bytes:
    file = get_job_result.sync(job.id, client=client, format_=form)
    if not isinstance(file, File):
        raise SystemExit(f"no file: {file}")
    return file.payload.read()


def main(url: str, token: str, folder: Path) -> None:
    patient = httpx.Timeout(60)
    with AuthenticatedClient(
        url, token, raise_on_unexpected_status=True, timeout=patient
    ) as client:
        job = run(client)
        for form in (FileFormat.CSV, FileFormat.PARQUET):
            (folder / f"result.{form}").write_bytes(download(client, job, form))
        manifest = get_job_manifest.sync(job.id, client=client)
        assert isinstance(manifest, File)
        (folder / "manifest.json").write_bytes(manifest.payload.read())
    sys.stdout.write(json.dumps(told(job)))


def told(job: JobBody) -> dict[str, Any]:
    result = job.result
    if result is None or not isinstance(result.verification, ClassificationResult):
        raise SystemExit(f"the job has no result: {job.error}")
    return {
        "id": job.id,
        "status": job.status,
        "facts": {fact.fact: fact.holds for fact in result.facts},
        "auc": result.verification.auc,
        "deliveries": [delivery.status for delivery in job.deliveries],
        "result": result.to_dict(),
    }


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
