"""A labelled field: text, number, choice, range, text of several lines, secret."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Literal

from app.ui.model.writing.numbers import readings, spelled
from app.ui.toolkit.elements import Element, GenericEventArguments, TextElement, children

FieldKind = Literal["text", "number", "choice", "range", "area", "secret"]
ONE_LINE = frozenset({"text", "number", "secret"})
MOST_LETTERS = 24  # for which a field in a row of others makes itself wide


class Field(TextElement, component="field.js"):
    """Tells `on_change` every change at once, as text; `fault` is shown and read out with it.

    `refused` says why the draft does not have what stands here; it goes before every other fault.
    A number that can be read in two ways is asked about first: `choices` are its two spellings.
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

        def handler(event: Any) -> Any:
            if on_change is not None and not self.asks(event.value):
                return on_change(event.value)
            return None

        super().__init__(value=value, on_value_change=handler)
        self.label, self._kind = label, kind
        self.props.update({"label": label, "kind": kind, **more})
        self.on("settle", self._settle)
        self._fault = self._refused = self._settled = ""
        self._is_asking = False
        self.choices: tuple[tuple[str, str], ...] = ()
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

    @property
    def said(self) -> str:
        """What is wrong, and what would be right; empty where nothing is."""
        return self._refused or self._fault

    @property
    def letters(self) -> int:
        """How many characters it should have room for."""
        shown = self.value or str(self.props.get("placeholder") or "")
        return min(len(shown), MOST_LETTERS) if self._kind in ONE_LINE else 0

    def asks(self, text: str) -> bool:
        """Whether it must be asked first what a number means: 20.000 is 20, or 20,000."""
        found = readings(text) if self._kind == "number" and text != self._settled else ()
        if len(found) < 2:
            if self._is_asking:
                self._ask((), "")
            return False
        point, thousands = found
        choices = ((text, spelled(point)), (str(thousands), spelled(thousands)))
        self._ask(choices, f"Is this {spelled(point)} or {spelled(thousands)}?")
        return True

    def settle(self, text: str) -> None:
        """Take one of the `choices`."""
        self._settled = text
        self._ask((), "")
        if text == self.value:
            self.tell_value_again()
        else:
            self.set_value(text)

    def _ask(self, choices: tuple[tuple[str, str], ...], question: str) -> None:
        self._is_asking, self.choices = bool(choices), choices
        self.props["choices"] = [list(each) for each in choices]
        self._refused = question
        self.props["fault"] = self.said
        self.update()

    def _settle(self, event: GenericEventArguments) -> None:
        if event.args in [value for value, _ in self.choices]:
            self.settle(str(event.args))

    def _say(self) -> None:
        if self.said != self.props.get("fault", ""):
            self.props["fault"] = self.said
            self.update()

    def show(self, text: str, **more: Any) -> None:
        """Another value, and properties, from outside."""
        if "options" in self.props:
            more["options"] = _with(dict(more.get("options", self.props["options"])), text)
        if any(self.props.get(key) != value for key, value in more.items()):
            self.props.update(more)
            self.update()
        if text != self.value:
            self.set_value(text)


def _with(options: Mapping[str, str], value: str) -> list[tuple[str, str]]:
    """The options, and the present value where it is none of them."""
    own = {} if value in options else {value: value}
    return list({**options, **own}.items())


def fields_in(element: Element) -> Iterator[Field]:
    """The fields of an element, and of the elements in it."""
    for each in children(element):
        if isinstance(each, Field):
            yield each
        else:
            yield from fields_in(each)


def named_fields(element: Element) -> Iterator[tuple[str, Field]]:
    """The fields of an element, each with its label."""
    for each in fields_in(element):
        yield each.label, each
