"""Real tables over HTTP: uploaded, read in a worker, profiled, shown to whoever may see them."""

from __future__ import annotations

import gzip
import io
import json
import os
import re
import stat
import zipfile
from collections.abc import AsyncIterator

import httpx
import pyarrow as pa
import pytest
from pyarrow import parquet

from tests.api.accounts.conftest import House, OpenHouse
from tests.api.sources.conftest import CUSTOMERS, SECRET, files, read, stored, upload

pytestmark = pytest.mark.anyio


async def test_a_profile_tells_values_to_keys_of_the_scope_alone(house: House) -> None:
    client = await house.enter("acme", "write")
    made = (await upload(client)).json()
    found = await read(client, made["id"])
    assert (found["status"], found["values"]) == ("ready", False)
    assert SECRET not in json.dumps(found)
    assert all(
        (each["top"], each["spikes"], each["figures"]) == ([], [], None)
        for each in found["profile"]["tables"][0]["columns"]
    )


async def test_rows_are_for_keys_of_the_scope_and_are_written_down(house: House) -> None:
    writer = await house.enter("acme", "write")
    made = (await upload(writer)).json()
    await read(writer, made["id"])
    address = f"/v1/sources/{made['id']}/rows"
    refused = await writer.get(address)
    assert refused.status_code == 403
    assert refused.json()["type"] == "/problems/insufficient-scope"
    reader = await house.enter("acme", "source")
    answer = await reader.get(address, params={"limit": 2})
    assert answer.status_code == 200
    assert answer.json() == {
        "table": "customers",
        "rows": [
            {"id": "1", "name": f"{SECRET} 1", "email": "p1@example.org", "city": "Rome",
             "age": "21"},
            {"id": "2", "name": f"{SECRET} 2", "email": "p2@example.org", "city": "Rome",
             "age": "22"},
        ],
    }  # fmt: skip
    audit = (await (await house.enter("acme")).get("/v1/audit")).json()["items"]
    entries = [(each["action"], each["resource"], each["status"]) for each in audit]
    assert entries == [
        ("get_source_rows", address, 200),
        ("get_source_rows", address, 403),
        ("upload_source", f"/v1/sources/{made['id']}", 202),
    ]


async def test_a_profile_with_values_is_written_down(house: House) -> None:
    client = await house.enter("acme", "source")
    made = (await upload(client)).json()
    await read(client, made["id"])
    audit = (await (await house.enter("acme")).get("/v1/audit")).json()["items"]
    assert [each["action"] for each in audit] == ["get_source", "upload_source"]


async def test_files_are_their_tenants_and_nobody_elses(house: House) -> None:
    client = await house.enter("acme")
    source = (await upload(client, name="../../Ümlaut /x.csv")).json()["id"]
    await read(client, source)
    (file,) = files(house)
    folder = house.settings.data_dir / "sources" / "acme" / source
    assert file.parent == folder
    assert file.read_text() == CUSTOMERS
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert {stat.S_IMODE(each.stat().st_mode) for each in (folder, *folder.parents[:2])} == {0o700}


async def test_a_file_that_holds_no_table_fails_in_words(house: House) -> None:
    client = await house.enter("acme")
    for name, media_type, content in (
        ("broken.parquet", "application/vnd.apache.parquet", SECRET.encode() * 9),
        ("broken.xlsx", "application/octet-stream", SECRET.encode() * 9),
        ("empty.csv", "text/csv", b""),
    ):
        answer = await upload(client, content, name, media_type)
        assert answer.status_code == 202, name
        found = await read(client, answer.json()["id"])
        assert found["status"] == "failed"
        assert name in found["error"]
        assert SECRET not in json.dumps(found)
        assert found["profile"] is None
        rows = await client.get(f"/v1/sources/{found['id']}/rows")
        assert rows.status_code == 409
        assert rows.json()["type"] == "/problems/source-not-ready"


def _parquet() -> bytes:
    sink = io.BytesIO()
    parquet.write_table(pa.table({"id": range(40), "at": pa.array([0] * 40, pa.date32())}), sink)
    return sink.getvalue()


def _archive() -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        archive.writestr("customers.csv", CUSTOMERS)
        orders = "".join(f"{number},{number % 120 + 1}\n" for number in range(300))
        archive.writestr("orders.csv", f"order_id,customer_id\n{orders}")
    return sink.getvalue()


@pytest.mark.parametrize(
    ("name", "media_type", "content", "tables"),
    [
        ("a", "text/csv", CUSTOMERS.encode(), ["a"]),
        ("a.csv.gz", "application/gzip", gzip.compress(CUSTOMERS.encode()), ["a"]),
        ("a.tsv", "text/plain", CUSTOMERS.replace(",", "\t").encode(), ["a"]),
        ("a.PQ", "application/octet-stream", _parquet(), ["a"]),
        ("a", "application/zip", _archive(), ["customers", "orders"]),
    ],
)
async def test_formats_are_known_by_type_or_name(
    house: House, name: str, media_type: str, content: bytes, tables: list[str]
) -> None:
    client = await house.enter("acme")
    found = await read(client, (await upload(client, content, name, media_type)).json()["id"])
    assert found["error"] is None
    assert [each["name"] for each in found["profile"]["tables"]] == tables
    rows = await client.get(f"/v1/sources/{found['id']}/rows?limit=3&table={tables[-1]}")
    assert len(rows.json()["rows"]) == 3


