"""A place to drop files on, which are sent to the service by the browser itself."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from app.ui.request_context import root
from app.ui.toolkit.elements import Element, GenericEventArguments


class Upload(Element, component="upload.js"):
    """Tells `on_stored` the id of what each file has become; why one was refused stands beside it.

    Args:
        said: what is to be dropped here.
        hint: which files are taken.
        accept: the endings of their names.
        place: where the pages take them in, see `app.ui.uploads`.
    """

    def __init__(
        self,
        said: str,
        label: str,
        hint: str,
        accept: str,
        place: str,
        on_stored: Callable[[str], Awaitable[None]],
    ) -> None:
        super().__init__()
        self.props.update({"said": said, "label": label, "hint": hint})
        self.props.update({"accept": accept, "place": f"{root()}{place}"})
        self._on_stored = on_stored
        self.on("stored", self._stored)

    async def _stored(self, event: GenericEventArguments) -> None:
        if isinstance(event.args, str):
            await self._on_stored(event.args)
