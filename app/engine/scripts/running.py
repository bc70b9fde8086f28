"""The values that scripts compute.

Each script has a process of its own in every process that computes its rows; the last few are kept.
"""

from __future__ import annotations

import atexit
import json
import os
import re
import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from app.engine.scripts import limits
from app.engine.scripts.errors import ScriptError, ScriptFault
from app.engine.scripts.reading import Script
from app.engine.scripts.sandbox import SMALLER, Sandbox, SandboxError

KEPT = 4

_HINTS = {
    "takes too many steps": f"at most {limits.ROW_STEPS:,} a row, on average of "
    f"{limits.CHUNK_ROWS:,} rows",
    "takes too much memory": SMALLER,
    "gives texts that are too long": f"at most {limits.MAX_TEXT:,} characters",
    "Key `": 'a row has the columns that are written out, as in `row["price"]`',
    "Operation `serde::serialize` not supported": "return a number, a text, True, False or None",
}
_kept: OrderedDict[str, Sandbox] = OrderedDict()  # none of them at work
_lock = threading.Lock()

# Answers of more bytes are looked at before they are read: lists in lists take fifty times as much
# room as their text.
UNREAD = 2**20
_SCALAR = rb'(?:"(?:[^"\\]++|\\.)*+"|[-+.0-9eE]++|true|false|null)'


def run_script(script: Script, columns: Mapping[str, Sequence[Any]], rows: int) -> list[Any]:
    """What the script's function gives for each row, of the types of JSON.

    Args:
        columns: the cells of the columns that it reads, of the types of JSON, `rows` of each.

    Raises:
        ScriptError: with its place in the script.
        GenerationError: where this machine cannot run scripts.
    """
    names = list(script.columns)
    found: list[Any] = []
    with _sandbox(script.text) as sandbox:
        try:
            _load(sandbox, script)
            for first in range(0, rows, limits.CHUNK_ROWS):
                stop = min(rows, first + limits.CHUNK_ROWS)
                cells = [columns[name][first:stop] for name in names]
                found += _chunk(sandbox, script, [names, cells, stop - first])
        except SandboxError as error:
            raise ScriptError(error.fault) from None
    return found


def close_all() -> None:
    """End the processes that are kept."""
    with _lock:
        while _kept:
            _kept.popitem()[1].close()


@contextmanager
def _sandbox(text: str) -> Iterator[Sandbox]:
    """A process of a script for one caller alone: one that is kept, or a new one."""
    with _lock:
        found = _kept.pop(text, None)
    if found is None or not found.lives:
        found = Sandbox()
    try:
        yield found
    finally:
        _keep(text, found)


def _keep(text: str, sandbox: Sandbox) -> None:
    """Keep a process for the next caller, and end the ones that were used the longest ago."""
    with _lock:
        ended = [_kept.pop(text)] if text in _kept else []
        _kept[text] = sandbox
        while len(_kept) > KEPT:
            ended.append(_kept.popitem(last=False)[1])
    for each in ended:
        each.close()


def _load(sandbox: Sandbox, script: Script) -> None:
    if sandbox.is_loaded:
        return
    head = {"do": "load", "columns": len(script.columns)}
    bounds = {"seconds": limits.CHECK_SECONDS, "steps": limits.LOAD_STEPS}
    answer, _ = sandbox.ask({**head, **bounds}, script.text.encode("utf-8", "replace"))
    _raise(answer["fault"], script)
    sandbox.is_loaded = True


def _chunk(sandbox: Sandbox, script: Script, rows: list[Any]) -> list[Any]:
    """The values of some rows."""
    count = rows[-1]
    bounds = {"seconds": limits.CHUNK_SECONDS, "steps": limits.ROW_STEPS * count}
    head = {"do": "run", **bounds, "bytes": limits.MAX_ANSWER}
    body = json.dumps(rows, ensure_ascii=False).encode("utf-8", "replace")
    answer, content = sandbox.ask(head, body)
    _raise(answer["fault"], script)
    try:
        values: Any = json.loads(content) if _can_be_read(content, count) else None
    except (ValueError, RecursionError):
        values = None
    if not isinstance(values, list) or len(values) != count:
        _raise(["gives values that cannot be read", None, None], script)
    return values


def _can_be_read(content: bytes, count: int) -> bool:
    """Whether an answer is small, or a list of so many numbers, texts, truth values and nulls."""
    if len(content) <= UNREAD:
        return True
    shape = rb"\[%b(?:,%b){%d}\]" % (_SCALAR, _SCALAR, count - 1)
    return re.fullmatch(shape, content, re.DOTALL) is not None


def _raise(fault: list[Any] | None, script: Script) -> None:
    """Raise the fault of an answer, at the function where it has no place of its own."""
    if fault is None:
        return
    message, line, column = fault
    hint = next((hint for start, hint in _HINTS.items() if message.startswith(start)), None)
    raise ScriptError(ScriptFault(message, line or script.line, column, hint))


atexit.register(close_all)
# A process that is forked from this one has processes of its own: two must not ask the same.
os.register_at_fork(after_in_child=_kept.clear)
