"""No page has a serious violation that axe-core finds, in light and in dark; none is wider than a
phone, and nothing on them jumps about while they load."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.acceptance.http.server import ROOT, Server
from tests.ui.axe import violations
from tests.ui.conftest import PATIENCE
from tests.ui.person import Person

SHIFT = 0.1  # Cumulative Layout Shift that counts as good


@pytest.fixture(scope="module")
def job(server: Server) -> str:
    """A finished job with everything on its page."""
    text = (ROOT / "examples" / "credit_default.yaml").read_text(encoding="utf-8")
    body = {"schema_yaml": text, "n_samples": 2000, "formats": ["csv"], "verify": True}
    job = server.finished(body)
    assert job["status"] == "succeeded"
    return str(job["id"])


@pytest.mark.slow
def test_pages_of_a_new_table_are_accessible(page: Page, person: Person) -> None:
    person.start_from_example("churn_patent")
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
    places = ("/jobs", f"/compare?left={job}&right={job}", "/sign-in", "/jobs/nowhere")
    for place in places:
        page.goto(place)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        assert violations(page) == []


@pytest.mark.slow
def test_pages_of_accounts_are_accessible(page: Page, person: Person) -> None:
    page.goto("/connections")
    page.get_by_label("Kind").select_option("s3")
    person.fill(Name="lake", Access_key_ID="AKIATEST", Secret_access_key="a-secret")
    person.press("Store it")
    expect(page.get_by_text("lake is stored.")).to_be_visible()
    page.get_by_text("More", exact=True).last.click()
    assert violations(page) == []
    person.press("Store it")
    expect(page.get_by_role("status").get_by_text("name:")).to_be_visible()
    assert violations(page) == []
    page.goto("/keys")
    person.fill(Name="nightly")
    person.press("Make it")
    expect(page.get_by_label("Key of nightly")).to_be_visible()
    assert violations(page) == []
    page.get_by_role("button", name="End nightly").click()
    page.get_by_role("button", name="End it").click()
    expect(page.get_by_text("ended", exact=True)).to_be_visible()
    assert violations(page) == []


@pytest.mark.slow
def test_pages_fit_a_phone_and_do_not_jump(browser: Browser, server: Server, job: str) -> None:
    context = browser.new_context(base_url=server.url, viewport={"width": 390, "height": 844})
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    places = ("/", "/design", f"/jobs/{job}", "/jobs", f"/compare?left={job}&right={job}")
    for place in (*places, "/connections", "/keys", "/sign-in"):
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
