"""The pages of learning: definition by click and as text, faults, narrow screens, who may not read
rows, pages that are left."""

from __future__ import annotations

import re
import time

import httpx
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.acceptance.http.server import Server
from tests.kinds.learning import shop_model
from tests.ui.axe import violations
from tests.ui.browser.test_accessibility import SHIFT, SHIFTS
from tests.ui.browser.test_pages import Guarded, guarded
from tests.ui.conftest import PATIENCE
from tests.ui.person import see_done

__all__ = ["guarded"]
pytestmark = pytest.mark.slow

PEOPLE = "id,email,city,age\n" + "".join(
    f"{row},p{row}@example.org,{'Rome' if row % 3 else 'Bern'},{20 + row % 50}\n"
    for row in range(1, 301)
)
READ_SECONDS = 180


def uploaded(address: str, name: str, content: str = PEOPLE, key: str = "") -> str:
    """The id of a source that was read."""
    headers = {"Content-Type": "text/csv", **({"Authorization": f"Bearer {key}"} if key else {})}
    with httpx.Client(base_url=address, headers=headers) as client:
        made = client.post("/v1/sources", params={"name": name}, content=content.encode())
        place = f"/v1/sources/{made.raise_for_status().json()['id']}"
        end = time.monotonic() + READ_SECONDS
        while client.get(place).json()["status"] == "reading":
            assert time.monotonic() < end
            time.sleep(0.1)
    return place.rpartition("/")[2]


@pytest.fixture(scope="module")
def people(server: Server) -> str:
    return uploaded(server.url, "people.csv")


@pytest.fixture(scope="module")
def shops(server: Server) -> str:
    """The id of a synthesizer."""
    headers = {"Content-Type": "application/octet-stream"}
    made = httpx.post(f"{server.url}/v1/synthesizers", content=shop_model(), headers=headers)
    return str(made.raise_for_status().json()["id"])


@pytest.fixture
def source(page: Page, people: str) -> Page:
    """The page of a source without a change."""
    page.goto(f"/sources/{people}")
    expect(page.get_by_text("No faults", exact=True)).to_be_visible()
    return page


def column(page: Page, name: str) -> Locator:
    return page.get_by_role("group", name=f"Column {name}", exact=True)


def test_a_sensitive_column_has_a_shield_that_says_what_happens(source: Page) -> None:
    email = column(source, "email")
    shield = email.locator(".pill")
    expect(shield).to_have_text("E-mail address, faked")
    expect(shield).to_have_class(re.compile("pill--good"))
    email.get_by_label("Treatment").select_option("learn")
    expect(shield).to_have_text("E-mail address, learned")
    expect(shield).not_to_have_class(re.compile("pill--good"))
    expect(source.get_by_text("seems to hold a email")).to_be_visible()
    assert violations(source) == []
    email.get_by_label("Treatment").select_option("fake")
    expect(email.get_by_label("Made by")).to_have_value("email")
    expect(column(source, "city").locator(".pill")).to_have_count(0)
    expect(source.get_by_role("button", name="Discard changes")).to_be_hidden()


def test_columns_and_yaml_stay_in_step_both_ways(source: Page) -> None:
    column(source, "city").get_by_label("Treatment").select_option("drop")
    source.get_by_role("button", name="YAML").click()
    text = source.get_by_label("Definition in YAML")
    expect(text).to_have_value(re.compile(r"city: \{ ?treatment: drop|city:\n\s+treatment: drop"))
    text.fill(text.input_value().replace("k: 5", "k: 9"))
    source.get_by_role("button", name="Columns", exact=True).click()
    expect(source.get_by_label("Fewest rows behind a value")).to_have_value("9")
    source.get_by_role("button", name="YAML").click()
    text.fill("tables: {people: {columns: {city: drop")
    expect(source.get_by_text("1 fault", exact=True)).to_be_visible()
    source.get_by_role("button", name="Train", exact=True).click()
    expect(source.get_by_text("1 fault to mend first")).to_be_visible()
    assert violations(source) == []
    source.get_by_role("button", name="Discard changes").click()
    expect(source.get_by_text("No faults", exact=True)).to_be_visible()
    expect(text).to_have_value(re.compile("k: 5"))
    source.get_by_role("button", name="Columns", exact=True).click()
    expect(column(source, "city").get_by_label("Treatment")).to_have_value("learn")


