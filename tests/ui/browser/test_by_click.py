"""What a person does by click alone: predict a column, declare what goes together, answer what a
number means; and readmissions from a messy file, from the file to rows whose facts hold."""

from __future__ import annotations

import re
from collections import Counter
from random import Random

import pytest
from playwright.sync_api import Page, expect

from tests.ui.axe import violations
from tests.ui.keystrokes import FIVE_MINUTES, Keystrokes
from tests.ui.person import Person

pytestmark = pytest.mark.slow
WARDS = ("Innere", "Chirurgie", "Gefäße", "HNO")


def messy_file(rows: int = 400) -> bytes:
    """As a hospital's program exports it: semicolons, decimal commas, days first, what is missing
    as N/A, codes with leading zeros, umlauts as Windows writes them."""
    chance = Random(5)
    lines = ["Fallnummer;Station;Aufnahme;Alter;Kreatinin;PLZ;wiederaufgenommen"]
    for number in range(rows):
        day, month = chance.randint(1, 28), chance.randint(1, 12)
        value = "N/A" if number % 20 == 0 else f"{chance.uniform(0.6, 2.4):.2f}".replace(".", ",")
        lines.append(
            f"{100_000 + number};{chance.choice(WARDS)};{day:02}.{month:02}.2024;"
            f"{chance.randint(18, 95)};{value};0{chance.randint(1000, 9999)};"
            f"{'ja' if chance.random() < 0.12 else 'nein'}"
        )
    return "\r\n".join(lines).encode("windows-1252")


def test_readmissions_come_from_a_messy_file_by_click(person: Person, page: Page) -> None:
    keystrokes = Keystrokes(page)
    page.goto("/")
    person.press("Your columns")
    file = {"name": "faelle.csv", "mimeType": "text/csv", "buffer": messy_file()}
    page.get_by_label("Choose a file: SQL, CSV, Excel").set_input_files(file)  # type: ignore[arg-type]
    expect(page.get_by_text("read as cp1252, which is likely")).to_be_visible()
    person.press("A label")
    page.get_by_label("Which column?").select_option("wiederaufgenommen")
    expect(page.get_by_label("Positive label")).to_have_value("ja")
    assert violations(page) == []
    person.fill(Rows="2.000")
    page.get_by_role("button", name="2,000", exact=True).click()
    person.go_to_columns()
    person.see_no_faults()
    assert violations(page) == []
    effect = person.line("Kreatinin")
    effect.get_by_label("Correlation", exact=True).select_option("positive")
    effect.get_by_label("Strength", exact=True).fill("0,2")
    person.see_no_faults()
    person.make_the_table()
    person.see_that_all_facts_hold()
    rows = person.download_csv()
    assert keystrokes.steps and keystrokes.seconds < FIVE_MINUTES
    assert len(rows) == 2000 and list(rows[0])[-1] == "wiederaufgenommen"
    assert set(Counter(row["Station"] for row in rows)) == set(WARDS)
    assert all(re.fullmatch(r"\d{5}", row["PLZ"]) for row in rows)


def test_any_column_is_predicted_by_click_and_back(person: Person, page: Page) -> None:
    person.start_from_example("churn")
    person.go_to_columns()
    person.see_no_faults()
    person.line("Plan").get_by_role("button", name="Predict this column").click()
    expect(person.line("Plan")).to_contain_class("line--target")
    expect(person.line("Churned")).not_to_contain_class("line--target")
    expect(person.line("Tenure (Months)").get_by_label("Correlation")).to_have_value("")
    person.see_no_faults()
    person.press("Undo")
    expect(person.line("Churned")).to_contain_class("line--target")
    expect(person.line("Tenure (Months)").get_by_label("Correlation")).to_have_value("negative")
    person.see_no_faults()
    person.line("Name").get_by_role("button", name="Predict this column").click()
    expect(page.get_by_text("it is of another type")).to_be_visible()
    person.line("Churned").get_by_role("button", name="Do not predict this column").click()
    expect(person.line("Churned")).not_to_contain_class("line--target")
    expect(page.get_by_role("button", name="Add a target")).to_be_visible()


def test_what_holds_between_columns_is_declared_by_click(person: Person, page: Page) -> None:
    person.start_from_yaml(
        "name: t\nn_samples: 2000\nfeatures:\n  a: {type: float, mean: 5, std: 1}\n"
        "  b: {type: float, mean: 5, std: 1}\n  c: {type: int, min: 0, max: 9}\n"
        "target: {y: {type: bool, proportion: 0.3, positive: true}}\n"
    )
    person.go_to_columns()
    person.see_no_faults()
    person.press("Add a correlation")
    pair = page.get_by_role("group", name="Correlation 1")
    pair.get_by_label("Second column").select_option("b")
    pair.get_by_label("Correlation, -1 to 1").fill("0,6")
    person.press("Add a condition")
    condition = page.get_by_role("group", name="Condition 1")
    condition.get_by_label("Column", exact=True).select_option("c")
    condition.get_by_label("How it compares").select_option("<=")
    condition.get_by_label("Value or column").fill("9")
    person.press("Add a rule")
    rule = page.get_by_role("group", name="Rule 1")
    rule.get_by_label("Column", exact=True).select_option("c")
    rule.get_by_label("How it compares").select_option(">=")
    rule.get_by_label("Value or column").fill("8")
    rule.get_by_label("Its share").fill("80 %")
    person.see_no_faults()
    assert violations(page) == []
    person.press("YAML")
    text = page.get_by_label("Definition in YAML")
    expect(text).to_have_value(re.compile(r"between: \[a, b\], r: 0.6"))
    expect(text).to_have_value(re.compile(r"c <= 9"))
    expect(text).to_have_value(re.compile(r"c >= 8.*'?true'?: 0.8", re.DOTALL))
    person.press("Grid")
    pair.get_by_label("Correlation, -1 to 1").fill("7")
    expect(pair).to_contain_text("Must be at most 1")
    pair.get_by_role("button", name="Remove Correlation 1").click()
    person.see_no_faults()


