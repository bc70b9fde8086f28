"""Hundreds of hostile inputs hold neither the loop of the service nor its memory, and nothing of
what they are answered is an error of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.acceptance.hostile.catalogue import catalogue, lanes
from tests.acceptance.hostile.judge import LONGEST_LAG, MOST_GROWTH, Trial, Verdict
from tests.acceptance.hostile.service import hostile_target

pytestmark = pytest.mark.slow
# Kinds that take a minute together; `make hostile` has the others as well.
KINDS = {
    *("path", "query", "header", "cookie", "head", "body", "kind", "secret", "fuzz"),
    "handshake",
}
INPUTS = 500
LONGEST_LINE = 10_000
SECRETS = re.compile(r"secret-of-mallory|ts_[0-9a-f]{12}_[A-Za-z0-9_-]{20,}")


@pytest.fixture(scope="module")
def verdict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Verdict]:
    with hostile_target(tmp_path_factory.mktemp("hostile")) as (server, target):
        chosen = [each for each in catalogue() if each.kind in KINDS]
        yield Trial(server, target).run(*lanes(chosen))


def test_every_input_is_answered_properly(verdict: Verdict) -> None:
    assert len(verdict.findings) >= INPUTS
    assert verdict.wrong() == []


def test_the_loop_is_never_held(verdict: Verdict) -> None:
    assert verdict.slow() == []
    assert verdict.longest_lag < LONGEST_LAG


def test_the_process_stays_as_small_as_it_was(verdict: Verdict) -> None:
    assert verdict.large() == []
    assert verdict.growth < MOST_GROWTH


def test_the_service_was_alive_all_along(verdict: Verdict) -> None:
    assert not verdict.died
    assert verdict.pulse.failures == []


def test_the_log_holds_no_secret_and_no_traceback(verdict: Verdict) -> None:
    assert SECRETS.findall(verdict.log) == []
    assert "Traceback (most recent call last)" not in verdict.log


def test_no_line_of_the_log_is_as_long_as_what_it_tells_of(verdict: Verdict) -> None:
    assert max(map(len, verdict.log.splitlines())) < LONGEST_LINE
