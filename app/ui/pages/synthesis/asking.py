"""What is asked of the rows, field by field: conditions, shares, tables whose cells are given."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from app.ui.client import Answer, ApiClient, Problem
from app.ui.model.relations.asked_rows import (
    COMPARISONS,
    MISSING,
    PRESENT,
    AskedCondition,
    AskedRows,
    AskedShare,
)
from app.ui.pages.sources import PLACE as SOURCES
from app.ui.parts.choices import tick
from app.ui.parts.faults import FaultBoard
from app.ui.parts.field import Field
from app.ui.parts.paged import first_page
from app.ui.parts.tags import box, button, card, paragraph

T = TypeVar("T", AskedCondition, AskedShare)
NO_TABLE = {"": "no table"}
CONDITIONS = "Just so many rows are so, and no other ones; all rows where no number stands."
SHARES = "Met exactly; the other values of the column share the rest."
TABLES = "There are as many rows as the table has. Neither goes together with what is asked above."


class AskedFields:
    """Fields for what is asked of the rows of a synthesizer; their faults stand at them."""

    def __init__(self, client: ApiClient, columns: Sequence[str], board: FaultBoard) -> None:
        self.asked = AskedRows()
        self._api, self._board = client, board
        self._columns = {name: name for name in columns}
        with card("Only certain rows"):
            paragraph(CONDITIONS, "quiet small")
            self._conditions = box("stack")
            button("Add a condition", self._add_condition, kind="plain", symbol="plus")
        with card("Shares of values"):
            paragraph(SHARES, "quiet small")
            self._shares = box("stack")
            button("Add a share", self._add_share, kind="plain", symbol="plus")
        with card("Complete a table"):
            paragraph(TABLES, "quiet small")
            self._tables = box("stack")

    async def load(self) -> None:
        """The sources that may give cells; none where the key may not see them."""
        try:
            found = (await first_page(self._api, SOURCES))["items"]
        except Problem:
            found = []
        self._draw_tables([each for each in found if each["status"] == "ready"])

    def _draw_tables(self, sources: Sequence[Answer]) -> None:
        options = NO_TABLE | {each["id"]: each["name"] for each in sources}
        with self._tables:
            if not sources:
                paragraph("Upload the table under Sources first.", "quiet")
                return
            with box("fields fields--half"):
                hint = "Its cells come out as they are; the other columns are drawn."
                self._choice("Cells that stay", "given", options, hint)
                hint = "Only its missing cells are filled."
                self._choice("Holes that are filled", "impute", options, hint)
            tick("Fill holes by draws, not by what is expected", self._set_draw)

    def _choice(self, label: str, key: str, options: dict[str, str], hint: str) -> None:
        def put(text: str) -> None:
            setattr(self.asked, key, text)

        made = Field(label, "", put, kind="choice", options=options, hint=hint)
        self._board.register(made, lambda: (key,))

    def _set_draw(self, on: bool) -> None:
        self.asked.draw = on

    def _add_condition(self) -> None:
        if self._columns:
            self.asked.conditions.append(AskedCondition(next(iter(self._columns))))
            self._draw_conditions()

    def _add_share(self) -> None:
        if self._columns:
            self.asked.shares.append(AskedShare(next(iter(self._columns))))
            self._draw_shares()

    def _draw_conditions(self) -> None:
        self._conditions.clear()
        with self._conditions:
            for place, each in enumerate(self.asked.conditions):
                label = f"Condition {place + 1}"
                with box("row statement", role="group", aria_label=label):
                    self._condition(place, each)
                    self._remover(label, self.asked.conditions, each, self._draw_conditions)
        self._board.again()

    def _condition(self, place: int, each: AskedCondition) -> None:
        def compare(sign: str) -> None:
            each.sign = sign
            value.set_visibility(sign not in (MISSING, PRESENT))

        column = self._field(each, "column", "Column", kind="choice", options=self._columns)
        self._board.register(column, lambda: ("conditions", place))
        Field("How it compares", each.sign, compare, kind="choice", options=COMPARISONS, bare=True)
        value = self._field(each, "value", "Value")
        value.set_visibility(each.sign not in (MISSING, PRESENT))
        count = self._field(each, "rows", "Rows that are so", kind="number", placeholder="all rows")
        self._board.register(count, lambda: ("conditions", place, "rows"))

    def _draw_shares(self) -> None:
        self._shares.clear()
        with self._shares:
            for place, each in enumerate(self.asked.shares):
                label = f"Share {place + 1}"
                with box("row statement", role="group", aria_label=label):
                    self._share(each)
                    self._remover(label, self.asked.shares, each, self._draw_shares)
        self._board.again()

    def _share(self, each: AskedShare) -> None:
        column = self._field(each, "column", "Column", kind="choice", options=self._columns)
        self._board.register(column, lambda: ("shares", each.column))
        self._field(each, "value", "Value")
        share = self._field(each, "share", "Share", kind="number", placeholder="0.3")
        self._board.register(share, lambda: ("shares", each.column, each.value.strip()))

    def _field(self, item: AskedCondition | AskedShare, key: str, label: str, **more: Any) -> Field:
        """A field for a part of an item."""

        def put(text: str) -> None:
            setattr(item, key, text)

        return Field(label, getattr(item, key), put, bare=True, **more)

    def _remover(self, label: str, items: list[T], item: T, draw: Callable[[], None]) -> None:
        def remove() -> None:
            items[:] = [each for each in items if each is not item]
            draw()

        button("", remove, kind="quiet", symbol="trash", label=f"Remove {label.lower()}")
