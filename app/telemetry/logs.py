"""Log lines as JSON or text, on standard error; every line carries what is bound to its context,
and no line carries a secret: fields are masked by their names, texts by their form."""

from __future__ import annotations

import asyncio
import logging
import sys
import unicodedata
from collections.abc import Callable, Mapping
from typing import Any, Literal, NoReturn

import structlog

from app.telemetry.redaction import redact_event, redact_line

DATABASE_POOLS = tuple(
    f"sqlalchemy.pool.impl.{name}" for name in ("AsyncAdaptedQueuePool", "NullPool", "StaticPool")
)


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
    processors += [structlog.processors.format_exc_info, redact_event]
    if form == "text":
        processors.append(one_line)
    least = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[*processors, renderer, redact_line],
        wrapper_class=structlog.make_filtering_bound_logger(least),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        # Loggers of modules follow what is set up later, too.
        cache_logger_on_first_use=False,
    )
    _take_over_standard_logging()


def one_line(_: Any, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Texts without anything that ends a line or steers a terminal: nobody who gives a name to
    something writes a line of this log. Lines of a traceback begin with a bar."""
    trace = event.pop("exception", None)
    shown = {visible(key): _visible_in(value) for key, value in event.items()}
    if isinstance(trace, str):
        shown["exception"] = "\n".join(f"| {visible(line)}" for line in trace.split("\n"))
    return shown


def _visible_in(value: Any) -> Any:
    if isinstance(value, str):
        return visible(value)
    if isinstance(value, Mapping):
        return {visible(str(key)): _visible_in(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [_visible_in(each) for each in value]
    return value if isinstance(value, (bool, int, float, type(None))) else visible(str(value))


def visible(text: str) -> str:
    """A text with control characters, line ends and changes of direction written out."""
    if text.isprintable():
        return text
    return "".join(
        each if each == " " or unicodedata.category(each)[0] not in "CZ" else _escaped(each)
        for each in text
    )


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def forward_logs(send: Callable[[int, Mapping[str, Any]], None]) -> None:
    """Have the lines of this process go to `send`, each with the number of its level; for a process
    whose log is another one's."""

    def forward(_logger: Any, method: str, event: structlog.typing.EventDict) -> NoReturn:
        send(logging.getLevelNamesMapping()[method.upper()], event)
        raise structlog.DropEvent

    structlog.configure(
        processors=[structlog.processors.format_exc_info, forward],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        cache_logger_on_first_use=False,
    )
    logging.lastResort = _Lines(logging.WARNING)


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
    # Whoever asked has gone while a connection was given back: the pool replaces it.
    for pool in DATABASE_POOLS:
        logging.getLogger(pool).addFilter(_is_no_cancellation)


def _is_no_cancellation(record: logging.LogRecord) -> bool:
    return not (record.exc_info and isinstance(record.exc_info[1], asyncio.CancelledError))
