"""What a person types that the draft cannot take is seen at its field, counted, and never left out
in silence."""

from __future__ import annotations

import re

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.acceptance.http.server import Server
from tests.ui.person import Person


@pytest.mark.slow
def test_names_that_cannot_be_are_faults_until_they_are_mended(person: Person, page: Page) -> None:
    person.start_from_example("patients")
    person.go_to_columns()
    person.see_no_faults()
    person.press("Add a column")
    name = page.get_by_label("Column", exact=True).nth(9)
    name.fill("Heigh")
    name.press_sequentially("t")
    expect(page.locator(".row-fault", has_text="Another column has this name")).to_be_visible()
    expect(page.get_by_text("1 fault", exact=True)).to_be_visible()
    person.line("Blood Pressure").get_by_label("Mean").fill("abc")
    expect(page.get_by_text("2 faults", exact=True)).to_be_visible()
    expect(name).to_have_attribute("aria-invalid", "true")
    person.press("Make the table")
    expect(page.get_by_text("2 faults to mend first")).to_be_visible()
    name.fill("Heights")
    person.line("Blood Pressure").get_by_label("Mean").fill("1e400")
    expect(person.line("Blood Pressure")).to_contain_text(
        "A number is wanted, not the text '1e400'"
    )
    person.line("Blood Pressure").get_by_label("Mean").fill("128")
    person.see_no_faults()


@pytest.mark.slow
def test_unread_yaml_is_a_fault_and_still_there_after_a_reload(person: Person, page: Page) -> None:
    person.start_from_example("patients")
    person.go_to_columns()
    person.see_no_faults()
    person.press("YAML")
    text = page.get_by_label("Definition in YAML")
    expect(text).to_have_value(re.compile("^name: patients"))
    text.fill("features: {a: {type: int, min: 1, max: 9")
    expect(page.get_by_text("1 fault", exact=True)).to_be_visible()
    person.press("Make the table")
    expect(page.get_by_text("1 fault to mend first")).to_be_visible()
    page.reload()
    expect(text).to_have_value("features: {a: {type: int, min: 1, max: 9")
    expect(page.get_by_text("1 fault", exact=True)).to_be_visible()
    text.fill("features: {a: {type: int, min: 1, max: 9}}")
    person.see_no_faults()
    person.press("Grid")
    expect(person.line("a").get_by_label("Max", exact=True)).to_have_value("9")


@pytest.mark.slow
def test_labels_must_have_names_of_their_own(person: Person, page: Page) -> None:
    person.start_blank()
    person.press("A label")
    person.fill(Positive_label="no")
    expect(page.get_by_text("The two labels must differ")).to_be_visible()
    person.fill(Positive_label="")
    expect(page.get_by_text("A label must have a name")).to_be_visible()
    person.fill(Positive_label="left")
    expect(page.locator(".field__fault")).to_have_count(0)
    person.go_to_columns()
    person.line("Target").get_by_label("Column", exact=True).focus()
    label = person.panel.get_by_label("Label 1", exact=True)
    label.fill("left")
    expect(page.locator(".row-fault", has_text="Another label has this name")).to_be_visible()


@pytest.mark.slow
def test_large_files_are_read_at_their_beginning_or_refused(person: Person, page: Page) -> None:
    person.start_blank()
    person.press("Your columns")
    rows = b"plan,months\n" + b"Gold,12\n" * 400_000
    table = {"name": "large.csv", "mimeType": "text/csv", "buffer": rows}
    page.get_by_label("Choose a file: SQL, CSV, Excel").set_input_files(table)  # type: ignore[arg-type]
    expect(page.get_by_text("2 columns taken over.")).to_be_visible()
    page.get_by_label("CSV (header").fill('"' * 250_000)
    expect(page.get_by_text("Longer than this page can take")).to_be_visible()
    person.press("YAML")
    quotes = {"name": "odd.yaml", "mimeType": "application/yaml", "buffer": b'"' * 600_000}
    page.get_by_label("Choose a YAML or JSON file").set_input_files(quotes)  # type: ignore[arg-type]
    expect(page.get_by_text("more than this page can read")).to_be_visible()


@pytest.mark.slow
def test_an_address_of_no_page_leads_back_to_the_pages(server: Server) -> None:
    answer = httpx.get(f"{server.url}/jobs/a/b")
    assert answer.status_code == 404
    assert "Nothing is at this address." in answer.text and "Start a new table" in answer.text


@pytest.mark.slow
def test_of_very_many_labels_the_first_are_drawn_until_all_are_asked_for(
    person: Person, page: Page
) -> None:
    labels = ", ".join(f"label {number}" for number in range(60))
    person.start_from_yaml(f"features: {{place: {{type: category, cats: [{labels}]}}}}")
    person.go_to_columns()
    person.see_no_faults()
    expect(person.panel.get_by_label("Label 40", exact=True)).to_be_visible()
    expect(person.panel.get_by_label("Label 41", exact=True)).to_have_count(0)
    person.press("Show all 60 labels")
    expect(person.panel.get_by_label("Label 41", exact=True)).to_be_focused()
    expect(person.panel.get_by_label("Label 60", exact=True)).to_be_visible()
