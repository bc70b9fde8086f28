from __future__ import annotations

import pytest

from app.jobs.mappers import request_data, request_of
from app.jobs.models import TRANSITIONS, JobRequest
from app.jobs.state_writer import sources_of
from app.store.job_status import JobStatus


def test_every_state_has_its_transitions_and_only_a_failed_delivery_leaves_an_end_state() -> None:
    assert set(TRANSITIONS) == set(JobStatus)
    ended = {status for status in JobStatus if status.ended}
    assert ended == {JobStatus.SUCCEEDED, JobStatus.FAILED, JobStatus.CANCELLED}
    left = {status: TRANSITIONS[status] for status in ended if TRANSITIONS[status]}
    assert left == {JobStatus.FAILED: {JobStatus.DELIVERING}}


def test_every_state_can_be_reached_and_left_for_an_end() -> None:
    reached = set().union(*TRANSITIONS.values())
    assert reached == set(JobStatus)
    for status in JobStatus:
        assert status.ended or JobStatus.CANCELLED in TRANSITIONS[status]


def test_sources_are_the_table_read_backwards() -> None:
    assert sources_of(JobStatus.SUCCEEDED) == {"running", "delivering"}
    assert sources_of(JobStatus.RUNNING) == {"queued", "delivering"}


@pytest.mark.parametrize(
    "request_",
    [
        JobRequest(document={"b": 1, "a": [1, {"x": None}]}),
        JobRequest(
            document={},
            name="n",
            n_samples=3,
            seed=4,
            formats=("csv", "xlsx"),
            sinks=({"kind": "local", "folder": "a"},),
            webhook={"url": "https://example.com"},
            verify=True,
            options={"escape_formulas": True},
            time_limit=1.5,
        ),
    ],
)
def test_a_request_survives_storing(request_: JobRequest) -> None:
    assert request_of(request_data(request_)) == request_
    assert list(request_of(request_data(request_)).document) == list(request_.document)
