"""A job's format options hold in what is made with it and in what is made later."""

from __future__ import annotations

import gzip

import pytest

from app.jobs.models import ResultDownload
from app.service.service import Service
from tests.services import request

pytestmark = pytest.mark.anyio


async def _content(file: ResultDownload) -> bytes:
    if file.read is None:
        return file.path.read_bytes()
    return b"".join([piece async for piece in file.read(0, file.bytes)])


async def test_csv_options_hold_in_results_and_in_later_downloads(service: Service) -> None:
    options = {"csv": {"delimiter": ";", "quote": "all", "bom": True, "line_end": "crlf"}}
    submitted = await service.jobs.submit(request(formats=("csv",), options=options))
    job = await service.jobs.wait(submitted.job.id, 120)
    assert job.result is not None
    assert job.result.facts
    assert all(fact["holds"] for fact in job.result.facts)
    made = await _content(await service.jobs.result(job.id, format="csv"))
    head, first, *_ = made.split(b"\r\n")
    assert head.startswith(b'\xef\xbb\xbf"')
    assert first.startswith(b'"')
    assert head.count(b'";"') > 0
    later = await _content(await service.jobs.result(job.id, format="csv.gz"))
    assert gzip.decompress(later) == made
