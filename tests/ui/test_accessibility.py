"""No page has a serious violation that axe-core finds, in light and in dark; none is wider than a
phone, and nothing on them jumps about while they load."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.acceptance.http.server import ROOT, Server
from tests.ui.conftest import PATIENCE
from tests.ui.person import Person

SERIOUS = {"serious", "critical"}
SHIFT = 0.1  # Cumulative Layout Shift that counts as good


@pytest.fixture(scope="module")
def job(server: Server) -> str:
    """A finished job with everything on its page."""
    text = (ROOT / "examples" / "credit_default.yaml").read_text(encoding="utf-8")
    body = {"schema_yaml": text, "n_samples": 2000, "formats": ["csv"], "verify": True}
    answer = httpx.post(
        f"{server.url}/v1/jobs", json=body, headers={"Prefer": "wait=30"}, timeout=60
    )
    assert answer.json()["status"] == "succeeded"
    return str(answer.json()["id"])


def violations(page: Page) -> list[str]:
    """What axe-core calls serious, in light and in dark; only colours differ between the two."""
    page.emulate_media(color_scheme="light")
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


@pytest.mark.slow
def test_pages_of_a_new_table_are_accessible(page: Page, person: Person) -> None:
    person.start_from_example("churn")
    assert violations(page) == []
    person.go_to_columns()
    person.see_no_faults()
    person.line("Subscription Type").get_by_label("Column", exact=True).focus()
    expect(person.panel.get_by_label("Label 1", exact=True)).to_be_visible()
    assert violations(page) == []
    person.press("YAML")
    assert violations(page) == []
    person.press("Make the table")
    expect(page.get_by_role("button", name="Make it")).to_be_visible()
    assert violations(page) == []


@pytest.mark.slow
def test_pages_of_finished_tables_are_accessible(page: Page, job: str) -> None:
    page.goto(f"/jobs/{job}")
    expect(page.get_by_role("heading", name="Rules")).to_be_visible()
    assert violations(page) == []
    for place in ("/jobs", f"/compare?left={job}&right={job}", "/sign-in"):
        page.goto(place)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        assert violations(page) == []


@pytest.mark.slow
def test_pages_fit_a_phone_and_do_not_jump(browser: Browser, server: Server, job: str) -> None:
    context = browser.new_context(base_url=server.url, viewport={"width": 390, "height": 844})
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    for place in ("/", "/design", f"/jobs/{job}", "/jobs", f"/compare?left={job}&right={job}"):
        page.goto(place)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        page.wait_for_function("window.did_handshake")
        assert page.evaluate("document.scrollingElement.scrollWidth") <= 390, place
        assert page.evaluate(SHIFTS) < SHIFT, place
    context.close()


SHIFTS = """new Promise(done => {
  let sum = 0;
  const watch = new PerformanceObserver(list => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) sum += entry.value;
  });
  watch.observe({ type: 'layout-shift', buffered: true });
  requestAnimationFrame(() => requestAnimationFrame(() => done(sum)));
})"""
