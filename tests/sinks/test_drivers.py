"""A sink whose driver is not installed says which command installs it."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from app.sinks.base import TerminalSinkError
from app.sinks.egress import EgressPolicy
from app.sinks.registry import available_sinks
from app.sinks.sql_dialects import DIALECTS

SERVER = {"host": "db.example.com", "database": "crm"}
CASES: list[tuple[str, dict[str, Any], str]] = [
    ("s3", {"bucket": "results"}, "s3"),
    ("gcs", {"bucket": "results"}, "gcs"),
    ("azure", {"account": "results", "container": "results"}, "azure"),
    ("postgresql", SERVER, "postgres"),
    *(("sql", {**SERVER, "dialect": name}, each.extra) for name, each in DIALECTS.items()),
]


@pytest.mark.parametrize(("kind", "fields", "extra"), CASES)
def test_a_missing_driver_is_said_with_its_command(
    kind: str, fields: dict[str, Any], extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for driver in ("obstore", "asyncpg", *(each.driver for each in DIALECTS.values())):
        monkeypatch.setitem(sys.modules, driver, None)
    sink = available_sinks(local_root=None, egress=EgressPolicy())[kind]
    with pytest.raises(TerminalSinkError, match=rf"pip install 'tablesmith\[{extra}\]'"):
        sink.check({"kind": kind, **fields})


def test_the_encoder_of_rows_is_of_the_same_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pgpq", None)
    sink = available_sinks(local_root=None, egress=EgressPolicy())["postgresql"]
    with pytest.raises(
        TerminalSinkError, match=r"lacks pgpq; pip install 'tablesmith\[postgres\]'"
    ):
        sink.check({"kind": "postgresql", **SERVER})
