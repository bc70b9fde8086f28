"""Where the focus goes when what had it is redrawn or gone."""

from __future__ import annotations

from app.ui.toolkit.elements import Element


def focus(element: Element, *, mark: bool = False) -> None:
    """Put the focus on an element, or on the field in it, once the page is as it is now; `mark`
    its text, to be typed over."""
    # Marking alone does not bring a field into view that is far below.
    act = "field?.focus(); field?.select?.();" if mark else "field?.focus();"
    element.client.run_javascript(
        f"requestAnimationFrame(() => {{ const found = getHtmlElement({element.id}); "
        f"const field = found?.querySelector('input, select, textarea') ?? found; {act} }})"
    )