async def test_a_foreign_key_is_found_and_an_unknown_table_named(house: House) -> None:
    client = await house.enter("acme")
    made = (await upload(client, _archive(), "shop.zip", "application/zip")).json()
    found = await read(client, made["id"])
    (key,) = found["keys"]["foreign"]
    assert (key["table"], key["column"], key["parent"]) == ("orders", "customer_id", "customers")
    answer = await client.get(f"/v1/sources/{made['id']}/rows?table=people")
    assert answer.status_code == 404
    assert "`orders`" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("name", "media_type", "status", "path"),
    [
        (None, "text/csv", 422, "query.name"),
        ("a", "application/octet-stream", 422, "query.name"),
        ("a\x07", "text/csv", 422, "query.name"),
        ("a", "image/png", 415, None),
        ("a", "application/x-www-form-urlencoded", 415, None),
    ],
)
async def test_what_cannot_be_taken_is_said(
    house: House, name: str | None, media_type: str, status: int, path: str | None
) -> None:
    client = await house.enter("acme")
    answer = await client.post(
        "/v1/sources",
        params={} if name is None else {"name": name},
        content=b"{}",
        headers={"Content-Type": media_type},
    )
    assert answer.status_code == status
    assert [each["path"] for each in answer.json().get("errors", [])] == ([path] if path else [])
    assert stored(house) == []


async def test_large_uploads_are_streamed_up_to_a_limit(open_house: OpenHouse) -> None:
    house = await open_house(runner=False, max_source_bytes=5_000_000, max_body_bytes=100_000)
    client = await house.enter("acme")
    line = b"1,2,3,4\n"

    async def body(lines: int) -> AsyncIterator[bytes]:
        yield b"a,b,c,d\n"
        for _ in range(lines // 1000):
            yield line * 1000

    async def post(lines: int) -> httpx.Response:
        return await upload(client, body(lines))  # type: ignore[arg-type]

    assert (await post(200_000)).status_code == 202
    refused = await post(900_000)
    assert refused.status_code == 413
    assert "5,000,000 bytes" in refused.json()["detail"]
    announced = await upload(client, line * 700_000)
    assert announced.status_code == 413
    assert len(files(house)) == 1


async def test_an_upload_that_breaks_off_leaves_nothing(house: House) -> None:
    client = await house.enter("acme")

    async def body() -> AsyncIterator[bytes]:
        yield CUSTOMERS.encode()
        raise ConnectionError

    answer = await upload(client, body())  # type: ignore[arg-type]
    assert answer.status_code == 500
    assert files(house) == []
    assert await house.rows("SELECT id FROM sources") == []


async def test_no_value_stands_in_a_log_or_a_problem(
    house: House, capfd: pytest.CaptureFixture[str]
) -> None:
    client = await house.enter("acme")
    broken = CUSTOMERS + f'7,"{SECRET}\n'
    for content in (CUSTOMERS, broken):
        found = await read(client, (await upload(client, content)).json()["id"])
        document = {"tables": {"customers": {"columns": {"nme": "learn", "name": "learned"}}}}
        answer = await client.put(f"/v1/sources/{found['id']}/definition", json=document)
        assert SECRET not in answer.text
    printed = capfd.readouterr()
    assert SECRET not in printed.out + printed.err


async def test_no_value_of_a_file_without_header_is_told(
    house: House, capfd: pytest.CaptureFixture[str]
) -> None:
    client = await house.enter("acme")
    content = f"Bonn,{SECRET},{SECRET}\n" + "Rome,Ada,Ivo\n" * 30
    found = await read(client, (await upload(client, content)).json()["id"])
    assert found["error"].endswith("columns 2 and 3 have the same name; give each its own name")
    assert SECRET not in json.dumps(found)
    printed = capfd.readouterr()
    assert SECRET not in printed.out + printed.err


@pytest.mark.parametrize("source", ["src_x", "src_" + "0" * 32, "%00", "a" * 500])
async def test_what_is_no_source_is_not_found(house: House, source: str) -> None:
    client = await house.enter("acme")
    for path in ("", "/rows", "/definition"):
        assert (await client.get(f"/v1/sources/{source}{path}")).status_code == 404


def test_ids_cannot_be_guessed() -> None:
    from app.api.routers.sources import SOURCE_ID

    assert re.fullmatch(SOURCE_ID, "src_" + os.urandom(16).hex())
