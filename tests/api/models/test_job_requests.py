from __future__ import annotations

import time
from typing import Any

import pytest

from app.api.http_errors import InvalidRequest
from app.api.models import job_requests
from app.api.models.job_requests import is_job_request, point_at_request_keys
from app.engine.errors import DefinitionError
from app.engine.schema.load import load_definition
from app.jobs.models import JobRequest
from app.kinds.generate.request import JobSubmission

DOCUMENT = {"features": {"a": {"type": "int", "min": 0, "max": 9}}}


def read_submission(value: dict[str, Any]) -> JobSubmission:
    read = job_requests.read_submission(value, {"generate": JobSubmission})
    assert isinstance(read, JobSubmission)
    return read


@pytest.mark.parametrize(
    "body",
    [
        DOCUMENT,
        {"schema": DOCUMENT},
        {"schema": DOCUMENT, "n_samples": 10, "seed": 7, "name": "x", "output_file": "x.csv"},
        {"tables": {}},
        {},
    ],
)
def test_a_body_with_words_of_the_language_only_is_a_definition(body: dict[str, Any]) -> None:
    assert not is_job_request(body)


@pytest.mark.parametrize(
    "body",
    [
        {"kind": "generate", "schema": DOCUMENT},
        {"schema": DOCUMENT, "formats": ["csv"]},
        {"schema": DOCUMENT, "verify": False},
        {"schema": DOCUMENT, "webhook": None},
        {"schema_yaml": "features: {}"},
        {"schema_name": "churn"},
        {**DOCUMENT, "formats": ["csv"]},
    ],
)
def test_a_word_of_job_requests_makes_it_one(body: dict[str, Any]) -> None:
    assert is_job_request(body)


def test_a_request_is_carried_over_completely() -> None:
    submission = read_submission(
        {
            "kind": "generate",
            "schema": DOCUMENT,
            "name": "mine",
            "n_samples": 5,
            "seed": 6,
            "formats": ["csv", "parquet"],
            "sinks": [{"kind": "local", "path": "x"}],
            "webhook": {"url": "https://example.com/h", "events": ["job.failed"]},
            "verify": True,
            "options": {"escape_formulas": True},
        }
    )
    assert submission.request(DOCUMENT) == JobRequest(
        document=DOCUMENT,
        name="mine",
        n_samples=5,
        seed=6,
        formats=("csv", "parquet"),
        sinks=({"kind": "local", "path": "x"},),
        webhook={"url": "https://example.com/h", "events": ["job.failed"]},
        verify=True,
        options={"escape_formulas": True},
    )


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"schema": None}, "schema"),
        ({"schema_yaml": "a: 1"}, "schema"),
        ({"schema_name": "churn"}, "schema"),
        ({"kind": "trian"}, "kind"),
        ({"kind": None}, "kind"),
        ({"n_samples": -1}, "n_samples"),
        ({"n_samples": 1.5}, "n_samples"),
        ({"n_samples": "10"}, "n_samples"),
        ({"n_samples": True}, "n_samples"),
        ({"n_samples": 2**63}, "n_samples"),
        ({"seed": -1}, "seed"),
        ({"formats": "csv"}, "formats"),
        ({"formats": [1]}, "formats[0]"),
        ({"formats": ["csv"] * 21}, "formats"),
        ({"sinks": [3]}, "sinks[0]"),
        ({"webhook": {"events": []}}, "webhook.url"),
        ({"webhook": {"url": "x", "events": ["job.began"]}}, "webhook.events[0]"),
        ({"webhook": {"url": "x", "secret": "short"}}, "webhook.secret"),
        ({"verify": "yes"}, "verify"),
        ({"options": {"on_row_limit": "never"}}, "options.on_row_limit"),
        ({"name": ""}, "name"),
        ({"name": "a\nb"}, "name"),
        ({"formatz": []}, "formatz"),
        ({"features": {}}, "features"),
    ],
)
def test_each_fault_has_its_path(change: dict[str, Any], path: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        read_submission({"kind": "generate", "schema": DOCUMENT, **change})
    assert path in [fault.path for fault in caught.value.faults]


def test_an_unknown_key_gets_the_nearest_known_one_as_a_hint() -> None:
    with pytest.raises(InvalidRequest, match="formats") as caught:
        read_submission({"schema": DOCUMENT, "formatz": [], "verify": True})
    assert "formats" in (caught.value.faults[0].hint or "")


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(InvalidRequest) as caught:
        read_submission({"kind": "x", "schema": DOCUMENT, "seed": "a", "formats": 3})
    assert {fault.path for fault in caught.value.faults} == {"kind", "seed", "formats"}


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("document", {f"k{number}": 1 for number in range(200_000)} | {"schema": {}}),
        ("webhook", {"schema": {}, "webhook": {f"k{number}": 1 for number in range(200_000)}}),
        ("options", {"schema": {}, "options": {f"k{number}": 1 for number in range(200_000)}}),
        ("sinks[0]", {"schema": {}, "sinks": [{f"k{number}": 1 for number in range(200_000)}]}),
        (
            "sinks[0].credentials",
            {"schema": {}, "sinks": [{"credentials": {f"k{n}": 1 for n in range(200_000)}}]},
        ),
    ],
)
def test_many_unknown_keys_are_one_fault(place: str, value: dict[str, Any]) -> None:
    started = time.process_time()
    with pytest.raises(InvalidRequest) as raised:
        read_submission(value)
    assert [fault.path for fault in raised.value.faults] == [place]
    assert time.process_time() - started < 1


@pytest.mark.parametrize(
    ("key", "meant"),
    [
        ("format", "formats"),
        ("sink", "sinks"),
        ("schema_nam", "schema_name"),
        ("Options", "options"),
    ],
)
def test_a_key_near_one_of_a_request_is_hinted_at(key: str, meant: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        load_definition({"schema": {"features": {"a": {"type": "bool"}}}, key: "csv"})
    (fault,) = point_at_request_keys(caught.value.faults)
    assert fault.path == key
    assert fault.hint == f"did you mean `{meant}`, a key of a job request?"


def test_other_faults_of_a_definition_keep_their_hints() -> None:
    with pytest.raises(DefinitionError) as caught:
        load_definition({"features": {"a": {"type": "int", "format": 1}}, "sed": 1})
    assert point_at_request_keys(caught.value.faults) == list(caught.value.faults)
