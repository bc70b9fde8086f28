"""Results are signed, and what a download unpacks to can be checked."""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path
from typing import Any

import pytest

from app.engine.manifest import public_pem, signing_key, verify_manifest
from app.jobs.errors import ResultNotReady
from app.jobs.models import Job
from app.service.service import Service
from app.store.errors import JobNotFound
from tests.services import DOCUMENT, TWO_TABLES, StartService, request

pytestmark = pytest.mark.anyio

WITH_TARGET = {
    "name": "people",
    "n_samples": 2000,
    "features": {"age": {"type": "int", "min": 1, "max": 90, "correlation": "positive"}},
    "target": {"left": {"type": "category", "cats": {"no": {}, "yes": {}}, "positive": "yes"}},
}


async def _done(service: Service, **changes: Any) -> Job:
    submission = await service.jobs.submit(request(**changes))
    return await service.jobs.wait(submission.job.id, 120)


def _data(service: Service, job: Job) -> Path:
    return service.settings.data_dir / "jobs" / job.id / "data" / "1"


async def _unpacked(service: Service, job: Job, form: str, folder: Path) -> dict[str, Any]:
    """The manifest of a download, once its folder is known to be sound."""
    archive = await service.jobs.result(job.id, format=form)
    with zipfile.ZipFile(archive.path) as packed:
        packed.extractall(folder)
    assert verify_manifest(folder) == []
    manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_bytes())
    assert {file["format"] for table in manifest["tables"] for file in table["files"]} == {form}
    return manifest


async def test_a_result_is_signed_with_the_installations_key(service: Service) -> None:
    job = await _done(service, formats=("csv", "parquet"))
    assert job.result is not None
    key = signing_key(service.settings.data_dir / "keys").public_key()
    assert verify_manifest(_data(service, job), public_pem(key)) == []
    manifest = json.loads((_data(service, job) / "manifest.json").read_bytes())
    assert (manifest["name"], manifest["seed"], manifest["definition"]) == ("people", 7, DOCUMENT)
    assert manifest["facts"] == [dict(fact) for fact in job.result.facts]
    files = {(file["path"], file["sha256"]) for file in manifest["tables"][0]["files"]}
    (table,) = job.result.tables
    assert files == {(f"people.{file.format}", file.sha256) for file in table.files}


async def test_each_part_can_be_fetched(service: Service) -> None:
    job = await _done(service)
    parts = [
        await service.jobs.manifest(job.id, part)
        for part in ("manifest", "signature", "public_key")
    ]
    names = ["manifest.json", "manifest.json.sig", "manifest.json.pub"]
    assert [part.filename for part in parts] == names
    assert parts[1].bytes == 64
    assert parts[2].path.read_bytes().startswith(b"-----BEGIN PUBLIC KEY-----")


async def test_formats_made_later_leave_the_manifest_sound(service: Service) -> None:
    job = await _done(service)
    await service.jobs.result(job.id, format="jsonl")
    assert verify_manifest(_data(service, job)) == []


async def test_an_archive_carries_a_manifest_of_its_files(service: Service, tmp_path: Path) -> None:
    job = await _done(service, document=TWO_TABLES, formats=("csv", "jsonl"))
    assert job.result is not None
    asked = await _unpacked(service, job, "csv", tmp_path / "csv")
    assert asked["facts"] == [dict(fact) for fact in job.result.facts]
    later = await _unpacked(service, job, "tsv", tmp_path / "tsv")
    assert later["facts"] == []
    assert verify_manifest(_data(service, job)) == []


async def test_an_archive_of_the_whole_result_carries_its_manifest(
    service: Service, tmp_path: Path
) -> None:
    job = await _done(service, document=TWO_TABLES)
    await _unpacked(service, job, "csv", tmp_path / "csv")
    stored = await service.jobs.manifest(job.id)
    assert stored.path.read_bytes() == (tmp_path / "csv" / "manifest.json").read_bytes()


async def test_an_unusable_key_is_a_warning_and_the_data_stays(
    start_service: StartService, tmp_path: Path
) -> None:
    service = await start_service()
    keys = tmp_path / "data" / "keys"
    keys.mkdir()
    (keys / "manifest-key.pem").write_text("no key")
    job = await _done(service, document=TWO_TABLES)
    assert (job.status, job.warnings[-1].path) == ("succeeded", "manifest")
    with pytest.raises(FileNotFoundError):
        await service.jobs.manifest(job.id)
    archive = await service.jobs.result(job.id)
    with zipfile.ZipFile(archive.path) as packed:
        assert packed.namelist() == ["customers.csv", "products.csv"]


async def test_there_is_no_manifest_of_no_result(idle: Service) -> None:
    job = (await idle.jobs.submit(request())).job
    with pytest.raises(ResultNotReady):
        await idle.jobs.manifest(job.id)
    with pytest.raises(JobNotFound):
        await idle.jobs.manifest("nobody")


async def test_rules_are_of_the_jobs_own_plan(idle: Service) -> None:
    with_target = (await idle.jobs.submit(request(document=WITH_TARGET))).job
    rules = await idle.jobs.rules(with_target.id)
    assert rules == await idle.request_workers.compile({**WITH_TARGET, "seed": 7})
    other = (await idle.jobs.submit(request())).job
    assert await idle.jobs.rules(other.id) != rules
    # What tells is the plan that the job runs, whatever the document would come to now.
    plans = [
        idle.settings.data_dir / "jobs" / job.id / "plan.pickle" for job in (with_target, other)
    ]
    shutil.copy(*plans)
    assert await idle.jobs.rules(other.id) == rules


async def test_rules_are_compiled_again_where_the_plan_cannot_be_read(idle: Service) -> None:
    job = (await idle.jobs.submit(request(document=WITH_TARGET))).job
    rules = await idle.jobs.rules(job.id)
    (idle.settings.data_dir / "jobs" / job.id / "plan.pickle").write_bytes(b"of another version")
    assert await idle.jobs.rules(job.id) == rules
    with pytest.raises(JobNotFound):
        await idle.jobs.rules("nobody")
