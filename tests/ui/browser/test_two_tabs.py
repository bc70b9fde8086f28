"""Two tabs of one browser work on the same draft."""

from __future__ import annotations

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.ui.person import Person


@pytest.mark.slow
def test_what_one_tab_changes_the_other_one_shows(
    person: Person, page: Page, context: BrowserContext
) -> None:
    person.start_from_example("patients")
    person.go_to_columns()
    person.see_no_faults()
    second = Person(context.new_page(), person.folder)
    second.page.goto("/design")
    second.see_no_faults()
    second.line("Smoker").get_by_role("button", name="Remove").click()
    expect(person.line("Smoker")).to_have_count(0)
    person.line("Height").get_by_label("Mean").fill("180")
    expect(second.line("Height").get_by_label("Mean")).to_have_value("180")
    second.start_blank()
    expect(person.line("Height")).to_have_count(0)
    expect(page.get_by_role("heading", level=1)).to_have_text("my_table")