def test_faults_stand_at_their_fields_and_all_at_once(source: Page) -> None:
    column(source, "city").get_by_label("Treatment").select_option("fake")
    column(source, "city").get_by_label("Made by").fill("no_such_provider")
    source.get_by_label("Fewest rows behind a value").fill("1")
    source.get_by_label("Seed", exact=True).fill("x")
    expect(source.get_by_text("3 faults", exact=True)).to_be_visible()
    expect(column(source, "city")).to_contain_text("no_such_provider")
    expect(source.locator(".field--fault")).to_have_count(3)
    assert violations(source) == []
    source.get_by_role("button", name="Discard changes").click()
    expect(source.get_by_text("No faults", exact=True)).to_be_visible()


def test_a_change_is_still_there_after_a_visit_elsewhere_and_saved_for_all(
    source: Page, people: str
) -> None:
    source.get_by_label("Target", exact=True).select_option("age")
    expect(source.get_by_role("button", name="Save")).to_be_visible()
    source.goto("/sources")
    source.goto(f"/sources/{people}")
    expect(source.get_by_label("Target", exact=True)).to_have_value("age")
    source.get_by_role("button", name="Save").click()
    expect(source.get_by_role("button", name="Save")).to_be_hidden()
    address = source.url.replace("/sources/", "/v1/sources/")
    stored = httpx.get(f"{address}/definition")
    assert stored.json()["target"] == "age"
    headers = {"If-Match": stored.headers["etag"]}
    body = {**stored.json(), "target": "city"}
    httpx.put(f"{address}/definition", json=body, headers=headers).raise_for_status()
    source.get_by_label("Target", exact=True).select_option("")
    source.get_by_role("button", name="Save").click()
    expect(source.get_by_text("It was changed elsewhere.")).to_be_visible()
    source.get_by_role("button", name="Discard changes").click()
    expect(source.get_by_label("Target", exact=True)).to_have_value("city")


def test_models_are_ticked_and_stand_side_by_side(page: Page, server: Server, shops: str) -> None:
    headers = {"Content-Type": "application/octet-stream"}
    place = f"{server.url}/v1/synthesizers"
    other = httpx.post(place, content=shop_model(), headers=headers).json()["id"]
    page.goto("/synthesizers")
    expect(page.get_by_role("button", name="Tick two to compare")).to_be_disabled()
    for each in page.get_by_role("checkbox").all():
        each.check()
    page.get_by_role("button", name="Compare", exact=True).click()
    expect(page.get_by_role("heading", name="Models and evaluations side by side")).to_be_visible()
    for each in (shops, other):
        expect(page.locator(f'a[href$="/synthesizers/{each}"]')).to_be_visible()
    assert violations(page) == []


def test_a_file_that_holds_no_table_is_refused_in_words(page: Page, server: Server) -> None:
    page.goto("/sources")
    files = [
        {"name": "notes.exe", "mimeType": "text/plain", "buffer": b"a,b\n1,2\n"},
        {"name": "zeros.csv", "mimeType": "text/csv", "buffer": b"a,b\n\0\0\0"},
    ]
    chooser = page.get_by_label("Choose files")
    with page.expect_response(re.compile("/uploads/")):
        chooser.set_input_files(files[1:])  # type: ignore[arg-type]
    line = page.get_by_role("list", name="Sources").get_by_role("listitem")
    broken = line.filter(has_text="zeros.csv")
    expect(broken.get_by_text("Not read", exact=True)).to_be_visible()
    broken.get_by_role("link").click()
    expect(page.get_by_role("status")).to_contain_text("NUL")
    assert violations(page) == []
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page).to_have_url(f"{server.url}/sources")
    expect(broken).to_have_count(0)


