"""How long a person needs for what was done on a page, by the keystroke-level model.

The seconds are those of S. K. Card, T. P. Moran and A. Newell, "The keystroke-level model for user
performance time with interactive systems", Communications of the ACM 23 (7), 1980: for somebody who
knows the pages and types 40 words a minute. What the machine takes is not among them.
"""

from __future__ import annotations

from dataclasses import dataclass

from playwright.sync_api import Page

THINK, POINT, CLICK, HOME, KEY = 1.35, 1.1, 0.2, 0.4, 0.28
PRESS = THINK + POINT + CLICK
CHOOSE = PRESS + POINT + CLICK
# The hand goes to the keyboard and back to the mouse.
FIELD = PRESS + 2 * HOME
MOST_TABS = 3
FIVE_MINUTES = 300

# A field that comes soon after the one that was filled last is reached by the tabulator key.
LISTEN = """
let last = null;
const tabs = (field) => {
  const stops = [...document.querySelectorAll("input, select, textarea, button, a[href]")];
  const seen = stops.filter((each) => each.checkVisibility() && !each.disabled);
  return last ? seen.indexOf(field) - seen.indexOf(last) : 0;
};
for (const kind of ["click", "input"]) {
  window.addEventListener(kind, (event) => {
    const field = event.target;
    const isText = kind === "input" && field.tagName !== "SELECT" && field.type !== "file";
    if (kind === "click" && event.isTrusted && event.detail) window.handled("click", 0, 0);
    else if (isText) window.handled("text", field.value.length, tabs(field));
    else if (kind === "input") window.handled("choice", 0, 0);
    last = isText ? field : null;
  }, true);
}
"""


@dataclass
class Keystrokes:
    """Counts clicks, choices and filled fields of a page from the moment it is made.

    Fields are to be filled at a stroke, as `Locator.fill` does: every change of a text counts.
    """

    page: Page
    seconds: float = 0.0
    steps: int = 0

    def __post_init__(self) -> None:
        self.page.expose_function("handled", self._add)
        self.page.add_init_script(LISTEN)

    def _add(self, kind: str, letters: int, tabs: int) -> None:
        self.steps += 1
        costs = {"click": PRESS, "choice": CHOOSE, "text": FIELD}
        if 0 < tabs <= MOST_TABS:
            costs["text"] = THINK + tabs * KEY
        self.seconds += costs[kind] + letters * KEY
