"""Where the focus goes when what had it is drawn anew or gone."""

from __future__ import annotations

from app.ui.toolkit.elements import Element


def focus(element: Element, *, mark: bool = False) -> None:
    """Put the focus on an element, or on the field in it, once the page is as it is now; `mark`
    its text, to be typed over."""
    act = "select" if mark else "focus"
    element.client.run_javascript(
        f"requestAnimationFrame(() => {{ const found = getHtmlElement({element.id}); "
        f"(found?.querySelector('input, select, textarea') ?? found)?.{act}(); }})"
    )
