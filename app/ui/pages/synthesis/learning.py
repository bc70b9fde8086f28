"""The steps from a source to what is learned from it."""

from __future__ import annotations

from app.ui.pages.source.assessment import Assessment
from app.ui.pages.source.definition import Definition
from app.ui.pages.source.found import FoundBetween
from app.ui.pages.source.keys import KeySettings
from app.ui.pages.source.settings import LearningSettings
from app.ui.pages.source.state import SynthesisState
from app.ui.pages.source.storing import Storing
from app.ui.parts.stepper import Stepper
from app.ui.parts.tags import box, button, card, link, paragraph
from app.ui.request_context import root


class LearningSteps:
    """Data, keys, columns, settings, and the assessment before it is learned."""

    def __init__(self, state: SynthesisState) -> None:
        self._state, self._root = state, root()
        self._storing = Storing(state)
        Stepper(
            (
                ("Data", self._data),
                ("Keys", self._keys),
                ("Columns", self._columns),
                ("Settings", self._settings),
                ("Train", self._train),
            )
        )

    def _data(self) -> None:
        look = self._state.look
        with card(self._state.name):
            for table in look.tables:
                paragraph(f"{table.name}: {table.rows:,} rows, {len(table.columns):,} columns")
            with box("row"):
                link("Other data", f"{self._root}/synthesis", "button button--plain")
                place = f"{self._root}/sources/{self._state.source}"
                link("The source's page", place, "button button--quiet")
        self._found = FoundBetween(self._state)

    def _keys(self) -> None:
        self._key_settings = KeySettings(self._state)

    def _columns(self) -> None:
        self._definition = Definition(self._state, self._choose_table)

    def _settings(self) -> None:
        self._learning = LearningSettings(self._state)

    def _train(self) -> None:
        Assessment(self._state)
        with box("row row--end"):
            button("Save", self._storing.store, symbol="check")
            button("Train", self._storing.train, kind="primary", symbol="play")

    def _choose_table(self, name: str) -> None:
        self._state.table_name = name
        for part in (self._found, self._key_settings, self._definition, self._learning):
            part.draw()
