from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from app.service.memory import MIDDLE_COLLECTIONS, collect_if_due


@pytest.fixture(autouse=True)
def no_collections_by_themselves() -> Iterator[None]:
    gc.disable()
    gc.collect()
    yield
    gc.enable()


def test_a_full_collection_is_due_after_some_of_the_middle_generation() -> None:
    for _ in range(MIDDLE_COLLECTIONS):
        assert not collect_if_due()
        gc.collect(1)
    assert collect_if_due()
    assert not collect_if_due()
