"""A process that runs scripts: started, asked, and ended with words where it dies."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import signal
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any

from app.engine.errors import GenerationError
from app.engine.scripts import limits
from app.engine.scripts.errors import ScriptFault
from app.engine.scripts.interpreter import SIZES

PACKAGE = "starlark"
PROGRAM = Path(__file__).with_name("interpreter.py")
SMALLER = "fewer or shorter loops and values"


class SandboxError(Exception):
    """The process ended before it answered; `fault` says of what."""

    def __init__(self, fault: ScriptFault) -> None:
        self.fault = fault
        super().__init__(fault.text)


class Sandbox:
    """One process for one script, which answers one request of one caller at a time; `is_loaded`
    says that it knows its script.

    Raises:
        GenerationError: where this machine cannot run one.
    """

    def __init__(self) -> None:
        self.is_loaded = False
        command = [sys.executable, "-I", "-S", "-B", str(PROGRAM), _folder()]
        bounds = [str(limits.MEMORY_BYTES), str(limits.CALL_DEPTH)]
        self._process = subprocess.Popen(
            [*command, *bounds],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd="/",
            env={"MALLOC_ARENA_MAX": "1"},  # nothing of this process's own
        )

    @property
    def lives(self) -> bool:
        return self._process.poll() is None

    @property
    def pid(self) -> int:
        return self._process.pid

    def ask(self, head: dict[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
        """The answer to a request.

        Raises:
            SandboxError: there is none, as the process has ended.
        """
        reader, writer = self._process.stdout, self._process.stdin
        assert reader is not None
        assert writer is not None
        written = json.dumps(head).encode()
        try:
            writer.write(SIZES.pack(len(written), len(body)) + written + body)
            writer.flush()
            first, second = SIZES.unpack(_read(reader, SIZES.size))
            if first + second > 2 * limits.MAX_ANSWER:
                raise EOFError
            answer = json.loads(_read(reader, first)), _read(reader, second)
        except (OSError, EOFError, ValueError):
            self.close()
            raise SandboxError(_cause(self._process.returncode, head["seconds"])) from None
        return answer

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):
                if stream is not None:
                    stream.close()

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def _folder() -> str:
    """Where the interpreter's package is. It is loaded in its own process alone."""
    if sys.platform != "linux":
        raise GenerationError("scripts run on Linux alone, whose kernel can bound their process")
    found = importlib.util.find_spec(PACKAGE)
    if found is None or found.origin is None:
        hint = "pip install starlark-pyo3"
        raise GenerationError(f"scripts need the package starlark-pyo3, not installed here: {hint}")
    return str(Path(found.origin).parent.parent)


def _read(stream: Any, size: int) -> bytes:
    found: bytes = stream.read(size)
    if len(found) < size:
        raise EOFError
    return found


def _cause(status: int, seconds: int) -> ScriptFault:
    """Why a process has ended, by its exit status."""
    if status == -signal.SIGXCPU:
        return ScriptFault(f"takes more than {seconds} s of CPU time", hint=SMALLER)
    memory = f"takes more than {limits.MEMORY_BYTES // 2**20} MiB of memory"
    return ScriptFault(f"{memory}, or made the interpreter fail", hint=SMALLER)
