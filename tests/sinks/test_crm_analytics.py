from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from app.sinks import crm_metadata
from app.sinks.base import (
    DeliveryAttempt,
    Receipt,
    SinkFile,
    Stopped,
    TerminalSinkError,
    TransientSinkError,
)
from app.sinks.crm_metadata import alias_of, csv_parts, metadata
from app.sinks.kinds.crm_analytics import CrmCredentials, CrmSink
from tests.sinks.candidates import LOOPBACK, Stopping, table_file
from tests.sinks.salesforce_server import HEADER, PARTS, SalesforceServer

SINK = CrmSink(LOOPBACK)


@pytest.fixture
def organization() -> SalesforceServer:
    return SalesforceServer(client_secret="sesame")


@pytest.fixture
def url(organization: SalesforceServer) -> Iterator[str]:
    with organization.open() as address:
        yield address


def _deliver(
    url: str,
    files: list[SinkFile],
    *,
    looks: int = 1_000_000,
    token: str | None = None,
    **changes: Any,
) -> Receipt:
    known = CrmCredentials(client_id="app", client_secret="sesame")
    if token is not None:
        known = CrmCredentials(access_token=token)
    target = {"kind": "crm_analytics", "instance_url": url, **changes}
    return SINK.deliver(files, target, known, DeliveryAttempt("job/0", stopping=Stopping(looks)))


def _file(folder: Path, name: str, table: pa.Table) -> SinkFile:
    path = folder / f"{name}.parquet"
    pq.write_table(table, path)
    return SinkFile(path, path.name, name, "parquet", path.stat().st_size, "0" * 64)


@pytest.fixture
def many_parts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> SinkFile:
    """A file whose compressed rows make several parts."""
    monkeypatch.setattr(crm_metadata, "PART", 20_000)
    return table_file(tmp_path, "many", list(range(40_000)))


def test_a_dataset_ends_enabled_for_training(
    organization: SalesforceServer, url: str, tmp_path: Path
) -> None:
    (told,) = _deliver(url, [table_file(tmp_path, "churn", [1, 2])], dataset="My {table}")["tables"]
    assert told["state"] == "enabled for training"
    assert (told["table"], told["rows"], told["status"]) == ("My_churn", 2, "Completed")
    assert organization.records[HEADER][told["upload"]]["Operation"] == "Overwrite"


def test_a_token_of_a_session_will_do(url: str, tmp_path: Path) -> None:
    files = [table_file(tmp_path, "churn", [1])]
    assert _deliver(url, files, token="00D-token")["tables"][0]["rows"] == 1
    with pytest.raises(TerminalSinkError, match="INVALID_SESSION_ID"):
        _deliver(url, files, token="expired")


def test_parts_are_cut_from_one_compressed_file(many_parts: SinkFile) -> None:
    parts = list(csv_parts(many_parts, DeliveryAttempt("a")))
    assert len(parts) > 3
    assert all(len(part) == 20_000 for part in parts[:-1])
    assert list(csv_parts(many_parts, DeliveryAttempt("b"))) == parts
    lines = gzip.decompress(b"".join(parts)).decode().splitlines()
    assert lines[0] == '"id","some text"'
    assert len(lines) == 40_001


def test_an_upload_that_was_cut_off_goes_on_where_it_was(
    organization: SalesforceServer, url: str, many_parts: SinkFile
) -> None:
    with pytest.raises(Stopped):
        _deliver(url, [many_parts], looks=3)
    begun = len(organization.records[PARTS])
    assert 0 < begun < len(list(csv_parts(many_parts, DeliveryAttempt("a"))))
    _deliver(url, [many_parts])
    assert len(organization.records[HEADER]) == 1
    numbers = [row["PartNumber"] for row in organization.records[PARTS].values()]
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(organization.datasets["many"].rows) == 40_000


def test_an_upload_that_takes_long_is_looked_at_again_and_not_sent_again(
    organization: SalesforceServer, url: str, tmp_path: Path
) -> None:
    organization.looks = 5
    files = [table_file(tmp_path, "churn", [1])]
    with pytest.raises(TransientSinkError, match="still InProgress"):
        _deliver(url, files, wait_seconds=1)
    assert _deliver(url, files)["tables"][0]["status"] == "Completed"
    assert len(organization.records[HEADER]) == 1


def test_an_upload_that_failed_says_why_and_is_begun_anew(
    organization: SalesforceServer, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = [table_file(tmp_path, "churn", [1])]
    with monkeypatch.context() as patch:
        patch.setattr(crm_metadata, "_kind", lambda _kind: {"type": "Numeric"})
        patch.setattr(crm_metadata, "_csv", lambda _file, _attempt: iter([b"a,b\nno,number\n"]))
        with pytest.raises(TerminalSinkError, match="ended as Failed: could not convert"):
            _deliver(url, files)
    assert _deliver(url, files)["tables"][0]["status"] == "Completed"


@pytest.mark.parametrize(
    ("refusal", "kind"),
    [
        ((403, "REQUEST_LIMIT_EXCEEDED"), TransientSinkError),
        ((400, "UNABLE_TO_LOCK_ROW"), TransientSinkError),
        ((503, "SERVER_UNAVAILABLE"), TransientSinkError),
        ((401, "INVALID_SESSION_ID"), TransientSinkError),
        ((403, "INSUFFICIENT_ACCESS"), TerminalSinkError),
        ((400, "INVALID_FIELD"), TerminalSinkError),
    ],
)
def test_refusals_that_pass_and_those_that_stay(
    organization: SalesforceServer,
    url: str,
    tmp_path: Path,
    refusal: tuple[int, str],
    kind: type[Exception],
) -> None:
    organization.refusals = [refusal]
    with pytest.raises(kind, match=refusal[1]):
        _deliver(url, [table_file(tmp_path, "churn", [1])])


def test_columns_keep_their_kinds(tmp_path: Path) -> None:
    table = pa.table(
        {
            "i": pa.array([1], pa.int64()),
            "f": [0.5],
            "b": [True],
            "d": pa.array([0], pa.date32()),
            "ts": pa.array([1_500_000], pa.timestamp("us")),
            "t": pa.array([1], pa.time64("us")),
            "c": pa.array(["x"]).dictionary_encode(),
        }
    )
    file = _file(tmp_path, "types", table)
    fields = metadata(file, "types", "Types")["objects"][0]["fields"]
    assert [each["type"] for each in fields] == [
        "Numeric", "Numeric", "Text", "Date", "Date", "Text", "Text",
    ]  # fmt: skip
    text = gzip.decompress(b"".join(csv_parts(file, DeliveryAttempt("a")))).decode()
    assert text.splitlines()[1].replace('"', "") == (
        "1,0.5,true,1970-01-01,1970-01-01 00:00:01,00:00:00.000001,x"
    )


def test_names_are_those_that_salesforce_allows(tmp_path: Path) -> None:
    assert alias_of("Last 30 Days__Spend (€)") == "Last_30_Days_Spend"
    assert alias_of("2026") == "X_2026"
    assert len(alias_of("x" * 100)) == 80
    file = _file(tmp_path, "t", pa.table({"a b": [1], "a_b": [1], "A (b)": [1]}))
    fields = metadata(file, "t", "t")["objects"][0]["fields"]
    assert [each["name"] for each in fields] == ["a_b", "a_b_2", "A_b_3"]
    assert [each["label"] for each in fields] == ["a b", "a_b", "A (b)"]
