from __future__ import annotations

import pytest

from app.api.http.preferences import MAX_WAIT, wait_seconds


@pytest.mark.parametrize(
    ("prefer", "expected"),
    [
        (None, None),
        ("wait=10", 10),
        ("respond-async, wait=5", 5),
        ("WAIT = 7 ; foo", 7),
        ('wait="3"', 3),
        ("wait=100000", MAX_WAIT),
        ("wait=0", 0),
        ("wait=-1", None),
        ("wait=1.5", None),
        ("wait=abc", None),
        ("await=3", None),
        ("wait=" + "9" * 50, None),
        ("", None),
    ],
)
def test_the_wait_is_read_and_capped(prefer: str | None, expected: int | None) -> None:
    assert wait_seconds(prefer) == expected
