"""`/v1/synthesizers`: model files are taken in, listed, renamed, given out and removed."""

from __future__ import annotations

import hashlib
import io
import json
import os
import stat
import zipfile
from pathlib import Path

import httpx
import pytest

from app.jobs.retention import RetentionSweeper
from tests.kinds.conftest import Open
from tests.kinds.learning import ROWS, shop_model
from tests.kinds.test_synthesize import BYTES, take_in

pytestmark = pytest.mark.anyio


async def test_a_model_file_is_described_and_given_back(
    client: httpx.AsyncClient, tmp_path: Path
) -> None:
    taken = await take_in(client, "shops of 2024")
    got = (await client.get(taken["links"]["self"])).json()
    assert got == taken
    assert (got["name"], got["job"], got["source"]) == ("shops of 2024", None, None)
    about = got["description"]
    assert (about["synthesizer"], about["rows"], about["seed"]) == ("sequential", ROWS, 3)
    assert about["columns"] == ["shop", "open", "size", "day"]
    file = await client.get(got["links"]["file"])
    assert file.content == shop_model() and file.headers["content-type"] == BYTES["Content-Type"]
    assert file.headers["etag"] == f'"{hashlib.sha256(shop_model()).hexdigest()}"'
    assert "shops of 2024.tsm" in file.headers["content-disposition"]
    part = await client.get(got["links"]["file"], headers={"Range": "bytes=0-1"})
    assert (part.status_code, part.content) == (206, b"PK")
    (stored,) = (tmp_path / "data" / "synthesizers").iterdir()
    assert stat.S_IMODE(stored.stat().st_mode) == 0o600


async def test_they_are_listed_newest_first_renamed_and_removed(
    client: httpx.AsyncClient, tmp_path: Path
) -> None:
    made = [(await take_in(client, name))["id"] for name in ("a", "b", "c")]
    first = (await client.get("/v1/synthesizers", params={"limit": 2})).json()
    cursor = first["next_cursor"]
    rest = (await client.get("/v1/synthesizers", params={"cursor": cursor})).json()
    assert [each["id"] for each in (*first["items"], *rest["items"])] == made[::-1]
    address = f"/v1/synthesizers/{made[0]}"
    renamed = await client.patch(address, json={"name": "first"})
    assert (renamed.status_code, renamed.json()["name"]) == (200, "first")
    for wrong in ({"name": ""}, {"names": "x"}, {}):
        assert (await client.patch(address, json=wrong)).status_code == 422
    assert (await client.delete(address)).status_code == 204
    for method, path in (("GET", address), ("DELETE", address), ("GET", f"{address}/file")):
        gone = await client.request(method, path)
        assert (gone.status_code, gone.json()["type"]) == (404, "/problems/synthesizer-not-found")
    files = {path.stem for path in (tmp_path / "data" / "synthesizers").iterdir()}
    assert files == set(made[1:])


async def test_files_that_no_synthesizer_has_are_swept(open_service: Open, tmp_path: Path) -> None:
    """Whoever stored them died before the database knew of them."""
    service, client = await open_service(runner=False)
    kept = (await take_in(client))["id"]
    folder = tmp_path / "data" / "synthesizers"
    for name in ("syn_lost.tsm", ".0123.tmp", "syn_young.tsm", ".4567.tmp"):
        (folder / name).write_bytes(b"x")
    for name in (f"{kept}.tsm", "syn_lost.tsm", ".0123.tmp"):
        os.utime(folder / name, (0, 0))
    await RetentionSweeper(service.context).sweep_models(3600)
    assert {each.name for each in folder.iterdir()} == {
        f"{kept}.tsm", "syn_young.tsm", ".4567.tmp",
    }  # fmt: skip


def _bomb() -> bytes:
    """A ZIP of the members of a model that unpacks to far more than it has bytes."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("model.json", "arrays.bin", "values.arrow", "types.arrow"):
            archive.writestr(name, bytes(200 << 20) if name == "model.json" else b"")
    return packed.getvalue()


async def test_other_files_are_refused_in_words(client: httpx.AsyncClient, tmp_path: Path) -> None:
    for content in (b"PK", b"a,b\n1,2\n", shop_model()[:-200], _bomb()):
        answer = await client.post("/v1/synthesizers", content=content, headers=BYTES)
        assert (answer.status_code, answer.json()["type"]) == (422, "/problems/unreadable-model")
    for headers, status in (({"Content-Type": "application/json"}, 415), (BYTES, 400)):
        answer = await client.post("/v1/synthesizers", content=b"", headers=headers)
        assert answer.status_code == status
    named = await client.post("/v1/synthesizers", params={"name": "\n"}, content=b"x")
    assert named.status_code == 422
    assert (await client.get("/v1/synthesizers")).json()["items"] == []
    assert list((tmp_path / "data" / "synthesizers").iterdir()) == []


def _warning(*warnings: str) -> bytes:
    """A model that warns of so much."""
    with zipfile.ZipFile(io.BytesIO(shop_model())) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    document = json.loads(parts["model.json"])
    document["heading"]["warnings"] = warnings
    parts["model.json"] = json.dumps(document).encode()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return packed.getvalue()


async def test_what_is_told_of_them_is_short_and_text(client: httpx.AsyncClient) -> None:
    for content in (_warning("x" * (1 << 20)), _warning("\ud800")):
        answer = await client.post("/v1/synthesizers", content=content, headers=BYTES)
        assert (answer.status_code, answer.json()["type"]) == (422, "/problems/unreadable-model")


async def test_a_page_ends_where_they_tell_much(client: httpx.AsyncClient) -> None:
    made = []
    for size in (10, 10, 900_000, 900_000, 10):
        content = _warning("x" * size)
        answer = await client.post("/v1/synthesizers", content=content, headers=BYTES)
        made.append(answer.json()["id"])
    pages, cursor = [], {}
    while cursor is not None:
        page = (await client.get("/v1/synthesizers", params=cursor)).json()
        pages.append([each["id"] for each in page["items"]])
        cursor = page["next_cursor"] and {"cursor": page["next_cursor"]}
    assert pages == [made[:2:-1], [made[2], made[1], made[0]]]


async def test_their_bytes_are_stored_bytes(open_service: Open, tmp_path: Path) -> None:
    size = len(shop_model())
    _, client = await open_service(quota_stored_bytes=size + 10)
    taken = await take_in(client)
    answer = await client.post("/v1/synthesizers", content=shop_model(), headers=BYTES)
    assert (answer.status_code, answer.json()["type"]) == (429, "/problems/quota-exceeded")
    assert len(list((tmp_path / "data" / "synthesizers").iterdir())) == 1
    assert (await client.delete(taken["links"]["self"])).status_code == 204
    await take_in(client)
