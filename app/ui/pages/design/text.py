"""The definition as YAML, in step with the grid both ways."""

from __future__ import annotations

from app.ui.parts.faults import FaultNotes, note
from app.ui.parts.field import Field
from app.ui.parts.tags import box
from app.ui.studio import Studio


class TextPanel:
    """What is typed is read once it can be; until then the grid stays as it was."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self._text = Field("Definition in YAML", studio.yaml, self._typed, kind="area", rows=26)
        with box("notes", role="status"):
            self._faults = FaultNotes()
            self._behind = note("The grid shows the last text that could be read.")
        self._behind.set_visibility(False)
        studio.on_text.append(self._show)
        studio.on_checked.append(self._show)

    def _typed(self, text: str) -> None:
        if text != self._studio.yaml:
            self._studio.typed(text)

    def _show(self) -> None:
        self._text.show(self._studio.yaml)
        unread = self._studio.yaml_faults
        self._faults.show(unread or self._studio.findings.faults)
        self._behind.set_visibility(bool(unread))
