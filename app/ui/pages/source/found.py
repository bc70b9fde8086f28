"""What holds between the columns of a source, and between its tables."""

from __future__ import annotations

from app.ui.pages.source.state import SynthesisState
from app.ui.parts.faults import note
from app.ui.parts.tags import box, card, paragraph, tag

MOST = 30


class FoundBetween:
    """Warnings of reading, then what was found in the table that is looked at."""

    def __init__(self, state: SynthesisState) -> None:
        self._state = state
        with card("Found"):
            self._box = box("stack stack--tight")
        self.draw()

    def draw(self) -> None:
        look, table = self._state.look, self._state.table
        self._box.clear()
        with self._box:
            for each in look.warnings[:MOST]:
                note(f"{each}.", "warn")
            keys = " or ".join(", ".join(each) for each in table.primary_keys)
            self._line("Unique in every row", keys or "no column")
            if table.duplicates:
                self._line("Rows that stand twice", f"{table.duplicates:,}")
            for title, found in (
                ("Between tables", look.foreign_keys),
                ("Between columns", table.found),
            ):
                if found:
                    more = f" and {len(found) - MOST} more" if len(found) > MOST else ""
                    self._line(title, "; ".join(found[:MOST]) + more)

    def _line(self, title: str, said: str) -> None:
        with box("found"):
            tag("b", title)
            paragraph(said)
