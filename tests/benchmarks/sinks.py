"""`python -m tests.benchmarks.sinks [--rows N] [--json FILE]`: sinks beside the bare transfer.

The churn example goes into a real PostgreSQL and a real S3 server, by the sink and by the plainest
means there are: psql's COPY of the same rows, already in the binary form, and a multipart upload of
the same file. Both take turns, and the least time of each counts. Compare the ratios: the servers
run on the same machine and take most of the time.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import obstore
from obstore.store import S3Store

from app.engine.execution.results import GeneratedFile
from app.engine.execution.run import run_generation
from app.engine.plan.compiler import compile_plan
from app.engine.schema.load import load_definition
from app.sinks.base import DeliveryAttempt, SinkFile
from app.sinks.egress import EgressPolicy, read_allowed
from app.sinks.kinds.postgresql import PostgresSink
from app.sinks.kinds.s3 import S3Credentials, S3Sink
from app.sinks.objects import CONCURRENCY, PART
from app.sinks.postgresql_connection import PostgresCredentials
from tests.benchmarks.subject import DEFINITION
from tests.components.postgres import PostgresServer, binaries, start_postgres
from tests.components.s3 import S3Server, start_s3

ROUNDS = 5
OUTBOUND = EgressPolicy(read_allowed("127.0.0.1"))


@dataclass(frozen=True)
class Compared:
    """Seconds and rows a second of a sink, and how many times the bare transfer's time it took."""

    sink_seconds: float
    bare_seconds: float
    sink_rows: int
    bare_rows: int
    ratio: float


def compare(rows: int, sink: Callable[[], object], bare: Callable[[], object]) -> Compared:
    sink_seconds, bare_seconds = float("inf"), float("inf")
    for _ in range(ROUNDS):
        sink_seconds = min(sink_seconds, _seconds(sink))
        bare_seconds = min(bare_seconds, _seconds(bare))
    return Compared(
        sink_seconds=sink_seconds,
        bare_seconds=bare_seconds,
        sink_rows=round(rows / sink_seconds),
        bare_rows=round(rows / bare_seconds),
        ratio=sink_seconds / bare_seconds,
    )


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def make_files(rows: int, folder: Path) -> dict[str, SinkFile]:
    """The table in the formats that are delivered."""
    plan = compile_plan(load_definition(DEFINITION.read_bytes()).definition, rows=rows)
    generated = run_generation(plan, folder, ["csv", "parquet"], workers=2)
    return {file.format: _sink_file(file) for file in generated.tables[0].files}


def _sink_file(file: GeneratedFile) -> SinkFile:
    return SinkFile(file.path, file.path.name, file.table, file.format, file.bytes, file.sha256)


def into_postgresql(server: PostgresServer, rows: int, file: SinkFile) -> Compared:
    """From Parquet by the sink; from rows that are already in COPY's own form by psql."""
    database = server.new_database()
    target = {"kind": "postgresql", "host": server.host, "port": server.port}
    target |= {"database": database, "if_exists": "replace"}
    credentials = PostgresCredentials(user=server.user, password=server.password)
    sink = PostgresSink(OUTBOUND)

    def deliver() -> None:
        sink.deliver([file], target, credentials, DeliveryAttempt("benchmark/0"))

    deliver()
    copied = server.folder / "rows.bin"
    server.sql(f"COPY churn TO '{copied}' (FORMAT binary)", database)
    server.sql("CREATE TABLE bare (LIKE churn)", database)
    psql = [binaries() / "psql", "-X", "-q", "-1", "-d", server.url(database, "postgresql")]
    statements = (
        "DROP TABLE bare",
        "CREATE TABLE bare (LIKE churn)",
        f"\\copy bare FROM '{copied}' (FORMAT binary)",
    )
    command = [*map(str, psql), *(word for each in statements for word in ("-c", each))]
    compared = compare(rows, deliver, lambda: subprocess.run(command, check=True))
    same = "SELECT count(*) FROM (TABLE churn EXCEPT ALL TABLE bare) AS different"
    assert server.sql(same, database) == "0"
    return compared


def into_s3(server: S3Server, rows: int, file: SinkFile) -> Compared:
    """The same file by the sink and by the library alone, in parts of the same size."""
    bucket = server.new_bucket()
    target = {"kind": "s3", "bucket": bucket, "endpoint": server.endpoint, "key": "sink"}
    credentials = S3Credentials(
        access_key_id=server.access_key, secret_access_key=server.secret_key
    )
    store = S3Store(
        bucket,
        endpoint=server.endpoint,
        access_key_id=server.access_key,
        secret_access_key=server.secret_key,
        client_options={"allow_http": True},
    )
    sink = S3Sink(OUTBOUND)

    def deliver() -> None:
        # An object that is there already would not be sent again.
        obstore.delete(store, "sink")
        sink.deliver([file], target, credentials, DeliveryAttempt("benchmark/0"))

    def upload() -> None:
        obstore.delete(store, "bare")
        obstore.put(store, "bare", file.path, chunk_size=PART, max_concurrency=CONCURRENCY)

    compared = compare(rows, deliver, upload)
    assert obstore.head(store, "sink")["size"] == obstore.head(store, "bare")["size"]
    return compared


def measure(rows: int) -> dict[str, Compared]:
    with (
        tempfile.TemporaryDirectory(prefix="tablesmith-bench-") as folder,
        start_postgres() as postgres,
        start_s3() as s3,
    ):
        files = make_files(rows, Path(folder))
        return {
            "postgresql": into_postgresql(postgres, rows, files["parquet"]),
            "s3": into_s3(s3, rows, files["csv"]),
        }


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.sinks")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--json", type=Path, help="also write the figures here")
    arguments = parser.parse_args()
    figures = measure(arguments.rows)
    for kind, each in figures.items():
        print(
            f"{kind}: {each.sink_rows:,} rows/s by the sink, {each.bare_rows:,} bare: "
            f"{each.ratio:.2f} times the time"
        )
    document = {"rows": arguments.rows, **{kind: asdict(each) for kind, each in figures.items()}}
    if arguments.json:
        arguments.json.write_text(json.dumps(document, indent=2) + "\n")


if __name__ == "__main__":
    main()
