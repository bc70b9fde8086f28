"""How uploads are read as said: several files, a header, a delimiter; and what training takes."""

from __future__ import annotations

import io
from typing import Any

import httpx
import pytest

from tests.api.accounts.conftest import House, OpenHouse
from tests.api.sources.conftest import CUSTOMERS, files, read, upload

pytestmark = pytest.mark.anyio

ORDERS = "order_id,customer_id\n" + "".join(f"{n},{n % 120 + 1}\n" for n in range(300))
HEADERLESS = "Rome,single,yes\n" + "Bern,married,no\nRome,single,yes\nBern,single,no\n" * 30


async def _several(
    client: httpx.AsyncClient, *parts: tuple[str, str, str], **options: Any
) -> httpx.Response:
    sent = [
        ("files", (name, io.BytesIO(content.encode()), media_type))
        for name, content, media_type in parts
    ]
    return await client.post("/v1/sources", files=sent, **options)


async def test_several_files_become_tables(house: House) -> None:
    client = await house.enter("acme", "source")
    parts = [("a/customers.csv", CUSTOMERS, "text/csv"), ("orders", ORDERS, "text/csv")]
    answer = await _several(client, *parts, data={"name": "shop"})
    assert answer.status_code == 202, answer.text
    made = answer.json()
    assert (made["name"], made["bytes"]) == ("shop", len(CUSTOMERS) + len(ORDERS))
    found = await read(client, made["id"])
    assert [each["name"] for each in found["profile"]["tables"]] == ["customers", "orders"]
    (key,) = found["keys"]["foreign"]
    assert (key["column"], key["parent"]) == ("customer_id", "customers")
    rows = await client.get(f"/v1/sources/{made['id']}/rows?table=orders&limit=1")
    assert rows.json()["rows"] == [{"order_id": "0", "customer_id": "1"}]
    keyed = {"Idempotency-Key": "k"}
    again = [(await _several(client, *parts, headers=keyed)).json()["id"] for _ in range(2)]
    assert again[0] == again[1]
    other = await _several(client, *parts[:1], headers=keyed)
    assert other.status_code == 409


async def test_one_file_in_a_form_is_like_any_other(house: House) -> None:
    client = await house.enter("acme", "source")
    made = (await _several(client, ("Kunden ü.csv", CUSTOMERS, "text/csv"))).json()
    assert (made["name"], made["file"]) == ("Kunden ü.csv", "Kunden ü.csv")
    assert [each.name for each in files(house)] == ["Kunden ü.csv"]
    assert (await read(client, made["id"]))["status"] == "ready"


@pytest.mark.parametrize(
    ("content", "media_type", "status"),
    [
        (b"--x\r\n\r\n--x--\r\n", "multipart/form-data; boundary=x", 400),
        (b"--x--\r\n", "multipart/form-data; boundary=x", 422),
        (b"nothing of the kind", "multipart/form-data; boundary=x", 400),
        (b"", "multipart/form-data; boundary=x", 400),
        (b"--x--", "multipart/form-data", 400),
        (b"--x--", f"multipart/form-data; boundary={'x' * 9_000}", 400),
        (
            b'--x\r\nContent-Disposition: form-data; name="f"; filename="a.csv"\r\n\r\na,b\n1,2\n',
            "multipart/form-data; boundary=x",
            400,
        ),
        (
            b'--x\r\nContent-Disposition: form-data; name="f"; filename="a.exe"\r\n\r\nMZ\r\n--x--',
            "multipart/form-data; boundary=x",
            422,
        ),
        (
            b'--x\r\nContent-Disposition: form-data; name="f"; filename="a.csv"\r\n\r\na\r\n' * 2
            + b"--x--\r\n",
            "multipart/form-data; boundary=x",
            422,
        ),
        (
            b'--x\r\nContent-Disposition: form-data; name="name"\r\n\r\n' + b"n" * 2_000
            + b"\r\n--x--\r\n",
            "multipart/form-data; boundary=x",
            422,
        ),
        (
            b"".join(b'--x\r\nContent-Disposition: form-data; name="f%d"\r\n\r\n1\r\n' % n
                     for n in range(300)) + b"--x--\r\n",
            "multipart/form-data; boundary=x",
            422,
        ),
        (
            b"--x\r\n" + b"A: b\r\n" * 1_000 + b"\r\n1\r\n--x--\r\n",
            "multipart/form-data; boundary=x",
            400,
        ),
    ],
)  # fmt: skip
async def test_forms_that_are_none_are_refused_and_leave_nothing(
    house: House, content: bytes, media_type: str, status: int
) -> None:
    client = await house.enter("acme")
    answer = await client.post("/v1/sources", content=content, headers={"Content-Type": media_type})
    assert answer.status_code == status, answer.text
    assert answer.json()["detail"]
    assert files(house) == []


