"""Questions over the page."""

from __future__ import annotations

from nicegui import ui

from app.ui.parts.field import Field
from app.ui.parts.focus import focus
from app.ui.parts.tags import box, button, heading, paragraph


async def confirm(title: str, said: str, yes: str) -> bool:
    """Whether the person agrees."""
    with ui.dialog().props(f'aria-label="{_plain(title)}"') as dialog, box("sheet-dialog"):
        heading(2, title)
        paragraph(said, "quiet")
        with box("row row--end"):
            button("No", lambda: dialog.submit(False), kind="quiet")
            button(yes, lambda: dialog.submit(True), kind="danger")
    dialog.on("hide", dialog.delete, [])
    return bool(await dialog)


async def ask(title: str, label: str, value: str) -> str:
    """A text; empty where the person thought better of it."""
    with ui.dialog().props(f'aria-label="{_plain(title)}"') as dialog, box("sheet-dialog"):
        heading(2, title)
        field = Field(label, value)
        field.on("enter", lambda: dialog.submit(field.value), [])
        with box("row row--end"):
            button("Leave it", lambda: dialog.submit(""), kind="quiet")
            button("Save", lambda: dialog.submit(field.value), kind="primary")
    dialog.on("show", lambda: focus(field, mark=True), [])
    dialog.on("hide", dialog.delete, [])
    return str(await dialog or "").strip()


def _plain(text: str) -> str:
    return "".join(each for each in text if each.isalnum() or each in " .,?")