def test_steps_lead_from_a_source_to_its_training(page: Page, people: str) -> None:
    page.goto("/synthesis")
    assert violations(page) == []
    page.get_by_role("list", name="Sources").get_by_role("link", name="people.csv").click()
    for step in ("Keys", "Columns", "Settings", "Train"):
        assert violations(page) == []
        page.get_by_role("button", name="Next").click()
        expect(page.locator("[aria-current=step]")).to_contain_text(step)
    expect(page.get_by_text("columns from 300 rows")).to_be_visible()
    page.get_by_role("button", name="Columns", exact=True).first.click()
    expect(column(page, "age")).to_be_visible()


def test_a_synthesizer_is_renamed_given_out_and_deleted(page: Page, server: Server) -> None:
    page.goto("/synthesizers")
    model = {"name": "shops.tsm", "mimeType": "application/octet-stream", "buffer": shop_model()}
    page.get_by_label("Choose files").set_input_files(model)  # type: ignore[arg-type]
    line = page.get_by_role("list", name="Synthesizers").get_by_role("listitem")
    line.filter(has_text="shops.tsm").get_by_role("link").click()
    expect(page.get_by_text("Taken in as a model file.")).to_be_visible()
    page.get_by_role("button", name="Rename").click()
    page.get_by_label("Name", exact=True).fill("our shops")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="our shops")).to_be_visible()
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Model file").click()
    assert waiting.value.suggested_filename == "our shops.tsm"
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page).to_have_url(f"{server.url}/synthesizers")
    expect(line.filter(has_text="our shops")).to_have_count(0)


def test_pages_fit_a_phone_and_do_not_jump(
    browser: Browser, server: Server, people: str, shops: str
) -> None:
    context = browser.new_context(base_url=server.url, viewport={"width": 390, "height": 844})
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    for place in (
        "/sources", f"/sources/{people}", "/synthesizers", f"/synthesizers/{shops}", "/synthesis",
        f"/synthesis?source={people}", f"/synthesis?synthesizer={shops}",
    ):  # fmt: skip
        page.goto(place)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        page.wait_for_function("window.did_handshake")
        assert page.evaluate("document.scrollingElement.scrollWidth") <= 390, place
        assert page.evaluate(SHIFTS) < SHIFT, place
    context.close()


@pytest.mark.parametrize(
    "place",
    [
        "/sources/nowhere",
        "/synthesizers/nowhere",
        "/synthesis?source=a/b",
        "/synthesis?synthesizer=x",
    ],
)
def test_what_is_not_there_is_said(page: Page, place: str) -> None:
    page.goto(place)
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("^(No such|Not found)"))


def test_who_may_not_read_rows_sees_no_value(browser: Browser, guarded: Guarded) -> None:
    address = guarded.server.url
    admin = {"Authorization": f"Bearer {guarded.key}"}
    source = uploaded(address, "people.csv", key=guarded.key)
    body = {"name": "reader", "scope": "read"}
    made = httpx.post(f"{address}/v1/keys", json=body, headers=admin).raise_for_status().json()
    context = browser.new_context(base_url=address)
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.goto("/sign-in")
    page.get_by_label("API key", exact=True).fill(made["token"])
    page.get_by_role("button", name="Use it").click()
    expect(page.get_by_role("heading", name="Make a table")).to_be_visible()
    page.goto(f"/sources/{source}")
    expect(page.get_by_text("No faults", exact=True)).to_be_visible()
    expect(column(page, "city")).to_contain_text("2 values")
    expect(page.get_by_text("for keys with the scope source")).to_be_visible()
    expect(page.locator(".spark")).to_have_count(0)
    assert not any(value in page.content() for value in ("Rome", "Bern", "@example.org"))
    column(page, "city").get_by_label("Treatment").select_option("drop")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("scope").last).to_be_visible()
    context.close()


