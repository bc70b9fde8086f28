from __future__ import annotations

import json
import tracemalloc
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.api.http.strict_json import read_json
from app.api.http_errors import InvalidRequest, MalformedBody

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"))
)
TEXTS = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"))
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner), max_leaves=20
)


@given(VALUES)
@settings(max_examples=100, derandomize=True, deadline=None)
def test_what_is_json_is_read_as_it_is(value: Any) -> None:
    assert read_json(json.dumps(value, ensure_ascii=False).encode()) == value


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b'{"a": }', "line 1, column 7"),
        (b'{"a": 1,\n "b" 2}', "line 2, column 6"),
        (b"", "line 1, column 1"),
        (b"\xff{}", "byte 0"),
        ("{}".encode("utf-16"), "not UTF-8"),
        (b'{"a": "\x00"}', "NUL"),
        (b"{} {}", "Extra data"),
        (b"{'a': 1}", "property name"),
    ],
)
def test_what_is_no_json_is_refused_with_its_place(text: bytes, message: str) -> None:
    with pytest.raises(MalformedBody, match=message):
        read_json(text)


@pytest.mark.parametrize(
    ("text", "path", "message"),
    [
        ('{"a": {"b": 1, "b": 2}}', "a.b", "more than once"),
        ('{"a": [0, NaN]}', "a[1]", "finite"),
        ('{"a": -Infinity}', "a", "finite"),
        ('{"a": 1e999}', "a", "finite"),
        ('{"a": ' + "9" * 5000 + "}", "a", "finite"),
        (r'{"a": "\u0000"}', "a", "NUL"),
        (r'{"a": "\ud800"}', "a", "surrogate"),
        (r'{"\udfff": 1}', "document", "surrogate"),
        ("[" * 20_000 + "]" * 20_000, "document", "deep"),
        ("[" * 66 + "]" * 66, "[0]" * 65, "deep"),
        ('{"a":' * 20_000 + "1" + "}" * 20_000, "document", "deep"),
    ],
)
def test_json_that_cannot_be_used_is_refused_with_its_path(
    text: str, path: str, message: str
) -> None:
    with pytest.raises(InvalidRequest) as caught:
        read_json(text.encode())
    fault = caught.value.faults[0]
    assert (fault.path, message in fault.message) == (path, True), fault


def test_all_faults_are_told_at_once_within_a_bound() -> None:
    with pytest.raises(InvalidRequest) as caught:
        read_json(b'{"a": NaN, "b": 1e999}')
    assert {fault.path for fault in caught.value.faults} == {"a", "b"}
    with pytest.raises(InvalidRequest) as caught:
        read_json(b"[" + b"NaN," * 50_000 + b"NaN]")
    assert len(caught.value.faults) == 100


def test_many_repeated_keys_take_no_quadratic_time() -> None:
    pairs = ",".join(f'"{n}":1,"{n}":2' for n in range(50_000))
    with pytest.raises(InvalidRequest):
        read_json(f"{{{pairs}}}".encode())


def test_a_byte_order_mark_is_no_part_of_the_text() -> None:
    assert read_json(b"\xef\xbb\xbf[1]") == [1]


@pytest.mark.parametrize("piece", ["[],", '{"a":[]},', "1,", '"",'])
def test_more_values_than_are_read_are_refused_before_they_are_made(piece: str) -> None:
    body = b"[" + (piece * 1_300_000)[: 4 * 2**20].encode() + b"0]"
    tracemalloc.start()
    with pytest.raises(InvalidRequest, match="250,000 values"):
        read_json(body)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 3 * len(body)


def test_faults_below_a_long_key_repeat_little_of_it() -> None:
    body = b'{"' + b"k" * 3_000_000 + b'": [' + b"NaN," * 150 + b"1]}"
    tracemalloc.start()
    with pytest.raises(InvalidRequest) as raised:
        read_json(body)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(str(raised.value)) < 50_000
    assert peak < 5 * len(body)
