"""From an empty page to a table whose facts hold, every click in a real browser."""

from __future__ import annotations

import re
from collections import Counter
from statistics import correlation, fmean

import pytest
from playwright.sync_api import Page, expect

from tests.ui.person import Person

FAULTY = """\
name: two_faults
n_samples: 500
seed: 3
features:
  age: {type: int, min: 90, max: 18}
  height: {type: float, mean: 172, std: -9}
"""


@pytest.mark.slow
def test_a_person_builds_the_churn_table_by_hand(person: Person) -> None:
    person.start_blank()
    person.fill(Name="churn", Rows="1000", Seed="7")
    person.press("A label")
    person.fill(
        Name_of_the_target="Churned",
        Positive_label="Inactive",
        Negative_label="Active",
        Share_of_positive="0.1",
    )
    person.go_to_columns()
    build_churn(person)
    person.see_no_faults()
    expect(person.page.get_by_role("table").first).to_contain_text("Subscription Type")
    person.make_the_table()
    person.see_that_all_facts_hold()
    check_churn(person.download_csv())


def build_churn(person: Person) -> None:
    """The ten features of the patent's sample."""
    add = person.add_column
    add("SubscriptionId", "id", Format="bban")
    add("Subscription Start Date", "date", From="2017-01-01", To="2020-12-31")
    add("Name", "name")
    effect = {"Correlation": "positive", "Strength": "high"}
    add("Tenure (Months)", "int", Mean="16", SD="8", Min="3", Max="100", **effect)
    add("CLTV", "int", Mean="-40", SD="20", Min="0", Max="5000")
    add("Last 30 Days Spend Trend", "float")
    build_two_buckets(person)
    add("Last 30 Days Data Usage Trend", "float", Mean="10", SD="5")
    add("Topup Frequency Trend", "float", Mean="-40", SD="20", **effect)
    add("Dummy_Category", "category", Labels_and_weights="Status1, Status2, Status3")
    add("Subscription Type", "category", Labels_and_weights="Gold: 0.5, Silver: 0.3, Bronze: 0.2")
    for number, (way, strength) in enumerate(
        (("positive", "high"), ("positive", "medium"), ("negative", "low")), 1
    ):
        person.set(person.panel.get_by_label(f"Correlation of label {number}"), way)
        person.panel.get_by_label(f"Strength of label {number}").fill(strength)


def build_two_buckets(person: Person) -> None:
    person.panel.get_by_label("Distribution").select_option("buckets")
    person.panel.get_by_role("button", name="Add a bucket").click()
    for number, (mean, way) in enumerate((("10", "positive"), ("-10", "negative")), 1):
        bucket = person.panel.get_by_role("group", name=f"Bucket {number}")
        bucket.get_by_label("Mean").fill(mean)
        bucket.get_by_label("SD").fill("5")
        bucket.get_by_label("Weight").fill("0.5")
        bucket.get_by_label("Correlation").select_option(way)
        bucket.get_by_label("Strength").fill("high")


def check_churn(rows: list[dict[str, str]]) -> None:
    assert len(rows) == 1000
    names = list(rows[0])
    assert (names[0], names[-1]) == ("SubscriptionId", "Churned")
    assert Counter(row["Churned"] for row in rows) == {"Active": 900, "Inactive": 100}
    plans = Counter(row["Subscription Type"] for row in rows)
    assert plans == {"Gold": 500, "Silver": 300, "Bronze": 200}
    assert len({row["SubscriptionId"] for row in rows}) == 1000
    assert all("2017-01-01" <= row["Subscription Start Date"] <= "2020-12-31" for row in rows)
    tenure = [int(row["Tenure (Months)"]) for row in rows]
    assert min(tenure) >= 3 and max(tenure) <= 100
    assert correlation(tenure, [row["Churned"] == "Inactive" for row in rows]) > 0.05
    assert all(0 <= int(row["CLTV"]) <= 5000 for row in rows)


@pytest.mark.slow
def test_a_person_builds_a_regression_by_hand(person: Person) -> None:
    person.start_blank()
    person.fill(Name="prices", Rows="2000", Seed="11")
    person.press("A number")
    person.fill(
        Name_of_the_target="Price", Mean="350000", Standard_deviation="90000", Minimum="30000"
    )
    person.go_to_columns()
    person.add_column("Area", "float", Mean="100", SD="30", Min="20")
    person.set(person.line("Area").get_by_label("Correlation"), "positive")
    person.set(person.line("Area").get_by_label("Strength"), "0.6")
    person.add_column("Age", "int", Mean="", SD="", Min="0", Max="80", Correlation="negative")
    person.line("Age").get_by_label("Strength").fill("low")
    person.see_no_faults()
    person.make_the_table()
    person.see_that_all_facts_hold()
    expect(person.page.get_by_text(re.compile("R² of a trained model"))).to_be_visible()
    rows = person.download_csv()
    price = [float(row["Price"]) for row in rows]
    assert len(rows) == 2000 and min(price) >= 30000
    assert fmean(price) == pytest.approx(350000, rel=0.01)
    assert correlation(price, [float(row["Area"]) for row in rows]) == pytest.approx(0.6, abs=0.03)
    assert correlation(price, [int(row["Age"]) for row in rows]) < 0


@pytest.mark.slow
def test_two_faults_are_seen_at_their_fields_and_mended(person: Person, page: Page) -> None:
    person.start_from_yaml(FAULTY)
    person.go_to_columns()
    expect(page.get_by_text("2 faults", exact=True)).to_be_visible()
    least = person.line("age").get_by_label("Min", exact=True)
    spread = person.line("height").get_by_label("SD", exact=True)
    expect(least).to_have_attribute("aria-invalid", "true")
    expect(person.line("age")).to_contain_text("Min 90 is above max 18")
    expect(spread).to_have_attribute("aria-invalid", "true")
    person.press("Make the table")
    expect(page.get_by_text("2 faults to mend first")).to_be_visible()
    least.fill("10")
    expect(page.get_by_text("1 fault", exact=True)).to_be_visible()
    expect(least).to_have_attribute("aria-invalid", "false")
    spread.fill("9")
    person.see_no_faults()
    person.make_the_table()
    person.see_that_all_facts_hold()
    ages = [int(row["age"]) for row in person.download_csv()]
    assert min(ages) >= 10 and max(ages) <= 18 and len(ages) == 500
