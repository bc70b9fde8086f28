"""Jobs that are waited for to their end, however long a busy machine takes."""

from __future__ import annotations

import httpx

WAIT = {"Prefer": "wait=60"}
UNDER_WAY = {"queued", "running", "delivering"}


async def ended(client: httpx.AsyncClient, answer: httpx.Response) -> httpx.Response:
    """The answer to a request for a job, or where that has not ended yet, the job when it has."""
    job = answer.json()
    if not answer.is_success or job["status"] not in UNDER_WAY:
        return answer
    await client.get(job["links"]["events"])  # which end with the job
    return await client.get(job["links"]["self"])
