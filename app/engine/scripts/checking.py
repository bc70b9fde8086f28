"""The faults of scripts, before any row is computed."""

from __future__ import annotations

from collections.abc import Sequence

from app.engine.scripts import limits
from app.engine.scripts.errors import ScriptFault
from app.engine.scripts.reading import read_script
from app.engine.scripts.sandbox import Sandbox, SandboxError

# What the interpreter says begins with one of these; each with what would be right.
_HINTS = {
    "cannot use reserved keyword `import`": "a script imports nothing",
    "cannot use reserved keyword `while`": "loop over range(…)",
    "cannot use reserved keyword `is`": "compare with `== None`",
    "cannot use reserved keyword": "scripts are Starlark, Python without it",
    "`load` is not allowed": "a script loads nothing",
    "tabs are not allowed": "indent with spaces",
    "takes too many steps": f"at most {limits.LOAD_STEPS:,} while it is loaded",
}


def script_faults(texts: Sequence[str]) -> list[list[ScriptFault]]:
    """The faults of each script: of its grammar the first, of unknown names all.

    Raises:
        GenerationError: where this machine cannot run scripts.
    """
    sandbox: Sandbox | None = None
    found = []
    try:
        for text in texts:
            if sandbox is None or not sandbox.lives:
                sandbox = Sandbox()
            found.append(_checked(sandbox, text))
    finally:
        if sandbox is not None:
            sandbox.close()
    return found


def _checked(sandbox: Sandbox, text: str) -> list[ScriptFault]:
    if len(text) > limits.MAX_LENGTH:
        return [ScriptFault(f"has more than {limits.MAX_LENGTH:,} characters")]
    head = {"do": "check", "seconds": limits.CHECK_SECONDS, "steps": limits.LOAD_STEPS}
    try:
        answer, _ = sandbox.ask(head, text.encode("utf-8", "replace"))
    except SandboxError as error:
        return [error.fault]
    found = [
        ScriptFault(message, line, column, _hint(message))
        for message, line, column in answer["faults"]
    ]
    fault = read_script(text).fault
    return found or ([fault] if fault else [])


def _hint(message: str) -> str | None:
    return next((hint for start, hint in _HINTS.items() if message.startswith(start)), None)
