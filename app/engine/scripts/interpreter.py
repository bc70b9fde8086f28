"""The program of the process that scripts run in; started by `sandbox`, imported by nobody.

It reads requests from its standard input and writes answers to its standard output, and once it has
loaded the interpreter it can open nothing: no file, no socket, no process. Starlark knows none of
them in the first place; this is what holds if the interpreter has a fault.

A request is a head, a JSON object, and a body; so is an answer. `do` of a head is

- ``check``: the body is a script; the answer's head holds its ``faults``.
- ``load``: the body is the script of the requests to come; ``columns`` is how many it reads.
- ``run``: the body is ``[[name, …], [[cell, …], …], rows]``; the answer's body the list of values.

Each fault is ``[message, line, column]``.
"""

from __future__ import annotations

import json
import os
import re
import resource
import struct
import sys
from typing import Any, BinaryIO

SIZES = struct.Struct("<II")
STEPS_A_CALL = 1000  # what the interpreter counts before it asks whether to go on
MAX_FAULTS = 50

_PLACE = re.compile(r"^ *--> (script|rows):(\d+):(\d+)$", re.MULTILINE)
_MESSAGE = re.compile(r"^error: (?:Parse error: )?(.*)$", re.MULTILINE)
Fault = tuple[str, int | None, int | None]


def receive(stream: BinaryIO) -> tuple[dict[str, Any], bytes] | None:
    """The next request; None where there is none to come."""
    sizes = stream.read(SIZES.size)
    if len(sizes) < SIZES.size:
        return None
    first, second = SIZES.unpack(sizes)
    head, body = stream.read(first), stream.read(second)
    return (json.loads(head), body) if len(body) == second else None


def send(stream: BinaryIO, head: dict[str, Any], body: bytes = b"") -> None:
    written = json.dumps(head).encode()
    stream.write(SIZES.pack(len(written), len(body)) + written + body)
    stream.flush()


def close_everything(memory: int) -> None:
    """Bound memory; no further file, socket or process, no core dump."""
    bounds = {
        resource.RLIMIT_AS: memory,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_NOFILE: 0,
        resource.RLIMIT_NPROC: 0,
    }
    for name, most in bounds.items():
        resource.setrlimit(name, (most, most))


