from __future__ import annotations

from typing import get_args

import pytest

from app.api.formats import MEDIA_TYPES, FormatName, accepted_format, accepted_report
from app.api.http_errors import NotAcceptable
from app.engine.formats import FORMATS


def test_the_formats_are_those_of_the_engine() -> None:
    assert set(get_args(FormatName)) == set(FORMATS) == set(MEDIA_TYPES.values())
    for name, known in FORMATS.items():
        assert MEDIA_TYPES[known.media_type] == name


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, None),
        ("", None),
        ("*/*", None),
        ("application/zip", None),
        ("text/csv", "csv"),
        ("TEXT/CSV; charset=utf-8", "csv"),
        ("text/*", "csv"),
        ("text/html, application/vnd.apache.parquet;q=0.5, text/csv;q=0.2", "parquet"),
        ("text/csv;q=0.1, */*;q=0.9", None),
        ("text/csv;q=0, application/jsonl", "jsonl"),
        ("text/csv;q=nonsense, application/x-ndjson;q=0.1", "jsonl"),
    ],
)
def test_accept_chooses_the_format(accept: str | None, expected: str | None) -> None:
    assert accepted_format(accept) == expected


@pytest.mark.parametrize("accept", ["image/png", "text/csv;q=0", "nonsense", ",,;"])
def test_what_cannot_be_had_is_refused(accept: str) -> None:
    with pytest.raises(NotAcceptable):
        accepted_format(accept)


def test_a_report_has_the_best_format_of_its_own_kind() -> None:
    accept = "text/markdown, text/html;q=0.5"
    assert accepted_report(accept, ("json", "html", "pdf")) == "html"
    assert accepted_report(accept, ("json", "html", "pdf", "card")) == "card"
    assert accepted_report("*/*", ("json",)) is None
    with pytest.raises(NotAcceptable, match=r"there is: application/json, text/html$"):
        accepted_report("text/markdown", ("json", "html"))
