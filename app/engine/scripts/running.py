"""The values that scripts compute.

Each script has a process of its own in every process that computes its rows; the last few are kept.
"""

from __future__ import annotations

import atexit
import json
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
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
    "Operation `serde::serialize` not supported": "return a number, a text, True, False or None",
}
_kept: OrderedDict[str, Sandbox] = OrderedDict()
_lock = threading.Lock()


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
    sandbox = _sandbox(script.text)
    with sandbox.lock:
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


def _sandbox(text: str) -> Sandbox:
    with _lock:
        found = _kept.pop(text, None)
        if found is None or not found.lives:
            found = Sandbox()
        _kept[text] = found
        # One that another thread asks just now is left to it, and ends when it is let go.
        for other in [*_kept][:-KEPT]:
            if not _kept[other].lock.locked():
                _kept.pop(other).close()
    return found


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
        values = json.loads(content)
    except (ValueError, RecursionError):
        values = None
    if not isinstance(values, list) or len(values) != count:
        _raise(["gives values that cannot be read", None, None], script)
    return values


def _raise(fault: list[Any] | None, script: Script) -> None:
    """Raise the fault of an answer, at the function where it has no place of its own."""
    if fault is None:
        return
    message, line, column = fault
    hint = next((hint for start, hint in _HINTS.items() if message.startswith(start)), None)
    raise ScriptError(ScriptFault(message, line or script.line, column, hint))


atexit.register(close_all)