async def test_forms_are_bounded_like_other_uploads(open_house: OpenHouse) -> None:
    house = await open_house(runner=False, max_source_bytes=50_000, max_body_bytes=10_000)
    client = await house.enter("acme")
    assert (
        await _several(client, ("a.csv", "a,b\n" + "1,2\n" * 5_000, "text/csv"))
    ).status_code == 202
    parts = [(f"{name}.csv", "a,b\n" + "1,2\n" * 8_000, "text/csv") for name in "ab"]
    refused = await _several(client, *parts)
    assert refused.status_code == 413, refused.text
    assert len(files(house)) == 1


async def test_a_first_line_like_the_others_names_nothing(house: House) -> None:
    client = await house.enter("acme", "read")
    writer = await house.enter("acme", "write")
    for content, options, names in (
        (HEADERLESS, {}, ["column_1", "column_2", "column_3"]),
        (HEADERLESS, {"header": "true"}, ["Rome", "single", "yes"]),
        (CUSTOMERS, {}, ["id", "name", "email", "city", "age"]),
        (CUSTOMERS, {"header": "false"}, [f"column_{n}" for n in range(1, 6)]),
    ):
        query = {"name": "t.csv", **options}
        made = await writer.post(
            "/v1/sources", params=query, content=content, headers={"Content-Type": "text/csv"}
        )
        found = await read(client, made.json()["id"])
        assert [each["name"] for each in found["profile"]["tables"][0]["columns"]] == names


async def test_an_upload_is_read_again_as_said(house: House) -> None:
    client = await house.enter("acme", "source")
    content = "a;b\n1;2\n" * 1 + "3;4\n" * 40
    made = (await upload(client, content.replace(";", "|"))).json()
    await read(client, made["id"])
    address = f"/v1/sources/{made['id']}"
    answer = await client.post(f"{address}/refresh", params={"delimiter": ";", "header": "false"})
    assert (answer.status_code, answer.json()["version"]) == (202, 2)
    found = await read(client, made["id"])
    assert found["options"] == {"header": False, "encoding": None, "delimiter": ";"}
    (column,) = found["profile"]["tables"][0]["columns"]
    assert column["name"] == "column_1"
    rows = await client.get(f"{address}/rows", params={"limit": 1})
    assert rows.json()["rows"] == [{"column_1": "a|b"}]
    for wrong in (
        {"encoding": "rot13"},
        {"encoding": "no-such"},
        {"delimiter": "x"},
        {"header": "2"},
    ):
        refused = await client.post(f"{address}/refresh", params=wrong)
        assert refused.status_code == 422, wrong


async def test_an_estimate_says_what_a_definition_reveals(house: House) -> None:
    client = await house.enter("acme", "write")
    made = (await upload(client)).json()
    await read(client, made["id"])
    address = f"/v1/sources/{made['id']}/estimate"
    assert (await client.post(address)).json()["reveals"] == []
    less = {"tables": {"customers": {"columns": {"email": "learn"}}}, "privacy": {"k": 2}}
    assert (await client.post(address, json={"definition": less})).json()["reveals"] == [
        "the sensitive column 'email' is learned",
        "`k` is 2, and 5 by default",
    ]
