"""The draft as the tab of the browser keeps it, for when the service has forgotten it."""

from __future__ import annotations

import json

from nicegui import Client, context, ui

from app.ui.editor_controller import EditorController

PLACE = "tablesmith-draft"
PATIENCE = 10.0  # seconds for the browser to answer


class DraftPersistence:
    """Puts every state of the draft that was checked into the tab; a draft that nobody has
    touched since the service started is taken from there."""

    def __init__(self, controller: EditorController) -> None:
        self._controller = controller
        self._client: Client = context.client
        self._kept = 0  # the hash of what the tab has: the text may be long
        controller.on_checked.append(self._keep)
        self._client.on_connect(self._restore)

    def _keep(self) -> None:
        text = json.dumps(self._controller.draft.document)
        if self._controller.draft.version and hash(text) != self._kept:
            self._kept = hash(text)
            self._client.run_javascript(f"sessionStorage.setItem('{PLACE}', {json.dumps(text)})")

    async def _restore(self) -> None:
        if self._controller.draft.version:
            return
        asked = self._client.run_javascript(f"sessionStorage.getItem('{PLACE}')", timeout=PATIENCE)
        try:
            document = json.loads(await asked or "null")
        except (TimeoutError, ValueError):
            return
        if isinstance(document, dict) and not self._controller.draft.version:
            self._controller.replaced(document)
            if not self._controller.draft.is_blank:
                with self._client:
                    ui.notify("The service had forgotten this table; here it is again.")
