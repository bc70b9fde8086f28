"""The dial: how well the best possible model shall predict the target."""

from __future__ import annotations

from app.engine.evaluation.metrics import METRICS
from app.ui.model.values import number_or_none, read_number, show
from app.ui.pages.design.desk import Desk
from app.ui.parts.choices import Segments
from app.ui.parts.field import Field
from app.ui.parts.tags import box, card, paragraph, tag

CHOICES = {"free": "As it comes", "set": "Set"}


class Dial:
    """A slider over the reachable range; what is promised is part of the definition."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._reach = (0.5, 1.0)
        with card("How well can the target be predicted?") as self._card:
            self._choice = Segments("Dial", CHOICES, "free", self._choose)
            with box("dial") as self._box:
                with box():
                    self._slider = Field(
                        "Dial",
                        "",
                        self._slide,
                        kind="range",
                        bare=True,
                        least=0,
                        most=1,
                        step=0.005,
                    )
                    with box("dial__ends"):
                        self._low, self._high = tag("span"), tag("span")
                self._figure = Field("Dial as a number", self._value(), kind="number", bare=True)
            self._said = paragraph("", "quiet small")
        self._figure.on_value_change(lambda event: self._refuse_nothing(event.value))
        desk.bind(self._figure, self._value, self._put, self._place)
        desk.studio.on_checked.append(self._show)
        desk.on_changed.append(self._show)
        self._show()

    def _value(self) -> str:
        return show(self._desk.table.dial()[1])

    def _put(self, text: str) -> None:
        value = read_number(text)
        if value is None:
            return
        self._desk.table.set_dial(value)  # type: ignore[arg-type]

    def _refuse_nothing(self, text: str) -> None:
        """A field that is emptied to be typed in anew does not take the promise back."""
        promised = self._desk.table.dial()[1] is not None
        self._figure.refused = "A number is wanted" if promised and not text.strip() else ""

    def _place(self) -> tuple[str | int, ...]:
        target = self._desk.table.target
        return (*target.path, self._desk.table.dial()[0]) if target else ()

    def _choose(self, choice: str) -> None:
        low, high = self._reach
        middle = round(min(max(0.8, low), high), 2)
        self._desk.table.set_dial(middle if choice == "set" else None)
        self._desk.changed()

    def _slide(self, text: str) -> None:
        if text and text != self._value():
            self._desk.table.set_dial(float(text))
            self._desk.changed()

    def _show(self) -> None:
        """The slider within what can be reached; faults leave the range as it was."""
        name, value = self._desk.table.dial()
        self._card.set_visibility(bool(name))
        self._box.set_visibility(value is not None)
        self._choice.press("free" if value is None else "set")
        plan = self._desk.studio.findings.plan or {}
        low, high = self._reach = tuple(plan.get("reachable", {}).get(name, self._reach))
        self._slider.show(show(value), least=round(low, 3), most=round(high, 3))
        self._low.set_text(f"{low:.3f}")
        self._high.set_text(f"{high:.3f} at most")
        expected = plan.get("expected", {}).get(name)
        self._said.set_text(self._sentence(name, number_or_none(value), expected))

    def _sentence(self, name: str, value: float | None, expected: float | None) -> str:
        """What to expect of the best possible model: what is promised, or what comes by itself."""
        if value is not None:
            return "Expected of the best possible model: " + _meaning(name, f"{value:g}", value)
        low, high = self._reach
        said = f"The strengths of the columns decide. Set it to promise {low:.2f} to {high:.2f}."
        if expected is None:
            return said
        meaning = _meaning(name, f"{expected:.3f}", expected)
        return f"{said} As it comes, the best possible model has {meaning}"


def _meaning(name: str, shown: str, value: float) -> str:
    return METRICS[name].sentence.format(value=shown, percent=f"{value:.1%}")
