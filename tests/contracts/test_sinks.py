"""What every sink keeps to, whatever it writes to."""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, SecretStr

from app.engine.formats import typed_formats
from app.sinks.base import (
    DeliveryAttempt,
    SinkError,
    SinkFile,
    Stopped,
    TerminalSinkError,
    TransientSinkError,
)
from app.sinks.egress import EgressPolicy, EgressRefused
from app.sinks.failing import FailingSink
from app.sinks.registry import KINDS, available_sinks
from tests.sinks.candidates import (
    CANARY,
    CANDIDATES,
    OUTBOUND,
    Candidate,
    Content,
    rows_of,
    table_file,
)

A, B = [1, 2, 3], [4, 5]


def able(*abilities: str) -> list[str]:
    """The kinds that have all of these, by what their classes say of themselves."""
    return [kind for kind in CANDIDATES if all(abilities_of(kind)[each] for each in abilities)]


def abilities_of(kind: str) -> dict[str, bool]:
    """What the class of a kind says that its sinks have and can."""
    sink: Any = KINDS[kind].sink if kind in KINDS else FailingSink
    choices = {
        str(choice).lower()
        for field in sink.target.model_json_schema()["properties"].values()
        for choice in field.get("enum", ())
    }
    return {
        "target": bool(sink.target.model_fields.keys() - {"kind", "connection"}),
        "credentials": sink.credentials is not None,
        "egress": sink.foreign,
        "append": "append" in choices,
        "fail": "fail" in choices,
    }


having = functools.partial(pytest.mark.parametrize, "candidate", indirect=True)


@pytest.fixture(params=CANDIDATES)
def candidate(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Candidate]:
    with CANDIDATES[request.param](tmp_path, request.getfixturevalue) as made:
        yield made


@pytest.fixture
def files(tmp_path: Path) -> list[SinkFile]:
    """Two tables and the manifest."""
    path = tmp_path / "manifest.json"
    path.write_text("{}")
    digest = hashlib.sha256(b"{}").hexdigest()
    manifest = SinkFile(path, path.name, "", "manifest", 2, digest)
    return [table_file(tmp_path, "a", A), table_file(tmp_path, "b", B), manifest]


def content(candidate: Candidate, files: list[SinkFile]) -> Content:
    """What arrives when these files have."""
    if candidate.takes == "names":
        return {file.name: b"" for file in files}
    if candidate.takes == "files":
        return {file.name: file.path.read_bytes() for file in files}
    return {file.table: rows_of(file.path.read_bytes()) for file in files if file.table}


def test_every_kind_is_a_candidate() -> None:
    assert set(KINDS) <= set(CANDIDATES)


def test_abilities_are_seen() -> None:
    """A test that runs over those that can do something must find them."""
    assert set(able("append")) == {"postgresql", "sql", "crm_analytics"}
    assert set(able("fail")) == {"local", "s3", "gcs", "azure", "postgresql", "sql"}
    assert set(able("egress", "credentials")) == set(OUTBOUND)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_the_module_of_its_name_and_is_named_for_people(kind: str) -> None:
    assert KINDS[kind].sink.__module__ == f"app.sinks.kinds.{kind}"
    assert KINDS[kind].name == kind
    assert [other for other in KINDS if KINDS[other].label == KINDS[kind].label] == [kind]


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_makes_its_sink_of_what_an_installation_has(kind: str, tmp_path: Path) -> None:
    sinks = available_sinks(local_root=tmp_path, egress=EgressPolicy())
    assert type(sinks[kind]) is KINDS[kind].sink
    without = available_sinks(local_root=None, egress=EgressPolicy())
    assert (kind in without) is abilities_of(kind)["egress"]


@pytest.mark.parametrize("kind", OUTBOUND)
def test_a_kind_that_reads_some_formats_reads_those_that_keep_types(kind: str) -> None:
    formats = KINDS[kind].sink.formats
    assert formats is None or formats == tuple(typed_formats())


def test_a_target_is_checked_without_touching_the_outside(candidate: Candidate) -> None:
    def resolver(host: str, _port: int) -> list[str]:
        raise AssertionError(f"{host} was looked up")

    sink = candidate.sink
    if hasattr(sink, "egress"):
        sink = replace(sink, egress=replace(sink.egress, resolver=resolver))  # type: ignore[type-var]
    sink.check(candidate.target)
    sink.check({**candidate.target, "credentials": {"password": CANARY}})
    assert candidate.arrived() == {}


@having(argvalues=able("target"))
def test_a_target_at_fault_is_told_by_its_field(candidate: Candidate) -> None:
    with pytest.raises(TerminalSinkError, match="colour: there is no such field"):
        candidate.sink.check({**candidate.target, "colour": CANARY})


def test_everything_arrives_and_the_receipt_is_plain_json_that_names_it(
    candidate: Candidate, files: list[SinkFile]
) -> None:
    receipt = candidate.deliver(files)
    assert candidate.arrived() == content(candidate, files)
    assert json.loads(json.dumps(receipt)) == receipt
    if "tables" in receipt:
        assert [each["rows"] for each in receipt["tables"]] == [3, 2]
        assert [each["table"].rpartition(".")[2] for each in receipt["tables"]] == ["a", "b"]
    else:
        assert [Path(each["path"]).name for each in receipt["files"]] == [
            file.name for file in files
        ]
        assert [each["bytes"] for each in receipt["files"]] == [file.bytes for file in files]


