"""Jobs of kind `train`: a source in, a synthesizer out, the same bytes however it went."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import signal
import subprocess
import sys
import tempfile
import traceback
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from app.accounts.errors import QuotaExceeded
from app.accounts.quotas import Quotas
from app.engine.errors import SourceError
from app.engine.training.fitting import train_file
from app.kinds.train import steps
from app.service.service import Service
from app.workers.source_tasks import SourceFile
from tests.engine.learned_tables import without_times
from tests.kinds.conftest import Open
from tests.kinds.ended import WAIT, ended
from tests.kinds.learning import ROWS, shop_model, shops
from tests.kinds.real_sources import add_source
from tests.kinds.test_synthesize import synthesize

pytestmark = pytest.mark.anyio
ROOT = Path(__file__).parents[2]


async def train(client: httpx.AsyncClient, source: str, **asked: Any) -> dict[str, Any]:
    body = {"kind": "train", "source": source, **asked}
    answer = await client.post("/v1/jobs", json=body, headers=WAIT)
    job: dict[str, Any] = (await ended(client, answer)).json()
    assert job.get("status") == "succeeded", job
    return job


async def model_of(client: httpx.AsyncClient, job: dict[str, Any]) -> bytes:
    synthesizer = job["result"]["details"]["synthesizer"]
    return (await client.get(f"/v1/synthesizers/{synthesizer}/file")).content


async def test_a_source_becomes_a_synthesizer_and_rows(open_service: Open) -> None:
    service, client = await open_service()
    source = await add_source(service, shops())
    job = await train(client, source, seed=3)
    assert (job["kind"], job["name"], job["seed"]) == ("train", "shops", 3)
    stages = [stage["stage"] for stage in job["timeline"]]
    assert stages == ["load", "prepare", "build", "train", "report"]
    (artifact,) = job["result"]["artifacts"]
    assert (artifact["name"], artifact["format"]) == ("model", "tsm")
    content = await model_of(client, job)
    assert (await client.get(artifact["href"])).content == content
    assert without_times(content) == without_times(shop_model())
    (listed,) = (await client.get("/v1/synthesizers")).json()["items"]
    assert (listed["job"], listed["source"], listed["name"]) == (job["id"], source, "shops")
    assert listed["description"]["rows"] == ROWS
    _check_origin(listed["description"])
    drawn = await synthesize(client, synthesizer=listed["id"], n_samples=1000, seed=7)
    rows = list(csv.DictReader(io.StringIO((await client.get(drawn["links"]["result"])).text)))
    assert len(rows) == 1000
    assert {row["shop"] for row in rows} == {f"{shop:03d}" for shop in range(5)}


def _check_origin(said: dict[str, Any]) -> None:
    """When and of what it was made, and what it is worth, beside what is possible."""
    made, judged = said["provenance"], said["evaluation"]
    assert len(made["fingerprint"]) == 64
    assert made["trained_at"].endswith("Z") and made["seconds"] >= 0
    assert made["libraries"].keys() >= {"tablesmith", "lightgbm"}
    assert (judged["learned"], judged["held_out"], judged["second_model"]) == (120, 30, True)
    figures = {each["name"]: each for each in judged["figures"]}
    found = figures["two_sample_auc"]
    assert 0 <= found["low"] <= found["value"] <= found["high"] <= 1
    assert found["ceiling"] < found["floor"]


async def test_an_uploaded_table_becomes_a_thousand_rows(open_service: Open) -> None:
    _, client = await open_service()
    headers = {"Content-Type": "text/csv"}
    upload = await client.post(
        "/v1/sources", params={"name": "shops.csv"}, content=shops(), headers=headers
    )
    source = upload.json()["id"]
    async with asyncio.timeout(60):
        # Nobody tells when a source is read.
        while (  # noqa: ASYNC110
            await client.get(f"/v1/sources/{source}")
        ).json()["status"] == "reading":
            await asyncio.sleep(0.05)
    job = await train(client, source, seed=3)
    assert without_times(await model_of(client, job)) == without_times(shop_model())
    synthesizer = job["result"]["details"]["synthesizer"]
    drawn = await synthesize(client, synthesizer=synthesizer, n_samples=1000, seed=7)
    data = await client.get(drawn["links"]["result"], params={"format": "csv"})
    assert len(data.text.splitlines()) == 1001


def test_no_value_is_in_what_a_step_raises(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    temporary = []

    def broken(path: Path, definition: Any, **rest: Any) -> None:
        temporary.append(Path(tempfile.gettempdir()))
        raise ValueError("could not read 'Anna Schmidt'")

    monkeypatch.setattr(steps, "prepare_file", broken)
    parts = steps.Parts(tmp_path / "parts", b"k" * 32)
    with pytest.raises(
        SourceError, match=r"^shops\.csv: it could not be read \(ValueError\)"
    ) as told:
        steps.prepare(parts, SourceFile(tmp_path / "shops.csv"), {}, b"key")
    assert "Anna" not in "".join(traceback.format_exception(told.value))
    assert temporary == [tmp_path / "parts" / "work"] and not temporary[0].exists()


async def test_a_model_without_room_leaves_no_file(open_service: Open, tmp_path: Path) -> None:
    service, client = await open_service()
    source = await add_source(service, shops())
    job = await train(client, source, seed=3)
    synthesizers = service.of("default").synthesizers
    stored = await synthesizers.get(job["result"]["details"]["synthesizer"])
    synthesizers._quotas = Quotas(stored_bytes=1)
    place = tmp_path / "data" / "synthesizers" / f"{stored.id}.tsm"
    again = (stored.id, place, "again", stored.description, stored.lineage)
    assert (await synthesizers.store(*again)).name == "again"
    with pytest.raises(QuotaExceeded):
        await synthesizers.store("syn_other", *again[1:])
    assert list(place.parent.iterdir()) == [place]


async def test_any_number_of_workers_makes_the_same_model(open_service: Open) -> None:
    models = []
    for workers in (1, 2):
        service, client = await open_service(workers=workers)
        source = await add_source(service, shops(), f"src_{workers}")
        models.append(without_times(await model_of(client, await train(client, source, seed=3))))
    assert models == [without_times(shop_model())] * 2


async def test_it_is_learned_as_it_was_asked(open_service: Open) -> None:
    service, client = await open_service()
    source = await add_source(service, shops())
    columns = {"size": {"treatment": "drop"}, "shop": {"treatment": "new"}}
    definition = {
        "tables": {"shops": {"columns": columns, "rows": 12}},
        "target": "open",
        "privacy": {"k": 9},
        "seed": 21,
    }
    job = await train(client, source, definition=definition, settings={"name": "copula"})
    about = job["result"]["details"]["description"]
    assert (job["seed"], about["seed"], about["synthesizer"]) == (21, 21, "copula")
    assert (about["columns"], about["made"]) == (["shop", "open", "day"], ["shop"])
    assert (about["rows"], about["target"], about["k"]) == (12, "open", 9)
    again = (await client.post(job["links"]["rerun"], json={"seed": 21})).json()
    await service.of("default").jobs.wait(again["id"], 60)
    ended = (await client.get(again["links"]["self"])).json()
    first, second = [without_times(await model_of(client, each)) for each in (job, ended)]
    assert first == second


async def test_values_are_not_protected_where_that_is_chosen(open_service: Open) -> None:
    service, client = await open_service()
    source = await add_source(service, shops())
    definition = {"tables": {"shops": {}}, "privacy": {"value_protection": False}}
    job = await train(client, source, definition=definition, settings={"name": "independent"})
    details = job["result"]["details"]
    assert details["description"]["k"] == 1
    stored = (await client.get(f"/v1/synthesizers/{details['synthesizer']}")).json()
    assert stored["description"]["k"] == 1
    assert any("not protected" in each for each in stored["description"]["warnings"])


async def test_every_fault_is_found_before_it_is_queued(open_service: Open) -> None:
    service, client = await open_service(runner=False)
    source = await add_source(service, shops())
    dropped = {name: {"treatment": "drop"} for name in ("shop", "open", "size", "day")}
    for asked, paths in (
        ({"source": "src_none"}, ["source"]),
        ({"source": source, "formats": ["csv"]}, ["formats"]),
        ({"source": source, "settings": {"name": "gan"}}, ["settings.name"]),
        ({"source": source, "settings": {"bins": 1}}, ["settings.bins"]),
        ({"source": source, "settings": {"model_size": "huge"}}, ["settings.model_size"]),
        ({"source": source, "definition": {"tables": {"x": {}}}}, ["definition.tables.x"]),
        (
            {"source": source, "definition": {"tables": {"shops": {"columns": dropped}}}},
            ["definition.tables.shops"],
        ),
        (
            {
                "source": source,
                "definition": {"tables": {"shops": {}}, "privacy": {"epsilon": 1, "delta": 1e-6}},
            },
            ["definition.privacy.epsilon"],
        ),
    ):
        answer = await client.post("/v1/jobs", json={"kind": "train", **asked})
        assert answer.status_code == 422, answer.text
        assert [fault["path"] for fault in answer.json()["errors"]] == paths
    assert (await client.get("/v1/jobs")).json()["items"] == []


async def test_no_row_of_the_source_stays_with_the_job(open_service: Open, tmp_path: Path) -> None:
    service, client = await open_service()
    await train(client, await add_source(service, shops()))
    assert service.runner is not None
    await asyncio.wait_for(service.runner.idle(), 20)
    files = [path.name for path in (tmp_path / "data" / "jobs").rglob("*") if path.is_file()]
    assert files == ["shops.tsm"]


_SERVE = """
import asyncio, sys
from app.service.service import Service
from app.settings import Settings
from app.telemetry.logs import configure_logs

