from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from typing import Any

import pytest

from app.engine.errors import ConflictError, DefinitionError, Fault
from app.workers import worker_tasks
from app.workers.answers import (
    MAX_ANSWER,
    MAX_FAULTS,
    MAX_TEXT,
    Refusal,
    Rendered,
    TooLarge,
    answered,
    extended,
    rendered,
    rendered_tables,
)


def test_an_answer_reads_as_the_mapping_it_stands_for() -> None:
    content = {"a": [1, None, "ä"], "b": {"c": 0.5}}
    answer = Rendered(rendered(content))
    assert answer == content
    assert answer.content.decode() == '{"a":[1,null,"ä"],"b":{"c":0.5}}'


def test_letters_that_utf_8_lacks_are_replaced() -> None:
    assert rendered({"a": "\ud800"}) == b'{"a":"?"}'


def test_rows_are_taken_only_while_there_is_room() -> None:
    numbers = itertools.count()

    def rows() -> Iterator[dict[str, Any]]:
        for _ in numbers:
            yield {"a": "x" * 1_000_000}

    with pytest.raises(TooLarge, match=f"{MAX_ANSWER:,}"):
        rendered_tables({"name": "x"}, [("x", rows())])
    assert next(numbers) == MAX_ANSWER // 1_000_000 + 1


def test_tables_are_written_as_one_document() -> None:
    tables = [("a", [{"x": 1}, {"x": 2}]), ("b", []), ('"', [{}])]
    answer = json.loads(rendered_tables({"name": "x"}, tables))
    assert answer == {"name": "x", "tables": {name: list(rows) for name, rows in tables}}


def test_faults_are_bounded_in_number_and_length() -> None:
    def faulty() -> None:
        raise ConflictError([Fault("p" * 3000, "m" * 3000, "h" * 3000, 3)] * 5000)

    with pytest.raises(ConflictError) as caught:
        answered(faulty)
    first, *_, last = caught.value.faults
    assert len(caught.value.faults) == MAX_FAULTS + 1
    assert {len(first.path), len(first.message), len(first.hint or "")} == {MAX_TEXT}
    assert first.line == 3
    assert last.message == f"has {5000 - MAX_FAULTS:,} more than these {MAX_FAULTS}"


def test_an_answer_is_extended_as_far_as_there_is_room() -> None:
    assert json.loads(extended(rendered({"a": 1}), {"b": [2]})) == {"a": 1, "b": [2]}
    half = rendered({"a": "x" * (MAX_ANSWER // 2)})
    with pytest.raises(TooLarge):
        extended(half, {"b": "x" * (MAX_ANSWER // 2)})


def test_a_lack_of_memory_is_a_refusal_that_spends_the_process() -> None:
    def hungry() -> None:
        raise MemoryError

    refusal = answered(hungry)
    assert isinstance(refusal, Refusal)
    assert refusal.spent


def test_a_value_that_overflows_in_the_first_rows_is_a_fault_with_its_line() -> None:
    formula = "{type: formula, expr: 'a * 4611686018427387904'}"
    text = f"features:\n  a: {{type: int, min: 3, max: 9}}\n  b: {formula}\n".encode()
    with pytest.raises(DefinitionError, match="overflow") as caught:
        worker_tasks.preview(text, 5, 1000)
    assert [(fault.path, fault.line) for fault in caught.value.faults] == [("features.b.expr", 3)]
