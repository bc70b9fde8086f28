"""Bad requests are refused by name, harm nobody else, and leave nothing behind."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from app.api.errors import CATALOGUE
from app.api.problem_documents import MEDIA_TYPE
from tests.acceptance.http.hostile import RAW, Attack, attacks
from tests.acceptance.http.hostile_accounts import account_attacks
from tests.acceptance.http.server import Server

YAML = {"Content-Type": "application/yaml"}
GROWTH = 50 * 2**20


@pytest.fixture(scope="module")
def job(server: Server) -> str:
    """The address of a job that has succeeded."""
    text = "name: plain\nn_samples: 50\nfeatures: {a: {type: int, min: 0, max: 9}}"
    headers = {**YAML, "Prefer": "wait=30"}
    answer = httpx.post(f"{server.url}/v1/jobs", content=text, headers=headers, timeout=60)
    assert answer.json()["status"] == "succeeded"
    return str(answer.json()["links"]["self"])


@pytest.fixture(scope="module")
def answers(server: Server, job: str) -> Iterator[list[tuple[Attack, httpx.Response]]]:
    """Every attack with its answer, one after the other on one connection where that holds."""
    with httpx.Client(base_url=server.url, timeout=60) as client:
        yield [(attack, _send(client, attack)) for attack in _all(job)]


def _all(job: str) -> list[Attack]:
    return [*attacks(job), *account_attacks()]


def _send(client: httpx.Client, attack: Attack) -> httpx.Response:
    headers = {name: value.encode("latin-1") for name, value in attack.headers.items()}
    return client.request(attack.method, attack.path, content=attack.content, headers=headers)


def test_each_is_refused_by_a_named_problem(answers: list[tuple[Attack, httpx.Response]]) -> None:
    wrong = [
        (attack.name, answer.status_code, answer.text[:300])
        for attack, answer in answers
        if not _is_named_problem(answer) or answer.status_code not in attack.statuses
    ]
    assert len({attack.name for attack, _ in answers}) + len(RAW) >= 300
    assert wrong == []


def _is_named_problem(answer: httpx.Response) -> bool:
    if answer.headers.get("content-type") != MEDIA_TYPE:
        return False
    problem = answer.json()
    kind = CATALOGUE[problem["type"].rpartition("/")[2]]
    return problem["status"] == answer.status_code == kind.status and bool(problem["detail"])


def test_no_answer_echoes_the_attack_at_length(
    answers: list[tuple[Attack, httpx.Response]],
) -> None:
    long = [attack.name for attack, answer in answers if len(answer.content) > 200_000]
    assert long == []


@pytest.mark.parametrize("name", RAW)
def test_what_is_no_http_is_refused_by_a_named_problem(server: Server, name: str) -> None:
    head, _, body = server.raw(RAW[name]).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400"), head
    assert b"application/problem+json" in head
    assert b"/problems/malformed-request" in body


@pytest.mark.usefixtures("answers")
def test_the_memory_of_the_server_stays_where_it_was(server: Server, job: str) -> None:
    """The first round made what is made once; a second one has to leave nothing."""
    before = server.memory()
    with httpx.Client(base_url=server.url, timeout=60) as client:
        for attack in _all(job):
            _send(client, attack)
    grown = server.memory() - before
    assert grown < GROWTH, f"{grown / 2**20:.0f} MiB"


def test_the_service_answers_as_before(server: Server, job: str) -> None:
    answer = httpx.get(f"{server.url}/readyz", timeout=30)
    assert answer.json() == {
        "ready": True,
        "checks": {"database": True, "pool": True, "disk": True},
    }
    assert httpx.get(server.url + job, timeout=30).json()["status"] == "succeeded"
