"""The fault of an expression: what is wrong, at which character, and what would be right."""

from __future__ import annotations

from app.engine.errors import DefinitionError, Fault, TablesmithError


class ExpressionError(TablesmithError):
    """An expression that cannot be used.

    Args:
        message: what is wrong.
        text: the whole expression.
        position: offset of the fault in `text`, from 0.
        hint: what would be right, where that is known.
    """

    def __init__(self, message: str, text: str, position: int, hint: str | None = None) -> None:
        self.message, self.text, self.position, self.hint = message, text, position, hint
        place = f"character {position + 1} of {_shortened(text)!r}"
        super().__init__(f"{place}: {message}" + (f" ({hint})" if hint else ""))

    def __reduce__(self) -> tuple[type[ExpressionError], tuple[str, str, int, str | None]]:
        return type(self), (self.message, self.text, self.position, self.hint)

    def at(self, path: str) -> DefinitionError:
        """The same fault as an error of the definition, at the given place in the document."""
        message = f"{self.message}, at character {self.position + 1} of {_shortened(self.text)!r}"
        return DefinitionError([Fault(path, message, self.hint)])


def _shortened(text: str, length: int = 120) -> str:
    return text if len(text) <= length else text[:length] + "…"
