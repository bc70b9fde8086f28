"""Log lines as JSON or text, on standard error; every line carries what is bound to its context,
and no line carries a secret: fields are masked by their names, texts by their form."""

from __future__ import annotations

import logging
import sys
from typing import Literal

import structlog

from app.jobs.redaction import redact_event, redact_line


def configure_logs(level: str, form: Literal["json", "text"]) -> None:
    """Set up structlog for this process, once at its start."""
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if form == "json"
        else structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    )
    processors: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    if form == "json":
        processors.append(structlog.processors.format_exc_info)
    processors.append(redact_event)
    least = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[*processors, renderer, redact_line],
        wrapper_class=structlog.make_filtering_bound_logger(least),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        # Loggers of modules follow what is set up later, too.
        cache_logger_on_first_use=False,
    )
    _take_over_standard_logging()


class _Lines(logging.Handler):
    """What libraries log by the standard library, as lines of this log."""

    def emit(self, record: logging.LogRecord) -> None:
        line = structlog.get_logger(record.name)
        line.log(record.levelno, record.getMessage(), logger=record.name, exc_info=record.exc_info)


def _take_over_standard_logging() -> None:
    """What libraries warn of, and all that the server says of itself: where it listens, above
    all."""
    logging.lastResort = _Lines(logging.WARNING)
    server = logging.getLogger("uvicorn.error")
    server.setLevel(logging.INFO)
    server.handlers = [_Lines()]
    server.propagate = False
