"""Jobs of kind `evaluate`: sources and results in, a report out."""

from __future__ import annotations

import io
import sys
import zipfile
from typing import Any

import httpx
import pytest

from app.api.models.report_models import EvaluationReportBody, SeveralReportBody
from app.kinds.evaluate.request import EvaluateRequest, EvaluationWeights
from app.kinds.evaluate.steps import weights_of
from tests.kinds.conftest import Open
from tests.kinds.described import as_described
from tests.kinds.ended import WAIT, ended
from tests.kinds.learning import shops
from tests.kinds.real_sources import add_source
from tests.kinds.test_synthesize import synthesize, take_in

pytestmark = pytest.mark.anyio


async def ask(client: httpx.AsyncClient, **asked: Any) -> httpx.Response:
    answer = await client.post("/v1/jobs", json={"kind": "evaluate", **asked}, headers=WAIT)
    return await ended(client, answer)


async def test_rows_of_a_job_are_judged(open_service: Open) -> None:
    service, client = await open_service()
    real = await add_source(service, shops())
    held = await add_source(service, shops(), "src_held")
    taken = await take_in(client)
    drawn = await synthesize(client, synthesizer=taken["id"], n_samples=200, seed=7)
    job = (await ask(client, real=real, synthetic=drawn["id"], holdout=held, target="open")).json()
    assert (job["status"], job["kind"], job["name"]) == (
        "succeeded", "evaluate", "shops evaluation",
    )  # fmt: skip
    assert [stage["stage"] for stage in job["timeline"]] == ["load", "report"]
    figures = {each["name"]: each for each in job["result"]["details"]["figures"]}
    assert {"two_sample_auc", "trained_score", "closer_share", "copied_share"} <= set(figures)
    assert figures["two_sample_auc"]["low"] <= figures["two_sample_auc"]["value"]
    report = (await client.get(job["links"]["report"])).json()
    assert as_described(EvaluationReportBody, report)
    assert report["rows"] == {"real": 150, "holdout": 150, "synthetic": 200}
    assert {each["name"]: each["value"] for each in report["figures"]} == {
        name: each["value"] for name, each in figures.items()
    }
    page = await client.get(job["links"]["report"], params={"format": "html"})
    assert page.headers["content-type"].startswith("text/html")
    assert page.text.startswith("<!doctype html>")
    paper = await client.get(job["links"]["report"], params={"format": "pdf"})
    assert paper.headers["content-type"] == "application/pdf"
    assert paper.content.startswith(b"%PDF") and b"/StructTreeRoot" in paper.content
    made = sorted(each["format"] for each in job["result"]["artifacts"])
    assert made == ["html", "json", "pdf"]


async def test_a_service_without_the_extra_says_what_a_pdf_takes(
    open_service: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "typst", None)
    service, client = await open_service()
    real = await add_source(service, shops())
    job = (await ask(client, real=real, synthetic=real)).json()
    assert sorted(each["format"] for each in job["result"]["artifacts"]) == ["html", "json"]
    refused = await client.get(job["links"]["report"], params={"format": "pdf"})
    assert refused.status_code == 404
    assert "pip install 'tablesmith[pdf]'" in refused.json()["detail"]


async def test_two_sources_are_judged_and_the_same_again(open_service: Open) -> None:
    service, client = await open_service()
    real = await add_source(service, shops())
    other = await add_source(service, shops(), "src_other")
    first, second = [(await ask(client, real=real, synthetic=other)).json() for _ in range(2)]
    assert first["status"] == "succeeded", first
    digests = [
        sorted(each["sha256"] for each in job["result"]["artifacts"]) for job in (first, second)
    ]
    assert digests[0] == digests[1]
    again = await client.post(f"/v1/jobs/{first['id']}/rerun", json={"seed": 0})
    async for event in service.of("default").jobs.events(again.json()["id"]):
        last = event
    assert last.data["status"] == "succeeded"


def related(children: int) -> bytes:
    """A ZIP file of shops and of visits to them; those of every tenth child go to no shop."""
    rows = [f"S{row:03d},{row % 4}" for row in range(40)]
    visits = [f"S{900 if row % 10 == 9 else row * 7 % 40:03d},{row % 9}" for row in range(children)]
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("shops.csv", "\n".join(["code,size", *rows, ""]))
        archive.writestr("visits.csv", "\n".join(["shop_code,minutes", *visits, ""]))
    return packed.getvalue()


MADE = {
    "tables": {
        "shops": {
            "n_samples": 40,
            "primary_key": "code",
            "features": {"code": {"type": "id"}, "size": {"type": "int", "min": 0, "max": 3}},
        },
        "visits": {
            "features": {"minutes": {"type": "int", "min": 0, "max": 8}},
            "foreign_keys": {"shop_code": {"references": "shops.code", "children": 3}},
        },
    }
}


