"""Several tables with keys between them, from the example to the download."""

from __future__ import annotations

import re
import zipfile

import pytest
from playwright.sync_api import Page, expect

from tests.ui.axe import violations
from tests.ui.person import Person


@pytest.mark.slow
def test_tables_that_refer_to_one_another_are_shown_made_and_downloaded(
    person: Person, page: Page
) -> None:
    person.start_from_example("shop")
    person.go_to_columns()
    person.see_no_faults()
    diagram = page.get_by_role("img", name="orders refers to customers by customer_id")
    expect(diagram).to_be_visible()
    rows = page.get_by_role("region", name="First rows")
    expect(rows.get_by_role("columnheader").first).to_have_text("customer_id")
    assert violations(page) == []
    person.make_the_table()
    person.see_that_all_facts_hold()
    expect(page.get_by_text("orders: children of customers by customer_id")).to_be_visible()
    with page.expect_download() as waiting:
        page.get_by_role("link", name=re.compile(r"^CSV \(")).click()
    with zipfile.ZipFile(waiting.value.path()) as made:
        assert {"countries.csv", "customers.csv", "orders.csv"} <= set(made.namelist())
