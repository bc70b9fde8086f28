"""The columns of a source: what was found in each, and what happens to it."""

from __future__ import annotations

from app.ui.model.source_looks import ColumnLook
from app.ui.model.synthesis import TAKING_IN, TREATMENTS
from app.ui.pages.source.state import SynthesisState
from app.ui.parts.drawing import html
from app.ui.parts.field import Field
from app.ui.parts.sparks import spark
from app.ui.parts.tags import box, button, icon, paragraph, tag

# Columns that are drawn at once, and how many more at a click.
MANY = 40
SEARCHED_FROM = 12
COMMON_PROVIDERS = (
    "name", "first_name", "last_name", "email", "phone_number", "address", "city", "country",
    "company", "job", "iban", "credit_card_number", "ssn", "ipv4", "word", "sentence", "text",
)  # fmt: skip
WHAT_HAPPENS = {
    "learn": "learned",
    "text": "learned",
    "keep": "kept",
    "fake": "faked",
    "new": "made new",
    "drop": "dropped",
}


class ColumnLines:
    """One line a column, the first ones of very many; drawn again for another table or document."""

    def __init__(self, state: SynthesisState) -> None:
        self._state = state
        self._words, self._most = "", MANY
        self._search = Field("Search columns", "", self._find, placeholder="part of a name")
        with box("treated treated--head", aria_hidden="true"):
            for head in ("Column", "Values", "Missing", "Kind", "What happens", ""):
                tag("span", head)
        self._box = box("stack stack--tight")
        self._none = paragraph("No column has this in its name.", "quiet")
        self._more = button("", self._show_more, kind="quiet")
        self.draw()
        state.controller.on_replaced.append(self.draw)

    def draw(self) -> None:
        columns = self._state.table.columns
        matching = [each for each in columns if self._words in each.name.casefold()]
        self._box.clear()
        with self._box:
            for each in matching[: self._most]:
                ColumnLine(self._state, each)
        hidden = len(matching) - self._most
        self._more.set_visibility(hidden > 0)
        self._more.set_text(f"Show {min(MANY, hidden)} more of {hidden} columns")
        self._none.set_visibility(not matching)
        self._search.set_visibility(len(columns) >= SEARCHED_FROM)
        self._state.board.again()

    def _find(self, words: str) -> None:
        self._words, self._most = words.casefold(), MANY
        self.draw()

    def _show_more(self) -> None:
        self._most += MANY
        self.draw()


class ColumnLine:
    """A column: its name and shield, its plot, its kind, its treatment."""

    def __init__(self, state: SynthesisState, column: ColumnLook) -> None:
        self._state, self._column = state, column
        treated = state.treated
        self._treated = treated
        with box("treated", role="group", aria_label=f"Column {column.name}") as self._line:
            with box("treated__what"):
                tag("span", column.name, "treated__name")
                self._shield = box("treated__shield")
                paragraph(column.said, "quiet small treated__said")
            html(spark(column.bars, f"Values of {column.name}: {column.said}"), "treated__plot")
            missing = f"{column.missing:.1%}" if column.missing else "none"
            tag("span", missing, "number small treated__missing", data_name="missing")
            self._draw_choices()
            self._beside = box("treated__beside")
        self._draw_beside()

    def _draw_choices(self) -> None:
        column, treated = self._column, self._treated
        kinds = {each: each for each in column.kinds}
        place = treated.place(column.name)
        chosen = treated.kind(column.name) or column.kind
        made = Field("Kind", chosen, kind="choice", options=kinds, bare=True)
        self._state.bind(
            made, lambda kind: treated.correct(column.name, kind, column.kind), (*place, "kind")
        )
        now = treated.treatment(column.name)
        made = Field("Treatment", now, kind="choice", options=TREATMENTS, bare=True)
        self._state.bind(made, self._treat, place)

    def _treat(self, treatment: str) -> None:
        self._treated.treat(self._column.name, treatment, self._column.fake)
        self._draw_beside()
        self._state.board.again()

    def _draw_beside(self) -> None:
        """What makes the values of a faked column, and the shield of a sensitive one."""
        name = self._column.name
        treatment = self._treated.treatment(name)
        self._beside.clear()
        if treatment == "fake":
            place = (*self._treated.place(name), "provider")
            with self._beside:
                made = Field(
                    "Made by", self._treated.maker(name), suggestions=COMMON_PROVIDERS, bare=True,
                    placeholder="provider",
                )  # fmt: skip
            self._state.bind(made, lambda maker: self._treated.make_by(name, maker), place)
        if treatment == "drop":
            self._line.classes(add="treated--dropped")
        else:
            self._line.classes(remove="treated--dropped")
        self._draw_shield(treatment)

    def _draw_shield(self, treatment: str) -> None:
        """Green where nothing of a sensitive column is learned, grey where it is taken in."""
        self._shield.clear()
        sensitive = self._column.sensitive
        if not sensitive:
            return
        kind = "" if treatment in TAKING_IN else " pill--good"
        said = f"{sensitive[:1].upper()}{sensitive[1:]}, {WHAT_HAPPENS.get(treatment, treatment)}"
        title = f"Seems to hold a {sensitive}, by {self._column.confidence:.0%}"
        with self._shield, tag("span", "", f"pill{kind}", title=title):
            icon("shield")
            tag("span", said)
