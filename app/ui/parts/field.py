"""A labelled field: text, number, choice, range, text of several lines, secret."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from app.ui.toolkit.elements import ValueElement

FieldKind = Literal["text", "number", "choice", "range", "area", "secret"]


class Field(ValueElement[str], component="field.js"):
    """Tells `on_change` every change at once, as text; `fault` is shown and read out with it.

    `refused` says why the draft does not have what stands here; it goes before every other fault.
    """

    VALUE_PROP = "value"
    LOOPBACK = False

    def __init__(
        self,
        label: str,
        value: str = "",
        on_change: Callable[[str], Any] | None = None,
        *,
        kind: FieldKind = "text",
        options: Mapping[str, str] | None = None,
        suggestions: Sequence[str] = (),
        **more: Any,
    ) -> None:
        """`more`: placeholder, hint, bare (label for readers only), disabled, rows, and least,
        most and step of a range."""
        handler = None if on_change is None else lambda event: on_change(event.value)
        super().__init__(value=value, on_value_change=handler)
        self.props.update({"label": label, "kind": kind, **more})
        self._fault = self._refused = ""
        if options is not None:
            self.props["options"] = _with(options, value)
        if suggestions:
            self.props["suggestions"] = list(suggestions)

    @property
    def fault(self) -> str:
        return self._fault

    @fault.setter
    def fault(self, text: str) -> None:
        self._fault = text
        self._say()

    @property
    def refused(self) -> str:
        return self._refused

    @refused.setter
    def refused(self, text: str) -> None:
        self._refused = text
        self._say()

    def _say(self) -> None:
        text = self._refused or self._fault
        if text != self.props.get("fault", ""):
            self.props["fault"] = text
            self.update()

    def show(self, text: str, **more: Any) -> None:
        """Another value, and properties, from outside."""
        if any(self.props.get(key) != value for key, value in more.items()):
            self.props.update(more)
            self.update()
        if text != self.value:
            self.set_value(text)


def _with(options: Mapping[str, str], value: str) -> list[tuple[str, str]]:
    """The options, and the present value where it is none of them."""
    own = {} if value in options else {value: value}
    return list({**options, **own}.items())
