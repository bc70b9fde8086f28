"""The dial: what comes by itself, what can be reached, what is promised."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.ui.person import Person


@pytest.mark.slow
def test_a_promise_is_shown_from_the_beginning_and_with_its_table(
    person: Person, page: Page
) -> None:
    person.start_from_example("shop")
    person.go_to_columns()
    figure = page.get_by_label("Dial as a number")
    expect(figure).to_have_value("0.75")
    page.get_by_role("button", name="customers").click()
    expect(figure).to_be_hidden()
    page.get_by_role("button", name="orders").click()
    expect(figure).to_have_value("0.75")


@pytest.mark.slow
def test_the_dial_tells_what_comes_by_itself_and_takes_a_promise(
    person: Person, page: Page
) -> None:
    person.start_from_example("churn_patent")
    person.go_to_columns()
    person.see_no_faults()
    said = page.get_by_text("the best possible model has AUC")
    expect(said).to_be_visible()
    low, high, natural = map(float, re.findall(r"0\.\d+|1\.0+", said.inner_text())[:3])
    assert 0.5 <= low < natural <= high
    page.get_by_role("group", name="Dial").get_by_role("button", name="AUC").click()
    promised = round((low + high) / 2, 2)
    page.get_by_role("slider", name="Dial").fill(str(promised))
    expect(page.get_by_text(f"of the best possible model: AUC {promised:g}:")).to_be_visible()
    person.see_no_faults()
    person.press("YAML")
    text = page.get_by_label("Definition in YAML")
    expect(text).to_have_value(re.compile(rf"auc: {promised:g}\b"))
    figure = page.get_by_label("Dial as a number")
    figure.fill("")
    expect(page.get_by_text("A number is wanted", exact=True)).to_be_visible()
    figure.fill("0.7")
    expect(page.get_by_text("A number is wanted", exact=True)).to_have_count(0)
    person.see_no_faults()
