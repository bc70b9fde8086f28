"""Every kind of sink before a real server or a faithful stand-in, for the conformance suite."""

from __future__ import annotations

import contextlib
import hashlib
import io
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import obstore
import pyarrow as pa
import pyarrow.parquet as pq
from obstore.store import S3Store
from pydantic import BaseModel

from app.sinks.base import DeliveryAttempt, Receipt, Sink, SinkFile
from app.sinks.egress import EgressPolicy, read_allowed
from app.sinks.failing import FailingSink
from app.sinks.kinds.azure import AzureCredentials, AzureSink
from app.sinks.kinds.crm_analytics import CrmCredentials, CrmSink
from app.sinks.kinds.gcs import GcsCredentials, GcsSink
from app.sinks.kinds.http import HttpCredentials, HttpSink
from app.sinks.kinds.local import LocalSink
from app.sinks.kinds.postgresql import PostgresSink
from app.sinks.kinds.s3 import S3Credentials, S3Sink
from app.sinks.kinds.sql import SqlCredentials, SqlSink
from app.sinks.postgresql_connection import PostgresCredentials
from app.sinks.registry import KINDS
from tests.components.mariadb import MariaDBServer
from tests.components.postgres import PostgresServer
from tests.components.s3 import S3Server
from tests.components.servers import HOST
from tests.sinks.blob_servers import AzureHandler, Blobs, GoogleHandler, blob_server
from tests.sinks.salesforce_server import SalesforceServer
from tests.sinks.servers import Shelf

OUTBOUND = {name: kind.sink for name, kind in KINDS.items() if kind.sink.foreign}
CANARY = "canary-5f1c9e"
LOOPBACK = EgressPolicy(read_allowed("127.0.0.1"))
Content = Mapping[str, Any]


class Stopping(threading.Event):
    """Set after it was looked at a number of times; never waits."""

    def __init__(self, looks: int = 1_000_000) -> None:
        super().__init__()
        self.left = looks

    def is_set(self) -> bool:
        self.left -= 1
        return self.left < 0

    def wait(self, timeout: float | None = None) -> bool:
        return False


@dataclass(frozen=True)
class Candidate:
    """A sink, a target that it takes, and a way to read back what arrived.

    Args:
        takes: whether files as they are arrive, or the tables in them.
        arrived: content by the name of a file, rows by the name of a table.
        wrong: credentials that are refused; None where there are none.
        down: changes of the target after which nobody answers; with `down_credentials` where it is
            these that say where the server is.
        appending: changes of the target that add to what is there.
        failing: changes of the target that refuse what is there.
    """

    sink: Sink
    target: dict[str, Any]
    credentials: BaseModel | None
    takes: str
    arrived: Callable[[], Content]
    wrong: BaseModel | None = None
    down: dict[str, Any] | None = None
    down_credentials: BaseModel | None = None
    appending: dict[str, Any] | None = None
    failing: dict[str, Any] | None = None
    replacing: dict[str, Any] = field(default_factory=dict)

    def deliver(
        self,
        files: list[SinkFile],
        delivery: str = "job/0",
        *,
        looks: int = 1_000_000,
        **changes: Any,
    ) -> Receipt:
        target = {**self.target, **self.replacing, **changes}
        attempt = DeliveryAttempt(delivery, stopping=Stopping(looks))
        return self.sink.deliver(files, target, self.credentials, attempt)


def table_file(folder: Path, name: str, values: list[int]) -> SinkFile:
    """A table of two columns as a Parquet file."""
    texts = [None if value % 3 == 0 else f"{value} 'é\"" for value in values]
    table = pa.table({"id": pa.array(values, pa.int64()), "some text": pa.array(texts)})
    path = folder / f"{name}.parquet"
    pq.write_table(table, path)
    content = path.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    return SinkFile(path, path.name, name, "parquet", len(content), digest)


