"""Grid and YAML in step, the list of tables, connections, and signing in where keys are wanted."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.acceptance.http.server import ROOT, Server, running_server
from tests.ui.conftest import PATIENCE
from tests.ui.person import Person

SMALL = (
    "name: {name}\nn_samples: 300\nseed: 1\nfeatures:\n  plan: {{type: category, cats: [A, B]}}\n"
)


@pytest.mark.slow
def test_grid_and_yaml_stay_in_step_both_ways(person: Person, page: Page) -> None:
    person.start_from_example("patients")
    person.go_to_columns()
    person.see_no_faults()
    person.line("Height").get_by_label("Mean").fill("180")
    person.press("YAML")
    text = page.get_by_label("Definition in YAML")
    expect(text).to_have_value(re.compile(r"Height: .*mean: 180"))
    expect(text).to_have_value(re.compile(r"correlations:\n"))
    text.fill(text.input_value().replace("mean: 180", "mean: 190"))
    person.press("Grid")
    expect(person.line("Height").get_by_label("Mean")).to_have_value("190")
    person.press("YAML")
    text.fill("features:\n  a: {type: int, min: 1")
    expect(page.get_by_text("The grid shows the last text that could be read.")).to_be_visible()
    text.fill("features:\n  a: {type: int, min: 1, max: 9}\n")
    person.see_no_faults()
    person.press("Grid")
    expect(person.line("a").get_by_label("Max", exact=True)).to_have_value("9")
    expect(person.line("Height")).to_have_count(0)


@pytest.mark.slow
def test_columns_of_sql_are_taken_over_moved_and_removed(person: Person, page: Page) -> None:
    page.goto("/")
    person.press("Your columns")
    given = page.get_by_label(re.compile("^CSV"))
    given.fill("CREATE TABLE t (id INT PRIMARY KEY, city VARCHAR(9), fee DECIMAL(8,2))")
    person.press("Use these columns")
    expect(page.get_by_text("3 columns taken over")).to_be_visible()
    person.go_to_columns()
    person.see_no_faults()
    names = page.get_by_label("Column", exact=True)
    person.line("fee").get_by_role("button", name="Move up").click()
    expect(names.nth(1)).to_have_value("fee")
    person.line("city").get_by_role("button", name="Remove").click()
    expect(names).to_have_count(2)
    person.see_no_faults()
    expect(page.get_by_role("region", name="First rows").get_by_role("columnheader")).to_have_text(
        ["id", "fee"]
    )


@pytest.mark.slow
def test_tables_are_found_renamed_compared_and_deleted(page: Page, server: Server) -> None:
    for name in ("first", "second"):
        body = {"schema_yaml": SMALL.format(name=name), "formats": ["csv"]}
        server.finished(body)
    page.goto("/jobs")
    lines = page.get_by_role("list", name="Tables").get_by_role("listitem")
    line = lines.filter(has_text="first")
    line.get_by_role("button", name="Rename").click()
    page.get_by_label("Name", exact=True).fill("the first")
    page.get_by_role("button", name="Save").click()
    expect(lines.filter(has_text="the first")).to_be_visible()
    page.get_by_label("Search").fill("second")
    expect(line).to_be_hidden()
    page.get_by_label("Search").fill("")
    page.get_by_label("Compare first").check()
    page.get_by_label("Compare second").check()
    page.get_by_role("button", name="Compare", exact=True).click()
    expect(page.get_by_role("heading", name="Two tables side by side")).to_be_visible()
    expect(page.get_by_text(re.compile(r"0 of \d+ differ"))).to_be_visible()
    drawn = re.compile(r"^On the (left|right) (the first|second): all [\d,]+ rows\.$")
    expect(page.get_by_text(drawn)).to_have_count(2)
    page.goto("/jobs")
    lines.filter(has_text="second").get_by_role("button", name="Delete").click()
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(lines.filter(has_text="second")).to_have_count(0)


@dataclass(frozen=True)
class Guarded:
    """A service that wants keys, and one that it takes."""

    server: Server
    key: str


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    folder = tmp_path_factory.mktemp("guarded")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TABLESMITH_API_KEYS", "on")
        patch.delenv("PYTEST_CURRENT_TEST", raising=False)
        with running_server(folder) as server:
            yield Guarded(server, _key(folder / "var"))


def _key(data: Path) -> str:
    command = [sys.executable, "-m", "app.cli", "keys", "create", "pages", "--scope", "admin"]
    command += ["--data-dir", str(data)]
    made = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return made.stdout.strip()


@pytest.mark.slow
def test_a_key_opens_the_pages_and_their_downloads(
    browser: Browser, guarded: Guarded, tmp_path: Path
) -> None:
    context = browser.new_context(base_url=guarded.server.url, accept_downloads=True)
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    person = Person(page, tmp_path)
    page.goto("/design")
    expect(page.get_by_text("This service wants an API key.")).to_be_visible()
    page.get_by_role("link", name="Give a key").click()
    expect(page).to_have_url(re.compile("/sign-in$"))
    page.goto("/jobs")
    expect(page).to_have_url(re.compile("/sign-in$"))
    person.fill(API_key="ts_wrong")
    person.press("Use it")
    expect(page.get_by_role("status").get_by_text(re.compile("key"))).to_be_visible()
    person.fill(API_key=guarded.key)
    person.press("Use it")
    expect(page.get_by_role("heading", name="Make a table")).to_be_visible()
    person.start_from_yaml(SMALL.format(name="guarded"))
    person.go_to_columns()
    person.see_no_faults()
    person.make_the_table()
    assert len(person.download_csv()) == 300
    stranger = browser.new_context()
    answer = stranger.request.get(page.url.replace("/jobs/", "/downloads/jobs/") + "/result")
    assert answer.status == 401
    stranger.close()
    context.close()


@pytest.mark.slow
def test_connections_are_stored_and_never_shown(page: Page) -> None:
    page.goto("/connections")
    page.get_by_label("Kind").select_option("s3")
    page.get_by_label("Name", exact=True).fill("lake")
    page.get_by_label("Access key ID").fill("AKIATEST")
    page.get_by_label("Secret access key").fill("a-secret-of-the-lake")
    page.get_by_role("button", name="Store it").click()
    stored = page.get_by_role("list", name="Stored connections").get_by_role("listitem")
    expect(stored.filter(has_text="lake")).to_be_visible()
    page.reload()
    expect(stored.filter(has_text="lake")).to_be_visible()
    assert "a-secret-of-the-lake" not in page.content()
    stored.get_by_role("button", name="Delete lake").click()
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(stored).to_have_count(0)
