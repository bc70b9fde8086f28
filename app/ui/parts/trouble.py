"""Why nothing can be said of the draft: no answer, or no key."""

from __future__ import annotations

from app.ui.editor_controller import EditorController
from app.ui.parts.faults import note, sentence
from app.ui.parts.tags import box, link
from app.ui.request_context import root


class Trouble:
    """Seen while there is trouble; where a key is wanted, with the way to give one."""

    def __init__(self, controller: EditorController) -> None:
        self._controller, self._sign_in = controller, f"{root()}/sign-in"
        self._box = box("notes", role="status")
        self._shown = ""
        self._box.set_visibility(False)
        controller.on_checked.append(self._show)

    def _show(self) -> None:
        findings = self._controller.findings
        if findings.trouble == self._shown:
            return
        self._shown = findings.trouble
        self._box.clear()
        self._box.set_visibility(bool(self._shown))
        if not self._shown:
            return
        said = "This service wants an API key." if findings.wants_key else sentence(self._shown)
        with self._box, note(said, "bad"):
            if findings.wants_key:
                link(
                    "Give a key", self._sign_in, "button button--plain button--small", symbol="key"
                )
