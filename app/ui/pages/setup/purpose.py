"""What is to be predicted: a label, a number, or nothing."""

from __future__ import annotations

import copy
from typing import Any, cast

from app.ui.editor_controller import EditorController
from app.ui.model.purpose import NUMBERS, Aim, Purpose
from app.ui.model.tables import NameTaken
from app.ui.parts.choices import Segments
from app.ui.parts.faults import FaultBoard, sentence
from app.ui.parts.field import Field
from app.ui.parts.tags import box, card, paragraph

AIMS = {"nothing": "Nothing", "labels": "A label", "number": "A number"}
NAMES = {"mean": "Mean", "std": "Standard deviation", "min": "Minimum", "max": "Maximum"}


class PurposePanel:
    """The target as the setup asks for it; more of it can be said among the columns."""

    def __init__(self, controller: EditorController, board: FaultBoard) -> None:
        self._controller, self._board = controller, board
        self._before: dict[str, tuple[str, dict[str, Any]]] = {}
        # Whether both labels are to be named here, as those of a target that is made here are.
        self._is_own = self._purpose.is_fresh
        with card("What is to be predicted?"):
            Segments("What is to be predicted?", AIMS, self._purpose.aim, self._aim)
            self._box = box("stack stack--tight")
        self._draw()

    @property
    def _purpose(self) -> Purpose:
        return self._controller.draft.purpose

    def _aim(self, aim: str) -> None:
        purpose = self._purpose
        if target := purpose.table.target:
            self._before[purpose.aim] = target.name, copy.deepcopy(target.spec)
        was_there = purpose.aim == aim
        purpose.set_aim(cast(Aim, aim))
        if aim in self._before:
            purpose.restore(*self._before[aim])
        self._is_own = (was_there and self._is_own) or purpose.is_fresh
        self._draw()
        self._controller.changed()

    def _draw(self) -> None:
        self._box.clear()
        with self._box:
            draw = {"nothing": self._nothing, "labels": self._labels, "number": self._number}
            draw[self._purpose.aim]()

    def _nothing(self) -> None:
        paragraph(
            "Every column is drawn on its own, or with the others it is correlated with.", "quiet"
        )

    def _labels(self) -> None:
        paragraph("Classification. Effects of columns speak of the positive label.", "quiet")
        purpose = self._purpose
        with box("fields"):
            self._column()
            self._name()
            if self._is_own and purpose.has_two_labels:
                self._two_labels()
            else:
                self._label()

    def _column(self) -> None:
        """Which column it is, where there are some that could be."""
        purpose = self._purpose
        others = purpose.columns(purpose.aim)
        if not others:
            return
        own = "a new one" if self._purpose.is_fresh else purpose.name

        def take(name: str) -> None:
            if name:
                self._purpose.take(name)
                self._is_own = False
                self._draw()
                self._controller.changed()

        options = {"": own, **{name: name for name in others}}
        Field("Which column?", "", take, kind="choice", options=options)

    def _label(self) -> None:
        """Which of the labels is the positive one."""
        purpose = self._purpose

        def change(label: str) -> None:
            self._purpose.positive = label
            self._controller.changed()

        options = {label: label for label in purpose.labels}
        made = Field("Positive label", purpose.positive, change, kind="choice", options=options)
        self._board.register(made, lambda: self._place("positive"))
        paragraph("Its labels are edited among the columns.", "quiet small")

    def _two_labels(self) -> None:
        purpose = self._purpose
        said = {"positive": purpose.positive, "negative": purpose.negative, "share": purpose.share}

        def change(key: str, text: str) -> None:
            said[key] = text
            for field, name in ((positive, "positive"), (negative, "negative")):
                field.refused = "" if said[name].strip() else "A label must have a name"
            if said["positive"] == said["negative"]:
                negative.refused = negative.refused or "The two labels must differ"
            if not (positive.refused or negative.refused):
                self._purpose.set_labels(**said)
                self._controller.changed()

        positive = Field("Positive label", said["positive"], lambda text: change("positive", text))
        negative = Field("Negative label", said["negative"], lambda text: change("negative", text))
        share = Field(
            "Share of positive", said["share"], lambda text: change("share", text), kind="number"
        )
        self._board.register(share, lambda: (*self._target_place(), "cats", said["positive"]))

    def _number(self) -> None:
        paragraph(
            "Regression. The column keeps this distribution, whatever it depends on.", "quiet"
        )
        with box("fields"):
            self._column()
            self._name()
            for key in NUMBERS:
                self._part(key)

    def _part(self, key: str) -> None:
        def change(text: str) -> None:
            target = self._purpose.table.target
            if target is not None:
                target.set(key, text)
                self._controller.changed()

        made = Field(NAMES[key], self._purpose.number(key), change, kind="number")
        self._board.register(made, lambda: self._place(key))

    def _name(self) -> None:
        def change(text: str) -> None:
            try:
                self._purpose.table.rename(self._purpose.name, text)
            except NameTaken as taken:
                made.refused = sentence(str(taken))
                return
            made.refused = ""
            self._controller.changed()

        made = Field("Name of the target", self._purpose.name, change)

    def _target_place(self) -> tuple[str | int, ...]:
        target = self._purpose.table.target
        return target.path if target else ("target",)

    def _place(self, key: str) -> tuple[str | int, ...]:
        target = self._purpose.table.target
        return target.place(key) if target else ("target", key)
