"""The definition as YAML, in step with the grid both ways."""

from __future__ import annotations

from app.ui.parts.faults import fault_notes, note
from app.ui.parts.field import Field
from app.ui.parts.tags import box
from app.ui.studio import Studio


class TextPanel:
    """What is typed is read once it can be; until then the grid stays as it was."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self._text = Field("Definition in YAML", studio.yaml, self._typed, kind="area", rows=26)
        self._said = box("notes", role="status")
        studio.on_text.append(self._show)
        studio.on_checked.append(self._show)

    def _typed(self, text: str) -> None:
        if text != self._studio.yaml:
            self._studio.typed(text)

    def _show(self) -> None:
        self._text.show(self._studio.yaml)
        self._said.clear()
        with self._said:
            if self._studio.yaml_faults:
                fault_notes(self._studio.yaml_faults)
                note("The grid shows the last text that could be read.")
            else:
                fault_notes(self._studio.findings.faults)