async def test_several_tables_are_judged_with_their_keys(open_service: Open) -> None:
    service, client = await open_service()
    real = await add_source(service, related(120), "src_real", "related.zip")
    other = await add_source(service, related(200), "src_more", "more.zip")
    named = [{"from": "visits.shop_code", "to": "shops.code"}]
    job = (await ask(client, real=real, synthetic=other, keys=named)).json()
    assert job["status"] == "succeeded", job
    details = job["result"]["details"]
    assert details["figures"] == []
    assert [each["name"] for each in details["tables"]] == ["shops", "visits"]
    (key,) = details["keys"]
    assert (key["table"], key["parent"], key["orphans"]) == ("visits", "shops", 0.1)
    assert sorted(each["format"] for each in job["result"]["artifacts"]) == ["html", "json"]
    report = (await client.get(job["links"]["report"])).json()
    assert as_described(SeveralReportBody, report)
    assert report["tables"]["visits"]["provenance"]["files"]["real"]["sha256"]
    for fault, asked in (
        ("target", {"target": "shops.open"}),
        ("keys[0].to", {"keys": [{"from": "visits.shop_code", "to": "cities.code"}]}),
    ):
        refused = await ask(client, real=real, synthetic=other, **asked)
        assert [each["path"] for each in refused.json()["errors"]] == [fault]
    one = await add_source(service, shops())
    refused = await ask(client, real=one, synthetic=one, keys=named)
    assert [each["path"] for each in refused.json()["errors"]] == ["keys"]


async def test_several_tables_of_a_job_are_judged(open_service: Open) -> None:
    service, client = await open_service()
    real = await add_source(service, related(120), "src_real", "related.zip")
    asked = {"kind": "generate", "schema": MADE, "seed": 1, "formats": ["parquet"]}
    made = await ended(client, await client.post("/v1/jobs", json=asked, headers=WAIT))
    job = (await ask(client, real=real, synthetic=made.json()["id"])).json()
    assert job["status"] == "succeeded", job
    assert [each["name"] for each in job["result"]["details"]["tables"]] == ["shops", "visits"]
    one = await add_source(service, shops())
    refused = await ask(client, real=one, synthetic=made.json()["id"])
    assert "has several tables" in refused.json()["errors"][0]["message"]


async def test_everything_that_is_wrong_is_said_at_once(open_service: Open) -> None:
    service, client = await open_service()
    real = await add_source(service, shops())
    answer = await ask(client, real=real, synthetic="nothing", holdout="src_none", target="closed")
    assert answer.status_code == 422
    said = {fault["path"]: fault["message"] for fault in answer.json()["errors"]}
    assert set(said) == {"synthetic", "holdout", "target"}
    assert "no source and no job" in said["synthetic"]
    missing = await ask(client, real="src_none", synthetic=real)
    assert missing.status_code == 422 and missing.json()["errors"][0]["path"] == "real"
    formats = await ask(client, real=real, synthetic=real, formats=["csv"])
    assert formats.status_code == 422


async def test_a_job_without_one_table_is_no_table(open_service: Open) -> None:
    service, client = await open_service()
    real = await add_source(service, shops())
    count = await client.post("/v1/jobs", json={"kind": "count", "text": "aab"}, headers=WAIT)
    judged = await ask(client, real=real, synthetic=count.json()["id"])
    assert judged.json()["status"] == "failed"  # letters are not the columns of shops
    assert "no column that is judged" in judged.json()["error"]["detail"]
    training = await client.post(
        "/v1/jobs", json={"kind": "train", "source": real, "seed": 3}, headers=WAIT
    )
    await ended(client, training)
    refused = await ask(client, real=real, synthetic=training.json()["id"])
    assert refused.status_code == 422
    assert "has no table" in refused.json()["errors"][0]["message"]


def test_weights_are_taken_part_by_part() -> None:
    asked = EvaluateRequest.model_validate(
        {"kind": "evaluate", "real": "src_a", "synthetic": "b", "weights": {"privacy": 3}}
    )
    assert asked.faults() == []
    assert weights_of(asked.request().document["weights"]) == (1.0, 1.0, 3.0)
    assert weights_of({}) == (1.0, 1.0, 1.0)
    nothing = dict.fromkeys(("fidelity", "diversity", "privacy"), 0)
    refused = asked.model_copy(update={"weights": EvaluationWeights(**nothing)})
    assert [each.path for each in refused.faults()] == ["weights"]
