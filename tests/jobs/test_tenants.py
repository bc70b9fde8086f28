"""What one tenant has is not there for another one."""

from __future__ import annotations

import pytest

from app.definitions.errors import DefinitionNotFound
from app.service.service import Service
from app.store.errors import JobNotFound
from tests.services import DOCUMENT, request

pytestmark = pytest.mark.anyio


async def test_jobs_of_another_tenant_are_not_there(idle: Service) -> None:
    own, other = idle.of("acme").jobs, idle.of("other").jobs
    job = (await own.submit(request())).job
    for call in (
        other.get(job.id),
        other.cancel(job.id),
        other.rerun(job.id),
        other.rename(job.id, "y"),
        other.delete(job.id),
        other.wait(job.id, 0.1),
        other.result(job.id),
        other.manifest(job.id),
        other.rules(job.id),
        anext(aiter(other.events(job.id))),
    ):
        with pytest.raises(JobNotFound):
            await call
    assert (await other.list()).items == ()
    assert await own.get(job.id) == job
    assert [item.id for item in (await own.list()).items] == [job.id]


async def test_the_runner_carries_out_jobs_of_every_tenant(service: Service) -> None:
    jobs = [service.of(name).jobs for name in ("acme", "other")]
    ids = [(await each.submit(request())).job.id for each in jobs]
    ended = [await each.wait(job_id, 120) for each, job_id in zip(jobs, ids, strict=True)]
    assert [job.status for job in ended] == ["succeeded", "succeeded"]
    assert 'tablesmith_jobs{status="succeeded"} 2.0' in (await service.metrics()).decode()


async def test_a_key_of_one_tenant_is_free_for_another(idle: Service) -> None:
    first = await idle.of("acme").jobs.submit(request(), idempotency_key="k")
    second = await idle.of("other").jobs.submit(request(seed=8), idempotency_key="k")
    again = await idle.of("acme").jobs.submit(request(), idempotency_key="k")
    assert (first.created, second.created, again.created) == (True, True, False)
    assert again.job.id == first.job.id


async def test_definitions_have_names_and_versions_of_each_tenant(idle: Service) -> None:
    own, other = idle.of("acme").definitions, idle.of("other").definitions
    await own.put("people", DOCUMENT)
    await own.put("people", {**DOCUMENT, "n_samples": 5})
    stored = await other.put("people", {**DOCUMENT, "n_samples": 6})
    assert stored.version == 1
    assert [item.version for item in (await own.list()).items] == [2]
    assert [item.version for item in (await other.list()).items] == [1]
    await other.delete("people")
    with pytest.raises(DefinitionNotFound):
        await other.get("people")
    assert (await own.get("people")).version == 2


async def test_the_service_itself_is_the_default_tenant(idle: Service) -> None:
    job = (await idle.jobs.submit(request())).job
    assert await idle.of("default").jobs.get(job.id) == job
