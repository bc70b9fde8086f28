"""Steps on one page, one of them shown at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from app.ui.parts.focus import focus
from app.ui.parts.tags import box, button, tag
from app.ui.toolkit.elements import Tag

Step = tuple[str, Callable[[], None]]


class Stepper:
    """The names of the steps as buttons, then the step at hand, then back and on. Every step is
    drawn at once, so that what was said in one is still there when a person comes back to it."""

    def __init__(self, steps: Sequence[Step]) -> None:
        self._at = 0
        with box("steps", "ol", aria_label="Steps"):
            self._items = [self._item(place, name) for place, (name, _) in enumerate(steps)]
        self._sections: list[Tag] = []
        for name, draw in steps:
            with box("stack step", "section", aria_label=f"Step {name}", tabindex="-1") as section:
                draw()
            self._sections.append(section)
        with box("row row--end"):
            self._back = button("Back", lambda: self.go(self._at - 1), kind="quiet")
            self._on = button("Next", lambda: self.go(self._at + 1), kind="primary", symbol="more")
            self._on.classes("button--onward")
        self._show()

    def _item(self, place: int, name: str) -> Tag:
        with box("steps__step", "li") as item:
            tag("span", str(place + 1), "steps__number", aria_hidden="true")
            made = tag("button", name, "steps__name", type="button")
            made.on("click", lambda: self.go(place), [])
        return item

    def go(self, place: int) -> None:
        """Show the step at a place, from 0."""
        self._at = min(max(place, 0), len(self._sections) - 1)
        self._show()
        focus(self._sections[self._at])

    def _show(self) -> None:
        last = len(self._sections) - 1
        for place, (item, section) in enumerate(zip(self._items, self._sections, strict=True)):
            if place == self._at:
                item.props("aria-current=step")
            else:
                item.props(remove="aria-current")
            section.set_visibility(place == self._at)
        self._back.set_visibility(self._at > 0)
        self._on.set_visibility(self._at < last)
