"""What learning a source takes with the definition as it is now, and what will be weak."""

from __future__ import annotations

from app.ui.client import Answer
from app.ui.model.assessments import figures, sentences
from app.ui.pages.source.state import SynthesisState
from app.ui.parts.faults import FaultNotes, note, sentence
from app.ui.parts.tags import box, card, paragraph, tag


class Assessment:
    """Follows the findings; while there are faults it says nothing of what learning takes."""

    def __init__(self, state: SynthesisState) -> None:
        self._state = state
        with card("Assessment"):
            self._figures = box("figures")
            self._said = paragraph("It is looked at as soon as it has no faults.", "quiet")
            self._notes = box("notes")
            with box(role="status"):
                self._warnings = FaultNotes("warn")
        self._shown: Answer = {}
        state.controller.on_checked.append(self._show)

    def _show(self) -> None:
        findings = self._state.controller.findings
        self._warnings.show(findings.warnings)
        found = findings.assessment
        for part in (self._figures, self._notes):
            part.set_visibility(found is not None)
        self._said.set_visibility(found is None)
        if found is not None:
            self._draw(found)

    def _draw(self, assessment: Answer) -> None:
        if assessment == self._shown:
            return
        self._shown = assessment
        self._figures.clear()
        with self._figures:
            for value, said in figures(assessment):
                with box("figure"):
                    tag("b", value)
                    tag("span", said)
        self._notes.clear()
        with self._notes:
            for kind, said in sentences(assessment):
                note(f"{sentence(said)}.", kind)
