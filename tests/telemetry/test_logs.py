"""Lines of the log in text: one for each event, whatever people call their things."""

from __future__ import annotations

import asyncio
import io
import logging
import sys

import pytest
import structlog

from app.telemetry.logs import configure_logs

FORGED = "2026-01-01T00:00:00Z [info     ] request   path=/v1/keys status=200"
ENDS = ["\n", "\r", "\r\n", "\x0b", "\x0c", "\x85", "\u2028", "\u2029", "\x1b[2K\x1b[1A", "\u202e"]


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """What is written in text."""
    written = io.StringIO()
    monkeypatch.setattr(sys, "stderr", written)
    configure_logs("info", "text")
    return written


def told(written: io.StringIO) -> list[str]:
    return written.getvalue().splitlines()


@pytest.mark.parametrize("end", ENDS)
def test_no_name_ends_a_line(lines: io.StringIO, end: str) -> None:
    name = f"mine{end}{FORGED}"
    log = structlog.get_logger("pages")
    log.info("a table", name=name, within={"names": [name], name: 1}, other=ValueError(name))
    log.info(name)
    assert logging.lastResort is not None  # what libraries without a handler of their own get
    logging.lastResort.handle(
        logging.makeLogRecord({"name": "nicegui", "msg": name, "levelno": 30})
    )
    logging.getLogger("uvicorn.error").info(name)
    assert len(told(lines)) == 4
    assert not any(line.startswith("2026-01-01") or "\x1b" in line for line in told(lines))


@pytest.mark.parametrize("end", ENDS)
def test_no_error_forges_a_line_in_its_traceback(lines: io.StringIO, end: str) -> None:
    try:
        raise ValueError(f"no{end}{FORGED}")
    except ValueError:
        structlog.get_logger("pages").exception("broken")
    assert len(told(lines)) > 3
    assert all(line.startswith("| ") for line in told(lines)[1:])


def test_plain_texts_stay_as_they_are(lines: io.StringIO) -> None:
    structlog.get_logger("pages").info("a table", name="Größe 日本 😀", rows=3)
    [line] = told(lines)
    assert "Größe 日本 😀" in line and "rows=3" in line


def test_a_connection_given_back_by_who_has_gone_is_no_error(
    lines: io.StringIO, caplog: pytest.LogCaptureFixture
) -> None:
    pool = logging.getLogger("sqlalchemy.pool.impl.AsyncAdaptedQueuePool")
    for error in (asyncio.CancelledError(), OSError("the disk is gone")):
        pool.error("Exception during reset or similar", exc_info=error)
    assert [record.exc_info[0] for record in caplog.records if record.exc_info] == [OSError]
