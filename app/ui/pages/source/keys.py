"""The keys of a source: which columns tell its rows apart, and which refer to other tables."""

from __future__ import annotations

from app.ui.pages.source.state import SynthesisState
from app.ui.parts.field import Field
from app.ui.parts.tags import box, card, paragraph

NO_KEY = {"": "none"}
SEPARATOR = ", "
MOST = 20


class KeySettings:
    """The key of the table that is looked at; drawn again for another table or document."""

    def __init__(self, state: SynthesisState) -> None:
        self._state = state
        with card("Keys"):
            self._box = box("stack stack--tight")
        self.draw()
        state.controller.on_replaced.append(self.draw)

    def draw(self) -> None:
        treated, table = self._state.treated, self._state.table
        found = {SEPARATOR.join(each): list(each) for each in table.primary_keys}

        def choose(text: str) -> None:
            treated.set_key(found.get(text, text.split(SEPARATOR) if text else []))

        self._box.clear()
        with self._box:
            said = "A new key is made: it leads to no row of the source."
            options = NO_KEY | {each: each for each in found}
            chosen = treated.get("primary_key")
            made = Field("Primary key", chosen, kind="choice", options=options, hint=said)
            self._state.bind(made, choose, (*treated.path, "primary_key"))
            for each in self._state.look.foreign_keys[:MOST]:
                paragraph(each, "quiet small")
        self._state.board.again()
