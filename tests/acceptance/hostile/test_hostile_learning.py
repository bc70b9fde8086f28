"""A sample of hostile uploads and model files; `make hostile` has all of them."""

from __future__ import annotations

import pytest

from tests.acceptance.hostile.catalogue import FEW
from tests.acceptance.hostile.inputs import Input, chance
from tests.acceptance.hostile.judge import MOST_GROWTH, Trial
from tests.acceptance.hostile.learning import models, uploads
from tests.acceptance.hostile.service import hostile_target

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
SAMPLE = 8
INPUTS = 200


def all_inputs() -> list[list[Input]]:
    return [list(make(0, FEW[make])) for make in (uploads, models)]


def test_there_are_two_hundred_of_each() -> None:
    assert all(len(inputs) >= INPUTS for inputs in all_inputs())


def test_each_is_refused_in_words_and_memory_is_bounded(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    lanes = [chance(0, "sample").sample(inputs, SAMPLE) for inputs in all_inputs()]
    with hostile_target(tmp_path_factory.mktemp("learning")) as (server, target):
        verdict = Trial(server, target).run(*lanes)
    assert len(verdict.findings) == 2 * SAMPLE
    assert verdict.wrong() == []
    assert verdict.growth < MOST_GROWTH
    assert not verdict.died
    assert "Traceback (most recent call last)" not in verdict.log