def test_an_evaluation_shows_its_figures_and_gives_its_report(
    page: Page, people: str, server: Server
) -> None:
    body = {"kind": "evaluate", "real": people, "synthetic": people, "holdout": people}
    job = server.finished(body)
    page.goto(f"/jobs/{job['id']}")
    figures = page.get_by_role("region", name="Figures")
    shown = len(job["result"]["details"]["figures"])
    assert shown > 4
    expect(figures.get_by_role("row")).to_have_count(1 + shown)
    expect(figures.get_by_role("row", name="Exact copies")).to_contain_text("1")
    expect(page.get_by_text("The real table")).to_be_visible()
    assert violations(page) == []
    with page.expect_download() as download:
        page.get_by_role("link", name="Report (HTML)").click()
    assert download.value.path().read_text().startswith("<!doctype html>")


def test_rows_that_are_asked_for_are_drawn_and_faults_stand_at_their_fields(
    page: Page, server: Server, shops: str
) -> None:
    page.goto(f"/synthesis?synthesizer={shops}")
    page.get_by_role("button", name="Rows", exact=True).click()
    page.get_by_label("Rows", exact=True).fill("200")
    page.get_by_role("button", name="Add a condition").click()
    condition = page.get_by_role("group", name="Condition 1", exact=True)
    condition.get_by_label("Column").select_option("size")
    condition.get_by_label("How it compares").select_option(">=")
    condition.get_by_label("Value").fill("900")
    condition.get_by_label("Rows that are so").fill("50")
    page.get_by_role("button", name="Add a share").click()
    share = page.get_by_role("group", name="Share 1", exact=True)
    share.get_by_label("Column").select_option("shop")
    share.get_by_label("Value", exact=True).fill("003")
    share.get_by_label("Share", exact=True).fill("40%")
    assert violations(page) == []
    page.get_by_role("button", name="Run", exact=True).click()
    page.get_by_role("button", name="Draw the rows").click()
    expect(condition.locator(".field--fault")).to_have_count(1)
    expect(condition).to_contain_text("can be had")
    condition.get_by_label("Value").fill("10")
    page.get_by_role("button", name="Run", exact=True).click()
    page.get_by_role("button", name="Draw the rows").click()
    expect(page).to_have_url(re.compile(r"/jobs/\w+$"))
    see_done(page)
    job = page.url.rpartition("/")[2]
    text = httpx.get(f"{server.url}/v1/jobs/{job}/result").raise_for_status().text
    rows = [line.split(",") for line in text.splitlines()[1:]]
    assert len(rows) == 200
    assert sum(float(row[2]) >= 10 for row in rows) == 50
    assert sum(row[0] == "003" for row in rows) == 80


def test_the_holes_of_a_table_are_filled(page: Page, server: Server, shops: str) -> None:
    lines = [f"{row % 5:03d},{'' if row % 2 else 'no'},{row % 40 / 2}" for row in range(60)]
    holed = "\n".join(["shop,open,size", *lines]) + "\n"
    source = uploaded(server.url, "holed.csv", holed)
    page.goto(f"/synthesis?synthesizer={shops}")
    page.get_by_role("button", name="Rows", exact=True).click()
    page.get_by_label("Holes that are filled").select_option(source)
    page.get_by_role("button", name="Run", exact=True).click()
    page.get_by_role("button", name="Draw the rows").click()
    expect(page).to_have_url(re.compile(r"/jobs/\w+$"))
    see_done(page)
    job = page.url.rpartition("/")[2]
    rows = httpx.get(f"{server.url}/v1/jobs/{job}/result").raise_for_status().text.splitlines()
    assert len(rows) == 61
    for given, made in zip(lines, rows[1:], strict=True):
        shop, is_open, _ = given.split(",")
        assert made.split(",")[0] == shop and made.split(",")[1] == (is_open or made.split(",")[1])
        assert made.split(",")[1] in {"yes", "no"}
