from __future__ import annotations

from urllib.parse import unquote

import pytest

from app.api.downloads import disposition


@pytest.mark.parametrize(
    "name", ["churn.csv", 'chürn "1".csv', "数据.csv", "a\r\nb;.csv", "50%.csv"]
)
def test_the_name_survives_and_no_header_is_broken(name: str) -> None:
    header = disposition(name)
    assert header.isascii()
    assert header.isprintable()
    assert unquote(header.partition("filename*=UTF-8''")[2]) == name
    quoted = header.partition('filename="')[2].partition('"; ')[0]
    assert '"' not in quoted
    assert "\\" not in quoted
