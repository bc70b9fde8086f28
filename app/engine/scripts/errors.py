"""What can be wrong with a script."""

from __future__ import annotations

from dataclasses import dataclass

from app.engine.errors import GenerationError

MOST_SHOWN = 300  # characters of what the interpreter says


@dataclass(frozen=True, slots=True)
class ScriptFault:
    """One problem of a script.

    Args:
        message: what is wrong.
        line, column: where, both from 1 and inside the script; None where it is nowhere.
        hint: what would be right, where that is known.
    """

    message: str
    line: int | None = None
    column: int | None = None
    hint: str | None = None

    @property
    def text(self) -> str:
        """The message with the place in the script."""
        message = self.message[:MOST_SHOWN] + "…" * (len(self.message) > MOST_SHOWN)
        if self.line is None:
            return message
        column = "" if self.column is None else f", column {self.column}"
        return f"{message}, at line {self.line}{column} of the script"


class ScriptError(GenerationError):
    """A script that could not compute the values of its rows."""

    def __init__(self, fault: ScriptFault) -> None:
        self.fault = fault
        super().__init__(fault.text + (f" ({fault.hint})" if fault.hint else ""))

    def __reduce__(self) -> tuple[type[ScriptError], tuple[ScriptFault]]:
        return type(self), (self.fault,)
