"""The example that everyone meets first, built from nothing by clicks alone."""

from __future__ import annotations

from collections import Counter
from statistics import fmean, median

import pytest
from playwright.sync_api import Page, expect

from tests.ui.axe import violations
from tests.ui.keystrokes import FIVE_MINUTES, Keystrokes
from tests.ui.person import Person

pytestmark = pytest.mark.slow


def test_churn_is_built_from_nothing_in_five_minutes(person: Person, page: Page) -> None:
    keystrokes = Keystrokes(page)
    name_the_table(person)
    build_columns(person)
    add_the_rule(person)
    promise_an_auc(person)
    person.see_no_faults()
    person.make_the_table()
    person.see_that_all_facts_hold()
    rows = person.download_csv()
    assert keystrokes.steps > 60
    assert keystrokes.seconds < FIVE_MINUTES
    check(rows)
    assert violations(page) == []


def name_the_table(person: Person) -> None:
    person.start_blank()
    person.fill(Name="churn", Rows="10000", Seed="7")
    person.press("A label")
    person.fill(
        Name_of_the_target="Churned",
        Positive_label="yes",
        Negative_label="no",
        Share_of_positive="10%",
    )
    person.go_to_columns()


def build_columns(person: Person) -> None:
    """The columns of `examples/churn.yaml`, in their order."""
    add = person.add_column
    add("Customer ID", "id", Format="sequence", Prefix="C")
    person.panel.get_by_label("Digits").fill("6")
    add("Name", "name")
    add("Tenure (Months)", "int", Correlation="negative", Strength="high")
    distribute(person, "gamma", a="1.6", scale="18", Minimum="1", Maximum="120")
    add("Plan", "category", Labels_and_weights="Gold: 0.3, Silver: 0.5, Bronze: 0.2")
    effects = {1: ("negative", "medium"), 3: ("positive", "high")}
    for number, (way, strength) in effects.items():
        person.panel.get_by_label(f"Correlation of label {number}").select_option(way)
        person.panel.get_by_label(f"Strength of label {number}").fill(strength)
    add("Monthly Fee", "float")
    distribute(person, "lognormal", mean="3.4", std="0.4", Minimum="5", Maximum="120", Decimals="2")
    add("Data Used (GB)", "float")
    distribute(person, "gamma", a="2", scale="8", Minimum="0", Maximum="200", Decimals="1")
    paid = "round(`Monthly Fee` * `Tenure (Months)`, 2)"
    add("Paid So Far", "formula", Formula=paid)


def distribute(person: Person, kind: str, **fields: str) -> None:
    person.panel.get_by_label("Distribution").select_option(kind)
    for name, text in fields.items():
        person.panel.get_by_label(name, exact=True).fill(text)


def add_the_rule(person: Person) -> None:
    """Of those who pay 60 or more 40 % leave."""
    person.press("Add a rule")
    rule = person.page.get_by_role("group", name="Rule 1")
    rule.get_by_label("Column", exact=True).select_option("Monthly Fee")
    rule.get_by_label("How it compares").select_option(">=")
    rule.get_by_label("Value or column").fill("60")
    rule.get_by_label("Its share").fill("40 %")


def promise_an_auc(person: Person) -> None:
    dial = person.page.get_by_role("group", name="Dial")
    dial.get_by_role("button", name="AUC").click()
    person.page.get_by_label("Dial as a number").fill("0.8")
    expect(person.page.get_by_text("Expected of the best possible model: AUC 0.8")).to_be_visible()


def check(rows: list[dict[str, str]]) -> None:
    assert len(rows) == 10_000
    assert list(rows[0]) == [
        "Customer ID", "Name", "Tenure (Months)", "Plan", "Monthly Fee", "Data Used (GB)",
        "Paid So Far", "Churned",
    ]  # fmt: skip
    assert rows[0]["Customer ID"] == "C000001"
    assert Counter(row["Churned"] for row in rows) == {"no": 9000, "yes": 1000}
    assert Counter(row["Plan"] for row in rows) == {"Gold": 3000, "Silver": 5000, "Bronze": 2000}
    check_effects(rows)


def check_effects(rows: list[dict[str, str]]) -> None:
    """Who leaves is newer, and has the cheap plan more often; the rule's share is what it says."""
    left = [row for row in rows if row["Churned"] == "yes"]
    stayed = [row for row in rows if row["Churned"] == "no"]
    tenure = [median(int(row["Tenure (Months)"]) for row in each) for each in (left, stayed)]
    assert tenure[0] < tenure[1]
    bronze = [fmean(row["Plan"] == "Bronze" for row in each) for each in (left, stayed)]
    assert bronze[0] > bronze[1]
    dear = [row["Churned"] == "yes" for row in rows if float(row["Monthly Fee"]) >= 60]
    assert fmean(dear) == pytest.approx(0.4, abs=0.05)
