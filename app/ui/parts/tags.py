"""Plain elements: headings, texts, buttons, links, icons."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from typing import Any, Literal

from nicegui import ui

from app.ui.toolkit.elements import Element, Tag

ButtonKind = Literal["primary", "plain", "quiet", "danger"]

# Drawn on a grid of 24, two wide.
ICONS = {
    "plus": "M12 5v14M5 12h14",
    "trash": "M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13M10 11v5M14 11v5",
    "up": "M12 19V5M6 11l6-6 6 6",
    "down": "M12 5v14M6 13l6 6 6-6",
    "more": "M9 6l6 6-6 6",
    "play": "M7 4l13 8-13 8z",
    "file": "M6 3h8l4 4v14H6zM14 3v4h4",
    "upload": "M12 16V4M6 10l6-6 6 6M4 20h16",
    "download": "M12 4v12M6 10l6 6 6-6M4 20h16",
    "table": "M3 5h18v14H3zM3 10h18M3 15h18M9 5v14",
    "spark": "M12 3l2.2 6.8L21 12l-6.8 2.2L12 21l-2.2-6.8L3 12l6.8-2.2z",
    "check": "M5 12l5 5L20 7",
    "cross": "M6 6l12 12M18 6L6 18",
    "warn": "M12 4l9 16H3zM12 10v4M12 17v.5",
    "moon": "M20 14A8 8 0 1 1 10 4a6.5 6.5 0 0 0 10 10z",
    "again": "M4 12a8 8 0 1 1 2.5 5.8M4 19v-5h5",
    "target": "M12 3a9 9 0 1 0 0 18a9 9 0 1 0 0-18zM12 8a4 4 0 1 0 0 8a4 4 0 1 0 0-8z",
    "code": "M9 7l-5 5 5 5M15 7l5 5-5 5",
    "stop": "M6 6h12v12H6z",
    "shield": "M12 3l7 3v5c0 5-3 8-7 10-4-2-7-5-7-10V6z",
    "key": "M8 12a4 4 0 1 0 0 8a4 4 0 1 0 0-8zM11 13l9-9M16 8l3 3",
}


def tag(name: str, text: str = "", classes: str = "", **props: Any) -> Tag:
    """Any element; `_` in the name of a property stands for `-`."""
    made = Tag(name, text)
    if classes:
        made.classes(classes)
    made.props.update({key.rstrip("_").replace("_", "-"): value for key, value in props.items()})
    return made


def box(classes: str = "", name: str = "div", **props: Any) -> Tag:
    return tag(name, "", classes, **props)


def heading(level: int, text: str, classes: str = "") -> Tag:
    return tag(f"h{level}", text, classes)


def paragraph(text: str, classes: str = "") -> Tag:
    return tag("p", text, classes)


def icon(name: str) -> Element:
    """Decoration: what it stands for is said beside it."""
    svg = (
        '<svg viewBox="0 0 24 24" width="18" height="18" fill="none" stroke="currentColor" '
        'stroke-width="2" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">'
        f'<path d="{ICONS[name]}"/></svg>'
    )
    return ui.html(svg, sanitize=False, tag="span").classes("icon")


def button(
    text: str,
    on_click: Callable[..., Any] | None = None,
    *,
    kind: ButtonKind = "plain",
    symbol: str = "",
    label: str = "",
    **props: Any,
) -> Tag:
    """A button; one with a symbol and no text needs a `label` for those who cannot see it."""
    shape = "" if text else " button--icon"
    made = tag("button", text, f"button button--{kind}{shape}", type="button", **props)
    if label:
        made.props.update({"aria-label": label, "title": label})
    if symbol:
        with made:
            icon(symbol)
    if on_click is not None:
        made.on("click", _one_at_a_time(on_click), [])
    return made


def _one_at_a_time(handler: Callable[[], Any]) -> Callable[[], Any]:
    """A click does nothing while the one before is still being answered: no job is made twice."""
    waiting = False

    async def finish(answer: Awaitable[Any]) -> None:
        nonlocal waiting
        try:
            await answer
        finally:
            waiting = False

    def clicked() -> Any:
        nonlocal waiting
        answer = None if waiting else handler()
        if not inspect.isawaitable(answer):
            return answer
        waiting = True
        return finish(answer)

    return clicked


def link(text: str, href: str, classes: str = "", *, symbol: str = "", **props: Any) -> Tag:
    made = tag("a", text, classes, href=href, **props)
    if symbol:
        with made:
            icon(symbol)
    return made


def card(title: str = "", classes: str = "", *, level: int = 2) -> Tag:
    made = box(f"card {classes}", "section")
    if title:
        made.props["aria-label"] = title
        with made:
            heading(level, title, "card__title")
    return made


def pill(text: str, kind: str = "") -> Tag:
    return tag("span", text, f"pill pill--{kind}" if kind else "pill")