def allow_seconds(seconds: int) -> None:
    """So much more CPU time from now on; the kernel ends a process that takes more."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    most = int(used.ru_utime + used.ru_stime) + 1 + seconds
    resource.setrlimit(resource.RLIMIT_CPU, (most, resource.RLIM_INFINITY))


class Steps:
    """Counts the steps of one call."""

    def __init__(self, most: int) -> None:
        self.left = -(-most // STEPS_A_CALL)
        self.parent = os.getppid()

    def ended(self) -> bool:
        if os.getppid() != self.parent:  # nobody waits for an answer any more
            os._exit(0)
        self.left -= 1
        return self.left < 0

    @property
    def are_spent(self) -> bool:
        return self.left < 0


class Interpreter:
    """Starlark without `load`, so without modules, and with the standard's names alone."""

    def __init__(self, starlark: Any, depth: int) -> None:
        self.starlark, self.depth = starlark, depth
        self.dialect = starlark.Dialect.standard()
        self.dialect.enable_load = False
        self.names = starlark.Globals.standard()
        self.rows: Any = None

    def check(self, text: str, steps: int) -> list[Fault]:
        """The script's faults: the first of its grammar, else all names that nothing has."""
        try:
            tree = self._parsed(text)
            found = [_fault(str(error)) for error in tree.typecheck(self.names, {})[0]]
            found = [fault for fault in found if fault[0].startswith("Variable")]
        except self.starlark.StarlarkError as error:
            return [_fault(str(error))]
        if found:
            return found[:MAX_FAULTS]
        fault = self._guarded(steps, lambda options: self._module(text, options))[1]
        return [fault] if fault else []

    def load(self, text: str, columns: int, steps: int) -> Fault | None:
        """Make a script the one whose rows are computed."""
        module, fault = self._guarded(steps, lambda options: self._module(text, options))
        if fault is None:
            self.rows = self._rows(module, columns)
        return fault

    def run(self, cells: str, steps: int) -> tuple[str | None, Fault | None]:
        """The values of the rows as JSON."""
        return self._guarded(
            steps, lambda options: self.rows.call_with(options, "rows", cells).value
        )

    def _guarded(self, steps: int, call: Any) -> tuple[Any, Fault | None]:
        counted = Steps(steps)
        options = self.starlark.EvalOptions(
            check_cancelled=counted.ended, max_callstack_size=self.depth
        )
        try:
            return call(options), None
        except self.starlark.StarlarkError as error:
            fault = _fault(str(error))
            return None, ("takes too many steps", *fault[1:]) if counted.are_spent else fault
        except MemoryError:
            return None, ("takes too much memory", None, None)

    def _parsed(self, text: str) -> Any:
        return self.starlark.parse("script", text, self.dialect)

    def _module(self, text: str, options: Any) -> Any:
        module = self.starlark.Module()
        self.starlark.eval_with(options, module, self._parsed(text), self.names)
        return module.freeze()

    def _rows(self, script: Any, columns: int) -> Any:
        """A module beside the script that calls it for each row. The script is frozen: what it
        would change beside its own row is refused, so that no row shows in another."""
        starlark = self.starlark
        keys = ", ".join(f"k{i}" for i in range(columns))
        cells = ", ".join(f"c{i}" for i in range(columns))
        row = ", ".join(f"k{i}: c{i}[i]" for i in range(columns))
        text = f"""
load("script", "value")
def rows(text):
    names, columns, count = json.decode(text)
    [{keys}], [{cells}] = names, columns
    return json.encode([value({{{row}}}) for i in range(count)])
"""
        module = starlark.Module()
        names = starlark.Globals.extended_by([starlark.LibraryExtension.Json])
        tree = starlark.parse("rows", text, starlark.Dialect.standard())
        starlark.eval(module, tree, names, starlark.FileLoader(lambda _name: script))
        return module.freeze()


def _fault(said: str) -> Fault:
    """An error of the interpreter as a message and its place in the script."""
    messages, places = _MESSAGE.findall(said), _PLACE.findall(said)
    message = messages[-1] if messages else said.strip().partition("\n")[0]
    message = message.partition(", expected one of ")[0]
    if not places or places[-1][0] != "script":
        return message, None, None
    return message, int(places[-1][1]), int(places[-1][2])


def answer(interpreter: Interpreter, head: dict[str, Any], body: bytes) -> tuple[Any, bytes]:
    """Head and body of the answer to a request."""
    allow_seconds(head["seconds"])
    text, steps = body.decode(), head["steps"]
    if head["do"] == "check":
        return {"faults": interpreter.check(text, steps)}, b""
    if head["do"] == "load":
        fault = interpreter.load(text, head["columns"], steps)
        return {"fault": fault}, b""
    values, fault = interpreter.run(text, steps)
    found = (values or "").encode()
    if len(found) > head["bytes"]:
        fault, found = ("gives texts that are too long", None, None), b""
    return {"fault": fault}, found


def main(folder: str, memory: str, depth: str) -> None:
    """Answer requests until there are none to come.

    Args:
        folder: where the package `starlark` is.
        memory: bytes of address space.
        depth: calls inside each other.
    """
    sys.path.insert(0, folder)
    import starlark

    interpreter = Interpreter(starlark, int(depth))
    close_everything(int(memory))
    reader, writer = sys.stdin.buffer, sys.stdout.buffer
    while (request := receive(reader)) is not None:
        try:
            head, body = answer(interpreter, *request)
        except BaseException as error:  # a panic of the interpreter is no Exception
            fault = (f"made the interpreter fail ({type(error).__name__})", None, None)
            head, body = {"fault": fault, "faults": [fault]}, b""
        send(writer, head, body)


if __name__ == "__main__":
    main(*sys.argv[1:])
