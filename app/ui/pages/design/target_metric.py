"""The dial: how well the best possible model shall predict the target."""

from __future__ import annotations

from collections.abc import Sequence

from app.engine.evaluation.metrics import METRICS
from app.engine.schema.targets import LABEL_METRICS, NUMBER_METRICS
from app.ui.model.values import number_or_none, read_number, show
from app.ui.pages.design.editor_state import EditorState
from app.ui.parts.choices import Segments
from app.ui.parts.field import Field
from app.ui.parts.tags import box, card, paragraph, tag

FREE = "free"


class TargetMetric:
    """A slider over the reachable range; what is promised is part of the definition."""

    def __init__(self, state: EditorState) -> None:
        self._state = state
        self._metric, self._reach = "", (0.0, 1.0)
        with card("How well can the target be predicted?") as self._card:
            self._choices = {
                metrics: Segments("Dial", _named(metrics), FREE, self._choose)
                for metrics in (LABEL_METRICS, NUMBER_METRICS)
            }
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
        state.bind(self._figure, self._value, self._put, self._place)
        state.controller.on_checked.append(self._show)
        state.on_changed.append(self._show)
        self._show()

    def _value(self) -> str:
        return show(self._state.table.target_metric()[1])

    def _put(self, text: str) -> None:
        value = read_number(text)
        if value is None:
            return
        self._state.table.set_dial(value)  # type: ignore[arg-type]

    def _refuse_nothing(self, text: str) -> None:
        """A field that is emptied to be typed in again does not take the promise back."""
        promised = self._state.table.target_metric()[1] is not None
        self._figure.refused = "A number is wanted" if promised and not text.strip() else ""

    def _place(self) -> tuple[str | int, ...]:
        target = self._state.table.target
        return (*target.path, self._state.table.target_metric()[0]) if target else ()

    def _choose(self, choice: str) -> None:
        table = self._state.table
        if choice == FREE:
            table.set_dial(None)
        else:
            table.set_dial(self._first(choice), choice)
        self._state.changed()

    def _first(self, metric: str) -> float:
        """A figure to begin with: one that is known to be reachable, else one a little better than
        always saying the most frequent label."""
        known = self._known(metric)
        if known is not None:
            low, high = known
            return round(min(max(0.8, low), high), 2)
        target = self._state.table.target
        most = max(target.shares.values(), default=0.5) if target else 0.5
        return round(most + 0.1 * (1 - most), 3)

    def _known(self, metric: str) -> tuple[float, float] | None:
        plan = self._state.controller.findings.plan or {}
        found = plan.get("reachable", {}).get(metric)
        return tuple(found) if found else None

    def _slide(self, text: str) -> None:
        if text and text != self._value():
            self._state.table.set_dial(float(text))
            self._state.changed()

    def _show(self) -> None:
        """The slider within what can be reached; faults leave the range as it was."""
        name, value = self._state.table.target_metric()
        self._card.set_visibility(bool(name))
        self._box.set_visibility(value is not None)
        for metrics, each in self._choices.items():
            each.set_visibility(metrics == self._state.table.metrics)
            each.press(FREE if value is None else name)
        if name != self._metric:
            self._metric, self._reach = name, (0.0, 1.0)
        low, high = self._reach = self._known(name) or self._reach
        self._slider.show(show(value), least=round(low, 3), most=round(high, 3))
        self._low.set_text(f"{low:.3f}")
        self._high.set_text(f"{high:.3f} at most")
        plan = self._state.controller.findings.plan or {}
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


def _named(metrics: Sequence[str]) -> dict[str, str]:
    return {FREE: "As it comes", **{name: METRICS[name].label for name in metrics}}


def _meaning(name: str, shown: str, value: float) -> str:
    return METRICS[name].sentence.format(value=shown, percent=f"{value:.1%}")
