from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import obstore
import pytest
from obstore.store import S3Store

from app.sinks.base import DeliveryAttempt, SinkFile, Stopped, TerminalSinkError
from app.sinks.kinds.s3 import S3Credentials, S3Sink
from app.sinks.objects import PART
from app.sinks.targets import read_target
from tests.components.s3 import S3Server
from tests.components.servers import HOST
from tests.sinks.blob_servers import AzureHandler, Blobs, GoogleHandler, blob_server
from tests.sinks.candidates import CANARY, LOOPBACK, Stopping, azure, gcs, table_file


class Bucket:
    """A new bucket of the real server, the sink before it, and what is in it."""

    def __init__(self, server: S3Server) -> None:
        self.server = server
        self.name = server.new_bucket()
        self.store = S3Store(
            self.name,
            endpoint=server.endpoint,
            access_key_id=server.access_key,
            secret_access_key=server.secret_key,
            client_options={"allow_http": True},
        )

    def deliver(
        self, files: list[SinkFile], *, looks: int = 1_000_000, **changes: Any
    ) -> list[dict[str, Any]]:
        server = self.server
        target = {"kind": "s3", "bucket": self.name, "endpoint": server.endpoint, **changes}
        key = S3Credentials(access_key_id=server.access_key, secret_access_key=server.secret_key)
        sink = S3Sink(LOOPBACK)
        told: list[dict[str, Any]] = sink.deliver(
            files, target, key, DeliveryAttempt("a", stopping=Stopping(looks))
        )["files"]
        return told

    def keys(self) -> list[str]:
        return sorted(each["path"] for each in obstore.list(self.store).collect())

    def unfinished(self) -> list[Any]:
        """Uploads that were begun and neither completed nor given up."""
        filer = f"http://{HOST}:{self.server.ports['filer.port']}"
        folder = httpx.get(
            f"{filer}/buckets/{self.name}/.uploads/", headers={"Accept": "application/json"}
        )
        return [] if folder.status_code == 404 else folder.json().get("Entries") or []


@pytest.fixture
def bucket(s3: S3Server) -> Bucket:
    return Bucket(s3)


@pytest.fixture
def large(tmp_path: Path) -> SinkFile:
    content = b"0123456789abcdef" * (2 * PART // 16) + b"end"
    path = tmp_path / "large.csv"
    path.write_bytes(content)
    digest = hashlib.sha256(content).hexdigest()
    return SinkFile(path, path.name, "large", "csv", len(content), digest)


def test_a_large_file_goes_up_in_parts(bucket: Bucket, large: SinkFile) -> None:
    (told,) = bucket.deliver([large])
    assert told["etag"].endswith('-3"')
    assert bytes(obstore.get(bucket.store, "large.csv").bytes()) == large.path.read_bytes()
    attributes = obstore.get(bucket.store, "large.csv").attributes
    assert attributes["Content-Type"] == "text/csv"


def test_an_upload_that_is_stopped_leaves_nothing(bucket: Bucket, large: SinkFile) -> None:
    with pytest.raises(Stopped):
        bucket.deliver([large], looks=3)
    assert bucket.keys() == []
    assert bucket.unfinished() == []


def test_what_is_there_is_not_sent_again(bucket: Bucket, large: SinkFile) -> None:
    (first,) = bucket.deliver([large])
    large.path.unlink()
    assert bucket.deliver([large]) == [first]


@pytest.mark.parametrize(
    ("changes", "keys"),
    [
        ({}, ["a.parquet", "manifest.json"]),
        ({"prefix": "x/y"}, ["x/y/a.parquet", "x/y/manifest.json"]),
        ({"prefix": "x/", "manifest": False}, ["x/a.parquet"]),
        ({"key": "exports/churn"}, ["exports/churn"]),
        ({"key": "exports/{table}-{format}"}, ["exports/a-parquet"]),
        ({"key": "x/{file}", "manifest": True}, ["x/a.parquet", "x/manifest.json"]),
    ],
)
def test_keys_are_as_asked(
    bucket: Bucket, tmp_path: Path, changes: dict[str, Any], keys: list[str]
) -> None:
    path = tmp_path / "manifest.json"
    path.write_text("{}")
    manifest = SinkFile(path, path.name, "", "manifest", 2, hashlib.sha256(b"{}").hexdigest())
    bucket.deliver([table_file(tmp_path, "a", [1]), manifest], **changes)
    assert bucket.keys() == keys


def test_two_files_of_one_key_are_refused(bucket: Bucket, tmp_path: Path) -> None:
    files = [table_file(tmp_path, name, [1]) for name in "ab"]
    with pytest.raises(TerminalSinkError, match="several files would be called 'x'"):
        bucket.deliver(files, key="x")
    assert bucket.keys() == []


def test_a_bucket_that_is_not_there_is_not_tried_again(bucket: Bucket, tmp_path: Path) -> None:
    with pytest.raises(TerminalSinkError):
        bucket.deliver([table_file(tmp_path, "a", [1])], bucket="no-such-bucket")


def test_an_address_without_endpoint_is_amazons() -> None:
    sink = S3Sink(LOOPBACK)
    given = {"kind": "s3", "bucket": "lake", "region": "eu-west-1"}
    target = read_target(sink.target, given)
    assert sink.endpoint(target) == "https://s3.eu-west-1.amazonaws.com"
    virtual = read_target(sink.target, {**given, "addressing": "virtual"})
    assert sink.endpoint(virtual) == "https://lake.s3.eu-west-1.amazonaws.com"


@pytest.fixture(params=["gcs", "azure"])
def other(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    maker = {"gcs": gcs, "azure": azure}[request.param]
    with maker(tmp_path, None) as candidate:
        yield candidate


def test_other_stores_take_large_files_in_parts(other: Any, large: SinkFile) -> None:
    other.deliver([large])
    assert other.arrived() == {"large.csv": large.path.read_bytes()}


@pytest.mark.parametrize(
    ("handler", "kind", "secret"),
    [(GoogleHandler, "gcs", "access_token"), (AzureHandler, "azure", "sas_token")],
)
def test_no_text_of_the_library_is_passed_on(
    tmp_path: Path, handler: Any, kind: str, secret: str
) -> None:
    """Addresses with signatures stand in it."""
    from tests.sinks.candidates import OUTBOUND

    sink: Any = OUTBOUND[kind](LOOPBACK)
    blobs = Blobs("bucket", "sesame")
    with blob_server(handler, blobs) as url:
        target = {"kind": kind, "endpoint": url, "bucket": "bucket"}
        if kind == "azure":
            target = {"kind": kind, "endpoint": url, "account": "lake", "container": "bucket"}
        credentials = sink.credentials(**{secret: f"sv=1&sig={CANARY}"})
        with pytest.raises(TerminalSinkError) as caught:
            sink.deliver(
                [table_file(tmp_path, "a", [1])], target, credentials, DeliveryAttempt("a")
            )
    assert str(caught.value) == "the object store refuses these credentials (AccessDenied)"