def rows_of(content: bytes) -> list[tuple[int, str | None]]:
    table = pq.read_table(io.BytesIO(content))
    columns = [column.to_pylist() for column in table.columns]
    return sorted(zip(*columns, strict=True))


def dead_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.create_server((HOST, 0)) as server:
        return int(server.getsockname()[1])


@contextlib.contextmanager
def local(folder: Path, _servers: Any) -> Iterator[Candidate]:
    root = folder / "sink"
    root.mkdir()

    def arrived() -> Content:
        out = root / "default" / "out"
        return {path.name: path.read_bytes() for path in out.iterdir()} if out.exists() else {}

    target = {"kind": "local", "folder": "out"}
    fail = {"if_exists": "fail"}
    yield Candidate(LocalSink(root), target, None, "files", arrived, failing=fail)


@contextlib.contextmanager
def failing(_folder: Path, _servers: Any) -> Iterator[Candidate]:
    sink = FailingSink()

    def arrived() -> Content:
        return {name: b"" for names in sink.delivered for name in names}

    yield Candidate(sink, {"kind": "failing"}, None, "names", arrived)


@contextlib.contextmanager
def s3(_folder: Path, servers: Callable[[str], Any]) -> Iterator[Candidate]:
    server: S3Server = servers("s3")
    bucket = server.new_bucket()
    key = S3Credentials(access_key_id=server.access_key, secret_access_key=server.secret_key)
    store = S3Store(
        bucket,
        endpoint=server.endpoint,
        region=server.region,
        access_key_id=server.access_key,
        secret_access_key=server.secret_key,
        client_options={"allow_http": True},
    )

    def arrived() -> Content:
        found = obstore.list(store, prefix="out").collect()
        return {
            Path(each["path"]).name: bytes(obstore.get(store, each["path"]).bytes())
            for each in found
        }

    yield Candidate(
        S3Sink(LOOPBACK),
        {"kind": "s3", "bucket": bucket, "endpoint": server.endpoint, "prefix": "out"},
        key,
        "files",
        arrived,
        wrong=S3Credentials(access_key_id=server.access_key, secret_access_key=CANARY),
        down={"endpoint": f"http://{HOST}:{dead_port()}"},
        failing={"if_exists": "fail"},
    )


@contextlib.contextmanager
def gcs(_folder: Path, _servers: Any) -> Iterator[Candidate]:
    blobs = Blobs("bucket", "sesame")
    with blob_server(GoogleHandler, blobs) as url:
        yield Candidate(
            GcsSink(LOOPBACK),
            {"kind": "gcs", "bucket": "bucket", "endpoint": url, "prefix": "out"},
            GcsCredentials(access_token="sesame"),
            "files",
            lambda: {Path(key).name: blob.content for key, blob in blobs.blobs.items()},
            wrong=GcsCredentials(access_token=CANARY),
            down={"endpoint": f"http://{HOST}:{dead_port()}"},
            failing={"if_exists": "fail"},
        )


@contextlib.contextmanager
def azure(_folder: Path, _servers: Any) -> Iterator[Candidate]:
    blobs = Blobs("container", "sesame")
    with blob_server(AzureHandler, blobs) as url:
        target = {"kind": "azure", "account": "lake", "container": "container", "endpoint": url}
        yield Candidate(
            AzureSink(LOOPBACK),
            {**target, "prefix": "out"},
            AzureCredentials(sas_token="sv=2024-11-04&sig=sesame"),
            "files",
            lambda: {Path(key).name: blob.content for key, blob in blobs.blobs.items()},
            wrong=AzureCredentials(sas_token=f"sv=2024-11-04&sig={CANARY}"),
            down={"endpoint": f"http://{HOST}:{dead_port()}"},
            failing={"if_exists": "fail"},
        )