configure_logs("error", "text")
settings = Settings(
    data_dir=sys.argv[1], workers=1, pages=False, lease_seconds=1, max_attempts=2, _env_file=None
)

async def main():
    service = Service(settings)
    await service.start()
    tenant = service.of("default")
    (job,) = (await tenant.jobs.list()).items
    async for event in tenant.jobs.events(job.id, after=job.sequence):
        if progress := event.data["progress"]:
            print(progress["stage"], progress["done"], flush=True)

asyncio.run(main())
"""


def _run_and_kill(folder: Path, columns: int) -> None:
    """Work on the job until so many columns are learned, then kill the process."""
    command = [sys.executable, "-c", _SERVE, str(folder)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            stage, done = line.split()
            if stage == "train" and int(done) >= columns:
                break
        process.send_signal(signal.SIGKILL)


def _wide() -> bytes:
    """A table whose columns take a while to learn."""
    rng = np.random.default_rng(4)
    values = np.cumsum(rng.normal(size=(12_000, 14)), axis=1)
    lines = [",".join(f"c{column}" for column in range(14))]
    lines += [",".join(f"{value:.2f}" for value in row) for row in values]
    return ("\n".join(lines) + "\n").encode()


@pytest.mark.slow
async def test_a_killed_training_goes_on_to_the_same_model(
    open_service: Open, tmp_path: Path
) -> None:
    idle, client = await open_service(runner=False)
    source = await add_source(idle, _wide())
    definition = {"tables": {"shops": {}}}
    asked = {"kind": "train", "source": source, "seed": 5, "definition": definition}
    job = (await client.post("/v1/jobs", json=asked)).json()
    parts = tmp_path / "data" / "jobs" / job["id"] / "parts"
    for columns in (2, 5):
        await asyncio.to_thread(_run_and_kill, tmp_path / "data", columns)
        assert len(list(parts.glob("column-*"))) >= columns
    learned = {path: path.stat().st_mtime_ns for path in parts.glob("column-*")}
    service, client = await open_service(lease_seconds=1, max_attempts=2)
    seen = await _watched(service, job["id"], learned)
    ended = (await client.get(job["links"]["self"])).json()
    assert ended["status"] == "succeeded", ended
    assert seen, "no column that was learned before the kill was seen as it was"
    file = tmp_path / "shops.csv"
    file.write_bytes(_wide())
    whole = await asyncio.to_thread(
        train_file, file, seed=5, definition=json.dumps(definition).encode(), judged=True
    )
    assert without_times(await model_of(client, ended)) == without_times(whole)


async def _watched(service: Service, job_id: str, learned: dict[Path, int]) -> bool:
    """Wait for the job's end; whether learned columns stayed as they were while more came."""
    stayed = False
    async for event in service.of("default").jobs.events(job_id):
        progress = event.data["progress"] or {"stage": None}
        if progress["stage"] == "train" and progress["done"] > len(learned):
            found = {path: path.stat().st_mtime_ns for path in learned if path.is_file()}
            stayed = stayed or found == learned
    return stayed


async def test_rows_are_set_aside_as_it_is_asked(open_service: Open) -> None:
    service, client = await open_service()
    source = await add_source(service, shops() + b"000,no,1.5,01/03/2024\n" * 1_000)
    quick = {"name": "independent"}
    job = await train(client, source, seed=3, settings=quick, holdout=0.2)
    said = job["result"]["details"]["description"]
    assert (said["rows"], said["holdout"], said["held_out"]) == (1_150, 0.2, 230)
    definition = {"tables": {"shops": {}}, "holdout": 0}
    job = await train(client, source, seed=3, settings=quick, definition=definition)
    assert job["result"]["details"]["description"]["held_out"] == 0
    body = {"kind": "train", "source": source, "holdout": 0.6}
    refused = (await client.post("/v1/jobs", json=body)).json()
    assert [fault["path"] for fault in refused["errors"]] == ["holdout"]
    body = {"kind": "synthesize", "synthesizer": "syn_1", "holdout": 0.1}
    refused = (await client.post("/v1/jobs", json=body)).json()
    assert {"holdout"} == {fault["path"] for fault in refused["errors"]}