def test_a_number_with_two_readings_is_asked_about_over_the_whole_line(
    person: Person, page: Page
) -> None:
    person.start_blank()
    person.go_to_columns()
    person.add_column("income", "int", Mean="", SD="", Min="0", Max="10")
    line = person.line("income")
    line.get_by_label("Max", exact=True).fill("20.000")
    expect(line).to_contain_text("Is this 20 or 20,000?")
    expect(page.get_by_text("1 fault", exact=True)).to_be_visible()
    assert violations(page) == []
    line.get_by_role("button", name="20,000", exact=True).click()
    expect(line.get_by_label("Max", exact=True)).to_have_value("20000")
    person.see_no_faults()
    line.get_by_label("Max", exact=True).fill("123456789")
    field = line.get_by_label("Max", exact=True)
    assert field.evaluate("each => each.scrollWidth <= each.clientWidth")
    message = line.locator(".row-fault")
    line.get_by_label("Min", exact=True).fill("999999999")
    expect(message).to_be_visible()
    sizes = message.bounding_box(), line.bounding_box()
    assert sizes[0] and sizes[1] and sizes[0]["width"] > 0.9 * sizes[1]["width"]


def test_labels_come_from_lines_and_keep_their_effects_under_another_name(
    person: Person, page: Page
) -> None:
    person.start_from_example("churn")
    person.go_to_columns()
    person.see_no_faults()
    line = person.line("Plan")
    labels = line.get_by_label("Labels and weights")
    labels.fill("")
    labels.press_sequentially("Golden: 30 %; Silver: 0,5; Bronze: 20%")
    person.see_no_faults()
    expect(line.get_by_text("2 labels")).to_be_visible()
    expect(person.page.get_by_role("button", name="YAML")).to_be_visible()
    person.press("YAML")
    text = page.get_by_label("Definition in YAML")
    expect(text).to_have_value(re.compile(r"Golden: .*proportion: 0.3"))
    expect(text).to_have_value(re.compile(r"Golden: .*correlation: negative"))
    person.press("Grid")
    labels.fill("")
    labels.evaluate(
        """each => { const data = new DataTransfer(); data.setData('text/plain', 'A\\nB\\nC');
        each.dispatchEvent(new ClipboardEvent('paste', {clipboardData: data, bubbles: true,
        cancelable: true})); }"""
    )
    expect(labels).to_have_value("A; B; C")
    person.see_no_faults()


def test_a_new_table_is_new_and_the_one_before_is_one_click_away(
    person: Person, page: Page
) -> None:
    person.start_from_example("churn")
    person.go_to_columns()
    page.get_by_role("navigation", name="Pages").get_by_role("link", name="New table").click()
    expect(page.get_by_label("Name", exact=True)).to_have_value("my_table")
    expect(page.get_by_text("churn with 8 columns is put aside.")).to_be_visible()
    page.reload()
    expect(page.get_by_label("Name", exact=True)).to_have_value("my_table")
    person.press("Bring it back")
    expect(page.get_by_label("Name", exact=True)).to_have_value("churn")


def test_help_explains_and_the_keys_page_says_that_keys_are_off(page: Page) -> None:
    page.goto("/help")
    expect(page.get_by_text("Kolmogorov–Smirnov distance")).to_be_visible()
    assert violations(page) == []
    page.goto("/keys")
    expect(page.get_by_text("Keys are off")).to_be_visible()
    assert violations(page) == []


def test_a_broken_workbook_is_refused_in_words(person: Person, page: Page) -> None:
    page.goto("/")
    person.press("Your columns")
    book = {"name": "t.xlsx", "mimeType": "application/zip", "buffer": b"PK\x03\x04rest"}
    page.get_by_label("Choose a file: SQL, CSV, Excel").set_input_files(book)  # type: ignore[arg-type]
    expect(page.get_by_text("this is no workbook, or a broken one")).to_be_visible()


def test_the_dial_takes_another_metric(person: Person, page: Page) -> None:
    person.start_from_example("churn")
    person.go_to_columns()
    person.see_no_faults()
    dial = page.get_by_role("group", name="Dial")
    dial.get_by_role("button", name="Accuracy").click()
    expect(page.get_by_text("it names the right label in")).to_be_visible()
    person.see_no_faults()
    dial.get_by_role("button", name="AUC").click()
    expect(page.get_by_text("of the best possible model: AUC")).to_be_visible()
    person.see_no_faults()
    person.press("YAML")
    text = page.get_by_label("Definition in YAML")
    expect(text).to_have_value(re.compile(r"auc: 0\.\d+"))
    expect(text).not_to_have_value(re.compile("accuracy:"))