@contextlib.contextmanager
def http(_folder: Path, _servers: Any) -> Iterator[Candidate]:
    shelf = Shelf("sesame")
    with shelf.open() as url:
        goal = f"{url}/{{file}}"
        yield Candidate(
            HttpSink(LOOPBACK),
            {"kind": "http", "manifest": True},
            HttpCredentials(url=goal, authorization="Bearer sesame"),
            "files",
            lambda: dict(shelf.files),
            wrong=HttpCredentials(url=goal, authorization=CANARY),
            down={},
            down_credentials=HttpCredentials(url=f"http://{HOST}:{dead_port()}/{{file}}"),
        )


@contextlib.contextmanager
def postgresql(_folder: Path, servers: Callable[[str], Any]) -> Iterator[Candidate]:
    server: PostgresServer = servers("postgres")
    database = server.new_database()

    def arrived() -> Content:
        names = server.sql(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
            " AND tablename <> 'tablesmith_deliveries'",
            database,
        ).split()
        return {name: _parsed(server.sql(_select(name, '"'), database), "|") for name in names}

    yield Candidate(
        PostgresSink(LOOPBACK),
        {"kind": "postgresql", "host": HOST, "port": server.port, "database": database},
        PostgresCredentials(user=server.user, password=server.password),
        "tables",
        arrived,
        wrong=PostgresCredentials(user=server.user, password=CANARY),
        down={"port": dead_port()},
        appending={"if_exists": "append"},
        failing={"if_exists": "fail"},
        replacing={"if_exists": "replace"},
    )
    server.drop_database(database)


@contextlib.contextmanager
def sql(_folder: Path, servers: Callable[[str], Any]) -> Iterator[Candidate]:
    server: MariaDBServer = servers("mariadb")
    database = server.new_database()

    def arrived() -> Content:
        names = server.sql("SHOW TABLES", database).split()
        return {
            name: _parsed(server.sql(_select(name, "`"), database), "\t")
            for name in names
            if name != "tablesmith_deliveries"
        }

    yield Candidate(
        SqlSink(LOOPBACK),
        {
            "kind": "sql",
            "dialect": "mariadb",
            "host": HOST,
            "port": server.port,
            "database": database,
            "tls": "disable",
        },
        SqlCredentials(user=server.user, password=server.password),
        "tables",
        arrived,
        wrong=SqlCredentials(user=server.user, password=CANARY),
        down={"port": dead_port()},
        appending={"if_exists": "append"},
        failing={"if_exists": "fail"},
        replacing={"if_exists": "replace"},
    )
    server.drop_database(database)


def _select(table: str, quote: str) -> str:
    column = f"{quote}some text{quote}"
    return f"SELECT id, COALESCE({column}, '') FROM {table} ORDER BY id"


def _parsed(text: str, comma: str) -> list[tuple[int, str | None]]:
    cells = [line.split(comma) for line in text.splitlines()]
    return [(int(row[0]), (row[1] if len(row) > 1 else "") or None) for row in cells]


@contextlib.contextmanager
def crm_analytics(_folder: Path, _servers: Any) -> Iterator[Candidate]:
    organization = SalesforceServer(client_secret="sesame")

    def arrived() -> Content:
        return {
            name: sorted((int(row[0]), row[1] or None) for row in dataset.rows)
            for name, dataset in organization.datasets.items()
        }

    with organization.open() as url:
        yield Candidate(
            CrmSink(LOOPBACK),
            {"kind": "crm_analytics", "instance_url": url},
            CrmCredentials(client_id="app", client_secret="sesame"),
            "tables",
            arrived,
            wrong=CrmCredentials(client_id="app", client_secret=CANARY),
            down={"instance_url": f"http://{HOST}:{dead_port()}"},
            appending={"operation": "Append"},
        )


CANDIDATES = {
    "local": local,
    "failing": failing,
    "s3": s3,
    "gcs": gcs,
    "azure": azure,
    "http": http,
    "postgresql": postgresql,
    "sql": sql,
    "crm_analytics": crm_analytics,
}
