"""The definition as YAML, in step with the grid both ways."""

from __future__ import annotations

from app.ui.editor_controller import EditorController
from app.ui.parts.faults import FaultNotes, note
from app.ui.parts.field import Field
from app.ui.parts.tags import box


class TextPanel:
    """What is typed is read once it can be; until then the grid stays as it was."""

    def __init__(self, controller: EditorController) -> None:
        self._controller = controller
        self._text = Field("Definition in YAML", controller.yaml, self._typed, kind="area", rows=26)
        with box("notes", role="status"):
            self._faults = FaultNotes()
            self._behind = note("The grid shows the last text that could be read.")
        self._behind.set_visibility(False)
        controller.on_text.append(self._show)
        controller.on_checked.append(self._show)

    def _typed(self, text: str) -> None:
        if text != self._controller.yaml:
            self._controller.typed(text)

    def _show(self) -> None:
        self._text.show(self._controller.yaml)
        unread = self._controller.yaml_faults
        self._faults.show(unread or self._controller.findings.faults)
        self._behind.set_visibility(bool(unread))