def test_delivering_twice_leaves_the_same_as_once(
    candidate: Candidate, files: list[SinkFile]
) -> None:
    first = candidate.deliver(files)
    assert _lasting(candidate.deliver(files)) == _lasting(first)
    assert candidate.arrived() == content(candidate, files)


def test_another_delivery_takes_the_place_of_the_first(
    candidate: Candidate, files: list[SinkFile], tmp_path: Path
) -> None:
    candidate.deliver(files)
    newer = [table_file(tmp_path, "a", [7, 8]), *files[1:]]
    candidate.deliver(newer, "other/0")
    assert candidate.arrived() == content(candidate, newer)


@having(argvalues=able("append"))
def test_appending_adds_each_delivery_once(candidate: Candidate, files: list[SinkFile]) -> None:
    assert candidate.appending is not None
    for delivery in ("one/0", "one/0", "two/0", "two/0", "one/0"):
        candidate.deliver(files, delivery, **candidate.appending)
    once = content(candidate, files)
    assert candidate.arrived() == {name: sorted([*rows, *rows]) for name, rows in once.items()}


@having(argvalues=able("fail"))
def test_what_is_there_is_not_touched_where_that_was_asked_for(
    candidate: Candidate, files: list[SinkFile], tmp_path: Path
) -> None:
    assert candidate.failing is not None
    for _ in range(2):
        candidate.deliver(files, "one/0", **candidate.failing)
    before = candidate.arrived()
    newer = [table_file(tmp_path, "a", [7, 8]), *files[1:]]
    with pytest.raises(TerminalSinkError, match="if_exists is fail"):
        candidate.deliver(newer, "two/0", **candidate.failing)
    assert candidate.arrived() == before


CUT_OFF = [
    *((kind, "replacing") for kind in able("target")),
    *((kind, "appending") for kind in able("append")),
    *((kind, "failing") for kind in able("fail")),
]


@pytest.mark.parametrize(("candidate", "mode"), CUT_OFF, indirect=["candidate"])
def test_a_delivery_cut_off_anywhere_is_completed_by_the_next_attempt(
    candidate: Candidate, files: list[SinkFile], mode: str
) -> None:
    changes = getattr(candidate, mode)
    assert changes is not None
    for looks in range(1, 7):
        try:
            candidate.deliver(files, "job/0", looks=looks, **changes)
        except Stopped:
            _nothing_half_written(candidate, files)
    candidate.deliver(files, "job/0", **changes)
    assert candidate.arrived() == content(candidate, files)


def _nothing_half_written(candidate: Candidate, files: list[SinkFile]) -> None:
    whole = content(candidate, files)
    for name, found in candidate.arrived().items():
        # A database that cannot take back that a table was made leaves it empty.
        assert found in (whole[name], [])


@having(argvalues=able("credentials"))
def test_wrong_credentials_are_not_tried_again(candidate: Candidate, files: list[SinkFile]) -> None:
    assert candidate.wrong is not None
    target = {**candidate.target, **candidate.replacing}
    with pytest.raises(TerminalSinkError) as caught:
        candidate.sink.deliver(files, target, candidate.wrong, DeliveryAttempt("job/0"))
    assert CANARY not in str(caught.value)
    assert candidate.arrived() == {}
    with pytest.raises(TerminalSinkError, match="needs credentials"):
        candidate.sink.deliver(files, target, None, DeliveryAttempt("job/0"))


@having(argvalues=able("egress"))
def test_a_server_that_is_down_may_be_up_later(candidate: Candidate, files: list[SinkFile]) -> None:
    assert candidate.down is not None
    if candidate.down_credentials is not None:
        candidate = replace(candidate, credentials=candidate.down_credentials)
    with pytest.raises(TransientSinkError):
        candidate.deliver(files, **candidate.down)


@having(argvalues=able("egress"))
def test_every_connection_passes_the_egress_policy(
    candidate: Candidate, files: list[SinkFile]
) -> None:
    """Loopback is not a public host; without an entry of the allow-list nobody is reached."""
    closed = replace(candidate.sink, egress=EgressPolicy())  # type: ignore[type-var]
    with pytest.raises(EgressRefused, match="this machine"):
        closed.deliver(files, candidate.target, candidate.credentials, DeliveryAttempt("job/0"))
    assert candidate.arrived() == {}


@having(argvalues=able("credentials"))
def test_no_secret_shows_in_a_receipt_or_in_the_text_of_credentials(
    candidate: Candidate, files: list[SinkFile]
) -> None:
    assert candidate.credentials is not None
    told = json.dumps(candidate.deliver(files)) + repr(candidate.credentials)
    for secret in _secrets(candidate.credentials):
        assert secret not in told


def _secrets(credentials: BaseModel) -> list[str]:
    values = [getattr(credentials, name) for name in type(credentials).model_fields]
    return [value.get_secret_value() for value in values if isinstance(value, SecretStr)]


def test_the_files_stay_as_they_were(candidate: Candidate, files: list[SinkFile]) -> None:
    before = [file.path.read_bytes() for file in files]
    candidate.deliver(files)
    assert [file.path.read_bytes() for file in files] == before


@pytest.mark.parametrize("kind", OUTBOUND)
def test_errors_are_those_of_sinks(kind: str) -> None:
    with pytest.raises(SinkError):
        OUTBOUND[kind](EgressPolicy()).check({"kind": kind, "nothing": True})


def _lasting(receipt: dict[str, Any]) -> dict[str, Any]:
    """A receipt without what a dataset or an object gets anew each time it is written."""
    passing = {"version", "upload", "status"}
    return {
        name: [{key: each[key] for key in each if key not in passing} for each in entries]
        for name, entries in receipt.items()
    }
