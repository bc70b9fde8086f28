from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import obstore
import pytest
from obstore.store import S3Store

from app.sinks.base import DeliveryAttempt, SinkFile, TerminalSinkError, TransientSinkError
from app.sinks.kinds.http import HttpCredentials, HttpSink
from tests.components.s3 import S3Server
from tests.sinks.candidates import LOOPBACK, table_file
from tests.sinks.servers import Shelf

SINK = HttpSink(LOOPBACK)
TARGET = {"kind": "http"}


@pytest.fixture
def shelf() -> Shelf:
    return Shelf("sesame")


@pytest.fixture
def url(shelf: Shelf) -> Iterator[str]:
    with shelf.open() as address:
        yield address


@pytest.fixture
def file(tmp_path: Path) -> SinkFile:
    return table_file(tmp_path, "a", [1, 2])


def _deliver(url: str, file: SinkFile, **target: object) -> dict[str, object]:
    credentials = HttpCredentials(url=url, authorization="Bearer sesame")
    told: dict[str, object] = SINK.deliver(
        [file], {**TARGET, **target}, credentials, DeliveryAttempt("a")
    )["files"][0]
    return told


def test_a_presigned_url_of_a_real_store_takes_the_file(s3: S3Server, file: SinkFile) -> None:
    store = S3Store(
        s3.new_bucket(),
        endpoint=s3.endpoint,
        access_key_id=s3.access_key,
        secret_access_key=s3.secret_key,
        client_options={"allow_http": True},
    )
    signed = obstore.sign(store, "PUT", "exports/a", timedelta(minutes=5))
    told = SINK.deliver([file], TARGET, HttpCredentials(url=signed), DeliveryAttempt("a"))["files"][
        0
    ]
    assert bytes(obstore.get(store, "exports/a").bytes()) == file.path.read_bytes()
    assert (told["path"], told["host"]) == ("a.parquet", "127.0.0.1")
    assert "X-Amz-Signature" not in str(told)


def test_the_length_is_told_and_the_headers_are_those_asked_for(
    shelf: Shelf, url: str, file: SinkFile
) -> None:
    _deliver(f"{url}/x", file, headers={"x-ms-blob-type": "BlockBlob"})
    (headers,) = shelf.headers
    assert headers["Content-Length"] == str(file.bytes)
    assert headers["x-ms-blob-type"] == "BlockBlob"
    assert "Transfer-Encoding" not in headers


@pytest.mark.parametrize("status", [408, 429, 500, 503])
def test_a_server_may_ask_to_come_again_later(
    shelf: Shelf, url: str, file: SinkFile, status: int
) -> None:
    shelf.answers = [(status, {"Retry-After": "17"})]
    with pytest.raises(TransientSinkError, match=str(status)) as caught:
        _deliver(f"{url}/x", file)
    assert caught.value.retry_after == 17


def test_the_time_to_come_again_may_be_a_date(shelf: Shelf, url: str, file: SinkFile) -> None:
    later = datetime.now(UTC) + timedelta(minutes=2)
    shelf.answers = [(503, {"Retry-After": format_datetime(later, usegmt=True)})]
    with pytest.raises(TransientSinkError) as caught:
        _deliver(f"{url}/x", file)
    assert caught.value.retry_after is not None
    assert 100 < caught.value.retry_after <= 120


@pytest.mark.parametrize("status", [301, 307, 400, 403, 404, 413])
def test_other_refusals_stay_and_are_not_followed(
    shelf: Shelf, url: str, file: SinkFile, status: int
) -> None:
    shelf.answers = [(status, {"Location": f"{url}/elsewhere"})]
    with pytest.raises(TerminalSinkError, match=str(status)):
        _deliver(f"{url}/x?secret=word", file)
    assert shelf.files == {}


@pytest.mark.parametrize("bad", ["ftp://127.0.0.1/x", "nowhere", "http://user:hunter2@127.0.0.1/x"])
def test_addresses_that_are_none_are_refused_without_being_told(file: SinkFile, bad: str) -> None:
    with pytest.raises(TerminalSinkError) as caught:
        _deliver(bad, file)
    assert "hunter2" not in str(caught.value)


def test_several_files_need_several_addresses(url: str, tmp_path: Path) -> None:
    files = [table_file(tmp_path, name, [1]) for name in "ab"]
    credentials = HttpCredentials(url=f"{url}/one", authorization="Bearer sesame")
    with pytest.raises(TerminalSinkError, match="several files"):
        SINK.deliver(files, TARGET, credentials, DeliveryAttempt("a"))
