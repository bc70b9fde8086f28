from __future__ import annotations

import pytest

from app.api.http.conditional_requests import Slice, is_unmodified, requested_slice
from app.api.http_errors import PreconditionFailed, RangeNotSatisfiable

ETAG = '"abc"'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("bytes=0-0", Slice(0, 1)),
        ("bytes=10-19", Slice(10, 10)),
        ("bytes=90-", Slice(90, 10)),
        ("bytes=-10", Slice(90, 10)),
        ("bytes=-1000", Slice(0, 100)),
        ("bytes=50-1000", Slice(50, 50)),
        ("Bytes = 5-6", Slice(5, 2)),
    ],
)
def test_one_range_is_cut_to_the_file(text: str, expected: Slice) -> None:
    assert requested_slice({"range": text}, ETAG, 100) == expected


@pytest.mark.parametrize(
    "text",
    [
        "bytes=100-",
        "bytes=100-200",
        "bytes=-0",
        "bytes=5-4",
        "bytes=-",
        "bytes=",
        "bytes=a-b",
        "bytes=1_0-",
        "bytes=+1-2",
        "bytes=--1",
        "bytes=1-2-3",
        "bytes=٣-٤",
        "bytes=0x1-",
        "bytes= ",
        "bytes=" + "9" * 5000 + "-",
    ],
)
def test_a_range_outside_the_file_or_malformed_is_refused(text: str) -> None:
    with pytest.raises(RangeNotSatisfiable) as caught:
        requested_slice({"range": text}, ETAG, 100)
    assert caught.value.headers["Content-Range"] == "bytes */100"


@pytest.mark.parametrize("text", ["", "items=0-1", "bytes", "bytes=0-1,5-6", "=0-1"])
def test_other_units_and_several_ranges_mean_the_whole_file(text: str) -> None:
    assert requested_slice({"range": text}, ETAG, 100) is None


@pytest.mark.parametrize(
    ("condition", "whole"),
    [(ETAG, False), ('W/"abc"', True), ('"other"', True), ("Sat, 01 Jan 2026 00:00:00 GMT", True)],
)
def test_if_range_takes_the_strong_etag_only(condition: str, whole: bool) -> None:
    part = requested_slice({"range": "bytes=0-1", "if-range": condition}, ETAG, 100)
    assert (part is None) is whole


def test_every_range_of_an_empty_file_lies_outside() -> None:
    with pytest.raises(RangeNotSatisfiable):
        requested_slice({"range": "bytes=0-"}, ETAG, 0)


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        (ETAG, True),
        ('W/"abc"', True),
        ('"x", "abc"', True),
        ("*", True),
        ('"x"', False),
        ("abc", False),
        ("", False),
    ],
)
def test_if_none_match_compares_weakly(known: str, expected: bool) -> None:
    assert is_unmodified({"if-none-match": known}, ETAG) is expected


def test_if_match_holds_for_the_present_etag_only() -> None:
    assert not is_unmodified({"if-match": ETAG}, ETAG)
    assert not is_unmodified({"if-match": "*"}, ETAG)
    for other in ('"x"', 'W/"abc"'):
        with pytest.raises(PreconditionFailed):
            is_unmodified({"if-match": other}, ETAG)
