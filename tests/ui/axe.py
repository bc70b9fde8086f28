"""What axe-core finds on a page."""

from __future__ import annotations

import json
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

SERIOUS = {"serious", "critical"}


def violations(page: Page) -> list[str]:
    """What axe-core calls serious, in light and in dark; only colours differ between the two, and
    they change at once where no motion is wanted."""
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    found = _found(page, {})
    page.emulate_media(color_scheme="dark")
    expect(page.locator("body.body--dark")).to_be_visible()
    found += _found(page, {"runOnly": ["color-contrast"]})
    page.emulate_media(color_scheme="light")
    return found


def _found(page: Page, options: dict[str, Any]) -> list[str]:
    """Each violation with the first elements that have it."""
    answer = Axe().run(page, options={"resultTypes": ["violations"], **options}).response
    return [
        f"{each['id']}: {json.dumps([node['html'][:160] for node in each['nodes'][:3]])}"
        for each in answer["violations"]
        if each["impact"] in SERIOUS
    ]
